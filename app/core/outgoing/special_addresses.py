"""Blocks of IP addresses that are not public internet servers, and the purpose of each.

Sources: IANA's IPv4 and IPv6 Special-Purpose Address Registries
(https://www.iana.org/assignments/iana-ipv4-special-registry, …/iana-ipv6-special-registry), all their rows as
of 9 October 2025. Blocks marked as globally reachable are included: they are anycast addresses of protocols,
sinks, translators and identifiers, where no API is offered. Other rows are from IANA's IPv4 Multicast Address
Space and IPv6 Address Space registries and the named RFCs.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

IPV4_SPECIAL = {
    "0.0.0.0/8": "this network (RFC 791)",
    "0.0.0.0/32": "this host (RFC 1122)",
    "10.0.0.0/8": "private use (RFC 1918)",
    "100.64.0.0/10": "shared address space (RFC 6598)",
    "127.0.0.0/8": "loopback (RFC 1122)",
    "169.254.0.0/16": "link-local (RFC 3927)",
    "172.16.0.0/12": "private use (RFC 1918)",
    "192.0.0.0/24": "IETF protocol assignments (RFC 6890)",
    "192.0.0.0/29": "service continuity (RFC 7335)",
    "192.0.0.8/32": "dummy address (RFC 7600)",
    "192.0.0.9/32": "port control anycast (RFC 7723)",
    "192.0.0.10/32": "TURN anycast (RFC 8155)",
    "192.0.0.170/32": "NAT64 and DNS64 discovery (RFC 8880, 7050)",
    "192.0.0.171/32": "NAT64 and DNS64 discovery (RFC 8880, 7050)",
    "192.0.2.0/24": "documentation (RFC 5737)",
    "192.31.196.0/24": "AS112 (RFC 7535)",
    "192.52.193.0/24": "automatic multicast tunneling (RFC 7450)",
    "192.88.99.0/24": "6to4 relay anycast, deprecated (RFC 7526)",
    "192.88.99.2/32": "6a44 relay anycast (RFC 6751)",
    "192.168.0.0/16": "private use (RFC 1918)",
    "192.175.48.0/24": "AS112 direct delegation (RFC 7534)",
    "198.18.0.0/15": "benchmarking (RFC 2544)",
    "198.51.100.0/24": "documentation (RFC 5737)",
    "203.0.113.0/24": "documentation (RFC 5737)",
    "240.0.0.0/4": "reserved (RFC 1112)",
    "255.255.255.255/32": "limited broadcast (RFC 8190, 919)",
    # from other registries
    "224.0.0.0/4": "multicast (RFC 5771)",
}
IPV6_SPECIAL = {
    "::1/128": "loopback (RFC 4291)",
    "::/128": "unspecified (RFC 4291)",
    "::ffff:0:0/96": "IPv4-mapped (RFC 4291)",
    "64:ff9b::/96": "IPv4-IPv6 translation (RFC 6052)",
    "64:ff9b:1::/48": "IPv4-IPv6 translation, local use (RFC 8215)",
    "100::/64": "discard-only (RFC 6666)",
    "100:0:0:1::/64": "dummy prefix (RFC 9780)",
    "2001::/23": "IETF protocol assignments (RFC 2928)",
    "2001::/32": "Teredo (RFC 4380, 8190)",
    "2001:1::1/128": "port control anycast (RFC 7723)",
    "2001:1::2/128": "TURN anycast (RFC 8155)",
    "2001:1::3/128": "service registration anycast (RFC 9665)",
    "2001:2::/48": "benchmarking (RFC 5180)",
    "2001:3::/32": "automatic multicast tunneling (RFC 7450)",
    "2001:4:112::/48": "AS112 (RFC 7535)",
    "2001:10::/28": "ORCHID, deprecated (RFC 4843)",
    "2001:20::/28": "ORCHIDv2 (RFC 7343)",
    "2001:30::/28": "remote identification of drones (RFC 9374)",
    "2001:db8::/32": "documentation (RFC 3849)",
    "2002::/16": "6to4 (RFC 3056)",
    "2620:4f:8000::/48": "AS112 direct delegation (RFC 7534)",
    "3fff::/20": "documentation (RFC 9637)",
    "5f00::/16": "segment routing identifiers (RFC 9602)",
    "fc00::/7": "unique local (RFC 4193, 8190)",
    "fe80::/10": "link-local (RFC 4291)",
    # from other registries, or with an embedded IPv4 address
    "::/96": "IPv4-compatible, deprecated (RFC 4291)",
    "::ffff:0:0:0/96": "IPv4-translated (RFC 2765)",
    "fec0::/10": "site-local, deprecated (RFC 3879)",
    "ff00::/8": "multicast (RFC 4291)",
}
# All addresses assigned to networks; the rest of IPv6 is reserved by the IETF.
IPV6_GLOBAL_UNICAST = IPv6Network("2000::/3")

# Smaller blocks first, because they are more specific.
_BLOCKS: list[tuple[IPv4Network | IPv6Network, str]] = sorted(
    ((ip_network(block), purpose) for block, purpose in (IPV4_SPECIAL | IPV6_SPECIAL).items()),
    key=lambda each: -each[0].prefixlen,
)


def special_purpose(address: IPv4Address | IPv6Address) -> str | None:
    """Why an address is not a public internet server; None if it may be one."""
    for block, purpose in _BLOCKS:
        if address.version == block.version and address in block:
            return purpose
    if isinstance(address, IPv6Address) and address not in IPV6_GLOBAL_UNICAST:
        return "reserved (RFC 4291)"
    return None

"""The networks that limits by address are counted for.

An IPv4 address counts by itself. With IPv6 a caller has a whole network and can use another address for each
request, so addresses count by the /64 that a home, a phone or a server is given. Some callers have a /48,
which is 65,536 of those: a /48 together may do `TOGETHER` times what one network may.
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple

TOGETHER = 10  # the multiple of one network's limit that all networks of a /48 share
LONGEST = 64  # characters of an address, including a zone
_TRANSLATED = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address behind NAT64


class Networks(NamedTuple):
    """What an address counts for. `wide` is the /48 of an IPv6 address; None for IPv4."""

    own: str
    wide: str | None = None


UNKNOWN = Networks("unknown")  # for callers without a valid address


def networks_of(address: str) -> Networks:
    """The networks that an address counts for, in any notation."""
    return UNKNOWN if len(address) > LONGEST else _networks_of(address)


def is_network(text: str) -> bool:
    """Whether a text is an address, or a network in its exact form."""
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4_096)
def _networks_of(address: str) -> Networks:
    try:
        parsed = ip_address(address.strip())
    except ValueError:
        return UNKNOWN
    if isinstance(parsed, IPv4Address):
        return Networks(str(parsed))
    if (inner := _ipv4_in(parsed)) is not None:
        return Networks(str(inner))
    # Built from the number, because a zone, as in fe80::1%eth0, names a local interface.
    return Networks(*(str(IPv6Network((int(parsed), length), strict=False)) for length in (64, 48)))


def _ipv4_in(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that is embedded in an IPv6 address, if there is one."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFF_FFFF) if address in _TRANSLATED else None

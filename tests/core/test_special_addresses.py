"""Addresses in blocks that IANA reserves for special purposes are refused, whether globally reachable or not."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import pytest

from app.core.outgoing import AddressRefused, Reason, target_of
from app.core.outgoing.special_addresses import IPV4_SPECIAL, IPV6_SPECIAL, special_purpose

# The rows of IANA's two special-purpose registries as of 9 October 2025, with their "Globally Reachable"
# column: None if it is open or depends on the embedded address.
IPV4_ROWS: dict[str, bool | None] = {
    "0.0.0.0/8": False, "0.0.0.0/32": False, "10.0.0.0/8": False, "100.64.0.0/10": False, "127.0.0.0/8": False,
    "169.254.0.0/16": False, "172.16.0.0/12": False, "192.0.0.0/24": False, "192.0.0.0/29": False, "192.0.0.8/32": False,
    "192.0.0.9/32": True, "192.0.0.10/32": True, "192.0.0.170/32": False, "192.0.0.171/32": False, "192.0.2.0/24": False,
    "192.31.196.0/24": True, "192.52.193.0/24": True, "192.88.99.0/24": None, "192.88.99.2/32": False,
    "192.168.0.0/16": False, "192.175.48.0/24": True, "198.18.0.0/15": False, "198.51.100.0/24": False,
    "203.0.113.0/24": False, "240.0.0.0/4": False, "255.255.255.255/32": False,
}  # fmt: skip
IPV6_ROWS: dict[str, bool | None] = {
    "::1/128": False, "::/128": False, "::ffff:0:0/96": False, "64:ff9b::/96": True, "64:ff9b:1::/48": False,
    "100::/64": False, "100:0:0:1::/64": False, "2001::/23": False, "2001::/32": None, "2001:1::1/128": True,
    "2001:1::2/128": True, "2001:1::3/128": True, "2001:2::/48": False, "2001:3::/32": True, "2001:4:112::/48": True,
    "2001:10::/28": None, "2001:20::/28": True, "2001:30::/28": True, "2001:db8::/32": False, "2002::/16": None,
    "2620:4f:8000::/48": True, "3fff::/20": False, "5f00::/16": False, "fc00::/7": False, "fe80::/10": False,
}  # fmt: skip
OTHERS = {"224.0.0.0/4", "::/96", "::ffff:0:0:0/96", "fec0::/10", "ff00::/8"}
# The last addresses before a special block and the first ones after it, where those are public.
NEIGHBOURS = (
    "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
    "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0",
    "192.31.195.255", "192.31.197.0", "192.52.192.255", "192.52.194.0", "192.88.98.255", "192.88.100.0", "192.167.255.255",
    "192.169.0.0", "192.175.47.255", "192.175.49.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0",
    "203.0.112.255", "203.0.114.0", "223.255.255.255", "2001:200::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::",
    "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::", "2620:4f:7fff:ffff:ffff:ffff:ffff:ffff", "2620:4f:8001::",
    "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::",
)  # fmt: skip


def test_the_tables_contain_all_rows_of_the_registries_and_the_listed_additions():
    assert {*IPV4_SPECIAL, *IPV6_SPECIAL} == {*IPV4_ROWS, *IPV6_ROWS, *OTHERS}
    assert all(isinstance(ip_network(block), IPv4Network) for block in IPV4_SPECIAL)
    assert all(isinstance(ip_network(block), IPv6Network) for block in IPV6_SPECIAL)


ROWS = IPV4_ROWS | IPV6_ROWS


@pytest.mark.parametrize("block", ROWS)
def test_an_address_has_the_purpose_of_the_smallest_block_that_contains_it(block: str):
    network, purposes = ip_network(block), IPV4_SPECIAL | IPV6_SPECIAL
    for address in (network[0], network[-1], network[network.num_addresses // 2]):
        within = [each for each in purposes if address in ip_network(each)]
        smallest = max(within, key=lambda each: ip_network(each).prefixlen)
        assert special_purpose(address) == purposes[smallest]


@pytest.mark.parametrize("reachable", [False, None, True])
def test_a_special_block_is_refused_whether_it_is_globally_reachable_or_not(reachable: bool | None):
    blocks = [ip_network(block) for block, is_reachable in ROWS.items() if is_reachable is reachable]
    assert len(blocks) == {False: 33, None: 4, True: 14}[reachable]
    for block in blocks:
        host = f"[{block[-1]}]" if block.version == 6 else f"{block[-1]}"
        with pytest.raises(AddressRefused) as refused:
            target_of(f"https://{host}")
        assert refused.value.reason is Reason.SPECIAL_ADDRESS


@pytest.mark.parametrize("text", NEIGHBOURS)
def test_addresses_next_to_a_special_block_are_accepted(text: str):
    assert special_purpose(ip_address(text)) is None

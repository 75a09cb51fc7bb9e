"""The network that an address counts towards in limits: an IPv4 address itself, an IPv6 /64 and /48."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access import service as access
from app.access.service import PUBLIC
from app.core.budgets import BURST_SECONDS, Budgets
from app.core.graphql.context import Context
from app.core.networks import TOGETHER, UNKNOWN, networks_of
from app.settings import Settings
from tests import make
from tests.ask import Api

IPV4 = st.integers(0, 2**32 - 1).map(IPv4Address)
# Addresses assigned to networks, without those that embed an IPv4 address.
IPV6 = st.integers(0x2000 << 112, (0x4000 << 112) - 1).map(IPv6Address)


@given(IPV6, st.integers(0, 2**64 - 1))
def test_all_addresses_of_an_ipv6_64_in_every_notation_are_one_network(address: IPv6Address, host: int):
    other = IPv6Address((int(address) >> 64 << 64) | host)
    spellings = (str(address), address.exploded, address.exploded.upper(), f" {address} ", f"{address}%eth0")
    assert {networks_of(each) for each in spellings} == {networks_of(str(other))}


@given(IPV6, st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_different_64s_are_different_networks_within_one_wide_48(address: IPv6Address, one: int, other: int):
    first = IPv6Address(int(address) & ~((1 << 80) - 1) | one)
    second = IPv6Address(int(address) & ~((1 << 80) - 1) | 1 << 79 | other)
    beside = IPv6Address(int(first) ^ 1 << 80)
    assert first in IPv6Network(networks_of(str(first)).own)
    assert networks_of(str(first)).own != networks_of(str(second)).own
    assert networks_of(str(first)).wide == networks_of(str(second)).wide
    assert networks_of(str(first)).wide != networks_of(str(beside)).wide


@given(IPV4)
def test_an_ipv4_address_is_its_own_network_also_embedded_in_ipv6(address: IPv4Address):
    spellings = (
        f"::ffff:{address}", f"::FFFF:{int(address) >> 16:x}:{int(address) & 0xFFFF:x}", f"64:ff9b::{address}",
        IPv6Address(f"::ffff:{address}").exploded,
    )  # fmt: skip
    assert networks_of(str(address)) == (str(address), None)
    assert {networks_of(each) for each in spellings} == {networks_of(str(address))}


@pytest.mark.parametrize("text", ["", "unknown", "_hidden", "1.2.3", "1.2.3.4:80", "::g", "x" * 100_000])
def test_all_invalid_addresses_are_one_unknown_network(text: str):
    assert networks_of(text) == UNKNOWN


def _spends(budgets: Budgets, address: str, cost: int) -> bool:
    own, wide = networks_of(address)
    return budgets.spend(own, cost, 10, within=wide).allowed


def test_a_64_has_the_points_of_one_caller_and_a_48_the_points_of_ten():
    budgets = Budgets(lambda: 1000.0)
    full = 10 * BURST_SECONDS
    assert _spends(budgets, "2001:db8:1:1::1", full)
    assert not _spends(budgets, "2001:db8:1:1::2", 1)
    for network in range(2, TOGETHER + 1):
        assert _spends(budgets, f"2001:db8:1:{network:x}::1", full)
    assert not _spends(budgets, "2001:db8:1:ffff::1", 1)
    assert _spends(budgets, "2001:db8:2::1", full)


def test_a_refusal_by_the_wide_network_takes_no_points_from_the_caller():
    budgets = Budgets(lambda: 1000.0)
    for network in range(TOGETHER):
        assert _spends(budgets, f"2001:db8:1:{network:x}::1", 10 * BURST_SECONDS - 1)
    own, wide = networks_of("2001:db8:1:ff::1")
    refused = budgets.spend(own, TOGETHER + 10, 10, within=wide)
    assert (refused.allowed, refused.left, refused.wait) == (False, TOGETHER, pytest.approx(0.1))
    assert budgets.spend(own, 10 * BURST_SECONDS, 10).allowed


def test_ipv4_addresses_of_one_subnet_do_not_share_points():
    budgets = Budgets(lambda: 1000.0)
    assert all(_spends(budgets, f"192.0.2.{number}", 10 * BURST_SECONDS) for number in range(30))


@pytest.mark.parametrize(
    ("address", "other"), [("2001:db8:1:1::1", "2001:db8:1:1:ff::2"), ("192.0.2.1", "::ffff:192.0.2.1")]
)
def test_a_visitor_spends_the_points_of_its_network_from_any_of_its_addresses(address: str, other: str):
    config, budgets = Settings(visitor_points=10), Budgets(lambda: 1000.0)

    def visitor(address: str) -> Context:
        return Context(
            actor=PUBLIC, settings=config, identify=access.identify, address=address, budgets=budgets
        )

    spent = visitor(address).spend(10 * BURST_SECONDS)
    assert spent is not None and spent.allowed
    refused = visitor(other).spend(1)
    assert refused is not None and not refused.allowed
    elsewhere = visitor("2001:db8:2:1::1").spend(1)
    assert elsewhere is not None and elsewhere.allowed


async def test_a_visitors_idempotency_key_is_shared_by_the_addresses_of_its_network(
    application: httpx.ASGITransport, clean: None
):
    await (await make.shop()).sell("A", stock=9)
    begin = """mutation { orderDraftCreate(idempotencyKey: "k",
      input: {channel: "web", lines: [{sku: "A", quantity: 1}]}) { ... on Order { id } } }"""
    made = []
    for address in ("2001:db8:1:1::1", "2001:db8:1:1:beef::2", "2001:db8:1:2::1"):
        transport = httpx.ASGITransport(app=application.app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            made.append((await Api(client).do(begin))["id"])
    assert made[0] == made[1] != made[2]

"""Price lists and prices: setting, limited times, listing, deactivating, deleting."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.pricing import Candidate, choose, period_of
from app.core import clock
from tests import make
from tests.ask import PLACE, Api, order_input

SET = """
mutation($rows: [PriceRowInput!]!) {
  priceBulkSet(input: {priceList: "web-retail", rows: $rows}) {
    ... on BulkResult { rows { status id error { path message } } }
  }
}
"""
PRICES = """
query($filter: PriceFilter) {
  prices(filter: $filter) {
    nodes { id amount { amount currency } minQuantity startsAt endsAt priceList { code } variant { sku } }
  }
}
"""
DELETE = """
mutation($ids: [ID!]!) { priceBulkDelete(ids: $ids) { ... on BulkResult { rows { status error { path } } } } }
"""
SHOWN = """query($quantity: Int!) { variant(sku: "MUG", channel: "web") { price(quantity: $quantity) { amount } } }"""
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
async def staff(api: Api) -> Api:
    shop = await make.shop()
    await shop.sell("MUG", price=1200)
    return api.as_(await make.token())


def _at(days: float) -> str:
    return (clock.now() + timedelta(days=days)).isoformat()


async def _set(staff: Api, *rows: dict) -> list[str]:
    done = await staff.do(SET, rows=[{"sku": "MUG"} | row for row in rows])
    return [row["status"] for row in done["rows"]]


async def _price(api: Api, quantity: int = 1) -> str | None:
    shown = (await api.ask(SHOWN, quantity=quantity))["variant"]["price"]
    return shown and shown["amount"]


async def test_a_limited_time_price_does_not_change_the_unlimited_price(staff: Api):
    assert await _set(staff, {"amount": "9.00", "startsAt": _at(10), "endsAt": _at(20)}) == ["CREATED"]
    assert await _price(staff) == "12.00"
    placed = await staff.do(PLACE, input=order_input(("MUG", 1)))
    assert placed["lines"]["nodes"][0]["unitPrice"]["amount"] == "12.00"
    with clock.shifted(timedelta(days=15)):
        assert await _price(staff) == "9.00"
    with clock.shifted(timedelta(days=21)):
        assert await _price(staff) == "12.00"


async def test_a_price_is_unique_by_list_sku_minimum_quantity_and_start(staff: Api):
    start, end = _at(1), _at(2)
    sale = {"amount": "9.00", "startsAt": start, "endsAt": end}
    assert await _set(staff, sale, sale, sale | {"amount": "8.00"}) == ["CREATED", "UNCHANGED", "UPDATED"]
    berlin = datetime.fromisoformat(start).astimezone(tz=None).isoformat()
    assert await _set(staff, sale | {"amount": "8.00", "startsAt": berlin}) == ["UNCHANGED"]
    assert await _set(staff, {"amount": "12.00"}, {"amount": "7.00", "startsAt": start}) == [
        "UNCHANGED",
        "CREATED",
    ]
    found = (await staff.ask(PRICES))["prices"]["nodes"]
    assert [each["amount"]["amount"] for each in found] == ["12.00", "8.00", "7.00"]


async def test_prices_are_filtered_by_list_and_sku_and_include_expired_ones(staff: Api):
    await _set(staff, {"amount": "11.00", "minQuantity": 10}, {"amount": "5", "endsAt": _at(-1)})
    by = {"priceList": ["web-retail"], "sku": ["MUG"]}
    found = (await staff.ask(PRICES, filter=by | {"endsAt": {"lte": _at(0)}}))["prices"]["nodes"]
    assert [(each["amount"]["amount"], each["variant"]["sku"]) for each in found] == [("5.00", "MUG")]
    assert len((await staff.ask(PRICES, filter=by))["prices"]["nodes"]) == 3
    for nothing in ({"priceList": ["other"]}, {"sku": ["CUP"]}, {"sku": []}):
        assert (await staff.ask(PRICES, filter=nothing))["prices"]["nodes"] == []
    many = [f"SKU-{number}" for number in range(101)]
    assert (await staff.error(PRICES, filter={"sku": many}))["extensions"]["code"] == "INVALID"


async def test_deleting_a_price_does_not_change_placed_orders(staff: Api):
    await _set(staff, {"amount": "11.00", "minQuantity": 10})
    placed = await staff.do(PLACE, input=order_input(("MUG", 10)))
    ids = [each["id"] for each in (await staff.ask(PRICES))["prices"]["nodes"]]
    done = await staff.do(DELETE, ids=[ids[1], ids[1]])
    assert [row["status"] for row in done["rows"]] == ["DELETED", "FAILED"]
    assert await _price(staff, 10) == "12.00"
    await staff.do(DELETE, ids=[ids[0]])
    assert await _price(staff) is None
    order = await staff.ask("query($id: ID!) { order(id: $id) { subtotal { amount } } }", id=placed["id"])
    assert order["order"]["subtotal"]["amount"] == "110.00"
    assert (await staff.ask(PRICES))["prices"]["nodes"] == []


async def test_an_inactive_price_list_gives_no_prices_and_invalid_updates_are_refused(staff: Api):
    lists = "{ priceLists { nodes { id code name priority isActive channel { code } } } }"
    (before,) = (await staff.ask(lists))["priceLists"]["nodes"]
    assert before["channel"] == {"code": "web"}
    update = """mutation($input: PriceListUpdateInput!) {
      priceListUpdate(input: $input) { __typename ... on UserError { path } }
    }"""
    await staff.do(update, input={"id": before["id"], "isActive": False})
    assert await _price(staff) is None
    await staff.do(update, input={"id": before["id"], "isActive": True})
    assert await _price(staff) == "12.00"
    for wrong, name in (({"name": " "}, "name"), ({"priority": None}, "priority"), ({"name": None}, "name")):
        refused = await staff.do(update, input={"id": before["id"]} | wrong)
        assert refused["path"] == ["input", name]
    assert (await staff.ask(lists))["priceLists"]["nodes"] == [before]


async def test_a_token_limited_to_channels_reads_and_changes_only_their_prices(staff: Api):
    other = await make.shop("eu", currency="EUR")
    await other.sell("CUP", price=900)
    one = staff.as_(await make.token(channels=[other.channel]))
    lists = "{ priceLists { nodes { id code } } }"
    mine, theirs = [
        {each["code"]: each["id"] for each in (await who.ask(lists))["priceLists"]["nodes"]}
        for who in (one, staff)
    ]
    assert list(mine) == ["eu-retail"] and set(theirs) == {"web-retail", "eu-retail"}
    seen = (await one.ask(PRICES))["prices"]["nodes"]
    assert [each["variant"]["sku"] for each in seen] == ["CUP"]
    foreign = next(
        each for each in (await staff.ask(PRICES))["prices"]["nodes"] if each["variant"]["sku"] == "MUG"
    )
    node = "query($id: ID!) { node(id: $id) { id } }"
    for id in (foreign["id"], theirs["web-retail"]):
        assert (await one.ask(node, id=id))["node"] is None
    assert (await one.do(DELETE, ids=[foreign["id"]]))["rows"][0]["status"] == "FAILED"
    rename = "mutation($id: ID!) { priceListUpdate(input: {id: $id, isActive: false}) { __typename } }"
    assert (await one.do(rename, id=theirs["web-retail"]))["__typename"] == "NotFound"
    setting = SET.replace("... on BulkResult", "__typename ... on BulkResult")
    refused = await one.do(setting, rows=[{"sku": "MUG", "amount": "1.00"}])
    assert refused["__typename"] == "NotFound"
    assert await _price(staff) == "12.00"


MOMENTS = st.none() | st.integers(-3, 3).map(lambda days: NOW + timedelta(days=days))
CANDIDATES = st.builds(
    Candidate,
    st.just("v"),
    st.integers(0, 5),
    st.integers(1, 3),
    MOMENTS,
    MOMENTS,
    st.integers(0, 1),
)


@given(
    st.lists(CANDIDATES, max_size=6).flatmap(lambda found: st.tuples(st.just(found), st.permutations(found)))
)
def test_the_chosen_price_does_not_depend_on_the_order_of_the_candidates(pair: tuple[list, list]):
    found, shuffled = pair
    assert choose(found, 2, NOW) == choose(shuffled, 2, NOW)


def test_of_overlapping_limited_time_prices_the_one_that_started_last_applies():
    month = Candidate("v", 900, 1, NOW - timedelta(days=20), NOW + timedelta(days=10), 0)
    weekend = Candidate("v", 950, 1, NOW - timedelta(days=1), NOW + timedelta(days=1), 0)
    always = Candidate("v", 100, 1, None, None, 0)
    assert choose([always, month, weekend], 1, NOW) == weekend
    assert choose([always, month, weekend], 1, NOW + timedelta(days=2)) == month
    assert period_of(None, None) == ""

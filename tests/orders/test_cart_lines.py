"""Lines of a cart are added, changed and removed one by one; the others keep their ids."""

import asyncio
from typing import Any

import pytest

from app.core.database import execute
from app.inventory.stock import queries as stock
from tests import make
from tests.ask import PLACE, Api, order_input

FAILED = """__typename ... on ValidationFailed { problems { code path } } ... on UserError { message path }
  ... on InsufficientStock { shortages { sku path } }"""
CART = """... on Order { id version status trackingToken accessToken reservedUntil total { amount }
  warnings { code lineId } lines { nodes { id sku quantity metadata unitPrice { amount } } } }"""
BEGIN = f"mutation($i: OrderDraftCreateInput!) {{ orderDraftCreate(input: $i) {{ {FAILED} {CART} }} }}"
ADD = f"""mutation($i: OrderDraftLineAddInput!, $version: Int, $key: String) {{
  orderDraftLineAdd(input: $i, expectedVersion: $version, idempotencyKey: $key) {{ {FAILED} {CART} }} }}"""
CHANGE = f"""mutation($i: OrderDraftLineUpdateInput!, $version: Int) {{
  orderDraftLineUpdate(input: $i, expectedVersion: $version) {{ {FAILED} {CART} }} }}"""
REMOVE = f"""mutation($i: OrderDraftLineRemoveInput!, $version: Int) {{
  orderDraftLineRemove(input: $i, expectedVersion: $version) {{ {FAILED} {CART} }} }}"""
REPLACE = f"mutation($i: OrderDraftUpdateInput!) {{ orderDraftUpdate(input: $i) {{ {FAILED} {CART} }} }}"
AVAILABLE = 'query($sku: String!) { variant(sku: $sku, channel: "web") { available } }'


class Cart:
    """A cart of one visitor."""

    def __init__(self, api: Api, begun: dict[str, Any]) -> None:
        self.api, self.begun = api, begun
        self.own = {"id": begun["id"], "draftToken": begun["trackingToken"]}

    @classmethod
    async def of(cls, api: Api, *lines: tuple[str, int], **more: Any) -> "Cart":
        begun = await api.do(BEGIN, i={"channel": "web", "lines": sent(*lines), **more})
        assert begun["__typename"] == "Order", begun
        return cls(api, begun)

    async def add(self, *lines: tuple[str, int], version: int | None = None, key: str | None = None) -> Any:
        return await self.api.do(ADD, i=self.own | {"lines": sent(*lines)}, version=version, key=key)

    async def change(self, *changes: dict[str, Any], version: int | None = None) -> Any:
        return await self.api.do(CHANGE, i=self.own | {"lines": list(changes)}, version=version)

    async def remove(self, *ids: str, version: int | None = None) -> Any:
        return await self.api.do(REMOVE, i=self.own | {"lineIds": list(ids)}, version=version)


def sent(*lines: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"sku": sku, "quantity": units} for sku, units in lines]


def lines(cart: dict[str, Any]) -> list[tuple[str, int]]:
    assert cart["__typename"] == "Order", cart
    return [(line["sku"], line["quantity"]) for line in cart["lines"]["nodes"]]


def ids(cart: dict[str, Any]) -> dict[str, str]:
    return {line["sku"]: line["id"] for line in cart["lines"]["nodes"]}


@pytest.fixture
async def shop(api: Api) -> make.Shop:
    shop = await make.shop()
    for sku in "ABC":
        await shop.sell(sku, stock=5)
    return shop


async def _available(api: Api, sku: str) -> int:
    return (await api.ask(AVAILABLE, sku=sku))["variant"]["available"]  # type: ignore[no-any-return]


async def test_added_units_join_the_line_of_their_sku_and_every_line_keeps_its_id(api: Api, shop: make.Shop):
    cart = await Cart.of(api, ("A", 1), ("B", 1))
    added = await cart.add(("A", 2), ("C", 1))
    assert lines(added) == [("A", 3), ("B", 1), ("C", 1)]
    assert ids(added) == ids(cart.begun) | {"C": ids(added)["C"]}
    assert [await _available(api, sku) for sku in "ABC"] == [2, 4, 4]
    placed = await api.do(PLACE, input=_placing(cart))
    assert placed["__typename"] == "Order" and placed["status"] in ("PLACED", "CONFIRMED")
    assert await stock.differences() == []


def _placing(cart: Cart) -> dict[str, Any]:
    rest = {name: value for name, value in order_input().items() if name not in ("channel", "lines")}
    return rest | {"draftId": cart.own["id"], "draftToken": cart.own["draftToken"]}


async def test_replacing_all_lines_keeps_the_ids_of_skus_that_stay(api: Api, shop: make.Shop):
    cart = await Cart.of(api, ("A", 1), ("B", 1))
    replaced = await api.do(REPLACE, i=cart.own | {"lines": sent(("B", 2), ("C", 1))})
    assert ids(replaced)["B"] == ids(cart.begun)["B"]


async def test_lines_of_one_sku_with_different_metadata_stay_apart(api: Api, shop: make.Shop):
    cart = await Cart.of(api, ("A", 1))
    engraved = {"sku": "A", "quantity": 1, "metadata": {"engraving": "Ada"}}
    added = await api.do(ADD, i=cart.own | {"lines": [engraved]})
    again = await api.do(ADD, i=cart.own | {"lines": [engraved]})
    assert lines(added) == [("A", 1), ("A", 1)] and lines(again) == [("A", 1), ("A", 2)]


async def test_a_changed_line_keeps_what_is_not_sent(api: Api, shop: make.Shop):
    cart = await Cart.of(api, ("A", 2), ("B", 1))
    id = ids(cart.begun)["A"]
    noted = await cart.change({"lineId": id, "metadata": {"gift": True}})
    assert lines(noted) == [("A", 2), ("B", 1)] and noted["lines"]["nodes"][0]["metadata"] == {"gift": True}
    fewer = await cart.change({"lineId": id, "quantity": 1})
    assert lines(fewer) == [("A", 1), ("B", 1)] and fewer["lines"]["nodes"][0]["metadata"] == {"gift": True}
    assert ids(fewer) == ids(cart.begun) and await _available(api, "A") == 4
    cleared = await cart.change({"lineId": id, "metadata": None})
    assert cleared["lines"]["nodes"][0]["metadata"] == {}


async def test_removing_a_line_releases_its_stock_and_leaves_the_others(api: Api, shop: make.Shop):
    cart = await Cart.of(api, ("A", 2), ("B", 1))
    rest = await cart.remove(ids(cart.begun)["A"])
    assert lines(rest) == [("B", 1)] and ids(rest)["B"] == ids(cart.begun)["B"]
    assert [await _available(api, sku) for sku in "AB"] == [5, 4]
    empty = await cart.remove(ids(cart.begun)["B"])
    assert lines(empty) == [] and empty["status"] == "DRAFT" and empty["total"] == {"amount": "0.00"}


async def test_only_a_shortage_of_what_is_added_is_refused(api: Api, shop: make.Shop):
    cart = await Cart.of(api, ("A", 3))
    await execute("UPDATE reservation SET expires_at = created_at")
    other = await Cart.of(api, ("A", 4))
    assert other.begun["__typename"] == "Order"
    refused = await cart.add(("A", 1))
    assert refused["__typename"] == "InsufficientStock"
    assert [(each["sku"], each["path"]) for each in refused["shortages"]] == [
        ("A", ["input", "lines", "0", "quantity"])
    ]
    added = await cart.add(("B", 1))
    assert lines(added) == [("A", 3), ("B", 1)]
    assert [each["code"] for each in added["warnings"]] == ["NOT_RESERVED"]
    fewer = await cart.change({"lineId": ids(added)["A"], "quantity": 1})
    assert lines(fewer) == [("A", 1), ("B", 1)] and fewer["warnings"] == []
    assert [await _available(api, sku) for sku in "AB"] == [0, 4]
    more = await cart.change({"lineId": ids(added)["A"], "quantity": 2})
    assert more["__typename"] == "InsufficientStock"


async def test_a_line_that_is_not_sold_any_more_keeps_its_id_and_can_be_removed(api: Api, shop: make.Shop):
    cart = await Cart.of(api, ("A", 2), ("B", 1))
    await execute("UPDATE variant SET is_active = false WHERE sku = 'A'")
    added = await cart.add(("C", 1))
    assert lines(added) == [("B", 1), ("C", 1)]
    assert added["warnings"] == [{"code": "NOT_SOLD", "lineId": ids(cart.begun)["A"]}]
    refused = await cart.add(("A", 1))
    assert refused["problems"] == [{"code": "NOT_SOLD", "path": ["input", "lines", "0", "sku"]}]
    await execute("UPDATE variant SET is_active = true WHERE sku = 'A'")
    sold_again = await cart.add(("A", 1))
    assert ids(sold_again)["A"] == ids(cart.begun)["A"] and dict(lines(sold_again))["A"] == 3
    await execute("UPDATE variant SET is_active = false WHERE sku = 'A'")
    await cart.add(("C", 1))
    removed = await cart.remove(ids(cart.begun)["A"])
    assert lines(removed) == [("B", 1), ("C", 2)] and removed["warnings"] == []


async def test_a_price_set_by_staff_stays_when_a_buyer_adds_units_on_a_line_of_their_own(
    api: Api, shop: make.Shop
):
    staff = api.as_(await make.token())
    cart = await Cart.of(api, ("A", 2))
    cheap = {"amount": "1.00", "currency": "USD"}
    id = ids(cart.begun)["A"]
    set_ = {"lineId": id, "unitPrice": cheap, "reason": "Agreed"}
    changed = await staff.do(CHANGE, i={"id": cart.own["id"], "lines": [set_]}, version=None)
    assert changed["lines"]["nodes"][0]["unitPrice"] == {"amount": "1.00"}
    lower = cart.own | {"lines": [set_ | {"unitPrice": cheap | {"amount": "0.50"}}]}
    assert (await api.error(CHANGE, i=lower, version=None))["extensions"]["code"] == "FORBIDDEN"
    added = await cart.add(("A", 1))
    prices = [(line["quantity"], line["unitPrice"]["amount"]) for line in added["lines"]["nodes"]]
    assert prices[0] == (2, "1.00") and prices[1][0] == 1 and prices[1][1] != "1.00"
    more = await cart.change({"lineId": id, "quantity": 3})
    assert more["lines"]["nodes"][0]["unitPrice"]["amount"] == prices[1][1]


async def test_a_repeated_addition_with_one_key_adds_once(api: Api, shop: make.Shop):
    cart = await Cart.of(api, ("A", 1))
    first = await cart.add(("A", 1), key="k1")
    again = await cart.add(("A", 1), key="k1")
    assert lines(first) == lines(again) == [("A", 2)]
    other = await cart.add(("A", 2), key="k1")
    assert other["__typename"] == "IdempotencyConflict"


async def test_two_tabs_that_add_at_once_lose_no_line(api: Api, shop: make.Shop):
    cart = await Cart.of(api)
    answers = await asyncio.gather(*(cart.add((sku, 1)) for sku in "ABCABC"))
    assert {each["__typename"] for each in answers} == {"Order"}
    last = max(answers, key=lambda each: each["version"])
    assert sorted(lines(last)) == [("A", 2), ("B", 2), ("C", 2)]
    stale = await cart.add(("A", 1), version=1)
    assert stale["__typename"] == "StaleVersion" and last["version"] == 7


BAD: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "no lines added": (ADD, {"lines": []}, ["input", "lines"]),
    "no lines changed": (CHANGE, {"lines": []}, ["input", "lines"]),
    "no lines removed": (REMOVE, {"lineIds": []}, ["input", "lineIds"]),
    "none added": (ADD, {"lines": [{"sku": "A", "quantity": 0}]}, ["input", "lines", "0", "quantity"]),
    "fewer than none added": (
        ADD, {"lines": [{"sku": "B"}, {"sku": "A", "quantity": -1}]}, ["input", "lines", "1", "quantity"],
    ),
    "too many added": (ADD, {"lines": [{"sku": "A", "quantity": 999_999}]}, ["input", "lines", "0", "quantity"]),
    "an unknown SKU": (ADD, {"lines": [{"sku": "A"}, {"sku": "Z"}]}, ["input", "lines", "1", "sku"]),
    "quantity null": (CHANGE, {"lines": [{"lineId": "own", "quantity": None}]}, ["input", "lines", "0", "quantity"]),
    "quantity none": (CHANGE, {"lines": [{"lineId": "own", "quantity": 0}]}, ["input", "lines", "0", "quantity"]),
    "another cart's line": (
        CHANGE, {"lines": [{"lineId": "other", "quantity": 1}]}, ["input", "lines", "0", "lineId"],
    ),
    "a line twice": (
        CHANGE, {"lines": [{"lineId": "own", "quantity": 1}, {"lineId": "own"}]}, ["input", "lines", "1", "lineId"],
    ),
    "removing another cart's line": (REMOVE, {"lineIds": ["other"]}, ["input", "lineIds", "0"]),
    "removing a line twice": (REMOVE, {"lineIds": ["own", "own"]}, ["input", "lineIds", "1"]),
    "an id of another kind": (REMOVE, {"lineIds": ["order"]}, ["input", "lineIds", "0"]),
}  # fmt: skip


@pytest.mark.parametrize(("operation", "given", "path"), BAD.values(), ids=BAD)
async def test_bad_input_is_refused_with_its_path_and_the_cart_stays(
    api: Api, shop: make.Shop, operation: str, given: dict[str, Any], path: list[str]
):
    cart, other = await Cart.of(api, ("A", 2)), await Cart.of(api, ("B", 1))
    names = {"own": ids(cart.begun)["A"], "other": ids(other.begun)["B"], "order": cart.own["id"]}
    refused = await api.do(operation, i=cart.own | _named(given, names))
    assert refused["__typename"] in ("ValidationFailed", "InvalidInput", "NotFound"), refused
    assert (refused["problems"][0] if "problems" in refused else refused)["path"] == path
    same = await cart.add(("C", 1))
    assert lines(same) == [("A", 2), ("C", 1)] and same["version"] == 2


def _named(given: Any, names: dict[str, str]) -> Any:
    if isinstance(given, dict):
        return {key: _named(value, names) for key, value in given.items()}
    if isinstance(given, list):
        return [_named(each, names) for each in given]
    return names.get(given, given) if isinstance(given, str) else given


@pytest.mark.parametrize("token", [None, "wrong"])
async def test_lines_of_a_cart_are_not_changed_without_its_token(
    api: Api, shop: make.Shop, token: str | None
):
    cart = await Cart.of(api, ("A", 2))
    id = ids(cart.begun)["A"]
    without = {"id": cart.own["id"], "draftToken": token}
    for operation, given in (
        (ADD, {"lines": sent(("A", 1))}),
        (CHANGE, {"lines": [{"lineId": id, "quantity": 1}]}),
        (REMOVE, {"lineIds": [id]}),
    ):
        assert (await api.do(operation, i=without | given))["__typename"] == "NotFound"


async def test_lines_of_a_placed_order_are_not_changed(api: Api, shop: make.Shop):
    cart = await Cart.of(api, ("A", 2))
    placed = await api.do(PLACE, input=_placing(cart))
    assert placed["__typename"] == "Order"
    for refused in (
        await cart.add(("A", 1)),
        await cart.change({"lineId": ids(cart.begun)["A"], "quantity": 1}),
        await cart.remove(ids(cart.begun)["A"]),
    ):
        assert refused["__typename"] in ("InvalidInput", "NotFound")

"""Carts set aside unavailable lines, codes and shipping methods with a warning; placing checks the expected
total.
"""

from typing import Any

import pytest

from app.channels import service as channels
from app.core.actor import SYSTEM
from app.core.database import execute
from tests.ask import Api
from tests.orders.selling import AMOUNTS, FINLAND, PLACE, PROBLEMS, SWEDEN, Helsinki

CART = (
    "... on Order { id status version email trackingToken discountCodes shippingMethod { code } number reservedUntil "
    + AMOUNTS
    + "warnings { code message path values { given country maximum minimumAmount { amount currency } } } "
    + "lines { nodes { sku quantity } } }"
)
BEGIN = "mutation($i: OrderDraftCreateInput!) { orderDraftCreate(input: $i) {" + PROBLEMS + CART + "} }"
CHANGE = "mutation($i: OrderDraftUpdateInput!) { orderDraftUpdate(input: $i) {" + PROBLEMS + CART + "} }"
RULE = "mutation($i: OrderRuleSetInput!) { orderRuleSet(input: $i) { __typename } }"


class Carts:
    """A visitor's operations on a cart."""

    def __init__(self, visitor: Api, shop: Helsinki) -> None:
        self.visitor, self.shop = visitor, shop

    async def begin(self, *lines: tuple[str, int], **more: Any) -> dict[str, Any]:
        given = {
            "channel": "q",
            "email": "b@example.com",
            "lines": [{"sku": sku, "quantity": units} for sku, units in lines],
            **more,
        }
        cart = await self.visitor.do(BEGIN, i=given)
        assert cart["__typename"] == "Order", cart
        return cart

    async def change(self, cart: dict[str, Any], **changes: Any) -> dict[str, Any]:
        return await self.visitor.do(
            CHANGE, i={"id": cart["id"], "draftToken": cart["trackingToken"], **changes}
        )

    async def place(self, cart: dict[str, Any], expected: str | None = None, **more: Any) -> dict[str, Any]:
        given = {"draftId": cart["id"], "draftToken": cart["trackingToken"], **more}
        if expected is not None:
            given["expectedTotal"] = {"amount": expected, "currency": "EUR"}
        return await self.visitor.do(PLACE, i=given)

    async def status_of(self, cart: dict[str, Any]) -> str:
        query = "query($id: ID!) { order(id: $id) { status } }"
        return (await self.shop.staff.ask(query, id=cart["id"]))["order"]["status"]  # type: ignore[no-any-return]


@pytest.fixture
async def carts(api: Api) -> Carts:
    shop = await Helsinki.opened(api)
    await shop.code("MIN", percent="10", minimum=4_500)
    return Carts(api, shop)


def warnings_of(cart: dict[str, Any]) -> list[tuple[str, str]]:
    """The codes of a cart's warnings with their subjects."""
    assert cart["__typename"] == "Order", cart
    return [(each["code"], each["values"]["given"]) for each in cart["warnings"]]


def one(*lines: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"sku": sku, "quantity": units} for sku, units in lines]


async def test_a_code_below_its_minimum_is_set_aside_and_applies_again_above_it(
    carts: Carts,
):
    cart = await carts.begin(("PLATE", 1), ("CUP", 1), discountCodes=["min"])
    assert cart["discount"] == {"amount": "5.07"} and cart["warnings"] == []
    small = await carts.change(cart, lines=one(("CUP", 1)))
    assert warnings_of(small) == [("DISCOUNT_MINIMUM", "MIN")]
    assert small["warnings"][0]["values"]["minimumAmount"] == {"amount": "45.00", "currency": "EUR"}
    assert small["warnings"][0]["path"] == ["discountCodes"]
    assert small["discount"] == {"amount": "0.00"} and small["discountCodes"] == []
    renamed = await carts.change(cart, email="c@example.com")
    assert renamed["email"] == "c@example.com" and warnings_of(renamed) == warnings_of(small)
    big = await carts.change(cart, lines=one(("PLATE", 2)))
    assert big["warnings"] == [] and big["discountCodes"] == ["MIN"]
    assert big["discount"] == {"amount": "8.00"}


CODE_NO_LONGER_VALID = {
    "used up": "UPDATE discount SET usage_limit = 1, used = 1",
    "expired": "UPDATE discount SET ends_at = starts_at, starts_at = NULL, is_active = false",
}


@pytest.mark.parametrize("change", CODE_NO_LONGER_VALID.values(), ids=CODE_NO_LONGER_VALID)
async def test_a_code_that_became_invalid_does_not_block_other_changes_of_the_cart(carts: Carts, change: str):
    cart = await carts.begin(("PLATE", 2), discountCodes=["MIN"])
    await execute(change)
    for changes in ({"email": "c@example.com"}, {"shippingAddress": FINLAND}, {"lines": one(("CUP", 1))}):
        changed = await carts.change(cart, **changes)
        assert warnings_of(changed) == [("DISCOUNT_NOT_VALID", "MIN")] and changed["discountCodes"] == []
    without = await carts.change(cart, discountCodes=[])
    assert without["warnings"] == []
    again = await carts.change(cart, discountCodes=["MIN"])
    assert warnings_of(again) == [("DISCOUNT_NOT_VALID", "MIN")] and again["discountCodes"] == []


async def test_a_code_that_does_not_exist_is_a_warning_and_the_cart_is_placed_without_it(carts: Carts):
    cart = await carts.begin(
        ("PLATE", 2), discountCodes=["MIN"], shippingMethod="post", shippingAddress=FINLAND
    )
    changed = await carts.change(cart, discountCodes=["MIN", "NONE"])
    assert warnings_of(changed) == [("DISCOUNT_NOT_VALID", "NONE")] and changed["discountCodes"] == ["MIN"]
    assert changed["total"] == cart["total"]
    placed = await carts.place(cart)
    assert placed["__typename"] == "Order" and placed["discountCodes"] == ["MIN"]


async def test_a_code_that_does_not_exist_is_refused_when_it_is_sent_with_the_order(carts: Carts):
    cart = await carts.begin(("PLATE", 2), shippingMethod="post", shippingAddress=FINLAND)
    refused = await carts.place(cart, discountCodes=["NONE"])
    assert [(each["code"], each["path"]) for each in refused["problems"]] == [
        ("DISCOUNT_NOT_VALID", ["input", "discountCodes", "0"])
    ]
    assert await carts.status_of(cart) == "DRAFT"


@pytest.mark.parametrize("code", ["", "  ", "X" * 41])
async def test_a_text_that_cannot_be_a_code_is_refused_and_the_cart_stays(carts: Carts, code: str):
    cart = await carts.begin(("PLATE", 2), discountCodes=["MIN"])
    refused = await carts.change(cart, discountCodes=["MIN", code])
    assert refused["problems"][0]["path"] == ["input", "discountCodes", "1"]
    same = await carts.change(cart, note="hello")
    assert same["version"] == 2 and same["discountCodes"] == ["MIN"]


@pytest.mark.parametrize(
    ("change", "back", "code"),
    [
        ("UPDATE product SET status = 'draft'", "UPDATE product SET status = 'published'", "NOT_SOLD"),
        ("UPDATE variant SET is_active = false", "UPDATE variant SET is_active = true", "NOT_SOLD"),
        ("UPDATE price_list SET is_active = false", "UPDATE price_list SET is_active = true", "NO_PRICE"),
    ],
)
async def test_lines_no_longer_sold_are_set_aside_and_return_when_sold_again(
    carts: Carts, change: str, back: str, code: str
):
    cart = await carts.begin(("PLATE", 2), ("CUP", 1), shippingMethod="post", shippingAddress=FINLAND)
    await execute(change)
    changed = await carts.change(cart, email="c@example.com")
    assert warnings_of(changed) == [(code, "PLATE"), (code, "CUP")]
    assert changed["lines"]["nodes"] == [] and changed["subtotal"] == {"amount": "0.00"}
    refused = await carts.place(cart)
    assert refused["problems"][0]["path"] == ["input", "lines"]
    assert await carts.status_of(cart) == "DRAFT"
    await execute(back)
    again = await carts.change(cart, note="still here")
    assert again["warnings"] == [] and again["total"] == cart["total"]
    assert again["lines"]["nodes"] == [{"sku": "PLATE", "quantity": 2}, {"sku": "CUP", "quantity": 1}]


async def test_adding_a_sku_that_is_not_sold_is_refused(carts: Carts):
    cart = await carts.begin(("CUP", 1))
    await execute("UPDATE product SET status = 'draft' WHERE slug = 'thing-plate'")
    refused = await carts.change(cart, lines=one(("CUP", 1), ("PLATE", 1)))
    assert [(each["code"], each["path"]) for each in refused["problems"]] == [
        ("NOT_SOLD", ["input", "lines", "1", "sku"])
    ]


async def test_an_unavailable_shipping_method_is_set_aside_until_another_is_chosen(carts: Carts):
    await carts.shop.method("rider", 900, countries=["FI"])
    cart = await carts.begin(("CUP", 1), shippingMethod="rider", shippingAddress=FINLAND)
    away = await carts.change(cart, shippingAddress=SWEDEN)
    assert warnings_of(away) == [("SHIPPING_NOT_TO_COUNTRY", "rider")]
    assert away["warnings"][0]["values"]["country"] == "SE" and away["shipping"] is None
    home = await carts.change(cart, shippingAddress=FINLAND)
    assert home["warnings"] == [] and home["shipping"] == {"amount": "9.00"}
    await carts.shop.method("rider", 900, is_active=False)
    retired = await carts.change(cart, email="c@example.com")
    assert warnings_of(retired) == [("SHIPPING_METHOD_UNKNOWN", "rider")]
    refused = await carts.place(cart)
    assert refused["problems"][0]["path"] == ["input", "shippingMethod"]
    asked = await carts.change(cart, shippingMethod="none-such")
    assert asked["problems"][0]["code"] == "SHIPPING_METHOD_UNKNOWN"
    chosen = await carts.change(cart, shippingMethod="post")
    assert chosen["warnings"] == [] and chosen["shippingMethod"] == {"code": "post"}
    placed = await carts.place(cart)
    assert placed["__typename"] == "Order" and placed["shipping"] == {"amount": "4.96"}


async def test_lines_and_codes_set_aside_with_a_warning_are_not_placed(carts: Carts):
    cart = await carts.begin(
        ("PLATE", 2), ("CUP", 1), discountCodes=["MIN"], shippingMethod="post", shippingAddress=FINLAND
    )
    await execute("UPDATE product SET status = 'draft' WHERE slug = 'thing-plate'")
    seen = await carts.change(cart, note="go on")
    assert warnings_of(seen) == [("NOT_SOLD", "PLATE"), ("DISCOUNT_MINIMUM", "MIN")]
    placed = await carts.place(cart, seen["total"]["amount"])
    assert placed["__typename"] == "Order" and placed["total"] == seen["total"]
    assert [line["sku"] for line in placed["lines"]["nodes"]] == ["CUP"] and placed["discountCodes"] == []
    shown = await carts.shop.staff.ask(
        "query($n: String!) { order(number: $n) { warnings { code } } }", n=placed["number"]
    )
    assert shown["order"]["warnings"] == []


async def test_placing_is_refused_when_a_code_became_invalid_after_the_cart_was_shown(carts: Carts):
    cart = await carts.begin(
        ("PLATE", 2), discountCodes=["MIN"], shippingMethod="post", shippingAddress=FINLAND
    )
    await execute("UPDATE discount SET is_active = false")
    refused = await carts.place(cart)
    assert refused["problems"][0]["code"] == "DISCOUNT_NOT_VALID"
    assert await carts.status_of(cart) == "DRAFT"


async def test_missing_stock_does_not_prevent_other_changes(carts: Carts):
    cart = await carts.begin(("PLATE", 2))
    assert cart["reservedUntil"] is not None
    await execute("UPDATE reservation SET expires_at = '2020-01-01 00:00:00+00:00'")
    await carts.shop.place(("PLATE", 999))
    changed = await carts.change(cart, email="c@example.com")
    assert changed["__typename"] == "Order" and changed["email"] == "c@example.com"
    assert [each["code"] for each in changed["warnings"]] == ["NOT_RESERVED"]
    assert changed["reservedUntil"] is None and changed["lines"]["nodes"] == [{"sku": "PLATE", "quantity": 2}]
    for change in ({"note": "Soon?"}, {"lines": one(("PLATE", 3))}, {"lines": one(("PLATE", 2))}):
        again = await carts.change(cart, **change)
        assert [each["code"] for each in again["warnings"]] == ["NOT_RESERVED"]
        assert again["reservedUntil"] is None
    refused = await carts.change(cart, reserveStock=True)
    assert refused["__typename"] == "InsufficientStock"
    fewer = await carts.change(cart, lines=one(("PLATE", 1)))
    assert fewer["warnings"] == [] and fewer["reservedUntil"] is not None


# The expected total


async def _cart(carts: Carts, **more: Any) -> dict[str, Any]:
    cart = await carts.begin(("CUP", 1), shippingMethod="post", shippingAddress=FINLAND, **more)
    assert cart["total"] == {"amount": "19.42"}
    return cart


async def test_placing_is_refused_when_the_total_differs_from_the_expected_total(carts: Carts):
    cart = await _cart(carts)
    await carts.shop.price("CUP", 9_900)
    refused = await carts.place(cart, "19.42")
    assert refused == {
        "__typename": "TotalChanged",
        "errorCode": "TOTAL_CHANGED",
        "message": "The total of the order is €128.91, not €19.42.",
        "path": ["input", "expectedTotal"],
        "expected": {"amount": "19.42"},
        "actual": {"amount": "128.91"},
        "changes": [
            {
                "kind": "UNIT_PRICE",
                "sku": "CUP",
                "before": {"amount": "10.70"},
                "after": {"amount": "99.00"},
            },
            {"kind": "TAX", "sku": None, "before": {"amount": "3.76"}, "after": {"amount": "24.95"}},
        ],
    }
    assert await carts.status_of(cart) == "DRAFT"
    placed = await carts.place(cart, "128.91")
    assert placed["__typename"] == "Order" and placed["total"] == {"amount": "128.91"}


async def test_total_changed_lists_changes_of_discount_shipping_and_tax(carts: Carts):
    await carts.shop.code("TWO", amount=200)
    cart = await carts.begin(
        ("CUP", 1), shippingMethod="post", shippingAddress=FINLAND, discountCodes=["TWO"]
    )
    await carts.shop.method("post", 600)
    await carts.shop.rate("FI", "0.255")
    await execute("UPDATE discount SET is_active = false WHERE code = 'TWO'")
    refused = await carts.place(cart, cart["total"]["amount"])
    assert [
        (each["kind"], each["before"]["amount"], each["after"]["amount"]) for each in refused["changes"]
    ] == [
        ("DISCOUNT", "2.00", "0.00"),
        ("SHIPPING", "4.96", "6.00"),
        ("TAX", "3.28", "4.26"),
    ]
    assert refused["actual"] == {"amount": "20.96"} and await carts.status_of(cart) == "DRAFT"


async def test_the_expected_total_is_checked_for_orders_placed_without_a_cart(carts: Carts):
    guard = {"expectedTotal": {"amount": "19.42", "currency": "EUR"}}
    assert (await carts.shop.try_to_place(("CUP", 1), **guard))["__typename"] == "Order"
    refused = await carts.shop.try_to_place(("CUP", 2), **guard)
    assert refused["__typename"] == "TotalChanged" and refused["changes"] == []
    dollars = {"expectedTotal": {"amount": "19.42", "currency": "USD"}}
    wrong = await carts.shop.try_to_place(("CUP", 1), **dollars)
    assert (wrong["__typename"], wrong["path"]) == ("InvalidInput", ["input", "expectedTotal", "currency"])
    query = "{ orders(first: 10) { nodes { status } } }"
    assert len((await carts.shop.staff.ask(query))["orders"]["nodes"]) == 1


@pytest.mark.parametrize(("price", "held"), [(1_177, False), (1_178, True), (9_900, True), (962, True)])
async def test_the_price_drift_rule_compares_with_the_prices_shown_in_the_cart(
    carts: Carts, price: int, held: bool
):
    await _drift(carts.shop)
    cart = await _cart(carts)
    await carts.shop.price("CUP", price)
    placed = await carts.place(cart)
    assert (
        placed["isOnHold"] is held and placed["holds"] is None
    )  # visitors see that it is on hold, but not why
    seen = await carts.shop.order(placed)
    assert [hold["rule"] for hold in seen["holds"]] == (["price_drift"] if held else [])


async def _drift(shop: Helsinki) -> None:
    limits = [{"name": "percent", "value": 10}]
    rule = {"channel": "q", "rule": "price_drift", "outcome": "HOLD", "limits": limits}
    assert (await shop.staff.do(RULE, i=rule))["__typename"] == "Channel"


async def test_the_price_drift_rule_includes_shipping_and_tax_and_states_both_totals(carts: Carts):
    await _drift(carts.shop)
    cart = await _cart(carts)
    await carts.shop.method("post", 1_000)
    placed = await carts.shop.staff.do(PLACE, i={"draftId": cart["id"], "draftToken": cart["trackingToken"]})
    assert placed["holds"] == [
        {
            "rule": "price_drift",
            "reason": "The total of the order is €25.67, but the total of its cart was €19.42.",
        }
    ]


async def test_the_price_drift_rule_applies_when_staff_confirm_the_order(api: Api):
    shop = await Helsinki.opened(api)
    carts = Carts(api, shop)
    await _drift(shop)
    await channels.update(SYSTEM, shop.shop.channel.id, {"confirms_at_once": False})
    cart = await _cart(carts)
    await shop.price("CUP", 9_900)
    placed = await carts.place(cart)
    assert placed["status"] == "PLACED" and placed["isOnHold"] is False
    confirm = "mutation($id: ID!) { orderConfirm(id: $id) { __typename } }"
    await shop.staff.do(confirm, id=placed["id"])
    seen = await shop.order(placed)
    assert seen["status"] == "PLACED" and seen["holds"] == [
        {"rule": "price_drift", "reason": "The price of CUP is €99.00, but the cart showed €10.70."}
    ]


async def test_quantities_changed_while_placing_are_not_price_drift(carts: Carts):
    await _drift(carts.shop)
    cart = await _cart(carts)
    placed = await carts.place(cart, lines=one(("CUP", 9)))
    assert placed["__typename"] == "Order" and placed["isOnHold"] is False

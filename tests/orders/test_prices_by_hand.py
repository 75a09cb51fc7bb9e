"""Staff set prices and discounts of lines by hand, with a reason that the buyer does not see."""

from decimal import Decimal
from typing import Any

import pytest

from app.access.permissions import Permission
from tests import make
from tests.ask import Api
from tests.journeys.life import books_add_up
from tests.orders.selling import FINLAND, PLACE, PROBLEMS, Helsinki, amounts, due, line_of

LINES = """lines { nodes { id sku quantity unitPrice { amount } listPrice { amount } discount { amount }
  total { amount } adjustments { unitPrice { amount } percent amount { amount } reason setBy setAt } } }"""
CART = "id status trackingToken total { amount } discount { amount } warnings { code } " + LINES
BEGIN = (
    "mutation($i: OrderDraftCreateInput!) { orderDraftCreate(input: $i) {"
    + PROBLEMS
    + "... on Order {"
    + CART
    + "} } }"
)
CHANGE = BEGIN.replace("Create", "Update")
SHOW = (
    "query($id: ID!, $t: String) { order(id: $id, token: $t) { events { name title facts actor } "
    + CART
    + "} }"
)
REASON = "They waited for three weeks."


def eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def priced(sku: str, amount: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {"sku": sku, "quantity": quantity, "unitPrice": eur(amount), "reason": REASON, **more}


def given(sku: str, quantity: int = 1, **discount: Any) -> dict[str, Any]:
    return {"sku": sku, "quantity": quantity, "discount": discount, "reason": REASON}


def problems(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["code"], ".".join(each["path"][1:])) for each in answer["problems"]]


class Desk:
    """Operations of staff and of the buyer on an order."""

    def __init__(self, buyer: Api, shop: Helsinki) -> None:
        self.buyer, self.shop = buyer, shop

    async def begin(self, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
        said = {
            "channel": "q",
            "email": "b@example.com",
            "shippingAddress": FINLAND,
            "shippingMethod": "post",
        }
        return await self.shop.staff.do(BEGIN, i=said | {"lines": list(lines)} | more)

    async def change(self, cart: dict[str, Any], by: Api | None = None, **changes: Any) -> dict[str, Any]:
        said = {"id": cart["id"], "draftToken": cart["trackingToken"], **changes}
        return await (by or self.shop.staff).do(CHANGE, i=said)

    async def place(self, cart: dict[str, Any], **more: Any) -> dict[str, Any]:
        said = {"draftId": cart["id"], "draftToken": cart["trackingToken"], **more}
        placed = await self.buyer.do(PLACE, i=said)
        assert placed["__typename"] == "Order", placed
        return placed

    async def seen(self, order: dict[str, Any], by: Api | None = None) -> dict[str, Any]:
        """The order as seen by staff, or by a caller with its access token."""
        query = "query($id: ID!) { order(id: $id) { accessToken } }"
        token = (await self.shop.staff.ask(query, id=order["id"]))["order"]["accessToken"] if by else None
        return (await (by or self.shop.staff).ask(SHOW, id=order["id"], t=token))["order"]


@pytest.fixture
async def desk(api: Api) -> Desk:
    return Desk(api, await Helsinki.opened(api))


async def test_a_manual_price_replaces_the_list_price_and_both_are_shown(desk: Desk):
    cart = await desk.begin(priced("KNIFE", "80.00", 2), {"sku": "CUP"})
    knife, cup = cart["lines"]["nodes"]
    assert (knife["unitPrice"], knife["listPrice"]) == ({"amount": "80.00"}, {"amount": "100.00"})
    (set_,) = knife["adjustments"]
    assert (set_["unitPrice"], set_["reason"], set_["percent"]) == ({"amount": "80.00"}, REASON, None)
    assert set_["setBy"] == "test" and set_["setAt"]
    assert cup["listPrice"] is None and cup["adjustments"] == []
    placed = await desk.place(cart)
    assert due(placed) == Decimal("217.82")  # 160.00, 10.70 and 4.96, and 24 % of each
    knife, _ = (await desk.seen(placed))["lines"]["nodes"]
    assert (knife["listPrice"], knife["adjustments"]) == ({"amount": "100.00"}, [set_])
    await books_add_up()


@pytest.mark.parametrize(
    ("discount", "off"),
    [({"percent": "12.5"}, "25.00"), ({"amount": eur("30")}, "30.00"), ({"amount": eur("999")}, "200.00")],
)
async def test_a_line_discount_is_applied_before_codes(desk: Desk, discount: dict[str, Any], off: str):
    await desk.shop.code("TENTH", percent="10")
    order = await desk.shop.place(
        discountCodes=["tenth"], lines=[given("KNIFE", 2, **discount), {"sku": "CUP"}]
    )
    left = Decimal("200.00") - Decimal(off)
    whole = Decimal(off) + ((left + Decimal("10.70")) * Decimal("0.1")).quantize(Decimal("0.01"))
    assert Decimal(order["discount"]["amount"]) == whole and order["discountCodes"] == ["TENTH"]
    half = await desk.shop.cancel(order, {"KNIFE": 1})
    await desk.shop.cancel(half)
    await books_add_up()


async def test_the_buyer_sees_price_and_discount_but_not_the_reason(desk: Desk):
    cart = await desk.begin(priced("KNIFE", "80.00", discount={"percent": "50"}))
    placed = await desk.place(cart)
    for order in (cart, placed):
        seen = await desk.seen(order, desk.buyer)
        (line,) = seen["lines"]["nodes"]
        assert (line["unitPrice"], line["listPrice"]) == ({"amount": "80.00"}, {"amount": "100.00"})
        assert line["discount"] == {"amount": "40.00"} and line["adjustments"] is None
        assert REASON not in str(seen) and "order_prices_set" not in str(seen)


async def test_the_timeline_records_manual_prices_with_their_author_and_reason(desk: Desk):
    cart = await desk.begin(priced("KNIFE", "80.00"))
    await desk.change(cart, note="nothing about prices")
    await desk.change(cart, lines=[given("KNIFE", percent="10")])
    placed = await desk.place(cart)
    line = (await desk.seen(placed))["lines"]["nodes"][0]["id"]
    edit = {"lineId": line, "unitPrice": eur("70.00"), "discount": None}
    await desk.shop.edit(placed, lines=[edit], reason="The second was broken.")
    found = [each for each in (await desk.seen(placed))["events"] if each["name"] == "order_prices_set"]
    said = {"sku": "KNIFE", "list_price_minor": 10_000}
    assert [each["facts"]["lines"] for each in found] == [
        [said | {"price": {"unit_price_minor": 8_000, "reason": REASON}}],
        [said | {"discount": {"percent": "10", "amount_minor": None, "reason": REASON}}],
        [said | {"price": {"unit_price_minor": 7_000, "reason": "The second was broken."}, "discount": None}],
    ]
    assert {(each["title"], each["actor"]) for each in found} == {("Prices were set manually", "test")}


async def test_only_staff_who_manage_orders_set_prices(desk: Desk):
    said = {"channel": "q", "lines": [priced("CUP", "1.00")]}
    for caller in (desk.buyer, desk.buyer.as_(await make.token(Permission.ORDERS_VIEW))):
        error = await caller.error(BEGIN, i=said)
        assert error["extensions"]["code"] == "FORBIDDEN"
        assert "order_drafted" not in str(await desk.shop.staff.ask("{ orders { nodes { number } } }"))
    other = await make.shop("other")
    elsewhere = desk.buyer.as_(await make.token(channels=[other.channel]))
    assert (await elsewhere.error(BEGIN, i=said))["extensions"]["code"] == "FORBIDDEN"
    cart = await desk.begin({"sku": "CUP"})
    sent = {"id": cart["id"], "draftToken": cart["trackingToken"], "lines": [given("CUP", percent="100")]}
    assert (await desk.buyer.error(CHANGE, i=sent))["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ({"unitPrice": eur("1.00")}, ("REQUIRED", "lines.0.reason")),
        ({"discount": {"percent": "5"}, "reason": "  "}, ("REQUIRED", "lines.0.reason")),
        ({"unitPrice": eur("1.00"), "reason": "x" * 501}, ("TOO_LONG", "lines.0.reason")),
        ({"unitPrice": eur("-1.00"), "reason": "x"}, ("TOO_SMALL", "lines.0.unitPrice.amount")),
        ({"unitPrice": {"amount": "1", "currency": "USD"}, "reason": "x"},
         ("WRONG_CURRENCY", "lines.0.unitPrice.currency")),
        ({"discount": {}, "reason": "x"}, ("REQUIRED", "lines.0.discount.percent")),
        ({"discount": {"percent": "5", "amount": eur("1")}, "reason": "x"},
         ("CONTRADICTION", "lines.0.discount.percent")),
        ({"discount": {"percent": "100.01"}, "reason": "x"}, ("NOT_IN_RANGE", "lines.0.discount.percent")),
        ({"discount": {"percent": "1.234"}, "reason": "x"}, ("TOO_PRECISE", "lines.0.discount.percent")),
        ({"discount": {"amount": eur("0")}, "reason": "x"}, ("TOO_SMALL", "lines.0.discount.amount.amount")),
        ({"discount": {"amount": {"amount": "1", "currency": "USD"}}, "reason": "x"},
         ("WRONG_CURRENCY", "lines.0.discount.amount.currency")),
    ],
)  # fmt: skip
async def test_invalid_prices_and_discounts_are_refused_with_their_path(
    desk: Desk, line: dict[str, Any], wrong: tuple[str, str]
):
    assert problems(await desk.begin({"sku": "CUP"} | line)) == [wrong]
    order = await desk.shop.place(("CUP", 1))
    edited = await desk.shop.edit(order, lines=[{"lineId": line_of(order, "CUP")["id"]} | line])
    assert problems(edited) == [wrong]
    assert amounts(await desk.shop.order(order)) == amounts(order)


async def test_a_line_sent_again_keeps_its_manual_price_unless_the_buyer_adds_units(desk: Desk):
    cart = await desk.begin(priced("KNIFE", "80.00", 2), given("PLATE", 3, amount=eur("6.00")))

    async def prices(by: Api | None, knives: int, plates: int) -> tuple[str, str]:
        lines = [{"sku": "KNIFE", "quantity": knives}, {"sku": "PLATE", "quantity": plates}, {"sku": "CUP"}]
        knife, plate, _ = (await desk.change(cart, by, lines=lines))["lines"]["nodes"]
        return knife["unitPrice"]["amount"], plate["discount"]["amount"]

    assert await prices(desk.buyer, 2, 3) == ("80.00", "6.00")
    assert await prices(None, 5, 4) == ("80.00", "6.00")
    assert await prices(desk.buyer, 4, 4) == ("80.00", "6.00")
    assert await prices(desk.buyer, 4, 3) == ("80.00", "0.00")
    assert await prices(desk.buyer, 5, 3) == ("100.00", "0.00")


async def test_null_removes_a_manual_price_or_discount(desk: Desk):
    cart = await desk.begin(priced("KNIFE", "80.00", discount={"percent": "10"}))
    both = await desk.change(cart, lines=[{"sku": "KNIFE", "unitPrice": None}])
    (line,) = both["lines"]["nodes"]
    assert (line["unitPrice"], line["discount"]) == ({"amount": "100.00"}, {"amount": "10.00"})
    placed = await desk.place(cart)
    await desk.shop.price("KNIFE", 15_000)
    id = line_of(placed, "KNIFE")["id"]
    set_ = (await desk.shop.edit(placed, lines=[{"lineId": id, "unitPrice": eur("90")}], reason=REASON))[
        "order"
    ]
    assert due(set_) == Decimal("106.59")  # 90.00 less 9.00 and 4.96, and 24 % of each
    back = (await desk.shop.edit(set_, lines=[{"lineId": id, "unitPrice": None, "discount": None}]))["order"]
    assert due(back) == Decimal("130.15")  # the price at which it was sold: 100.00 and 4.96, and 24 %
    (line,) = (await desk.seen(back))["lines"]["nodes"]
    assert line["listPrice"] is None and line["adjustments"] == []
    await books_add_up()


async def test_a_discount_after_placing_reduces_the_amount_due_and_changes_no_other_line(desk: Desk):
    order = await desk.shop.place(("KNIFE", 2), ("PLATE", 1))
    plate = line_of(order, "PLATE")
    line = {"lineId": line_of(order, "KNIFE")["id"], "discount": {"amount": eur("10")}, "reason": REASON}
    seen = await desk.shop.edit(order, lines=[line], preview=True)
    assert seen["amountToPay"] == {"amount": "-12.40"}
    done = await desk.shop.edit(order, lines=[line])
    assert done["amountToPay"] == {"amount": "-12.40"}
    assert line_of(done["order"], "PLATE") == plate
    half = await desk.shop.cancel(done["order"], {"KNIFE": 1})
    assert due(half) == Decimal("173.55")  # 100.00 less 5.00, 40.00 and 4.96, and 24 % of each
    again = await desk.shop.edit(half, {"KNIFE": 1}, reason="x", discountCodes=[])
    assert again["__typename"] == "InvalidInput"  # it changes nothing
    await books_add_up()


async def test_repricing_at_todays_prices_leaves_manual_prices_unchanged(desk: Desk):
    placed = await desk.place(await desk.begin(priced("KNIFE", "80.00"), {"sku": "CUP"}))
    await desk.shop.price("KNIFE", 15_000)
    await desk.shop.price("CUP", 2_000)
    done = (await desk.shop.edit(placed, prices="TODAY"))["order"]
    assert due(done) == Decimal("130.15")  # 80.00, 20.00 and 4.96, and 24 % of each


async def test_a_manual_price_overrides_todays_price_in_the_same_edit(desk: Desk):
    order = await desk.shop.place(("KNIFE", 1), ("CUP", 1))
    await desk.shop.price("KNIFE", 15_000)
    await desk.shop.price("CUP", 2_000)
    line = {"lineId": line_of(order, "KNIFE")["id"]}
    as_sold = line | {"unitPrice": eur("100"), "reason": REASON}
    done = (await desk.shop.edit(order, lines=[as_sold], prices="TODAY"))["order"]
    assert due(done) == Decimal("154.95")  # 100.00, 20.00 and 4.96, and 24 % of each
    back = (await desk.shop.edit(done, lines=[line | {"unitPrice": None}], prices="TODAY"))["order"]
    assert due(back) == Decimal("216.95")  # 150.00, which is the price of today
    await books_add_up()


async def test_a_manual_price_equal_to_the_current_price_is_kept_from_then_on(desk: Desk):
    order = await desk.shop.place(("KNIFE", 1))
    line = {"lineId": line_of(order, "KNIFE")["id"], "unitPrice": eur("100"), "reason": REASON}
    kept = (await desk.shop.edit(order, lines=[line]))["order"]
    assert due(kept) == due(order)
    (before,) = (await desk.seen(kept))["lines"]["nodes"]
    again = await desk.shop.edit(kept, lines=[line])
    assert again["__typename"] == "InvalidInput"  # it changes nothing
    await desk.shop.price("KNIFE", 15_000)
    same = await desk.shop.edit(kept, prices="TODAY")
    assert same["__typename"] == "InvalidInput"
    assert (await desk.seen(kept))["lines"]["nodes"] == [before]
    other = (await desk.shop.edit(kept, lines=[line | {"reason": "It was promised."}]))["order"]
    (after,) = (await desk.seen(other))["lines"]["nodes"]
    assert after["adjustments"][0]["reason"] == "It was promised."
    await books_add_up()


async def test_a_manual_price_is_not_price_drift(desk: Desk):
    rule = "mutation($i: OrderRuleSetInput!) { orderRuleSet(input: $i) { __typename } }"
    limits = [{"name": "percent", "value": 10}]
    await desk.shop.staff.do(
        rule, i={"channel": "q", "rule": "price_drift", "outcome": "HOLD", "limits": limits}
    )
    cart = await desk.begin(priced("KNIFE", "20.00"), {"sku": "KNIFE"})
    placed = await desk.place(cart, expectedTotal=eur(cart["total"]["amount"]))
    assert placed["isOnHold"] is False
    cart = await desk.begin({"sku": "KNIFE"})
    said = {"draftId": cart["id"], "lines": [priced("KNIFE", "20.00")]}
    placed = await desk.shop.staff.do(PLACE, i=said)
    assert placed["isOnHold"] is False and due(placed) == Decimal("30.95")
    cart = await desk.begin({"sku": "CUP"})
    await desk.shop.price("CUP", 9_900)
    assert (await desk.place(cart))["isOnHold"] is True


async def test_a_partly_cancelled_line_accepts_a_discount_but_no_manual_price(desk: Desk):
    order = await desk.shop.cancel(await desk.shop.place(("CUP", 3)), {"CUP": 1})
    line = {"lineId": line_of(order, "CUP")["id"], "reason": REASON}
    refused = await desk.shop.edit(order, lines=[line | {"unitPrice": eur("5")}])
    assert problems(refused) == [("NOT_POSSIBLE_NOW", "lines.0.unitPrice")]
    done = (await desk.shop.edit(order, lines=[line | {"discount": {"percent": "50"}}]))["order"]
    assert due(done) == Decimal("19.42")  # 21.40 less 10.70, and 4.96, and 24 % of each
    await books_add_up()


async def test_an_added_line_can_have_a_manual_price_or_discount(desk: Desk):
    order = await desk.shop.place(("CUP", 1))
    done = (await desk.shop.edit(order, lines=[priced("PLATE", "0.00"), given("KNIFE", percent="25")]))[
        "order"
    ]
    assert due(done) == Decimal("112.42")  # 10.70, nothing, 75.00 and 4.96, and 24 % of each
    swap = {"lineId": line_of(done, "CUP")["id"], "sku": "PLATE", "unitPrice": eur("30"), "reason": REASON}
    other = (await desk.shop.edit(done, lines=[swap]))["order"]
    assert due(other) == Decimal("136.35")  # 30.00 instead of 10.70
    await books_add_up()


async def test_a_sku_without_a_list_price_can_be_sold_at_a_manual_price(desk: Desk):
    await desk.shop.shop.sell("RARE", stock=5)
    lists = 'mutation { priceListUpdate(input: {id: "%s", isActive: false}) { __typename } }'
    found = await desk.shop.staff.ask("{ priceLists { nodes { id } } }")
    await desk.shop.staff.ask(lists % found["priceLists"]["nodes"][0]["id"])
    assert problems(await desk.begin({"sku": "RARE"})) == [("NO_PRICE", "lines.0.sku")]
    cart = await desk.begin(priced("RARE", "12.00"))
    placed = await desk.place(cart)
    (line,) = (await desk.seen(placed))["lines"]["nodes"]
    assert (line["unitPrice"], line["listPrice"]) == ({"amount": "12.00"}, None)
    back = await desk.shop.edit(placed, lines=[{"lineId": line["id"], "unitPrice": None}])
    assert problems(back) == [("NO_PRICE", "lines.0.unitPrice")]

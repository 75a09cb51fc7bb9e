"""The rounding of tax of channels, carts and orders: RATE is the default, and a placed order keeps its own."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests import make
from tests.ask import Api
from tests.journeys.life import books_add_up
from tests.orders.oracle import half_up
from tests.orders.selling import FINLAND, Helsinki, line_of
from tests.orders.test_carts import Carts

CREATE = """mutation($i: ChannelCreateInput!) { channelCreate(input: $i) { __typename
  ... on Channel { id taxRounding } ... on UserError { message path } } }"""
UPDATE = """mutation($i: ChannelUpdateInput!) { channelUpdate(input: $i) { __typename
  ... on Channel { taxRounding } ... on UserError { message path } } }"""
SHOW = """query($id: ID!) { order(id: $id) { status taxRounding tax { amount } total { amount }
  shippingTax { amount } taxes { rate net { amount } tax { amount } }
  lines { nodes { sku tax { amount } total { amount } } } } }"""


EDIT = """mutation($i: OrderEditInput!) { orderEdit(input: $i) { __typename
  ... on OrderEdit { lines { sku quantityAfter } } ... on UserError { message path } } }"""


async def use(shop: Helsinki, rounding: str) -> None:
    channel = (await shop.staff.ask('{ channel(code: "q") { id } }'))["channel"]["id"]
    done = await shop.staff.do(UPDATE, i={"id": channel, "taxRounding": rounding})
    assert done == {"__typename": "Channel", "taxRounding": rounding}


async def show(shop: Helsinki, order: dict[str, Any]) -> dict[str, Any]:
    return (await shop.staff.ask(SHOW, id=order["id"]))["order"]  # type: ignore[no-any-return]


async def small_things(api: Api, **terms: Any) -> Helsinki:
    """Three articles at 1.02 without tax of 24 %: 0.2448 each, and 1.1904 for shipping."""
    shop = await Helsinki.opened(api, **terms)
    for sku in ("PIN", "CLIP", "TACK"):
        await shop.shop.sell(sku, stock=100, price=102)
    return shop


THREE = (("PIN", 1), ("CLIP", 1), ("TACK", 1))


async def test_a_new_channel_rounds_tax_by_rate_unless_it_is_told_otherwise(api: Api):
    staff = api.as_(await make.token())
    made = await staff.do(CREATE, i={"code": "new", "name": "New", "currency": "EUR"})
    assert made["taxRounding"] == "RATE"
    other = await staff.do(CREATE, i={"code": "old", "name": "Old", "currency": "EUR", "taxRounding": "LINE"})
    assert other["taxRounding"] == "LINE"
    kept = await staff.do(UPDATE, i={"id": other["id"], "name": "Older"})
    assert kept["taxRounding"] == "LINE"
    changed = await staff.do(UPDATE, i={"id": made["id"], "taxRounding": "LINE"})
    assert changed["taxRounding"] == "LINE"


async def test_a_cart_that_was_open_while_the_channel_changed_is_placed_with_the_new_rounding(api: Api):
    shop = await small_things(api)
    carts = Carts(api, shop)
    cart = await carts.begin(*THREE, shippingAddress=FINLAND, shippingMethod="post")
    assert (cart["tax"]["amount"], cart["total"]["amount"]) == ("1.91", "9.93")  # 3 × 0.24 + 1.19
    await use(shop, "RATE")
    assert (await show(shop, cart))["taxRounding"] == "LINE"  # as it was shown
    refused = await carts.place(cart, "9.93")
    assert refused["__typename"] == "TotalChanged" and refused["actual"] == {"amount": "9.94"}
    (change,) = refused["changes"]
    assert (change["kind"], change["before"]["amount"], change["after"]["amount"]) == ("TAX", "1.91", "1.92")
    assert (await show(shop, cart))["status"] == "DRAFT"
    placed = await carts.place(cart, "9.94")
    assert placed["__typename"] == "Order"
    shown = await show(shop, placed)
    assert (shown["taxRounding"], shown["tax"]["amount"]) == ("RATE", "1.92")
    await books_add_up()


async def test_a_cart_that_is_changed_takes_the_rounding_of_the_channel(api: Api):
    shop = await small_things(api)
    carts = Carts(api, shop)
    cart = await carts.begin(*THREE, shippingAddress=FINLAND, shippingMethod="post")
    await use(shop, "RATE")
    changed = await carts.change(cart, note="Please ring.")
    assert changed["tax"] == {"amount": "1.92"}
    await use(shop, "LINE")
    assert (await carts.change(cart, note=""))["tax"] == {"amount": "1.91"}


async def test_edits_and_cancellations_of_an_order_keep_its_rounding(api: Api):
    shop = await small_things(api)
    await use(shop, "RATE")
    order = await shop.place(*THREE)
    assert (await show(shop, order))["tax"] == {"amount": "1.92"}
    await use(shop, "LINE")
    other = await shop.place(*THREE)
    assert (await show(shop, other))["tax"] == {"amount": "1.91"}
    await use(shop, "RATE")
    more = (await shop.edit(order, {"PIN": 3}))["order"]
    assert more["tax"] == {"amount": "2.41"}  # 24 % of 10.06
    more = (await shop.edit(other, {"PIN": 3}))["order"]
    assert more["tax"] == {"amount": "2.40"}  # 0.73 + 0.24 + 0.24 + 1.19
    for each, rounding in ((order, "RATE"), (other, "LINE")):
        back = (await shop.edit(each, {"PIN": 1}))["order"]
        assert back["tax"] == {"amount": "1.92" if rounding == "RATE" else "1.91"}
        await shop.cancel(each, {"CLIP": 1})
        assert (await show(shop, each))["taxRounding"] == rounding
    await books_add_up()


async def test_an_edit_does_not_list_a_line_of_which_only_the_share_of_the_tax_changes(api: Api):
    shop = await small_things(api)
    await use(shop, "RATE")
    order = await shop.place(*THREE)
    shares = {line["sku"]: line["tax"]["amount"] for line in (await show(shop, order))["lines"]["nodes"]}
    moved = False
    for units in range(2, 12):
        edited = await shop.staff.do(EDIT, i={"id": order["id"], "lines": [
            {"lineId": line_of(order, "PIN")["id"], "quantity": units}]})  # fmt: skip
        assert [(each["sku"], each["quantityAfter"]) for each in edited["lines"]] == [("PIN", units)]
        now = {line["sku"]: line["tax"]["amount"] for line in (await show(shop, order))["lines"]["nodes"]}
        moved = moved or (now["CLIP"], now["TACK"]) != (shares["CLIP"], shares["TACK"])
    assert moved
    await books_add_up()


async def test_the_tax_of_shipping_is_rounded_with_that_of_the_goods_at_its_rate(api: Api):
    shop = await small_things(api)
    await use(shop, "RATE")
    shown = await show(shop, await shop.place(*THREE))
    assert [
        (Decimal(each["rate"]), each["net"]["amount"], each["tax"]["amount"]) for each in shown["taxes"]
    ] == [
        (Decimal("0.24"), "8.02", "1.92")  # 24 % of 8.02 is 1.9248
    ]
    lines = [Decimal(line["tax"]["amount"]) for line in shown["lines"]["nodes"]]
    assert sum(lines) + Decimal(shown["shippingTax"]["amount"]) == Decimal("1.92")


@pytest.mark.parametrize("included", [False, True])
@pytest.mark.parametrize(("currency", "decimals"), [("JPY", 0), ("EUR", 2), ("KWD", 3)])
async def test_tax_is_rounded_once_in_the_decimals_of_the_currency(
    api: Api, currency: str, decimals: int, included: bool
):
    shop = await small_things(api, currency=currency, prices_include_tax=included)
    await use(shop, "RATE")
    order = await shop.place(*THREE)
    base, rate = 3 * 102 + 496, Fraction("0.24")
    exact = base - half_up(base / (1 + rate)) if included else half_up(base * rate)
    assert order["tax"]["amount"] == f"{Decimal(exact).scaleb(-decimals):f}"
    for sku, _ in THREE:
        order = await shop.cancel(order, {sku: 1})
    assert (order["status"], Decimal(order["amountDue"]["amount"])) == ("CANCELLED", 0)
    await books_add_up()

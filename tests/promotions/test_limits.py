"""Codes with a limit per customer, codes for some products or categories, and codes for free shipping."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from app.catalog import queries as catalog_queries
from app.catalog.service import shelving
from app.core.actor import SYSTEM
from app.core.database import execute, fetch
from app.core.refusals import Refusal
from app.customers.contact import AddressData
from app.orders.service import placing
from app.orders.service.pricing import LineData, OrderData
from app.promotions.lifecycle import DiscountKind
from tests import make
from tests.ask import Api
from tests.journeys.life import books_add_up
from tests.orders.selling import FINLAND, PLACE, SWEDEN, Helsinki, amounts, due, line_of
from tests.orders.test_carts import Carts, warnings_of
from tests.statements import statements

CUSTOMER_LIMIT = ("DISCOUNT_CUSTOMER_LIMIT", "ONCE")


@pytest.fixture
async def shop(api: Api) -> Helsinki:
    shop = await Helsinki.opened(api)
    await shop.code("ONCE", percent="10", uses_per_customer=1)
    return shop


@pytest.fixture
async def shelves(shop: Helsinki) -> Helsinki:
    """The cup is in a subcategory, the plate in no category."""
    await shelving.create_category(SYSTEM, name="Tableware", slug="tableware")
    await shelving.create_category(SYSTEM, name="Cups", slug="cups", parent="tableware")
    await shop.shop.sell("MUG", stock=100, price=2_000, category="cups")
    await shop.code("TABLE", percent="10", categories=["tableware"])
    await shop.code("PLATES", amount=1_000, products=[await _product("PLATE")])
    return shop


async def _product(sku: str) -> Any:
    variant = await catalog_queries.variant_by_sku(sku)
    assert variant is not None
    return variant.product_id


def refused(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["code"], each["values"]["given"]) for each in answer["problems"]]


async def uses() -> int:
    (row,) = await fetch("SELECT used FROM discount WHERE code = 'ONCE'")
    (noted,) = await fetch(
        "SELECT COUNT(*) AS n FROM discount_use JOIN discount d ON d.id = discount_id WHERE code = 'ONCE'"
    )
    assert row["used"] == noted["n"]
    return int(noted["n"])


@pytest.mark.parametrize("email", ["a@example.com", "A@Example.COM", "a+again@example.com"])
async def test_the_customer_limit_identifies_guests_by_their_mailbox(shop: Helsinki, email: str):
    await shop.place(("CUP", 1), discountCodes=["once"])
    again = await shop.try_to_place(("CUP", 1), discountCodes=["once"], email=email)
    assert refused(again) == [CUSTOMER_LIMIT]
    assert again["problems"][0]["path"] == ["input", "discountCodes", "0"]
    assert again["problems"][0]["values"]["maximum"] == "1" and await uses() == 1
    await shop.place(("CUP", 1), discountCodes=["once"], email="other@example.com")
    assert await uses() == 2


async def test_the_customer_limit_identifies_customers_by_account_whatever_email_they_give(
    shop: Helsinki, api: Api
):
    buyer = api.as_(await make.account("ada@example.com"))
    said = {"channel": "q", "shippingMethod": "post", "shippingAddress": FINLAND, "lines": [{"sku": "CUP"}]}
    said["discountCodes"] = ["once"]
    assert (await buyer.do(PLACE, i=said))["__typename"] == "Order"
    assert refused(await buyer.do(PLACE, i=said | {"email": "eva@example.com"})) == [CUSTOMER_LIMIT]
    assert refused(await api.do(PLACE, i=said | {"email": "ada@example.com"})) == [CUSTOMER_LIMIT]
    assert await uses() == 1


async def test_a_cart_sets_aside_a_code_beyond_its_customer_limit(shop: Helsinki, api: Api):
    buyer = api.as_(await make.account("b@example.com"))
    said = {"channel": "q", "shippingMethod": "post", "shippingAddress": FINLAND, "lines": [{"sku": "CUP"}]}
    first = await buyer.do(PLACE, i=said | {"discountCodes": ["once"]})
    carts = Carts(buyer, shop)
    cart = await carts.begin(
        ("CUP", 2), discountCodes=["once"], shippingMethod="post", shippingAddress=FINLAND
    )
    assert warnings_of(cart) == [CUSTOMER_LIMIT] and cart["discount"] == {"amount": "0.00"}
    assert cart["warnings"][0]["values"]["maximum"] == "1" and cart["discountCodes"] == []
    await shop.cancel(first)
    free = await carts.change(cart, note="now it is free")
    assert warnings_of(free) == [] and free["discountCodes"] == ["ONCE"]
    await buyer.do(PLACE, i=said | {"discountCodes": ["once"]})
    assert refused(await carts.place(cart)) == [CUSTOMER_LIMIT]
    assert await carts.status_of(cart) == "DRAFT" and await uses() == 1


@pytest.mark.parametrize("whose", ["visitor", "another customer", "staff of another channel"])
async def test_a_cart_does_not_reveal_whether_an_email_address_has_used_a_code(
    shop: Helsinki, api: Api, whose: str
):
    await shop.place(("CUP", 1), discountCodes=["once"], email="b@example.com")
    asking = api if whose == "visitor" else api.as_(await make.account("eva@example.com"))
    if whose == "staff of another channel":
        asking = api.as_(await make.token(channels=[(await make.shop("elsewhere")).channel]))
    carts, seen = Carts(asking, shop), []
    for email in ("b@example.com", "nobody@example.com"):
        cart = await carts.begin(
            ("CUP", 2), discountCodes=["once"], shippingMethod="post", shippingAddress=FINLAND, email=email
        )
        seen.append((warnings_of(cart), cart["discount"], cart["discountCodes"]))
        again = await carts.change(cart, email="b@example.com")
        seen.append((warnings_of(again), again["discount"], again["discountCodes"]))
    assert seen == [([], {"amount": "2.14"}, ["ONCE"])] * 4
    assert refused(await carts.place(again)) == [CUSTOMER_LIMIT]
    assert await carts.status_of(again) == "DRAFT" and await uses() == 1


async def test_only_cancelling_the_order_or_removing_the_code_restores_its_use(shop: Helsinki):
    order = await shop.place(("CUP", 2), discountCodes=["once"])
    order = await shop.cancel(order, {"CUP": 1})
    assert refused(await shop.try_to_place(("CUP", 1), discountCodes=["once"])) == [CUSTOMER_LIMIT]
    order = (await shop.edit(order, discountCodes=[]))["order"]
    assert await uses() == 0
    second = await shop.place(("CUP", 1), discountCodes=["once"])
    assert refused(await shop.edit(order, discountCodes=["once"])) == [CUSTOMER_LIMIT]
    await shop.cancel(second)
    order = (await shop.edit(order, discountCodes=["once"]))["order"]
    assert order["discountCodes"] == ["ONCE"] and await uses() == 1
    await shop.edit(order, {"CUP": 3})
    assert await uses() == 1


async def test_a_use_moves_to_the_new_buyer_of_the_order(shop: Helsinki):
    order = await shop.place(("CUP", 1), discountCodes=["once"])
    update = "mutation($i: OrderUpdateInput!) { orderUpdate(input: $i) { __typename } }"
    assert (await shop.staff.do(update, i={"id": order["id"], "email": "z@example.com"}))[
        "__typename"
    ] == "Order"
    await shop.place(("CUP", 1), discountCodes=["once"])
    other = await shop.try_to_place(("CUP", 1), discountCodes=["once"], email="z@example.com")
    assert refused(other) == [CUSTOMER_LIMIT]


async def test_concurrent_orders_of_a_buyer_do_not_exceed_the_customer_limit(shop: Helsinki):
    await execute("UPDATE discount SET uses_per_customer = 3")
    address = AddressData("A", "Katu 1", "Helsinki", "FI", postal_code="00100")

    async def place() -> bool:
        data = OrderData("q", [LineData("CUP", 1)], "a@example.com", shipping_address=address)
        data.shipping_method, data.discount_codes = "post", ["ONCE"]
        try:
            await placing.place(SYSTEM, data)
        except Refusal:
            return False
        return True

    assert sum(await asyncio.gather(*(place() for _ in range(12)))) == 3
    assert await uses() == 3


async def test_after_concurrent_orders_and_cancellations_uses_equal_the_remaining_orders(
    shop: Helsinki,
):
    await shop.code("FEW", amount=100, usage_limit=4)
    await execute("UPDATE discount SET uses_per_customer = 6 WHERE code = 'ONCE'")
    codes = [["once", "few"], ["few", "once"], ["once"]] * 4

    async def buy(asked: list[str], *, cancels: bool) -> str:
        placed = await shop.try_to_place(("CUP", 1), discountCodes=asked)
        if placed["__typename"] == "Order" and cancels:
            return (await shop.cancel(placed))["status"]  # type: ignore[no-any-return]
        return str(placed.get("status") or placed["problems"][0]["code"])

    ends = await asyncio.gather(*(buy(asked, cancels=index % 3 == 0) for index, asked in enumerate(codes)))
    assert set(ends) <= {"CONFIRMED", "CANCELLED", "DISCOUNT_CUSTOMER_LIMIT", "DISCOUNT_NOT_VALID"}
    rows = await fetch(
        "SELECT d.code, d.used, COUNT(u.id) AS noted FROM discount d "
        "LEFT JOIN discount_use u ON u.discount_id = d.id GROUP BY d.code, d.used ORDER BY d.code"
    )
    by_code = {row["code"]: (row["used"], row["noted"]) for row in rows}
    standing = await shop.staff.ask(
        "{ orders(filter: {status: [CONFIRMED]}, first: 50) { nodes { discountCodes } } }"
    )
    for code, most in (("FEW", 4), ("ONCE", 6)):
        uses = sum(code in order["discountCodes"] for order in standing["orders"]["nodes"])
        assert by_code[code] == (uses, uses) and 1 <= uses <= most


async def test_concurrent_edits_that_exchange_codes_do_not_deadlock(shop: Helsinki):
    codes = ["ONCE", "SECOND", "THIRD"]
    for code in codes[1:]:
        await shop.code(code, percent="5")
    await execute("UPDATE discount SET uses_per_customer = NULL")
    placed = [await shop.place(("CUP", 1), discountCodes=[codes[index % 3]]) for index in range(12)]
    for turn in (1, 2):
        edits = [shop.edit(order, discountCodes=[codes[(i + turn) % 3]]) for i, order in enumerate(placed)]
        assert {done["__typename"] for done in await asyncio.gather(*edits)} == {"OrderEdit"}
    assert await uses() == 4


async def test_a_customer_limit_set_later_counts_earlier_orders(shop: Helsinki):
    await execute("UPDATE discount SET uses_per_customer = NULL")
    await shop.place(("CUP", 1), discountCodes=["once"])
    await execute("UPDATE discount SET uses_per_customer = 1")
    assert refused(await shop.try_to_place(("CUP", 1), discountCodes=["once"])) == [CUSTOMER_LIMIT]


async def test_a_code_discounts_only_the_lines_to_which_it_applies(shelves: Helsinki):
    order = await shelves.place(("MUG", 2), ("PLATE", 1), ("KNIFE", 1), discountCodes=["table", "plates"])
    assert order["discount"] == {"amount": "14.00"}  # 10 % of 40.00, and 10.00 off the plate
    totals = {sku: line_of(order, sku)["total"]["amount"] for sku in ("MUG", "PLATE", "KNIFE")}
    assert totals == {"MUG": "44.64", "PLATE": "37.20", "KNIFE": "124.00"}  # each with its 24 %


async def test_changes_of_other_lines_do_not_change_the_discount_of_a_code(shelves: Helsinki):
    order = await shelves.place(("MUG", 3), ("PLATE", 3), ("KNIFE", 2), discountCodes=["plates", "table"])
    before = {sku: line_of(order, sku)["total"] for sku in ("MUG", "PLATE")}
    order = await shelves.cancel(order, {"KNIFE": 1})
    order = (await shelves.edit(order, {"KNIFE": 4}))["order"]
    order = (await shelves.edit(order, {"KNIFE": 0}))["order"]
    assert {sku: line_of(order, sku)["total"] for sku in ("MUG", "PLATE")} == before
    order = await shelves.cancel(order, {"PLATE": 3})  # all of PLATES goes with them
    order = (await shelves.edit(order, {"MUG": 4}))["order"]
    assert due(order) == Decimal("95.43")  # 72.00, 4.96, and 24 % of each
    await books_add_up()


async def test_a_code_for_shipping_does_not_cause_other_lines_to_be_repriced(shelves: Helsinki):
    """Only changed lines, and lines that share a discount with them, are distributed and rounded again."""
    await shelves.shop.sell("PIN", stock=100, price=1)
    await shelves.code("PINS", percent="30", products=[await _product("PIN")])
    await shelves.code("POSTFREE", kind=DiscountKind.FREE_SHIPPING)
    order = await shelves.place(("PIN", 5), ("KNIFE", 1), discountCodes=["pins", "postfree"])
    order = await shelves.cancel(order, {"PIN": 1})
    assert due(order) == Decimal(
        "124.02"
    )  # 0.04 less 0.02, which are four of five units' 1.5 cents, and 100.00
    more = (await shelves.edit(order, {"KNIFE": 2}))["order"]
    assert line_of(more, "PIN") == line_of(order, "PIN")
    assert due(more) == Decimal("248.02")
    await books_add_up()


async def test_a_placed_order_keeps_the_scope_of_its_code(shelves: Helsinki):
    order = await shelves.place(("MUG", 2), ("PLATE", 1), discountCodes=["table"])
    await execute("UPDATE product SET category_id = NULL")
    await execute("UPDATE discount SET categories = NULL, percent = 50")
    more = (await shelves.edit(order, {"MUG": 3}))["order"]
    assert more["discount"] == {"amount": "6.00"}
    with_new = (await shelves.edit(more, lines=[{"sku": "CUP", "quantity": 1}]))["order"]
    assert with_new["discount"] == {"amount": "6.00"}  # the cup is in none of the recorded categories


async def test_an_added_line_is_discounted_if_the_code_applies_to_it(shelves: Helsinki):
    order = await shelves.place(("MUG", 1), ("KNIFE", 1), discountCodes=["table"])
    await shelves.shop.sell("SAUCER", stock=10, price=500, category="tableware")
    more = await shelves.edit(order, lines=[{"sku": "SAUCER", "quantity": 2}, {"sku": "CUP", "quantity": 1}])
    assert more["order"]["discount"] == {"amount": "3.00"}
    left = await shelves.cancel(more["order"], {"SAUCER": 2})
    assert due(left) == Decimal("165.74")  # 18.00, 100.00 and 10.70, 4.96, and 24 % of each


async def test_a_code_without_matching_lines_is_a_warning_in_a_cart_and_refused_when_placing(
    shelves: Helsinki, api: Api
):
    placed = await shelves.try_to_place(("KNIFE", 1), discountCodes=["table"])
    assert refused(placed) == [("DISCOUNT_NO_LINES", "TABLE")]
    carts = Carts(api, shelves)
    cart = await carts.begin(("KNIFE", 1), discountCodes=["table"])
    assert warnings_of(cart) == [("DISCOUNT_NO_LINES", "TABLE")]
    fits = await carts.change(cart, lines=[{"sku": "KNIFE"}, {"sku": "MUG"}])
    assert warnings_of(fits) == [] and fits["discount"] == {"amount": "2.00"}


async def test_a_minimum_counts_only_the_lines_to_which_the_code_applies(shelves: Helsinki):
    await shelves.code("FORTY", percent="10", minimum=4_000, categories=["cups"])
    few = await shelves.try_to_place(("MUG", 1), ("KNIFE", 1), discountCodes=["forty"])
    assert refused(few) == [("DISCOUNT_MINIMUM", "FORTY")]
    many = await shelves.place(("MUG", 2), ("KNIFE", 1), discountCodes=["forty"])
    assert many["discount"] == {"amount": "4.00"}


@pytest.mark.parametrize("included", [False, True])
async def test_a_code_for_free_shipping_removes_the_price_and_tax_of_shipping(api: Api, included: bool):
    shop = await Helsinki.opened(api, prices_include_tax=included)
    await shop.code("POSTFREE", kind=DiscountKind.FREE_SHIPPING)
    order = await shop.place(("PLATE", 2), discountCodes=["postfree"])
    tax = "15.48" if included else "19.20"  # of 80.00, and nothing of shipping
    assert amounts(order) == {
        "subtotal": "80.00", "discount": "0.00", "shipping": "0.00", "shippingDiscount": "4.96",
        "tax": tax, "total": "80.00" if included else "99.20", "amountCancelled": "0.00",
        "amountDue": "80.00" if included else "99.20",
    }  # fmt: skip
    left = await shop.cancel(order, {"PLATE": 1})
    assert left["shipping"] == {"amount": "0.00"}
    assert due(left) == (Decimal("40.00") if included else Decimal("49.60"))
    await books_add_up()


async def test_removing_a_code_for_free_shipping_charges_shipping_again(shop: Helsinki):
    await shop.code("POSTFREE", kind=DiscountKind.FREE_SHIPPING)
    order = await shop.place(("PLATE", 1), discountCodes=["postfree"])
    without = (await shop.edit(order, discountCodes=[]))["order"]
    assert amounts(without) == amounts(await shop.place(("PLATE", 1)))
    again = await shop.edit(without, discountCodes=["postfree"])
    assert amounts(again["order"]) == amounts(order)
    assert again["after"]["shippingDiscount"] == {"amount": "4.96"}
    assert again["before"]["shippingDiscount"] == {"amount": "0.00"}
    await shop.method("express", 1_490)
    fast = (await shop.edit(again["order"], shippingMethod="express"))["order"]
    assert (fast["shipping"], fast["shippingDiscount"]) == ({"amount": "0.00"}, {"amount": "14.90"})
    away = (await shop.edit(fast, shippingAddress=SWEDEN))["order"]
    assert due(away) == Decimal("50.00") and away["shippingDiscount"] == {"amount": "14.90"}
    paid = (await shop.edit(away, discountCodes=[]))["order"]
    assert due(paid) == Decimal("68.63")  # 40.00 and 10.00, 14.90 and 3.73
    await books_add_up()


async def test_a_code_for_free_shipping_has_no_effect_on_free_shipping(shop: Helsinki):
    await shop.code("POSTFREE", kind=DiscountKind.FREE_SHIPPING)
    await shop.method("bulk", 900, free_from_minor=1_000)
    order = await shop.place(("PLATE", 1), discountCodes=["postfree", "once"], shippingMethod="bulk")
    assert order["shippingDiscount"] == {"amount": "0.00"} and order["discount"] == {"amount": "4.00"}


async def test_a_code_for_free_shipping_can_be_limited_to_countries(shop: Helsinki, api: Api):
    await shop.code("HOMEFREE", kind=DiscountKind.FREE_SHIPPING, countries=["FI"])
    placed = await shop.try_to_place(("CUP", 1), discountCodes=["homefree"], shippingAddress=SWEDEN)
    assert refused(placed) == [("DISCOUNT_NOT_TO_COUNTRY", "HOMEFREE")]
    assert placed["problems"][0]["values"]["country"] == "SE"
    carts = Carts(api, shop)
    cart = await carts.begin(("CUP", 1), discountCodes=["homefree"], shippingMethod="post")
    assert warnings_of(cart) == [] and cart["shippingDiscount"] == {"amount": "4.96"}
    away = await carts.change(cart, shippingAddress=SWEDEN)
    assert warnings_of(away) == [("DISCOUNT_NOT_TO_COUNTRY", "HOMEFREE")] and away["shipping"] == {
        "amount": "4.96"
    }
    home = await carts.change(cart, shippingAddress=FINLAND)
    assert warnings_of(home) == [] and home["shipping"] == {"amount": "0.00"}


async def test_limits_execute_statements_only_for_codes_that_have_them(shelves: Helsinki):
    await shelves.code("PLAIN", percent="10")
    counts = []
    for code in ([], ["PLAIN"], ["TABLE"], ["ONCE"]):
        await shelves.place(("MUG", 1), discountCodes=code)
        with statements() as ran:
            await shelves.place(("MUG", 1), discountCodes=code, email="b@example.com")
        counts.append(len(ran))
    none, plain, limited, once = counts
    assert plain == none + 2  # the code is read and counted
    assert (limited, once) == (
        plain + 1,
        plain + 2,
    )  # the categories of the lines; the uses of the buyer, read twice

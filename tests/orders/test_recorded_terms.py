"""A placed order keeps its terms, whatever happens to the product, method, rate or code."""

from decimal import Decimal
from typing import Any

import pytest

from app.core.database import execute
from tests.ask import Api
from tests.journeys.life import books_add_up
from tests.orders.selling import FINLAND, SWEDEN, Helsinki, amounts, due, line_of

NEXT_DOOR = FINLAND | {"line1": "Katu 1a"}
AWAY = (
    "UPDATE product SET status = 'archived'",
    "UPDATE product SET status = 'draft'",
    "UPDATE variant SET is_active = false",
    "UPDATE product SET tax_class = 'zero', minimum_age = NULL, barred_countries = '[]'",
    "DELETE FROM price",
)


@pytest.fixture
async def shop(api: Api) -> Helsinki:
    return await Helsinki.opened(api)


@pytest.mark.parametrize("change", ["", *AWAY])
async def test_another_country_applies_its_taxes_and_restrictions_even_if_the_product_changed(
    shop: Helsinki, change: str
):
    order = await shop.place(("KNIFE", 1))
    assert order["tax"] == {"amount": "25.19"}  # 24.00 and 1.19
    if change:
        await execute(change)
    done = await shop.edit(order, shippingAddress=SWEDEN)
    assert done["after"]["tax"] == {"amount": "26.24"}  # 25.00 and 1.24
    (line,) = done["order"]["lines"]["nodes"]
    assert (Decimal(line["taxRate"]), line["tax"]["amount"]) == (Decimal("0.25"), "25.00")
    assert done["order"]["isOnHold"] is True
    assert [hold["rule"] for hold in done["order"]["holds"]] == ["restricted_country"]
    await books_add_up()


async def test_an_age_limit_stays_with_the_order_when_the_product_loses_it(api: Api):
    shop = await Helsinki.opened(api)
    await shop.shop.sell("GIN", price=2_000, minimum_age=18)
    order = await shop.place(("GIN", 1))
    assert [hold["rule"] for hold in order["holds"]] == ["age"]
    await execute("UPDATE product SET minimum_age = NULL")
    done = await shop.edit(order, {"GIN": 2})
    assert [hold["rule"] for hold in done["order"]["holds"]] == ["age"] and done["order"]["isOnHold"]


async def test_an_age_limit_set_later_does_not_hold_existing_orders(shop: Helsinki):
    order = await shop.place(("CUP", 1))
    await execute("UPDATE product SET minimum_age = 18, barred_countries = '[\"FI\"]'")
    done = await shop.edit(order, {"CUP": 2})
    assert done["order"]["isOnHold"] is False and done["order"]["holds"] == []


async def test_lines_and_shipping_keep_the_rate_at_which_they_were_sold(shop: Helsinki):
    order = await shop.place(("CUP", 1))
    await shop.rate("FI", "0.255")
    done = await shop.edit(order, {"CUP": 2})
    assert done["after"]["tax"] == {"amount": "6.33"}  # 24 % of 21.40 and of 4.96
    more = await shop.edit(done["order"], lines=[{"sku": "PLATE", "quantity": 1}])
    assert more["after"]["tax"] == {"amount": "16.53"}  # the new line is taxed at today's rate: 10.20
    sent = await shop.edit(more["order"], shippingAddress=SWEDEN)
    assert sent["after"]["tax"] == {"amount": "16.59"}  # all of it at 25 %: 5.35, 10.00 and 1.24
    back = await shop.edit(sent["order"], shippingAddress=FINLAND)
    assert back["after"]["tax"] == {"amount": "16.92"}  # all of it at what Finland takes today
    await books_add_up()


async def test_shipping_at_todays_price_keeps_its_recorded_tax_rate(shop: Helsinki):
    order = await shop.place(("CUP", 1))
    await shop.rate("FI", "0.1")
    assert (await shop.edit(order, prices="TODAY"))["message"] == "The edit changes nothing."
    await shop.method("post", 1_000)
    done = await shop.edit(order, prices="TODAY")
    assert done["amountToPay"] == {"amount": "6.25"}  # 10.00 instead of 4.96, at 24 % as it was
    await books_add_up()


async def test_an_address_change_within_the_same_tax_jurisdiction_changes_no_amount(shop: Helsinki):
    order = await shop.place(("CUP", 3), ("PLATE", 1))
    await shop.rate("FI", "0.1")
    done = await shop.edit(order, shippingAddress=NEXT_DOOR)
    assert done["amountToPay"] == {"amount": "0.00"} and amounts(done["order"]) == amounts(order)


async def test_a_region_without_its_own_rates_is_the_same_tax_jurisdiction(api: Api):
    shop = await Helsinki.opened(api)
    await shop.rate("US", "0.05")
    home = {"name": "A", "line1": "1 Main", "city": "Springfield", "region": "IL", "postalCode": "62701"}
    order = await shop.place(("CUP", 2), shippingAddress=home | {"country": "US"})
    await shop.rate("US", "0.08")
    west = home | {"country": "US", "city": "Reno", "region": "NV", "postalCode": "89501"}
    done = await shop.edit(order, shippingAddress=west)
    assert done["amountToPay"] == {"amount": "0.00"}
    assert Decimal(line_of(done["order"], "CUP")["taxRate"]) == Decimal("0.05")


RETIRED: dict[str, dict[str, Any]] = {
    "inactive": {"price": 900, "is_active": False},
    "a higher price": {"price": 2_000},
    "for other countries": {"price": 900, "countries": ["SE"]},
    "of another tax class": {"price": 900, "tax_class": "reduced"},
    "a lower threshold for free shipping": {"price": 900, "free_from_minor": 1},
}


@pytest.mark.parametrize("change", RETIRED.values(), ids=RETIRED)
async def test_an_order_keeps_its_method_and_its_price_when_the_method_changes(
    shop: Helsinki, change: dict[str, Any]
):
    await shop.method("rider", 900)
    order = await shop.place(("CUP", 1), shippingMethod="rider")
    await shop.method("rider", **change)
    corrected = await shop.edit(order, shippingAddress=NEXT_DOOR)
    assert corrected["__typename"] == "OrderEdit" and corrected["amountToPay"] == {"amount": "0.00"}
    assert corrected["changed"] == ["shipping_address", "billing_address"]
    assert corrected["order"]["shippingAddress"] == {"line1": "Katu 1a"}
    more = await shop.edit(corrected["order"], {"CUP": 2})
    assert more["after"]["shipping"] == {"amount": "9.00"} and more["amountToPay"] == {"amount": "13.27"}
    assert (
        more["order"]["shippingMethod"] == {"code": "rider", "name": "Rider"}
        and more["order"]["isOnHold"] is False
    )
    away = await shop.edit(more["order"], shippingAddress=SWEDEN)
    assert away["__typename"] == "OrderEdit" and away["after"]["tax"] == {"amount": "7.60"}  # 25 % of 30.40
    await books_add_up()


async def test_an_inactive_shipping_method_cannot_be_chosen_in_an_edit(shop: Helsinki):
    await shop.method("rider", 900, is_active=False)
    order = await shop.place(("CUP", 1))
    before = await shop.order(order)
    refused = await shop.edit(order, shippingMethod="rider")
    (problem,) = refused["problems"]
    assert (problem["code"], problem["path"]) == ("SHIPPING_METHOD_UNKNOWN", ["input", "shippingMethod"])
    assert problem["values"]["given"] == "rider"
    assert await shop.order(order) == before


async def test_a_country_not_served_by_the_recorded_method_is_refused(shop: Helsinki):
    await shop.method("rider", 900, countries=["FI"])
    order = await shop.place(("CUP", 1), shippingMethod="rider")
    refused = await shop.edit(order, shippingAddress=SWEDEN)
    (problem,) = refused["problems"]
    assert problem["code"] == "SHIPPING_NOT_TO_COUNTRY"
    assert problem["path"] == ["input", "shippingAddress", "country"]
    assert (await shop.order(order))["shippingAddress"] == {"line1": "Katu 1"}
    both = await shop.edit(order, shippingAddress=SWEDEN, shippingMethod="post")
    assert both["__typename"] == "OrderEdit" and both["after"]["shipping"] == {"amount": "4.96"}


CHANGED_CODES = (
    "UPDATE discount SET is_active = false",
    "UPDATE discount SET percent = '50.00'",
    "UPDATE discount SET minimum_minor = 1000000",
    "UPDATE discount SET ends_at = starts_at",
)


@pytest.mark.parametrize("change", CHANGED_CODES)
async def test_a_discount_code_is_calculated_with_the_terms_recorded_on_the_order(
    shop: Helsinki, change: str
):
    await shop.code("TENTH", percent="10", usage_limit=1)
    order = await shop.place(("CUP", 1), discountCodes=["tenth"])
    assert order["discount"] == {"amount": "1.07"}
    await execute(change)
    done = await shop.edit(order, {"CUP": 3})
    assert done["after"]["discount"] == {"amount": "3.21"} and done["changed"] == []
    again = await shop.edit(done["order"], discountCodes=["TENTH"], billingAddress=NEXT_DOOR)
    assert again["after"]["discount"] == {"amount": "3.21"} and again["amountToPay"] == {"amount": "0.00"}
    await shop.cancel(again["order"])
    rows = (await shop.staff.ask("{ orders(first: 1) { nodes { amountDue { amount } } } }"))["orders"][
        "nodes"
    ]
    assert rows == [{"amountDue": {"amount": "0.00"}}]
    await books_add_up()


async def test_addresses_can_be_corrected_on_an_order_below_its_codes_minimum(shop: Helsinki):
    await shop.code("MIN", percent="10", minimum=4_500)
    order = await shop.place(("PLATE", 1), ("CUP", 1), discountCodes=["MIN"])
    left = await shop.cancel(order, {"PLATE": 1})
    assert left["discountCodes"] == ["MIN"]
    for changes in (
        {"shippingAddress": FINLAND | {"name": "Aino Kohe"}},
        {"billingAddress": FINLAND | {"line1": "Toinen katu 2"}},
    ):
        corrected = await shop.edit(left, **changes)
        assert corrected["__typename"] == "OrderEdit", corrected
        assert corrected["amountToPay"] == {"amount": "0.00"}
    down = await shop.edit(left, {"CUP": 2})
    assert due(down["order"]) == Decimal("30.03")  # 21.40 less 2.14, 24 % of 19.26, and 6.15 for sending it
    refused = await shop.try_to_place(("CUP", 1), discountCodes=["MIN"])
    assert refused["problems"][0]["code"] == "DISCOUNT_MINIMUM"
    await books_add_up()


@pytest.mark.parametrize("more", [{}, {"prices": "TODAY"}, {"prices": "TODAY", "shippingMethod": "rider"}])
async def test_a_country_not_served_by_the_method_is_refused_with_and_without_repricing(
    shop: Helsinki, more: dict[str, Any]
):
    await shop.method("rider", 900, countries=["FI"])
    order = await shop.place(("CUP", 1), shippingMethod="rider")
    refused = await shop.edit(order, shippingAddress=SWEDEN, **more)
    path = ["shippingMethod"] if "shippingMethod" in more else ["shippingAddress", "country"]
    (problem,) = refused["problems"]
    assert (problem["code"], problem["path"]) == ("SHIPPING_NOT_TO_COUNTRY", ["input", *path])
    assert order | await shop.order(order) == order
    corrected = await shop.edit(order, shippingAddress=NEXT_DOOR, **more)
    assert corrected["__typename"] == "OrderEdit" and corrected["amountToPay"] == {"amount": "0.00"}


async def test_a_hold_resolved_by_an_edit_is_placed_again_when_its_cause_returns(shop: Helsinki):
    order = await shop.place(("KNIFE", 1))
    for address, is_held in ((SWEDEN, True), (FINLAND, False), (SWEDEN, True), (FINLAND, False)):
        done = await shop.edit(order, shippingAddress=address)
        assert done["order"]["isOnHold"] is is_held, done["order"]["holds"]
    assert [hold["rule"] for hold in done["order"]["holds"]] == ["restricted_country"] * 2


async def test_a_hold_released_by_staff_is_not_placed_again(shop: Helsinki):
    order = await shop.place(("KNIFE", 1))
    held = (await shop.edit(order, shippingAddress=SWEDEN))["order"]
    assert held["isOnHold"] is True
    release = """mutation($id: ID!) { orderRelease(input: {id: $id, note: "Has a licence."}) {
      ... on Order { isOnHold } } }"""
    assert (await shop.staff.do(release, id=order["id"]))["isOnHold"] is False
    for address in (FINLAND, SWEDEN):
        done = await shop.edit(order, shippingAddress=address)
        assert done["order"]["isOnHold"] is False

"""A cart shows tax by country and postal code, delivery dates and shipping options; placing confirms them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.channels import service as channels
from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import fetch
from app.inventory.locations import service as location_service
from app.inventory.stock import queries as stock
from app.orders.models import Order
from app.orders.shipping_options import ShippingUnavailableReason
from tests import make
from tests.ask import ADDRESS, PLACE, Api, order_input
from tests.statements import statements

OPTION = "code isAvailable isSelected promisedOn price { amount } total { amount } reasonCode reason"
CART = f"""... on Order {{ id version accessToken promisedOn isTaxEstimated isTotalEstimated tax {{ amount }}
  destination {{ country region postalCode }} shippingOptions {{ {OPTION} }} total {{ amount }}
  warnings {{ code }} lines {{ nodes {{ id sku promisedOn taxRate tax {{ amount }} }} }} }}"""
FAILED = "__typename ... on UserError { message path } ... on ValidationFailed { problems { code path } }"
BEGIN = f"mutation($i: OrderDraftCreateInput!) {{ orderDraftCreate(input: $i) {{ {FAILED} {CART} }} }}"
CHANGE = f"mutation($i: OrderDraftUpdateInput!) {{ orderDraftUpdate(input: $i) {{ {FAILED} {CART} }} }}"
READ = f"query($i: ID!, $t: String) {{ order(id: $i, token: $t) {{ {CART.removeprefix('... on Order')[2:-1]} }} }}"
ASK = f"""query($lines: [ShippingOptionsLineInput!]!, $to: OrderDestinationInput) {{
  shippingOptions(channel: "web", lines: $lines, destination: $to) {{ {OPTION} }} }}"""
PLACED = "query($i: ID!, $t: String) { order(id: $i, token: $t) { promisedOn total { amount } } }"


def lines(*given: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"sku": sku, "quantity": units} for sku, units in given]


async def begin(api: Api, *given: tuple[str, int], **more: Any) -> dict[str, Any]:
    cart = await api.do(BEGIN, i={"channel": "web", "lines": lines(*given), **more})
    assert cart["__typename"] == "Order", cart
    return cart


async def change(api: Api, cart: dict[str, Any], **more: Any) -> dict[str, Any]:
    return await api.do(CHANGE, i={"id": cart["id"], "draftToken": cart["accessToken"], **more})


@pytest.fixture
async def shop(api: Api) -> make.Shop:
    shop = await make.shop()
    for sku in "AB":
        await shop.sell(sku, stock=5)
    return shop


async def method(shop: make.Shop, code: str, **terms: Any) -> None:
    given = {"name": code.title(), "price_minor": 900, **terms}
    await channels.set_shipping_method(SYSTEM, shop.channel, code=code, **given)


# --- tax ---


async def test_tax_is_estimated_from_country_and_postal_code(api: Api, shop: make.Shop):
    await make.tax("US", region="IL", rate="0.1")
    await make.tax("US", region="CA", rate="0.2")
    cart = await begin(api, ("A", 1))
    assert (cart["tax"], cart["destination"], cart["isTaxEstimated"]) == (None, None, True)
    there = await change(api, cart, destination={"country": "US", "postalCode": "62701"})
    assert there["destination"] == {"country": "US", "region": "IL", "postalCode": "62701"}
    assert there["tax"] == {"amount": "1.00"} and there["lines"]["nodes"][0]["tax"] == {"amount": "1.00"}
    assert there["isTaxEstimated"] and there["isTotalEstimated"]
    moved = await change(api, cart, destination={"country": "US", "region": "California"})
    assert moved["tax"] == {"amount": "2.00"}
    known = await change(api, cart, shippingAddress=ADDRESS, shippingMethod="standard")
    assert known["tax"] == {"amount": "1.50"} and known["destination"] is None
    assert not known["isTaxEstimated"] and not known["isTotalEstimated"]


async def test_tax_is_null_where_the_region_decides_and_is_unknown(api: Api, shop: make.Shop):
    await make.tax("US", region="IL", rate="0.1")
    cart = await begin(api, ("A", 1), destination={"country": "US"})
    assert cart["tax"] is None and cart["lines"]["nodes"][0]["taxRate"] is None
    await make.tax("DE", rate="0.19")
    moved = await change(api, cart, destination={"country": "DE"})
    assert moved["tax"] == {"amount": "1.90"}
    assert Decimal(moved["lines"]["nodes"][0]["taxRate"]) == Decimal("0.19")
    gone = await change(api, cart, destination=None)
    assert gone["tax"] is None and gone["destination"] is None


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"country": "XX"}, "UNKNOWN_COUNTRY", ["input", "destination", "country"]),
        (
            {"country": "US", "postalCode": "x"},
            "MALFORMED_POSTAL_CODE",
            ["input", "destination", "postalCode"],
        ),
        ({"country": "US", "region": "Atlantis"}, "UNKNOWN_REGION", ["input", "destination", "region"]),
        (
            {"country": "US", "region": "CA", "postalCode": "62701"},
            "CONTRADICTION",
            ["input", "destination", "postalCode"],
        ),
    ],
)
async def test_a_wrong_destination_is_refused(
    api: Api, shop: make.Shop, given: dict[str, str], code: str, path: list[str]
):
    cart = await begin(api, ("A", 1))
    refused = await change(api, cart, destination=given)
    assert refused["__typename"] == "ValidationFailed", refused
    assert refused["problems"] == [{"code": code, "path": path}]
    read = await api.ask(READ, i=cart["id"], t=cart["accessToken"])
    assert read["order"]["version"] == cart["version"]


# --- delivery dates ---


async def place(api: Api, cart: dict[str, Any], shipping: str = "standard", **more: Any) -> dict[str, Any]:
    rest = {name: value for name, value in order_input().items() if name not in ("channel", "lines")}
    given = rest | {"draftId": cart["id"], "draftToken": cart["accessToken"], "shippingMethod": shipping}
    done = await api.do(PLACE, input=given | more)
    assert done["__typename"] == "Order", done
    read = await api.ask(PLACED, i=cart["id"], t=cart["accessToken"])
    order: dict[str, Any] = read["order"]
    return order


async def test_a_cart_shows_the_day_that_its_order_is_promised(api: Api, shop: make.Shop):
    cart = await begin(api, ("A", 5), ("B", 1), shippingMethod="standard")
    read = (await api.ask(READ, i=cart["id"], t=cart["accessToken"]))["order"]
    assert read["promisedOn"] and read["promisedOn"] == cart["promisedOn"]
    assert {line["promisedOn"] for line in read["lines"]["nodes"]} == {read["promisedOn"]}
    placed = await place(api, cart)
    assert placed["promisedOn"] == read["promisedOn"]


async def test_a_line_that_waits_for_stock_has_the_day_of_its_supply(api: Api, shop: make.Shop):
    await shop.stock("A", 0, backorder_limit=9)
    staff = api.as_(await make.token())
    day = (clock.now().date() + timedelta(days=20)).isoformat()
    expect = """mutation($i: StockIncomingCreateInput!) { stockIncomingCreate(input: $i) { __typename } }"""
    await staff.do(expect, i={"sku": "A", "location": "web-main", "quantity": 5, "expectedOn": day})
    cart = await begin(api, ("A", 3), ("B", 1), shippingMethod="standard")
    days = {line["sku"]: line["promisedOn"] for line in cart["lines"]["nodes"]}
    assert days["A"] > day > days["B"] and cart["promisedOn"] == days["A"]
    assert (await place(api, cart))["promisedOn"] == days["A"]


async def test_a_day_is_null_if_stock_is_waited_for_without_a_date(api: Api, shop: make.Shop):
    await shop.stock("A", 0, backorder_limit=9)
    cart = await begin(api, ("A", 3), ("B", 1), shippingMethod="standard")
    days = {line["sku"]: line["promisedOn"] for line in cart["lines"]["nodes"]}
    assert days["A"] is None and days["B"] is not None and cart["promisedOn"] is None
    assert (await place(api, cart))["promisedOn"] is None


async def test_other_orders_come_first_in_the_queue_for_incoming_stock(api: Api, shop: make.Shop):
    await shop.stock("A", 0, backorder_limit=20)
    staff = api.as_(await make.token())
    first, second = ((clock.now().date() + timedelta(days=ahead)).isoformat() for ahead in (10, 30))
    expect = """mutation($i: StockIncomingCreateInput!) { stockIncomingCreate(input: $i) { __typename } }"""
    for day in (first, second):
        await staff.do(expect, i={"sku": "A", "location": "web-main", "quantity": 5, "expectedOn": day})
    early = await begin(api, ("A", 4), shippingMethod="standard")
    assert first < early["promisedOn"] < second
    await make.order(("A", 4))
    read = (await api.ask(READ, i=early["id"], t=early["accessToken"]))["order"]
    assert read["promisedOn"] > second
    assert (await place(api, early))["promisedOn"] == read["promisedOn"]


async def test_an_empty_or_short_cart_has_no_day(api: Api, shop: make.Shop):
    empty = await begin(api, shippingMethod="standard")
    assert empty["promisedOn"] is None
    many = await begin(api, ("A", 6), reserveStock=False, shippingMethod="standard")
    assert many["promisedOn"] is None and many["lines"]["nodes"][0]["promisedOn"] is None


async def test_reading_delivery_days_changes_nothing(api: Api, shop: make.Shop):
    cart = await begin(api, ("A", 2))
    kept = "SELECT id, quantity, waiting, due_on, expires_at FROM reservation ORDER BY id"
    before, row = await fetch(kept), await Order.get(number=None)
    for _ in range(2):
        await api.ask(READ, i=cart["id"], t=cart["accessToken"])
    after = await Order.get(number=None)
    assert await fetch(kept) == before and after.version == row.version and after.updated_at == row.updated_at
    assert await stock.differences() == []


# --- shipping options ---


async def test_an_option_costs_what_the_order_costs_with_its_method(api: Api, shop: make.Shop):
    await shop.sell("C", stock=100)
    await make.tax("US", rate="0.1")
    await method(shop, "express", transit_days=0, price_minor=1500, free_from_minor=4000)
    await method(shop, "mixed", tax_mode="pro_rata", price_minor=777)
    for units in (1, 4):
        for code in ("standard", "express", "mixed"):
            cart = await begin(api, ("C", units), shippingAddress=ADDRESS, reserveStock=False)
            option = {each["code"]: each for each in cart["shippingOptions"]}[code]
            assert option["isAvailable"] and not option["isSelected"] and option["reason"] is None
            chosen = await change(api, cart, shippingMethod=code)
            [selected] = [each for each in chosen["shippingOptions"] if each["isSelected"]]
            assert selected["code"] == code and selected["total"] == chosen["total"] == option["total"]
            placed = await place(api, cart, code)
            assert placed == {"promisedOn": option["promisedOn"], "total": option["total"]}


async def test_a_discount_code_frees_every_option(api: Api, shop: make.Shop):
    staff = api.as_(await make.token())
    made = """mutation { discountCreate(input: {channel: "web", code: "FREE", kind: FREE_SHIPPING}) { __typename } }"""
    await staff.ask(made)
    cart = await begin(api, ("A", 1), discountCodes=["FREE"])
    assert [(each["code"], each["price"]["amount"]) for each in cart["shippingOptions"]] == [
        ("standard", "0.00")
    ]


async def test_a_method_that_is_not_available_has_a_reason(api: Api, shop: make.Shop):
    await method(shop, "home", countries=["US"])
    cart = await begin(api, ("A", 1), destination={"country": "JP"})
    found = {each["code"]: each for each in cart["shippingOptions"]}
    assert found["standard"]["isAvailable"] and found["standard"]["promisedOn"]
    assert not found["home"]["isAvailable"] and found["home"]["promisedOn"] is None
    assert found["home"]["reasonCode"] == "NOT_TO_COUNTRY"
    assert found["home"]["reason"] == "This shipping method does not ship to JP."
    short = await begin(api, ("B", 9), reserveStock=False)
    assert {each["reasonCode"] for each in short["shippingOptions"]} == {"NO_STOCK"}


async def test_restricted_items_and_unserved_destinations_have_reasons(api: Api, shop: make.Shop):
    await shop.sell("KNIFE", stock=5, barred_countries=["GB"])
    cart = await begin(api, ("KNIFE", 1), destination={"country": "GB"})
    [option] = cart["shippingOptions"]
    assert option["reasonCode"] == "RESTRICTED_ITEMS" and "KNIFE" in option["reason"]
    staff = api.as_(await make.token())
    off = 'mutation { orderRuleSet(input: {channel: "web", rule: "restricted_country", outcome: OFF}) { __typename } }'
    await staff.ask(off)
    read = (await api.ask(READ, i=cart["id"], t=cart["accessToken"]))["order"]
    assert read["shippingOptions"][0]["isAvailable"]
    await location_service.update_location(SYSTEM, shop.location.id, {"countries": ["US"]})
    read = (await api.ask(READ, i=cart["id"], t=cart["accessToken"]))["order"]
    assert read["shippingOptions"][0]["reasonCode"] == "NOT_SERVED"
    assert {each.name for each in ShippingUnavailableReason} == {
        "NOT_TO_COUNTRY", "RESTRICTED_ITEMS", "NOT_SERVED", "NO_STOCK",
    }  # fmt: skip


async def test_options_without_a_cart_equal_those_of_a_cart(api: Api, shop: make.Shop):
    await make.tax("US", region="IL", rate="0.1")
    await method(shop, "home", countries=["DE"])
    to = {"country": "US", "postalCode": "62701"}
    found = (await api.ask(ASK, lines=lines(("A", 2)), to=to))["shippingOptions"]
    cart = await begin(api, ("A", 2), destination=to)
    assert found == cart["shippingOptions"] and len(found) == 2
    wrong = await api.error(ASK, lines=lines(("NONE", 1)))
    assert wrong["extensions"]["code"] == "INVALID"
    assert wrong["extensions"]["path"] == ["lines", "0", "sku"]


async def test_the_statements_of_many_carts_are_those_of_one(api: Api, shop: make.Shop):
    staff = api.as_(await make.token())
    query = f"{{ orders {{ nodes {{ promisedOn shippingOptions {{ {OPTION} }} lines {{ nodes {{ promisedOn }} }} }} }} }}"
    await begin(api, ("A", 1))
    await staff.ask(query)
    with statements() as few:
        await staff.ask(query)
    for country in ("US", "DE", "FR"):
        await begin(api, ("A", 1), ("B", 1), destination={"country": country})
    await staff.ask(query)
    with statements() as many:
        await staff.ask(query)
    assert len(many) == len(few), "\n".join(many)


async def test_a_cart_without_a_shipping_method_has_no_day(api: Api, shop: make.Shop):
    cart = await begin(api, ("A", 1))
    assert cart["promisedOn"] is None and cart["lines"]["nodes"][0]["promisedOn"] is None

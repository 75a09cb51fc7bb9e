"""Messages of a refused cart for buyers: product name and line, no codes and no stock figures."""

import re

import pytest

from app.access.permissions import Permission
from app.catalog.lifecycle import ProductStatus
from app.catalog.service.products import ProductData
from app.catalog.service.variants import VariantData
from app.core.database import fetch
from tests import make
from tests.ask import Api, order_input

SHORT = """__typename ... on InsufficientStock {
  message path shortages { sku name requested available path } }"""
PROBLEMS = """__typename ... on UserError { message }
  ... on InvalidInput { problems { code message path values { choices given } } }
  ... on ValidationFailed { problems { code message path values { choices given } } }"""
PLACE = "mutation($input: OrderPlaceInput!) { orderPlace(input: $input) { ... on Order { id }" + SHORT + "} }"
CART = (
    "mutation($input: OrderDraftCreateInput!) { orderDraftCreate(input: $input) {"
    "__typename ... on Order { id accessToken } ... on InsufficientStock { message shortages { available } } } }"
)
PLACE_OR_PROBLEMS = "mutation($input: OrderPlaceInput!) { orderPlace(input: $input) {" + PROBLEMS + "} }"


async def _mugs(stock: int = 136) -> None:
    shop = await make.shop()
    await shop.sell("PEN")
    product = ProductData(
        name="Stone Mug",
        slug="mug",
        status=ProductStatus.PUBLISHED,
        variants=[VariantData(sku="MUG-STONE-S", name="Small")],
    )
    await make.products.create_product(make.SYSTEM, product)
    await make.pricing.set_price(make.SYSTEM, shop.prices, sku="MUG-STONE-S", amount_minor=900)
    await shop.stock("MUG-STONE-S", stock)


async def test_a_visitor_sees_which_line_is_unavailable_but_not_the_available_quantity(api: Api):
    await _mugs()
    refused = await api.do(PLACE, input=order_input(("PEN", 1), ("MUG-STONE-S", 5000)))
    line = ["input", "lines", "1", "quantity"]
    assert refused == {
        "__typename": "InsufficientStock",
        "message": (
            "Stone Mug Small is not available in this quantity. Reduce the quantity or remove the line."
        ),
        "path": line,
        "shortages": [
            {
                "sku": "MUG-STONE-S",
                "name": "Stone Mug Small",
                "requested": 5000,
                "available": None,
                "path": line,
            }
        ],
    }
    assert "136" not in str(refused)
    assert await fetch("SELECT id FROM reservation") == []


async def test_the_available_quantity_is_shown_to_callers_who_may_see_stock(api: Api):
    await _mugs()
    staff = api.as_(await make.token(Permission.STOCK_VIEW, Permission.ORDERS_MANAGE))
    refused = await staff.do(PLACE, input=order_input(("PEN", 1), ("MUG-STONE-S", 5000)))
    assert refused["message"].startswith("Only 136 units of MUG-STONE-S are available; 5000 were requested.")
    assert refused["shortages"][0]["available"] == 136


async def test_a_token_without_the_stock_permission_does_not_see_the_available_quantity(api: Api):
    await _mugs()
    server = api.as_(await make.token(Permission.ORDERS_MANAGE))
    refused = await server.do(PLACE, input=order_input(("MUG-STONE-S", 5000)))
    assert refused["shortages"][0]["available"] is None and "136" not in refused["message"]


async def test_a_refused_cart_does_not_state_the_available_quantity(api: Api):
    await _mugs(stock=3)
    cart = await api.do(CART, input={"channel": "web", "lines": [{"sku": "MUG-STONE-S", "quantity": 4}]})
    assert cart["shortages"] == [{"available": None}] and "3" not in cart["message"]


async def test_a_shortage_of_a_stored_cart_line_has_no_input_path(api: Api):
    await _mugs(stock=3)
    made = {"channel": "web", "lines": [{"sku": "MUG-STONE-S", "quantity": 3}], "reserveStock": False}
    cart = await api.do(CART, input=made)
    assert (await api.do(PLACE, input=order_input(("MUG-STONE-S", 2))))["__typename"] == "Order"
    rest = order_input()
    for name in ("channel", "lines"):
        del rest[name]
    placing = rest | {"draftId": cart["id"], "draftToken": cart["accessToken"]}
    refused = await api.do(PLACE, input=placing)
    assert [each["path"] for each in refused["shortages"]] == [None]


@pytest.mark.parametrize(
    ("sent", "code", "path", "choices"),
    [
        ({"shippingMethod": "teleport"}, "SHIPPING_METHOD_UNKNOWN", "input.shippingMethod", ["standard"]),
        ({"shippingMethod": None}, "REQUIRED", "input.shippingMethod", ["standard"]),
        ({"payment": {"gateway": "barter"}}, "UNKNOWN_CHOICE", "input.payment.gateway", ["manual"]),
        ({"email": None}, "REQUIRED", "input.email", None),
        ({"shippingAddress": None}, "REQUIRED", "input.shippingAddress", None),
        ({"lines": [{"sku": "X-INTERNAL-9", "quantity": 1}]}, "NOT_SOLD", "input.lines.0.sku", None),
    ],
)
async def test_problem_messages_contain_no_codes_and_values_list_the_choices(
    api: Api, sent, code, path, choices
):
    shop = await make.shop()
    await shop.sell("A")
    refused = await api.do(PLACE_OR_PROBLEMS, input=order_input(("A", 1)) | sent)
    assert refused["__typename"] in ("InvalidInput", "ValidationFailed")
    (problem,) = [each for each in refused["problems"] if ".".join(each["path"]) == path]
    assert problem["code"] == code
    assert ((problem["values"] or {}).get("choices")) == choices
    said = problem["message"]
    assert not re.search(r"standard|manual|X-INTERNAL-9|[a-z]_[a-z]|[A-Z]{3,}", said), said
    assert await fetch("SELECT id FROM sales_order") == []

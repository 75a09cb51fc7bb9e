"""Bundles, kits, units of measure and barcodes."""

from typing import Any

import pytest

from app.core.actor import SYSTEM
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.stock import queries
from app.orders import queries as orders
from tests import make
from tests.ask import PLACE, Api, order_input

pytestmark = pytest.mark.usefixtures("clean")

COMPOSE = (
    "mutation($input: VariantComponentsSetInput!) { variantComponentsSet(input: $input) { __typename "
    "... on UserError { message path } ... on ValidationFailed { problems { path } } "
    "... on Variant { composition components { quantity variant { sku } } } } }"
)
UNITS = (
    "mutation($input: VariantUnitsSetInput!) { variantUnitsSet(input: $input) { __typename "
    "... on UserError { message path } ... on ValidationFailed { problems { path } } "
    "... on Variant { units { code quantity barcode } } } }"
)
MAKE = """mutation($input: StockAssembleInput!) { %s(input: $input) { __typename ... on UserError { message path }
  ... on InsufficientStock { shortages { sku requested available } } ... on StockLevel { onHand value { amount } } } }"""
AVAILABLE = 'query($sku: String) { variant(sku: $sku, channel: "web") { available } }'
LEVELS = "{ stockLevels { nodes { onHand reserved value { amount } variant { sku } } } }"


@pytest.fixture
async def shop(api: Api) -> make.Shop:
    """A set of one pot and two cups."""
    shop = await make.shop()
    for sku in ("POT", "CUP", "SET"):
        await shop.sell(sku, stock=0) if sku != "SET" else await _sell_without_stock(shop, sku)
    for sku, units, cost in (("POT", 5, 800), ("CUP", 7, 150)):
        await receiving_service.receive_one(
            SYSTEM, sku=sku, location=shop.location, quantity=units, cost=Cost(cost, "USD")
        )
    return shop


async def _sell_without_stock(shop: make.Shop, sku: str) -> None:
    from app.catalog.lifecycle import ProductStatus
    from app.catalog.service import pricing, products
    from app.catalog.service.products import ProductData
    from app.catalog.service.variants import VariantData

    product = ProductData(
        name="Tea set", slug="tea-set", status=ProductStatus.PUBLISHED, variants=[VariantData(sku=sku)]
    )
    await products.create_product(SYSTEM, product)
    await pricing.set_price(SYSTEM, shop.prices, sku=sku, amount_minor=2500)


@pytest.fixture
async def staff(api: Api, shop: make.Shop) -> Api:
    return api.as_(await make.token())


async def _id(staff: Api, sku: str) -> str:
    return (await staff.ask("query($s: String) { variant(sku: $s) { id } }", s=sku))["variant"]["id"]


async def _compose(staff: Api, composition: str = "BUNDLE", sku: str = "SET", *parts: dict[str, Any]) -> dict:
    given = list(parts) or [{"sku": "POT"}, {"sku": "CUP", "quantity": 2}]
    return await staff.do(
        COMPOSE, input={"id": await _id(staff, sku), "composition": composition, "components": given}
    )


async def _levels(staff: Api) -> dict[str, dict]:
    nodes = (await staff.ask(LEVELS))["stockLevels"]["nodes"]
    return {node.pop("variant")["sku"]: node for node in nodes}


async def test_a_bundle_sells_as_one_line_and_reserves_its_components(staff: Api):
    made = await _compose(staff)
    assert made["composition"] == "BUNDLE"
    assert made["components"] == [
        {"quantity": 1, "variant": {"sku": "POT"}},
        {"quantity": 2, "variant": {"sku": "CUP"}},
    ]
    assert (await staff.ask(AVAILABLE, sku="SET"))["variant"][
        "available"
    ] == 3  # seven cups suffice for three sets
    placed = await staff.do(PLACE, input=order_input(("SET", 2), ("CUP", 1)))
    assert [line["sku"] for line in placed["lines"]["nodes"]] == ["SET", "CUP"]
    levels = await _levels(staff)
    assert levels["POT"]["reserved"] == 2 and levels["CUP"]["reserved"] == 5 and "SET" not in levels
    assert (await staff.ask(AVAILABLE, sku="SET"))["variant"]["available"] == 1
    assert await queries.differences() == [] and await orders.differences() == []
    cancel = "mutation($id: ID!) { orderCancel(input: {id: $id}) { __typename } }"
    await staff.do(cancel, id=placed["id"])
    assert (await _levels(staff))["CUP"]["reserved"] == 0


async def test_a_shortage_of_components_names_the_bundle_that_was_ordered(staff: Api):
    await _compose(staff)
    refused = await staff.do(PLACE, input=order_input(("SET", 3), ("CUP", 2)))
    # Eight cups are needed in total, and seven are in stock.
    assert refused["__typename"] == "InsufficientStock"
    assert refused["shortages"] == [
        {"sku": "CUP", "requested": 8, "available": 7},
        {"sku": "SET", "requested": 3, "available": 3},
    ]
    refused = await staff.do(PLACE, input=order_input(("SET", 4)))
    assert refused["shortages"] == [{"sku": "SET", "requested": 4, "available": 3}]
    assert (await _levels(staff))["POT"]["reserved"] == 0


async def test_a_changed_composition_does_not_affect_placed_orders(staff: Api):
    await _compose(staff)
    await staff.do(PLACE, input=order_input(("SET", 1)))
    await _compose(staff, "BUNDLE", "SET", {"sku": "POT", "quantity": 3})
    assert await orders.differences() == []


async def test_assembling_and_disassembling_a_kit_preserves_the_value_of_its_components(staff: Api):
    await _compose(staff, "KIT")
    given = {"sku": "SET", "location": "web-main", "quantity": 2}
    made = await staff.do(MAKE % "stockAssemble", input=given)
    assert made["onHand"] == 2 and made["value"]["amount"] == "22.00"  # 2 × (8.00 + 2 × 1.50)
    levels = await _levels(staff)
    assert levels["POT"]["onHand"] == 3 and levels["CUP"]["onHand"] == 3
    assert (await staff.ask(AVAILABLE, sku="SET"))["variant"][
        "available"
    ] == 2  # an assembled kit has its own stock
    short = await staff.do(MAKE % "stockAssemble", input=given)
    assert short["shortages"] == [{"sku": "CUP", "requested": 4, "available": 3}]
    assert short["path"] == ["input", "quantity"]
    done = await staff.do(MAKE % "stockDisassemble", input=given | {"quantity": 1})
    assert done["onHand"] == 1
    levels = await _levels(staff)
    total = sum(float(level["value"]["amount"]) for level in levels.values())
    assert total == 5 * 8.00 + 7 * 1.50
    assert await queries.differences() == []
    no = await staff.do(MAKE % "stockAssemble", input=given | {"sku": "POT"})
    assert no["__typename"] == "InvalidInput" and no["path"] == ["input", "sku"]


@pytest.mark.parametrize(
    ("composition", "sku", "parts", "path"),
    [
        ("BUNDLE", "SET", [{"sku": "SET"}], ["components", "0", "sku"]),
        ("BUNDLE", "SET", [{"sku": "NOPE"}], ["components", "0", "sku"]),
        ("BUNDLE", "SET", [{"sku": "CUP", "quantity": 0}], ["components", "0", "quantity"]),
        ("BUNDLE", "POT", [{"sku": "CUP"}], ["composition"]),
        ("SINGLE", "SET", [{"sku": "CUP"}], ["components"]),
    ],
)
async def test_an_invalid_composition_is_reported_with_its_path(
    staff: Api, composition: str, sku: str, parts: list, path: list
):
    refused = await _compose(staff, composition, sku, *parts)
    assert refused["problems"][0]["path"] == ["input", *path]


async def test_a_bundle_has_no_stock_of_its_own(staff: Api):
    await _compose(staff)
    receive = 'mutation { stockReceive(input: {sku: "SET", location: "web-main", quantity: 1}) { __typename ... on UserError { message path } } }'
    refused = await staff.do(receive)
    assert refused["path"] == ["input", "sku"] and "bundle" in refused["message"]


RECEIVE = (
    'mutation($u: String) { stockReceive(input: {sku: "CUP", location: "web-main", quantity: 2, unit: $u, '
    'unitCost: {amount: "17.90", currency: "USD"}}) { __typename ... on StockLevel { onHand value { amount } } '
    "... on UserError { message path } } }"
)


async def test_cartons_are_received_as_units_of_the_base_quantity(staff: Api):
    carton = {"code": "carton", "quantity": 12, "barcode": "10012345678902"}
    done = await staff.do(UNITS, input={"id": await _id(staff, "CUP"), "units": [carton]})
    assert done["units"] == [carton]
    done = await staff.do(RECEIVE, u="carton")
    assert done["onHand"] == 7 + 24 and done["value"]["amount"] == "46.30"  # 10.50 plus two cartons at 17.90
    refused = await staff.do(RECEIVE, u="pallet")
    assert refused["path"] == ["input", "unit"] and "carton" in refused["message"]


async def test_a_barcode_finds_its_variant_and_unit_of_measure(staff: Api, api: Api):
    update = "mutation($i: VariantUpdateInput!) { variantUpdate(input: $i) { __typename } }"
    cup = await _id(staff, "CUP")
    assert (await staff.do(update, i={"id": cup, "barcode": "036000291452"}))["__typename"] == "Variant"
    await staff.do(
        UNITS, input={"id": cup, "units": [{"code": "carton", "quantity": 12, "barcode": "10036000291459"}]}
    )
    scan = "query($b: String!) { variantByBarcode(barcode: $b) { quantity unit { code } variant { sku } } }"
    piece = {"quantity": 1, "unit": None, "variant": {"sku": "CUP"}}
    assert (await api.ask(scan, b="036000291452"))["variantByBarcode"] == piece
    assert (await api.ask(scan, b="0036000291452"))[
        "variantByBarcode"
    ] == piece  # the same number written as EAN-13
    carton = {"quantity": 12, "unit": {"code": "carton"}, "variant": {"sku": "CUP"}}
    assert (await api.ask(scan, b="10036000291459"))["variantByBarcode"] == carton
    assert (await api.ask(scan, b="4006381333931"))["variantByBarcode"] is None
    error = await api.error(scan, b="036000291453")
    assert error["extensions"]["code"] == "INVALID" and "check digit" in error["message"]


@pytest.mark.parametrize(
    ("unit", "path"),
    [
        ({"code": "", "quantity": 12}, "code"),
        ({"code": "carton", "quantity": 0}, "quantity"),
        ({"code": "carton", "quantity": 12, "barcode": "123"}, "barcode"),
    ],
)
async def test_an_invalid_unit_of_measure_is_reported_with_its_path(staff: Api, unit: dict, path: str):
    refused = await staff.do(UNITS, input={"id": await _id(staff, "CUP"), "units": [unit]})
    assert refused["problems"] == [{"path": ["input", "units", "0", path]}]

"""External references are stored and compared without surrounding spaces."""

import pytest

from tests import make
from tests.ask import Api

# Objects created with a key: the mutation, its input type, and a valid input.
CREATED = {
    "Product": ("productCreate", "ProductCreateInput", {"name": "Mug", "slug": "mug-N"}),
    "Variant": ("variantCreate", "VariantCreateInput", {"productId": "PRODUCT", "variant": {"sku": "MUG-N"}}),
    "Customer": ("customerCreate", "CustomerCreateInput", {"name": "Ada"}),
    "Location": ("locationCreate", "LocationCreateInput", {"code": "place-N", "name": "Place"}),
    "Supplier": (
        "supplierCreate",
        "SupplierCreateInput",
        {"code": "maker-N", "name": "Maker", "currency": "USD", "leadDays": 3},
    ),
    "PurchaseOrder": (
        "purchaseOrderCreate",
        "PurchaseOrderCreateInput",
        {
            "supplier": "acme",
            "location": "web-main",
            "lines": [{"sku": "TRAY", "quantity": 1, "unitCost": {"amount": "1", "currency": "USD"}}],
        },
    ),
    "SupplierReturn": (
        "supplierReturnCreate",
        "SupplierReturnCreateInput",
        {
            "supplier": "acme",
            "location": "web-main",
            "lines": [{"sku": "TRAY", "quantity": 1, "unitCredit": {"amount": "1", "currency": "USD"}}],
        },
    ),
    "StockTransfer": (
        "stockTransferCreate",
        "StockTransferCreateInput",
        {"source": "web-main", "destination": "west", "lines": [{"sku": "TRAY", "quantity": 1}]},
    ),
    "Order": ("orderDraftCreate", "OrderDraftCreateInput", {"channel": "web", "lines": []}),
}


def _filled(value: object, number: int, product: str) -> object:
    if isinstance(value, dict):
        return {name: _filled(each, number, product) for name, each in value.items()}
    if isinstance(value, str):
        return product if value == "PRODUCT" else value.replace("-N", f"-{number}")
    return value


@pytest.mark.parametrize("kind", CREATED)
async def test_an_external_reference_is_stored_without_spaces_and_must_be_unique(api: Api, kind: str):
    shop = await make.shop()
    await shop.sell("TRAY", stock=10)
    await make.location("west")
    staff = api.as_(await make.token())
    product = (await staff.ask('{ variant(sku: "TRAY") { product { id } } }'))["variant"]["product"]["id"]
    await staff.do(
        'mutation { supplierCreate(input: {code: "acme", name: "Acme", currency: "USD", leadDays: 3}) '
        "{ __typename } }"
    )
    name, type_name, given = CREATED[kind]
    create = (
        f"mutation($i: {type_name}!) {{ {name}(input: $i) {{ __typename ... on {kind} {{ externalReference }} "
        "... on UserError { errorCode path message } } }"
    )

    async def created(number: int, reference: str) -> dict:
        filled = _filled(given, number, product)
        assert isinstance(filled, dict)
        filled.get("variant", filled)["externalReference"] = reference
        return await staff.do(create, i=filled)

    path = ["input", *(["variant"] if "variant" in given else []), "externalReference"]
    assert await created(1, "  K-1\u00a0") == {"__typename": kind, "externalReference": "K-1"}
    for typed in ("K-1", " K-1"):
        refused = await created(2, typed)
        assert (refused["__typename"], refused["path"]) == ("AlreadyExists", path)
    assert (await created(3, "  "))["path"] == path

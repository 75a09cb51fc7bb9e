"""All problems of an input are reported together: each pair, and all at once."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pytest

from app.core.ids import to_global
from tests import make
from tests.ask import ADDRESS, Api, order_input

LONG = "x" * 3_000
PAST, BEFORE = "2020-01-02T00:00:00Z", "2020-01-01T00:00:00Z"
LONG_AGO = "2020-01-01"


@dataclass
class Case:
    """A valid input and its possible problems: by path, an invalid value and those of related fields."""

    mutation: str
    input: dict[str, Any]
    faults: dict[str, dict[str, Any]]


USD = "USD"
CASES = [
    Case(
        "orderPlace",
        order_input(("A", 1)),
        {
            "email": {"email": "nobody"},
            "shippingMethod": {"shippingMethod": "teleport"},
            "payment.gateway": {"payment": {"gateway": "barter"}},
            "lines.0.quantity": {"lines": [{"sku": "A", "quantity": 0}]},
            "shippingAddress.name": {"shippingAddress": ADDRESS | {"name": " "}},
            "discountCodes.0": {"discountCodes": ["NOPE"]},
            "note": {"note": "x" * 20_000},
        },
    ),
    Case(
        "apiTokenCreate",
        {"name": "Till", "permissions": ["ORDERS_VIEW"]},
        {
            "name": {"name": " "},
            "permissions": {"permissions": []},
            "expiresAt": {"expiresAt": PAST},
            "channelIds": {"channelIds": []},
        },
    ),
    Case(
        "discountCreate",
        {"channel": "web", "code": "TEN", "kind": "PERCENT", "percent": "10"},
        {
            "code": {"code": " "},
            "percent": {"percent": "101"},
            "usageLimit": {"usageLimit": 0},
            "endsAt": {"startsAt": PAST, "endsAt": BEFORE},
        },
    ),
    Case(
        "taxRateSet",
        {"country": "US", "name": "Sales tax", "rate": "0.1"},
        {
            "name": {"name": " "},
            "rate": {"rate": "2"},
            "validUntil": {"validFrom": "2026-02-02", "validUntil": "2026-01-01"},
        },
    ),
    Case(
        "orderHold",
        {"id": "ORDER", "reason": "Call them"},
        {"reason": {"reason": " "}, "releaseAt": {"releaseAt": PAST}},
    ),
    Case(
        "paymentRecord",
        {"orderId": "ORDER", "amount": {"amount": "1.00", "currency": USD}},
        {
            "amount.amount": {"amount": {"amount": "0.00", "currency": USD}},
            "reference": {"reference": " "},
            "note": {"note": LONG},
        },
    ),
    Case(
        "productUpdate",
        {"id": "PRODUCT", "name": "Lamp"},
        {
            "name": {"name": " "},
            "slug": {"slug": "No Slug"},
            "minimumAge": {"minimumAge": 0},
            "taxClass": {"taxClass": "nonsense"},
            "barredCountries.0": {"barredCountries": ["XX"]},
        },
    ),
    Case(
        "productCreate",
        {"name": "Lamp", "slug": "lamp", "variants": [{"sku": "LAMP"}]},
        {
            "name": {"name": " "},
            "slug": {"slug": "No Slug"},
            "variants.0.barcode": {"variants": [{"sku": "LAMP", "barcode": "123"}]},
        },
    ),
    Case(
        "locationCreate",
        {"code": "north", "name": "North"},
        {
            "code": {"code": "No Code"},
            "name": {"name": " "},
            "pickCapacity": {"pickCapacity": -1},
            "address.name": {"address": ADDRESS | {"name": " "}},
        },
    ),
    Case(
        "stockAdjust",
        {"sku": "A", "location": "web-main", "change": 1, "reason": "FOUND"},
        {
            "change": {"change": 0, "reason": "LOSS"},
            "bucket": {"bucket": "RESERVED"},
            "note": {"note": LONG},
        },
    ),
    Case(
        "stockTransferCreate",
        {"source": "web-main", "destination": "eu-main", "lines": [{"sku": "A", "quantity": 1}]},
        {
            "destination": {"destination": "web-main"},
            "expectedOn": {"expectedOn": LONG_AGO},
            "note": {"note": LONG},
            "lines.0.quantity": {"lines": [{"sku": "A", "quantity": 0}]},
        },
    ),
    Case(
        "purchaseOrderCreate",
        {"supplier": "maker", "location": "web-main", "lines": [{"sku": "A", "quantity": 1}]},
        {
            "expectedOn": {"expectedOn": LONG_AGO},
            "note": {"note": LONG},
            "lines.0.quantity": {"lines": [{"sku": "A", "quantity": 0}]},
        },
    ),
    Case(
        "supplierCreate",
        {"code": "other", "name": "Other", "currency": USD},
        {
            "code": {"code": "No Code"},
            "name": {"name": " "},
            "email": {"email": "nobody"},
            "leadDays": {"leadDays": -1},
            "currency": {"currency": "ZZZ"},
        },
    ),
    Case(
        "customerCreate",
        {"email": "eve@example.com"},
        {
            "email": {"email": "nobody"},
            "bornOn": {"bornOn": "2199-01-01"},
            "phone": {"phone": "call me"},
            "address.name": {"address": ADDRESS | {"name": " "}},
        },
    ),
    Case(
        "customerUpdate",
        {"id": "CUSTOMER", "name": "Eve"},
        {
            "email": {"email": "nobody"},
            "bornOn": {"bornOn": "2199-01-01"},
            "phone": {"phone": "call me"},
            "address.name": {"address": ADDRESS | {"name": " "}},
            "creditLimit.amount": {"creditLimit": {"amount": "-1.00", "currency": USD}},
            "externalReference": {"externalReference": " "},
        },
    ),
    Case(
        "orderUpdate",
        {"id": "ORDER", "priority": 1},
        {
            "email": {"email": "nobody"},
            "phone": {"phone": "call me"},
            "priority": {"priority": 10},
            "tags.0": {"tags": [" "]},
        },
    ),
    Case(
        "channelUpdate",
        {"id": "CHANNEL", "name": "Web"},
        {
            "name": {"name": " "},
            "numberPrefix": {"numberPrefix": "no prefix"},
            "timeZone": {"timeZone": "Mars/Olympus"},
            "workingDays": {"workingDays": []},
            "handlingDays": {"handlingDays": -1},
        },
    ),
    Case(
        "variantUpdate",
        {"id": "VARIANT", "name": "Large"},
        {
            "barcode": {"barcode": "123"},
            "weightGrams": {"weightGrams": -1},
            "lengthMm": {"lengthMm": -1},
        },
    ),
    Case(
        "locationUpdate",
        {"id": "LOCATION", "name": "North"},
        {
            "name": {"name": " "},
            "pickCapacity": {"pickCapacity": -1},
            "address.name": {"address": ADDRESS | {"name": " "}},
        },
    ),
    Case(
        "supplierUpdate",
        {"id": "SUPPLIER", "name": "Maker"},
        {"name": {"name": " "}, "email": {"email": "nobody"}, "leadDays": {"leadDays": -1}},
    ),
    Case(
        "boxSet",
        {"code": "s", "name": "Small", "lengthMm": 1, "widthMm": 1, "heightMm": 1, "mostGrams": 1},
        {"name": {"name": " "}, "lengthMm": {"lengthMm": 0}, "emptyGrams": {"emptyGrams": -1}},
    ),
    Case(
        "shippingMethodSet",
        {"channel": "web", "code": "slow", "name": "Slow", "price": {"amount": "1.00", "currency": USD}},
        {
            "name": {"name": " "},
            "transitDays": {"transitDays": 400},
            "countries.0": {"countries": ["XX"]},
            "taxClass": {"taxClass": "nonsense"},
        },
    ),
    Case(
        "stockCountStart",
        {"location": "web-main", "skus": ["A"]},
        {"approvalAboveUnits": {"approvalAboveUnits": -1}, "note": {"note": LONG}},
    ),
    Case(
        "pickListCreate",
        {"locationId": "LOCATION"},
        {"mostOrders": {"mostOrders": 0}, "zone": {"kind": "WAVE", "zone": " "}},
    ),
]  # fmt: skip


async def _ground(staff: Api) -> dict[str, str]:
    shop = await make.shop()
    await shop.sell("A")
    await make.shop("eu", currency="EUR")
    order = await make.order(("A", 1))
    await staff.do(
        "mutation($input: SupplierCreateInput!) { supplierCreate(input: $input) { __typename } }",
        input={"code": "maker", "name": "Maker", "currency": USD},
    )
    customer = await staff.do(
        'mutation { customerCreate(input: {email: "ann@example.com"}) { ... on Customer { id } } }'
    )
    found = await staff.ask(
        """{ product(slug: "thing-a") { id variants { id } } location(code: "web-main") { id }
             channel(code: "web") { id } supplier(code: "maker") { id } }"""
    )
    return {
        "ORDER": to_global("Order", order.id),
        "PRODUCT": found["product"]["id"],
        "VARIANT": found["product"]["variants"][0]["id"],
        "LOCATION": found["location"]["id"],
        "CHANNEL": found["channel"]["id"],
        "SUPPLIER": found["supplier"]["id"],
        "CUSTOMER": customer["id"],
    }


def _paths(refused: dict[str, Any]) -> set[str]:
    return {".".join(problem["path"]).removeprefix("input.") for problem in refused.get("problems", [])}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.mutation)
async def test_all_problems_are_reported_together(api: Api, case: Case):
    staff = api.as_(await make.token())
    ids = await _ground(staff)
    base = {
        name: ids.get(value, value) if isinstance(value, str) else value for name, value in case.input.items()
    }
    kind = case.mutation[0].upper() + case.mutation[1:] + "Input"
    query = (
        f"mutation($input: {kind}!) {{ {case.mutation}(input: $input) {{ __typename "
        "... on UserError { message } ... on InvalidInput { problems { code path } } "
        "... on ValidationFailed { problems { code path } } } }"
    )
    for together in [*combinations(case.faults, 2), tuple(case.faults)]:
        sent = dict(base)
        for path in together:
            sent |= case.faults[path]
        refused = await staff.do(query, input=sent)
        assert refused["__typename"] == "ValidationFailed", (together, refused)
        assert set(together) <= _paths(refused), (together, refused)


async def test_a_single_problem_is_reported_with_its_code(api: Api):
    staff = api.as_(await make.token())
    query = """mutation($input: ApiTokenCreateInput!) { apiTokenCreate(input: $input) {
      __typename ... on InvalidInput { path problems { code path } } } }"""
    refused = await staff.do(query, input={"name": "Till", "permissions": []})
    path = ["input", "permissions"]
    assert refused == {
        "__typename": "InvalidInput",
        "path": path,
        "problems": [{"code": "REQUIRED", "path": path}],
    }

"""Bulk upsert of products: a row changes only the fields that it contains."""

import pytest

from tests import make
from tests.ask import Api

UPSERT = """
mutation($rows: [ProductUpsertInput!]!) {
  productBulkUpsert(input: $rows) { ... on BulkResult { rows { status error { message path } } } }
}
"""
SHOWN = """query($slug: String!) { product(slug: $slug) {
  name status taxClass description imageUrl tags barredCountries minimumAge metadata privateMetadata
  externalReference category { slug }
  variants { sku name barcode options weightGrams lengthMm widthMm heightMm tracksStock metadata privateMetadata
             externalReference }
} }"""
GIN = {
    "externalReference": "erp-1",
    "name": "Gin",
    "slug": "gin",
    "status": "PUBLISHED",
    "description": "Dry",
    "imageUrl": "https://example.com/gin.jpg",
    "tags": ["spirits"],
    "barredCountries": ["NO"],
    "minimumAge": 18,
    "metadata": {"proof": 80},
    "privateMetadata": {"margin": 3},
    "category": "bar",
}
BOTTLE = {
    "sku": "GIN",
    "externalReference": "erp-1-1",
    "name": "70 cl",
    "barcode": "4006381333931",
    "options": {"size": "70"},
    "weightGrams": 500,
    "lengthMm": 300,
    "widthMm": 80,
    "heightMm": 81,
    "metadata": {"glass": True},
    "privateMetadata": {"shelf": 4},
}


@pytest.fixture
async def staff(api: Api) -> Api:
    staff = api.as_(await make.token())
    await staff.ask('mutation { categoryCreate(input: {name: "Bar"}) { __typename } }')
    await _send(staff, GIN | {"variants": [BOTTLE]})
    return staff


async def _send(staff: Api, *rows: dict) -> list[dict]:
    return (await staff.do(UPSERT, rows=list(rows)))["rows"]


async def _shown(staff: Api, slug: str = "gin") -> dict:
    return (await staff.ask(SHOWN, slug=slug))["product"]


async def test_a_row_changes_only_the_given_fields_of_the_variant_and_its_product(staff: Api):
    before = await _shown(staff)
    row = {"name": "Gin", "variants": [{"sku": "GIN", "weightGrams": 900}]}
    assert await _send(staff, row) == [{"status": "UPDATED", "error": None}]
    (bottle,) = before["variants"]
    assert await _shown(staff) == before | {"variants": [bottle | {"weightGrams": 900}]}


async def test_a_row_with_an_external_reference_renames_the_existing_product(staff: Api):
    before = await _shown(staff)
    assert (await _send(staff, {"externalReference": "erp-1", "name": "London gin"}))[0][
        "status"
    ] == "UPDATED"
    assert await _shown(staff) == before | {"name": "London gin"}


async def test_a_row_with_another_reference_cannot_take_over_an_existing_slug_or_sku(staff: Api):
    before = await _shown(staff)
    (refused,) = await _send(staff, {"externalReference": "erp-2", "slug": "gin", "name": "Rum"})
    assert (refused["status"], refused["error"]["path"]) == ("FAILED", ["slug"])
    variant = {"sku": "GIN", "externalReference": "erp-2-1"}
    (refused,) = await _send(staff, {"externalReference": "erp-1", "variants": [variant]})
    assert (refused["status"], refused["error"]["path"]) == ("FAILED", ["variants", "0", "sku"])
    assert await _shown(staff) == before


async def test_null_clears_optional_fields_and_is_refused_for_required_ones(staff: Api):
    before = await _shown(staff)
    gone = {"category": None, "minimumAge": None, "barredCountries": None}
    sides = dict.fromkeys(("barcode", "weightGrams", "lengthMm", "widthMm", "heightMm"))
    await _send(staff, {"slug": "gin"} | gone | {"variants": [{"sku": "GIN"} | sides]})
    after = await _shown(staff)
    assert after == before | gone | {"variants": [before["variants"][0] | sides]}
    for name in ("name", "status", "taxClass", "description", "tags", "metadata", "variants"):
        (refused,) = await _send(staff, {"externalReference": "erp-1", name: None})
        assert (refused["status"], refused["error"]["path"]) == ("FAILED", [name])
    (refused,) = await _send(staff, {"slug": "gin", "variants": [{"sku": "GIN", "options": None}]})
    assert refused["error"]["path"] == ["variants", "0", "options"]
    assert await _shown(staff) == after


async def test_a_row_is_unchanged_only_if_no_field_differs(staff: Api):
    assert (await _send(staff, GIN | {"variants": [BOTTLE]}))[0]["status"] == "UNCHANGED"
    for name, value in (
        ("privateMetadata", {}),
        ("widthMm", 81),
        ("barcode", "96385074"),
        ("isActive", False),
    ):
        assert (await _send(staff, {"slug": "gin", "variants": [{"sku": "GIN", name: value}]}))[0][
            "status"
        ] == "UPDATED"


async def test_changing_an_immutable_field_of_a_variant_is_refused(staff: Api):
    before = await _shown(staff)
    for variant, name in (
        ({"externalReference": "erp-1-1", "sku": "GIN-2"}, "sku"),
        ({"sku": "GIN", "tracksStock": False}, "tracksStock"),
    ):
        (refused,) = await _send(staff, {"slug": "gin", "variants": [variant]})
        assert (refused["status"], refused["error"]["path"]) == ("FAILED", ["variants", "0", name])
    assert await _shown(staff) == before


async def test_a_row_that_creates_a_product_requires_a_name(staff: Api):
    (refused,) = await _send(staff, {"externalReference": "erp-9", "variants": [{"sku": "X"}]})
    assert (refused["status"], refused["error"]["path"]) == ("FAILED", ["name"])
    assert (await _send(staff, {"externalReference": "", "name": "Rum"}))[0]["error"]["path"] == [
        "externalReference"
    ]
    assert (await _send(staff, {"name": "Rum", "variants": [{"sku": "RUM"}]}))[0]["status"] == "CREATED"
    assert (await _shown(staff, "rum"))["status"] == "DRAFT"

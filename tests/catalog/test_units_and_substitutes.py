"""Units of measure and substitutes of a variant are replaced as a whole; an invalid list changes nothing."""

import pytest

from tests import make
from tests.ask import Api

UNITS = """mutation($input: VariantUnitsSetInput!, $v: Int) { variantUnitsSet(input: $input, expectedVersion: $v) {
  __typename ... on Variant { version units { code quantity barcode } }
  ... on ValidationFailed { problems { path code } } ... on UserError { errorCode } } }"""
SUBSTITUTES = """mutation($id: ID!, $skus: [String!]!, $v: Int) {
  variantSubstitutesSet(id: $id, substitutes: $skus, expectedVersion: $v) {
    __typename ... on Variant { version substitutes { sku } }
    ... on ValidationFailed { problems { path code } } ... on UserError { errorCode } } }"""
READ = '{ variant(sku: "LAMP") { id version units { code quantity barcode } substitutes { sku } } }'
CASE = {"code": "case", "quantity": 12, "barcode": "4006381333931"}


@pytest.fixture
async def staff(api: Api) -> Api:
    shop = await make.shop()
    for sku in ("LAMP", "LAMP-B", "LAMP-C"):
        await shop.sell(sku)
    await shop.sell("SET", stock=None)
    await make.bundle("SET", LAMP=2)
    return api.as_(await make.token())


async def _lamp(staff: Api) -> dict:
    return (await staff.ask(READ))["variant"]


async def test_units_are_replaced_as_a_whole(staff: Api):
    id = (await _lamp(staff))["id"]
    pallet = {"code": "pallet", "quantity": 480, "barcode": None}
    for units in ([CASE, pallet], [pallet | {"quantity": 500}], []):
        made = await staff.do(UNITS, input={"id": id, "units": units})
        assert made["units"] == (await _lamp(staff))["units"] == units


@pytest.mark.parametrize(
    ("units", "problems"),
    [
        ([CASE, CASE | {"barcode": None}], [(["units", "1", "code"], "WRONG_LENGTH")]),
        ([CASE | {"quantity": 0}], [(["units", "0", "quantity"], "NOT_IN_RANGE")]),
        ([CASE | {"barcode": "4006381333932"}], [(["units", "0", "barcode"], "MALFORMED_BARCODE")]),
        ([CASE, CASE | {"code": "box"}], [(["units", "1", "barcode"], "TAKEN")]),
        (
            [CASE | {"code": ""}, CASE | {"code": "box", "quantity": -1}],
            [
                (["units", "0", "code"], "WRONG_LENGTH"),
                (["units", "1", "quantity"], "NOT_IN_RANGE"),
                (["units", "1", "barcode"], "TAKEN"),
            ],
        ),
    ],
)
async def test_a_list_with_invalid_units_changes_nothing_and_reports_each_problem(
    staff: Api, units: list[dict], problems: list
):
    id = (await _lamp(staff))["id"]
    await staff.do(UNITS, input={"id": id, "units": [CASE]})
    before = await _lamp(staff)
    refused = await staff.do(UNITS, input={"id": id, "units": units})
    found = [(each["path"], each["code"]) for each in refused["problems"]]
    assert found == [(["input", *path], code) for path, code in problems]
    assert await _lamp(staff) == before


async def test_substitutes_keep_their_order_and_are_replaced_as_a_whole(staff: Api):
    id = (await _lamp(staff))["id"]
    for skus in (["LAMP-C", "LAMP-B"], ["LAMP-B"], []):
        made = await staff.do(SUBSTITUTES, id=id, skus=skus)
        assert [each["sku"] for each in made["substitutes"]] == skus
        assert (await _lamp(staff))["substitutes"] == made["substitutes"]


async def test_a_list_with_invalid_substitutes_changes_nothing_and_reports_each_problem(staff: Api):
    id = (await _lamp(staff))["id"]
    await staff.do(SUBSTITUTES, id=id, skus=["LAMP-B"])
    before = await _lamp(staff)
    refused = await staff.do(SUBSTITUTES, id=id, skus=["LAMP-C", "NONE", "LAMP", "LAMP-C", "SET"])
    assert [(each["path"], each["code"]) for each in refused["problems"]] == [
        (["substitutes", "1"], "NOT_FOUND"),
        (["substitutes", "2"], "REPEATED"),
        (["substitutes", "3"], "REPEATED"),
        (["substitutes", "4"], "WRONG_KIND"),
    ]
    too_many = await staff.do(SUBSTITUTES, id=id, skus=["LAMP-C"] * 21)
    assert too_many["__typename"] == "InvalidInput"
    assert await _lamp(staff) == before


async def test_a_change_with_a_stale_expected_version_is_refused(staff: Api):
    lamp = await _lamp(staff)
    await staff.do(SUBSTITUTES, id=lamp["id"], skus=["LAMP-B"], v=lamp["version"])
    before = await _lamp(staff)
    assert before["version"] == lamp["version"] + 1
    for query, more in (
        (SUBSTITUTES, {"id": lamp["id"], "skus": []}),
        (UNITS, {"input": {"id": lamp["id"], "units": [CASE]}}),
    ):
        refused = await staff.do(query, v=lamp["version"], **more)
        assert refused["__typename"] == "StaleVersion"
    assert await _lamp(staff) == before

"""Creating, updating and bulk-upserting customers."""

import pytest

from tests import make
from tests.ask import ADDRESS, Api


async def test_a_bulk_upsert_matches_customers_by_email_and_reports_each_row(api: Api):
    staff = api.as_(await make.token())
    bulk = (
        "mutation($r: [CustomerUpsertInput!]!) { customerBulkUpsert(input: $r) "
        "{ ... on BulkResult { written rows { status error { errorCode path } } } } }"
    )
    rows = [
        {"email": "ada@example.com", "name": "Ada", "externalReference": "crm-1", "address": ADDRESS},
        {"email": "Ada@example.com", "name": "Ada L."},
        {"email": "Ada@example.com", "name": "Ada L."},
        {"email": "broken", "name": "B"},
    ]
    done = await staff.do(bulk, r=rows)
    assert [row["status"] for row in done["rows"]] == ["CREATED", "UPDATED", "UNCHANGED", "FAILED"]
    assert done["rows"][3]["error"] == {"errorCode": "INVALID", "path": ["email"]}
    found = await staff.ask('{ customer(email: "ada@example.com") { name addresses { city region } } }')
    assert found["customer"] == {"name": "Ada L.", "addresses": [{"city": "Springfield", "region": "IL"}]}


async def test_customers_can_change_their_own_name_but_not_their_tags(api: Api):
    mine = api.as_(await make.account())
    id = (await mine.ask('{ customer(email: "ada@example.com") { id } }'))["customer"]["id"]
    update = "mutation($i: CustomerUpdateInput!) { customerUpdate(input: $i) { ... on Customer { name } } }"
    assert (await mine.do(update, i={"id": id, "name": "Ada"}))["name"] == "Ada"
    assert (await mine.error(update, i={"id": id, "tags": ["vip"]}))["extensions"]["code"] == "FORBIDDEN"


async def test_a_row_with_an_overlong_field_fails_and_other_rows_are_written(api: Api):
    bulk = (
        "mutation($r: [CustomerUpsertInput!]!) { customerBulkUpsert(input: $r) "
        "{ ... on BulkResult { written rows { status error { path } } } } }"
    )
    rows = [{"email": "ok@example.com"}, {"name": "n" * 300, "externalReference": "l"}]
    done = await api.as_(await make.token()).do(bulk, r=rows)
    assert done["written"] == 1
    assert done["rows"][1] == {"status": "FAILED", "error": {"path": ["name"]}}


async def test_an_upsert_matched_by_email_sets_the_external_reference_and_phone(api: Api):
    staff = api.as_(await make.token())
    bulk = (
        "mutation($r: [CustomerUpsertInput!]!) { customerBulkUpsert(input: $r) "
        "{ ... on BulkResult { rows { status error { path } } } } }"
    )
    await staff.do(bulk, r=[{"email": "ada@example.com", "name": "Ada"}])
    more = {
        "email": "ada@example.com",
        "name": "Ada",
        "externalReference": "crm-1",
        "phone": "+1 217 555 0123",
    }
    for status in ("UPDATED", "UNCHANGED"):
        assert (await staff.do(bulk, r=[more]))["rows"] == [{"status": status, "error": None}]
    found = await staff.ask('{ customer(email: "ada@example.com") { externalReference phone } }')
    assert found["customer"] == {"externalReference": "crm-1", "phone": "+12175550123"}


@pytest.mark.parametrize(
    ("fields", "path"),
    [({"note": "n" * 2001}, ["input", "note"]), ({"tags": ["fine", "t" * 61]}, ["input", "tags", "1"])],
)
async def test_notes_and_tags_have_a_maximum_length(api: Api, fields: dict, path: list[str]):
    staff = api.as_(await make.token())
    create = (
        "mutation($i: CustomerCreateInput!) { customerCreate(input: $i) { ... on Customer { id } "
        "... on ValidationFailed { problems { path } } } }"
    )
    assert (await staff.do(create, i={"name": "Ada"} | fields))["problems"] == [{"path": path}]
    id = (await staff.do(create, i={"name": "Ada"}))["id"]
    update = "mutation($i: CustomerUpdateInput!) { customerUpdate(input: $i) { ... on UserError { path } } }"
    assert (await staff.do(update, i={"id": id} | fields))["path"] == path


async def test_a_customer_needs_a_name_or_an_email_address(api: Api):
    staff = api.as_(await make.token())
    made = await staff.do(
        'mutation { customerCreate(input: {email: "eve@example.com", name: "Eve"}) { ... on Customer { id } } }'
    )
    update = """mutation($i: CustomerUpdateInput!) { customerUpdate(input: $i) {
      __typename ... on InvalidInput { problems { code path } } } }"""
    refused = await staff.do(update, i={"id": made["id"], "email": None, "name": ""})
    assert refused["problems"] == [{"code": "REQUIRED", "path": ["input", "email"]}]
    found = await staff.ask('{ customer(email: "eve@example.com") { name } }')
    assert found["customer"] == {"name": "Eve"}
    kept = await staff.do(update, i={"id": made["id"], "email": None})
    assert kept["__typename"] == "Customer"

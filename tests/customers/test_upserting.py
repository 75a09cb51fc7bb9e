"""Bulk upsert of customers: a row changes only the fields that it contains."""

import pytest

from tests import make
from tests.ask import ADDRESS, Api

UPSERT = """
mutation($rows: [CustomerUpsertInput!]!) {
  customerBulkUpsert(input: $rows) { ... on BulkResult { rows { status error { message path } } } }
}
"""
SHOWN = """{ customers(first: 9) { nodes {
  email name phone note bornOn creditLimit { amount currency } tags metadata privateMetadata externalReference
  defaultAddress { line1 }
} } }"""
EVERYTHING = {
    "externalReference": "crm-7",
    "email": "ursula@example.com",
    "name": "Ursula",
    "phone": "+12175550123",
    "note": "VIP, ring first",
    "bornOn": "1980-05-01",
    "creditLimit": {"amount": "100", "currency": "USD"},
    "tags": ["vip"],
    "metadata": {"shoe": 42},
    "privateMetadata": {"risk": "low"},
    "address": ADDRESS,
}


@pytest.fixture
async def staff(api: Api) -> Api:
    return api.as_(await make.token())


async def _send(staff: Api, *rows: dict) -> list[dict]:
    return (await staff.do(UPSERT, rows=list(rows)))["rows"]


async def _shown(staff: Api) -> list[dict]:
    return (await staff.ask(SHOWN))["customers"]["nodes"]


async def test_a_row_changes_only_the_given_fields(staff: Api):
    await _send(staff, EVERYTHING)
    (before,) = await _shown(staff)
    row = {"externalReference": "crm-7", "phone": "+491701234567"}
    limit = {"amount": "500", "currency": "USD"}
    assert await _send(staff, row | {"creditLimit": limit}) == [{"status": "UPDATED", "error": None}]
    (after,) = await _shown(staff)
    assert after == before | {
        "phone": "+491701234567",
        "creditLimit": {"amount": "500.00", "currency": "USD"},
    }


async def test_null_clears_optional_fields_and_is_refused_for_required_ones(staff: Api):
    await _send(staff, EVERYTHING)
    (before,) = await _shown(staff)
    gone = {"bornOn": None, "creditLimit": None, "address": None, "email": None}
    assert (await _send(staff, {"externalReference": "crm-7"} | gone))[0]["status"] == "UPDATED"
    (after,) = await _shown(staff)
    assert after == before | {"bornOn": None, "creditLimit": None, "defaultAddress": None, "email": None}
    for name in ("name", "phone", "note", "tags", "metadata", "privateMetadata"):
        (refused,) = await _send(staff, {"externalReference": "crm-7", name: None})
        assert (refused["status"], refused["error"]["path"]) == ("FAILED", [name])
    assert await _shown(staff) == [after]


async def test_a_row_is_unchanged_only_if_no_field_differs(staff: Api):
    await _send(staff, EVERYTHING)
    assert await _send(staff, EVERYTHING, {"email": "URSULA@example.com"}) == [
        {"status": "UNCHANGED", "error": None},
        {"status": "UNCHANGED", "error": None},
    ]
    for name, value in (("bornOn", "1980-05-02"), ("privateMetadata", {}), ("note", "")):
        assert (await _send(staff, EVERYTHING | {name: value}))[0]["status"] == "UPDATED"


async def test_a_row_with_another_reference_cannot_take_over_an_existing_email_address(staff: Api):
    await _send(staff, EVERYTHING)
    before = await _shown(staff)
    (refused,) = await _send(staff, {"externalReference": "crm-8", "email": "ursula@example.com"})
    assert (refused["status"], refused["error"]["path"]) == ("FAILED", ["email"])
    assert await _shown(staff) == before


async def test_a_customer_without_a_reference_gets_that_of_the_row_with_its_email_address(staff: Api):
    await _send(staff, {"email": "ursula@example.com", "name": "Ursula"})
    await _send(staff, {"externalReference": "crm-7", "email": "ursula@example.com"})
    (shown,) = await _shown(staff)
    assert (shown["externalReference"], shown["name"]) == ("crm-7", "Ursula")


async def test_a_row_without_email_address_or_reference_creates_no_customer(staff: Api):
    for row in ({"name": "Ursula"}, {"externalReference": " ", "email": "ursula@example.com"}):
        assert (await _send(staff, row))[0]["status"] == "FAILED"
    assert await _shown(staff) == []

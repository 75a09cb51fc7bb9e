"""The address book contains each address once; addresses can be removed."""

from typing import Any

import pytest

from app.core.ids import new_id
from app.customers.models import Customer, CustomerAddress
from tests import make
from tests.ask import ADDRESS, ERRORS, Api

CREATE = (
    "mutation($i: CustomerCreateInput!) { customerCreate(input: $i) { "
    + ERRORS
    + " ... on Customer { id } } }"
)
UPDATE = (
    "mutation($i: CustomerUpdateInput!) { customerUpdate(input: $i) { "
    + ERRORS
    + " ... on Customer { id } } }"
)
REMOVE = (
    "mutation($id: ID!) { customerAddressDelete(id: $id) { "
    + ERRORS
    + " ... on Customer { defaultAddress { city } addresses { city } } } }"
)
BOOK = (
    "query($id: ID!) { customer(id: $id) { addresses { id isDefaultShipping name city region postalCode } } }"
)
BERLIN = {"name": "Ada", "line1": "Hauptstraße 1", "city": "Berlin", "postalCode": "10115", "country": "DE"}


@pytest.fixture
async def staff(api: Api, clean: None) -> Api:
    return api.as_(await make.token())


async def _book(api: Api, id: str) -> list[dict[str, Any]]:
    return list((await api.ask(BOOK, id=id))["customer"]["addresses"])


async def test_an_address_saved_again_in_another_spelling_stays_one_entry(staff: Api):
    id = (await staff.do(CREATE, i={"name": "Ada", "address": BERLIN}))["id"]
    for again in (
        BERLIN,
        BERLIN | {"city": "BERLIN", "postalCode": "D-10115"},
        BERLIN | {"line1": "  hauptstrasse 1 ", "name": "ADA"},
    ):
        await staff.do(UPDATE, i={"id": id, "address": again})
    (entry,) = await _book(staff, id)
    assert (entry["name"], entry["postalCode"], entry["isDefaultShipping"]) == ("ADA", "10115", True)
    assert await CustomerAddress.all().count() == 1
    await staff.do(UPDATE, i={"id": id, "address": BERLIN | {"line1": "Hauptstraße 2"}})
    await staff.do(UPDATE, i={"id": id, "address": ADDRESS})
    await staff.do(UPDATE, i={"id": id, "address": ADDRESS | {"region": "Illinois"}})
    book = await _book(staff, id)
    assert [(each["city"], each["isDefaultShipping"]) for each in book] == [
        ("Springfield", True),
        ("Berlin", False),
        ("Berlin", False),
    ]


async def test_removing_the_default_address_leaves_no_default(staff: Api):
    id = (await staff.do(CREATE, i={"name": "Ada", "address": BERLIN}))["id"]
    await staff.do(UPDATE, i={"id": id, "address": ADDRESS})
    newest, oldest = await _book(staff, id)
    left = await staff.do(REMOVE, id=oldest["id"])
    assert left == {
        "__typename": "Customer",
        "defaultAddress": {"city": "Springfield"},
        "addresses": [{"city": "Springfield"}],
    }
    left = await staff.do(REMOVE, id=newest["id"])
    assert (left["defaultAddress"], left["addresses"]) == (None, [])
    assert (await staff.do(REMOVE, id=newest["id"]))["__typename"] == "NotFound"


async def test_duplicate_entries_of_earlier_versions_are_shown_once_and_removed_together(staff: Api):
    id = (await staff.do(CREATE, i={"name": "Ada", "address": BERLIN}))["id"]
    first = await CustomerAddress.get()
    for _ in range(3):
        await CustomerAddress.create(
            id=new_id(), customer_id=first.customer_id, address=first.address, created_at=first.created_at
        )
    (entry,) = await _book(staff, id)
    assert (await staff.do(REMOVE, id=entry["id"]))["addresses"] == []
    assert await CustomerAddress.all().count() == 0


async def test_a_customer_can_remove_only_its_own_addresses(api: Api, staff: Api):
    other = (await staff.do(CREATE, i={"name": "Eve", "address": BERLIN}))["id"]
    (not_mine,) = await _book(staff, other)
    mine = api.as_(await make.account("ada@example.com"))
    id = (await mine.ask('{ customer(email: "ada@example.com") { id } }'))["customer"]["id"]
    await mine.do(UPDATE, i={"id": id, "address": ADDRESS})
    assert (await mine.do(REMOVE, id=not_mine["id"]))["__typename"] == "NotFound"
    assert await CustomerAddress.all().count() == 2
    (own,) = await _book(mine, id)
    assert (await mine.do(REMOVE, id=own["id"]))["addresses"] == []
    assert (await api.error(REMOVE, id=not_mine["id"]))["extensions"]["code"] == "UNAUTHENTICATED"


SEARCH = "query($s: String, $f: CustomerFilter) { customers(search: $s, filter: $f) { nodes { name } } }"


@pytest.mark.parametrize(
    ("search", "filter", "names"),
    [
        ("éva", None, ["Nagy Éva"]),
        ("EVA nagy", None, ["Nagy Éva"]),
        ("EVA@bücher.example", None, ["Nagy Éva"]),
        ("030 7654321", None, ["Nagy Éva"]),
        ("+4930", None, ["Nagy Éva"]),
        ("10115", None, ["Nagy Éva"]),
        ("62701", None, ["Nagy Éva"]),
        ("vip", None, ["Nagy Éva"]),
        ("CRM-7", None, ["Nagy Éva"]),
        ("nagy", {"tags": {"eq": "VIP"}}, ["Nagy Éva"]),
        (None, {"phone": {"eq": "030/765 43 21"}}, ["Nagy Éva"]),
        (None, {"tags": {"eq": "vip"}}, ["Nagy Éva"]),
        (None, {"postalCode": {"eq": "D-10115"}}, ["Nagy Éva"]),
        (None, {"email": {"eq": "Eva@XN--BCHER-KVA.example"}}, ["Nagy Éva"]),
        (None, {"not": {"tags": {"eq": "vip"}}}, ["Other"]),
        ("nobody", None, []),
        ("", None, ["Nagy Éva", "Other"]),
    ],
)
async def test_customers_are_found_by_name_email_phone_postal_code_tag_and_reference(
    staff: Api, search: str | None, filter: dict[str, Any] | None, names: list[str]
):
    eva = {
        "name": "Nagy Éva",
        "email": "eva@xn--bcher-kva.example",
        "phone": "+49 30 7654321",
        "tags": ["VIP"],
        "externalReference": "crm-7",
        "address": BERLIN,
    }
    id = (await staff.do(CREATE, i=eva))["id"]
    await staff.do(UPDATE, i={"id": id, "address": ADDRESS})
    await staff.do(CREATE, i={"name": "Other"})
    found = (await staff.ask(SEARCH, s=search, f=filter))["customers"]["nodes"]
    assert sorted(node["name"] for node in found) == names


async def test_a_customer_is_not_found_by_removed_values(staff: Api):
    id = (await staff.do(CREATE, i={"name": "Ada", "email": "ada@example.com", "address": BERLIN}))["id"]
    await staff.do(UPDATE, i={"id": id, "email": None, "phone": "+4930123456"})
    (entry,) = await _book(staff, id)
    await staff.do(REMOVE, id=entry["id"])
    for search, count in (("ada@example.com", 0), ("10115", 0), ("030 123456", 1)):
        assert len((await staff.ask(SEARCH, s=search))["customers"]["nodes"]) == count


async def test_a_national_phone_number_needs_the_country_of_an_address(staff: Api):
    refused = await staff.do(CREATE, i={"name": "Ada", "phone": "030 123456"})
    assert refused["problems"][0]["path"] == ["input", "phone"]
    assert await Customer.all().count() == 0
    id = (await staff.do(CREATE, i={"name": "Ada", "phone": "030 123456", "address": BERLIN}))["id"]
    update = "mutation($i: CustomerUpdateInput!) { customerUpdate(input: $i) { ... on Customer { phone } } }"
    changed = await staff.do(update, i={"id": id, "phone": "217-555-0123", "address": ADDRESS})
    assert changed["phone"] == "+12175550123"

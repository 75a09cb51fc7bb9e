"""Entries of the address book have ids, labels and defaults; an order can add its addresses."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from app.access.permissions import Permission
from app.core.actor import SYSTEM
from app.core.ids import new_id, to_global
from app.customers import book, service
from app.customers.contact import checked_address
from app.customers.models import Customer, CustomerAddress
from app.customers.service import CustomerData
from tests import make
from tests.ask import ADDRESS, ERRORS, Api, order_input

ENTRY = (
    ERRORS
    + " ... on InvalidInput { problems { code path } }"
    + " ... on CustomerAddress { id label line1 city isDefaultShipping isDefaultBilling } }"
)
CREATE = "mutation($i: CustomerAddressCreateInput!) { customerAddressCreate(input: $i) { " + ENTRY + " }"
UPDATE = "mutation($i: CustomerAddressUpdateInput!) { customerAddressUpdate(input: $i) { " + ENTRY + " }"
DELETE = "mutation($id: ID!) { customerAddressDelete(id: $id) { " + ERRORS + " } }"
MINE = """{ me { customer { id version defaultAddress { line1 } defaultBillingAddress { line1 }
  addresses { id label line1 isDefaultShipping isDefaultBilling } } } }"""
HOME = ADDRESS | {"line1": "1 Elm Street"}
PLACE = (
    "mutation($i: OrderPlaceInput!) { orderPlace(input: $i) { "
    + ERRORS
    + " ... on InvalidInput { problems { code path } } ... on Order { id } } }"
)


@pytest.fixture
async def ada(api: Api, clean: None) -> Api:
    return api.as_(await make.account("ada@example.com"))


async def _mine(ada: Api) -> dict[str, Any]:
    return dict((await ada.ask(MINE))["me"]["customer"])


async def test_a_customer_saves_labels_and_chooses_defaults(ada: Api):
    first = await ada.do(CREATE, i={"address": ADDRESS, "label": " Work ", "isDefaultShipping": True})
    assert (first["label"], first["isDefaultShipping"], first["isDefaultBilling"]) == ("Work", True, False)
    second = await ada.do(CREATE, i={"address": HOME, "isDefaultBilling": True})
    assert (second["label"], second["isDefaultShipping"], second["isDefaultBilling"]) == (None, False, True)
    mine = await _mine(ada)
    assert (mine["defaultAddress"], mine["defaultBillingAddress"]) == (
        {"line1": "12 Main Street"},
        {"line1": "1 Elm Street"},
    )
    moved = await ada.do(UPDATE, i={"id": second["id"], "isDefaultShipping": True, "label": "Home"})
    assert (moved["id"], moved["label"], moved["isDefaultShipping"]) == (second["id"], "Home", True)
    # False for an entry that is not the default changes nothing.
    await ada.do(UPDATE, i={"id": first["id"], "isDefaultShipping": False})
    mine = await _mine(ada)
    assert [each["isDefaultShipping"] for each in mine["addresses"]] == [True, False]
    await ada.do(DELETE, id=second["id"])
    mine = await _mine(ada)
    assert (mine["defaultAddress"], mine["defaultBillingAddress"]) == (None, None)
    assert [each["label"] for each in mine["addresses"]] == ["Work"]


async def test_an_address_saved_again_keeps_its_id_and_label(ada: Api):
    first = await ada.do(CREATE, i={"address": ADDRESS, "label": "Work"})
    again = await ada.do(CREATE, i={"address": ADDRESS | {"line1": "12 MAIN street", "postalCode": " 62701"}})
    assert (again["id"], again["label"], again["line1"]) == (first["id"], "Work", "12 MAIN street")
    renamed = await ada.do(CREATE, i={"address": ADDRESS, "label": "Office"})
    assert (renamed["id"], renamed["label"]) == (first["id"], "Office")
    assert await CustomerAddress.all().count() == 1


async def test_an_entry_cannot_become_the_address_of_another(ada: Api):
    await ada.do(CREATE, i={"address": ADDRESS})
    other = await ada.do(CREATE, i={"address": HOME})
    refused = await ada.do(UPDATE, i={"id": other["id"], "address": ADDRESS | {"city": "SPRINGFIELD"}})
    assert (refused["__typename"], refused["path"]) == ("AlreadyExists", ["input", "address"])
    respelled = await ada.do(UPDATE, i={"id": other["id"], "address": HOME | {"city": "SPRINGFIELD"}})
    assert (respelled["id"], respelled["city"]) == (other["id"], "SPRINGFIELD")
    assert sorted(each["line1"] for each in (await _mine(ada))["addresses"]) == [
        "1 Elm Street",
        "12 Main Street",
    ]


async def test_invalid_input_is_refused_by_its_field_and_changes_nothing(ada: Api):
    bad = await ada.do(CREATE, i={"address": ADDRESS | {"postalCode": "nowhere"}, "label": "x" * 61})
    assert {tuple(each["path"][:2]) for each in bad["problems"]} == {("input", "address"), ("input", "label")}
    entry = await ada.do(CREATE, i={"address": ADDRESS})
    before = await _mine(ada)
    for sent in ({"label": "x" * 61}, {"address": ADDRESS | {"city": " "}}, {"isDefaultShipping": None}):
        refused = await ada.do(UPDATE, i={"id": entry["id"]} | sent)
        assert refused["path"][:2] == ["input", next(iter(sent))], refused
    assert await _mine(ada) == before


async def test_a_book_is_full_at_a_hundred_entries(ada: Api):
    customer = await Customer.get()
    checked = checked_address(make.ADDRESS).to_json()
    await CustomerAddress.bulk_create(
        CustomerAddress(
            id=new_id(),
            customer_id=customer.id,
            address=checked | {"line1": f"{number} Main Street"},
            created_at=customer.created_at,
        )
        for number in range(100)
    )
    refused = await ada.do(CREATE, i={"address": HOME})
    assert refused["problems"] == [{"code": "TOO_MANY", "path": ["input", "address"]}]
    await ada.do(CREATE, i={"address": ADDRESS, "label": "Twelve"})  # an entry that exists needs no place
    assert await CustomerAddress.all().count() == 100
    await (await make.shop()).sell("A")
    refused = await ada.do(PLACE, i=order_input(("A", 1), shippingAddress=HOME, saveAddresses=True))
    assert refused["problems"] == [{"code": "TOO_MANY", "path": ["input", "saveAddresses"]}]


async def test_two_requests_at_once_save_an_address_once(clean: None):
    customer = await service.create(SYSTEM, CustomerData(name="Ada"))
    data = [
        replace(make.ADDRESS, line1=line) for line in ("12 Main Street", "12 MAIN STREET", "12 main street ")
    ]
    saved = await asyncio.gather(*(book.create(SYSTEM, customer.id, each, {}) for each in data))
    assert len({entry.id for _, entry in saved}) == 1
    assert await CustomerAddress.all().count() == 1


async def test_staff_need_the_permission_and_nobody_reaches_another_book(api: Api, ada: Api):
    entry = await ada.do(CREATE, i={"address": ADDRESS})
    id = (await _mine(ada))["id"]
    manager = api.as_(await make.token(Permission.CUSTOMERS_MANAGE, Permission.CUSTOMERS_VIEW))
    viewer = api.as_(await make.token(Permission.CUSTOMERS_VIEW))
    eve = api.as_(await make.account("eve@example.com"))
    before = await _mine(ada)
    for other in (viewer, eve):
        refused = await other.do(CREATE, i={"customerId": id, "address": HOME})
        assert (refused["__typename"], refused["path"]) == ("NotFound", ["input", "customerId"])
        for mutation, given in (
            (UPDATE, {"i": {"id": entry["id"], "label": "Mine"}}),
            (DELETE, {"id": entry["id"]}),
        ):
            assert (await other.do(mutation, **given))["__typename"] == "NotFound"
    assert (await viewer.do(CREATE, i={"address": HOME}))["problems"] == [
        {"code": "REQUIRED", "path": ["input", "customerId"]}
    ]
    assert (await api.error(CREATE, i={"address": HOME}))["extensions"]["code"] == "UNAUTHENTICATED"
    assert await _mine(ada) == before
    assert (await manager.do(CREATE, i={"customerId": id, "address": HOME}))["line1"] == "1 Elm Street"
    assert len((await _mine(ada))["addresses"]) == 2


async def test_an_order_saves_its_addresses_on_request(api: Api, ada: Api):
    shop = await make.shop()
    await shop.sell("A")
    await ada.do(PLACE, i=order_input(("A", 1)))
    assert (await _mine(ada))["addresses"] == []
    for _ in range(2):
        placed = await ada.do(PLACE, i=order_input(("A", 1), billingAddress=HOME, saveAddresses=True))
        assert placed["__typename"] == "Order", placed
    mine = await _mine(ada)
    assert sorted(each["line1"] for each in mine["addresses"]) == ["1 Elm Street", "12 Main Street"]
    assert mine["defaultAddress"] is None  # saving an address makes it no default
    draft = await ada.do(
        """mutation { orderDraftCreate(input: {channel: "web", lines: [{sku: "A", quantity: 1}]}) {
          ... on Order { id } } }"""
    )
    bought = order_input(
        draftId=draft["id"], shippingAddress=ADDRESS | {"line1": "7 Oak Lane"}, saveAddresses=True
    )
    del bought["channel"], bought["lines"]
    assert (await ada.do(PLACE, i=bought))["__typename"] == "Order"
    assert "7 Oak Lane" in [each["line1"] for each in (await _mine(ada))["addresses"]]


async def test_a_guest_or_a_clerk_saves_no_address_and_places_no_order(api: Api, ada: Api):
    shop = await make.shop()
    await shop.sell("A")
    clerk = api.as_(
        await make.token(Permission.ORDERS_MANAGE, Permission.ORDERS_VIEW, Permission.CUSTOMERS_VIEW)
    )
    id = to_global("Customer", (await Customer.get()).id)
    for caller, more in ((api, {}), (clerk, {}), (clerk, {"customerId": id})):
        refused = await caller.do(PLACE, i=order_input(("A", 1), saveAddresses=True, **more))
        assert refused["problems"] == [{"code": "NOT_APPLICABLE", "path": ["input", "saveAddresses"]}]
    assert await CustomerAddress.all().count() == 0
    manager = api.as_(await make.token())
    placed = await manager.do(PLACE, i=order_input(("A", 1), saveAddresses=True, customerId=id))
    assert placed["__typename"] == "Order"
    assert len((await _mine(ada))["addresses"]) == 1

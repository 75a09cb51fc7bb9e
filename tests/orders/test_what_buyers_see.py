"""Nothing that staff write or do internally reaches the buyer through any field."""

from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import get_named_type, is_leaf_type, is_object_type, is_required_argument
from tortoise.connection import get_connection

from app.access import service as access
from app.access.permissions import Permission
from app.core import clock
from app.core.actor import Actor, ActorKind, grants_of
from app.core.ids import fingerprint, new_id
from app.orders.models import CancelRequest
from app.schema import schema
from tests import make
from tests.ask import PLACE, Api, order_input

MARK = "Zweistein"  # a marker in everything that staff write
PARTS = [  # staff actions on an order
    'orderUpdate(input: {id: "%s", priority: 9, tags: ["Zweistein"], privateMetadata: {a: "Zweistein"}})',
    'orderNoteAdd(id: "%s", text: "Zweistein")',
    'orderHold(input: {id: "%s", kind: FRAUD, reason: "Zweistein"})',
    'orderRelease(input: {id: "%s", note: "Zweistein"})',
    'orderReschedule(input: {id: "%s", promisedOn: "DAY", reason: "Zweistein"})',
    'orderEdit(input: {id: "%s", reason: "Zweistein", lines: [{lineId: "LINE", quantity: 5}]})',
    'orderEdit(input: {id: "%s", reason: "Zweistein", lines: [{lineId: "LINE", '
    'unitPrice: {amount: "9", currency: "USD"}, reason: "Zweistein"}]})',
    'paymentRecord(input: {orderId: "%s", amount: {amount: "1", currency: "USD"}, note: "Zweistein", '
    'reference: "Zweistein"})',
    'orderCancel(input: {id: "%s", note: "Zweistein", lines: [{lineId: "LINE", quantity: 1}]})',
    'orderCancelRequest(input: {id: "%s", note: "Zweistein"})',
]
DEEP = 4


def _selections(type_: Any, depth: int, seen: tuple[str, ...] = ()) -> Iterator[str]:
    """Each field of a type that needs no argument, with all that is in it."""
    for name, each in type_.fields.items():
        named = get_named_type(each.type)
        if any(is_required_argument(argument) for argument in each.args.values()):
            continue
        if is_leaf_type(named):
            yield name
        elif is_object_type(named) and depth and named.name not in seen:
            inner = " ".join(_selections(named, depth - 1, (*seen, type_.name)))
            if inner:
                yield f"{name} {{ {inner} }}"
        elif not is_object_type(named):
            yield f"{name} {{ __typename }}"


ORDER = list(_selections(schema._schema.type_map["Order"], DEEP))


@pytest.fixture
async def placed(api: Api) -> dict[str, Any]:
    shop = await make.shop(confirms_at_once=True)
    await shop.sell("A")
    buyer = await make.account("ada@example.com")
    access._remembered[fingerprint("staff")] = (
        clock.now().timestamp(),
        Actor(ActorKind.STAFF, new_id(), f"Sam {MARK}", grants_of(Permission)),
    )
    placed = await api.as_(buyer).do(
        PLACE.replace("number status", "number status accessToken customer { id }"),
        input=order_input(("A", 4)),
    )
    staff = api.as_("staff")
    by_id = "query($id: ID!) { node(id: $id) { ... on Order { lines { nodes { id } } } } }"
    (line,) = (await staff.ask(by_id, id=placed["id"]))["node"]["lines"]["nodes"]
    for part in PARTS:
        access._remembered[fingerprint("staff")] = (
            clock.now().timestamp(),
            access._remembered[fingerprint("staff")][1],
        )
        day = f"{clock.now().date() + timedelta(days=365)}"
        filled = part.replace("%s", placed["id"]).replace("LINE", line["id"]).replace("DAY", day)
        done = await staff.do(f"mutation {{ {filled} {{ __typename ... on UserError {{ message path }} }} }}")
        assert "message" not in done, (part, done)
    kept = 'note: "Zweistein", tags: ["Zweistein"], privateMetadata: {a: "Zweistein"}'
    customer = f'customerUpdate(input: {{id: "{placed["customer"]["id"]}", {kept}}})'
    done = await staff.do(f"mutation {{ {customer} {{ __typename }} }}")
    assert done["__typename"] == "Customer"
    return {**placed, "buyer": buyer}


async def test_no_order_field_shows_texts_of_staff_to_the_buyer(api: Api, placed: dict[str, Any]):
    guest_asks = "query($id: ID!, $t: String) {{ order(id: $id, token: $t) {{ {0} }} }}"
    seen_by_staff = 0
    everything = await make.token()
    for selection in ORDER:
        document = guest_asks.replace("{0}", selection).replace("{{", "{").replace("}}", "}")
        for caller, token in ((api.as_(placed["buyer"]), None), (api, placed["accessToken"])):
            answer = await caller.post(document, {"id": placed["id"], "t": token})
            data = answer.json()
            assert data.get("data") and data["data"]["order"] is not None, data
            assert MARK not in answer.text, selection
        shown = await api.as_(everything).post(document, {"id": placed["id"], "t": None})
        seen_by_staff += MARK in shown.text
    assert seen_by_staff >= 8  # the marks are where they could be found


async def test_tracking_and_cancellation_requests_show_nothing_written_by_staff(
    api: Api, placed: dict[str, Any]
):
    buyer = api.as_(placed["buyer"])
    requests = (
        "query($id: ID!) { order(id: $id) { priority tags cancelRequests { id note requestedBy status } } }"
    )
    shown = (await buyer.ask(requests, id=placed["id"]))["order"]
    (request,) = shown["cancelRequests"]
    assert (request["note"], request["requestedBy"], request["status"]) == (None, None, "OPEN")
    assert shown["priority"] is shown["tags"] is None
    by_node = "query($id: ID!) { node(id: $id) { ... on OrderCancelRequest { note requestedBy } } }"
    assert (await buyer.ask(by_node, id=request["id"]))["node"] == {"note": None, "requestedBy": None}
    staff = await api.as_(await make.token()).ask(requests, id=placed["id"])
    assert staff["order"]["cancelRequests"][0]["note"] == MARK
    fields = " ".join(_selections(schema._schema.type_map["OrderTracking"], DEEP))
    tracked = await api.post(
        f"query($t: String!) {{ trackOrder(token: $t) {{ {fields} }} }}", {"t": placed["trackingToken"]}
    )
    assert tracked.json()["data"]["trackOrder"] and MARK not in tracked.text


async def test_buyers_see_their_own_note_on_a_cancellation_request(api: Api):
    shop = await make.shop(confirms_at_once=True)
    await shop.sell("A")
    buyer = api.as_(await make.account("ada@example.com", name="Ada"))
    placed = await buyer.do(PLACE, input=order_input(("A", 1)))
    asking = (
        'mutation($id: ID!) { orderCancelRequest(input: {id: $id, note: "I moved."}) '
        "{ ... on OrderCancelRequest { note requestedBy } } }"
    )
    assert await buyer.do(asking, id=placed["id"]) == {"note": "I moved.", "requestedBy": "Ada"}


async def test_the_migration_marks_requests_of_buyers_from_the_journal(api: Api):
    shop = await make.shop(confirms_at_once=True)
    await shop.sell("A")
    ada = api.as_(await make.account("ada@example.com", name="Ada"))
    asking = (
        "mutation($id: ID!) { orderCancelRequest(input: {id: $id}) { ... on OrderCancelRequest { id } } }"
    )
    for caller in (ada, api.as_(await make.token())):
        placed = await ada.do(PLACE, input=order_input(("A", 1)))
        assert (await caller.do(asking, id=placed["id"]))["id"]
    await CancelRequest.all().update(is_from_buyer=False)  # as the new column is filled
    (name,) = [
        each.stem
        for each in (Path(__file__).parents[2] / "app" / "migrations").glob("*_cancel_requests_of_buyers.py")
    ]
    migration = import_module(f"app.migrations.{name}")
    await migration.fill(None, SimpleNamespace(client=get_connection("default")))
    rows = {row.requested_by: row.is_from_buyer for row in await CancelRequest.all()}
    assert rows == {"Ada": True, "test": False}

"""Guests read their cart and order with the access token, and cannot without it."""

from datetime import timedelta
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from app.access.permissions import Permission
from app.core import clock
from app.core.ids import row_id
from app.inventory.stock import queries as inventory
from app.orders import jobs as order_jobs
from app.orders import queries as orders
from app.orders.models import Order, OrderLine
from app.schema import schema
from tests import make
from tests.ask import ADDRESS, ERRORS, ORDER, PLACE, Api, order_input
from tests.statements import statements

CREATE = (
    "mutation($input: OrderDraftCreateInput!) { orderDraftCreate(input: $input) { "
    + ERRORS
    + "... on Order { id version trackingToken accessToken reservedUntil } } }"
)
UPDATE = (
    "mutation($input: OrderDraftUpdateInput!) { orderDraftUpdate(input: $input) {" + ERRORS + ORDER + "} }"
)
DELETE = (
    "mutation($input: OrderDraftDeleteInput!, $v: Int) { orderDraftDelete(input: $input, expectedVersion: $v) {"
    + ERRORS
    + ORDER
    + "} }"
)
PLACE_IT = (
    "mutation($input: OrderPlaceInput!, $key: String) { orderPlace(input: $input, idempotencyKey: $key) {"
    + ERRORS
    + "... on Order { id number status trackingToken accessToken } } }"
)
READ = """query($id: ID, $number: String, $token: String) { order(id: $id, number: $number, token: $token) {
  id number status version email total { amount } shippingAddress { line1 }
  lines { nodes { sku quantity unitPrice { amount } total { amount } } } reservedUntil } }"""
DAYS = """mutation($input: ChannelUpdateInput!) { channelUpdate(input: $input) {
  __typename ... on Channel { guestOrderDays } ... on UserError { errorCode path } } }"""
AVAILABLE = '{ variant(sku: "A", channel: "web") { available } }'


async def the_cart(api: Api, **more: Any) -> dict[str, Any]:
    shop = await make.shop()
    await shop.sell("A", stock=5)
    sent = {"channel": "web", "lines": [{"sku": "A", "quantity": 2}], "email": "ada@example.com", **more}
    return await api.do(CREATE, input=sent)


async def read(api: Api, **arguments: Any) -> dict[str, Any] | None:
    return (await api.ask(READ, **arguments))["order"]


def to_place(draft: dict[str, Any], **more: Any) -> dict[str, Any]:
    sent = order_input(draftId=draft["id"], draftToken=draft["accessToken"], **more)
    del sent["lines"], sent["channel"]
    return sent


async def test_a_guest_reads_a_cart_with_its_token_without_any_write(api: Api):
    draft = await the_cart(api, shippingAddress=ADDRESS)
    with statements() as ran:
        found = await read(api, id=draft["id"], token=draft["accessToken"])
    assert found is not None
    assert found["total"] == {"amount": "20.00"} and found["lines"]["nodes"][0]["sku"] == "A"
    assert found["shippingAddress"] == {"line1": "12 Main Street"} and found["email"] == "ada@example.com"
    assert found["version"] == draft["version"] and found["reservedUntil"] == draft["reservedUntil"]
    assert len(ran) == 2, ran  # the order, its lines
    assert all(text.lstrip().upper().startswith("SELECT") for text in ran)
    assert await read(api, id=draft["id"], token=draft["trackingToken"]) == found


async def test_a_cart_is_changed_with_the_access_token_and_with_the_tracking_token(api: Api):
    draft = await the_cart(api)
    for quantity, token in ((3, draft["accessToken"]), (4, draft["trackingToken"])):
        lines = [{"sku": "A", "quantity": quantity}]
        changed = await api.do(UPDATE, input={"id": draft["id"], "draftToken": token, "lines": lines})
        assert changed["lines"]["nodes"][0]["quantity"] == quantity


@pytest.mark.parametrize("token", ["", "wrong", "é", "x" * 5000])
async def test_a_cart_cannot_be_read_without_its_token(api: Api, token: str):
    draft = await the_cart(api)
    other = await api.do(CREATE, input={"channel": "web", "lines": [{"sku": "A", "quantity": 1}]})
    for wrong in (token, other["accessToken"], other["trackingToken"]):
        assert await read(api, id=draft["id"], token=wrong) is None
    error = await api.error(READ, id=draft["id"])
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    node = await api.ask("query($id: ID!) { node(id: $id) { id } }", id=draft["id"])
    assert node == {"node": None}


async def test_a_placed_order_is_read_with_its_access_token_but_not_with_its_tracking_token(api: Api):
    draft = await the_cart(api)
    placed = await api.do(PLACE_IT, input=to_place(draft, shippingAddress=ADDRESS))
    assert placed["accessToken"] == draft["accessToken"] and placed["accessToken"] != placed["trackingToken"]
    found = await read(api, id=placed["id"], token=placed["accessToken"])
    assert found is not None and found["number"] == placed["number"]
    assert found["total"] == {"amount": "25.00"} and found["shippingAddress"] == {"line1": "12 Main Street"}
    for quoted in (placed["number"], f"#{placed['number'].lower()}"):
        assert await read(api, number=quoted, token=placed["accessToken"]) == found
    for arguments in ({"id": placed["id"]}, {"number": placed["number"]}):
        assert await read(api, token=placed["trackingToken"], **arguments) is None
    tracked = "query($token: String!) { trackOrder(token: $token) { number } }"
    assert (await api.ask(tracked, token=placed["accessToken"]))["trackOrder"] is None
    assert (await api.ask(tracked, token=placed["trackingToken"]))["trackOrder"] is not None


async def test_an_order_placed_without_a_cart_is_read_with_the_returned_token(api: Api):
    shop = await make.shop()
    await shop.sell("A")
    placed = await api.do(PLACE_IT, input=order_input(("A", 1)))
    found = await read(api, id=placed["id"], token=placed["accessToken"])
    assert found is not None and found["number"] == placed["number"]


@pytest.mark.parametrize("days", [0, 1, 30, 400])
async def test_guests_read_an_order_for_the_number_of_days_set_on_the_channel(api: Api, days: int):
    shop = await make.shop()
    await shop.sell("A", stock=9)
    staff = api.as_(await make.token())
    channel = (await staff.ask('{ channel(code: "web") { id guestOrderDays } }'))["channel"]
    assert channel["guestOrderDays"] == 30
    done = await staff.do(DAYS, input={"id": channel["id"], "guestOrderDays": days})
    assert done == {"__typename": "Channel", "guestOrderDays": days}
    placed = await api.do(PLACE_IT, input=order_input(("A", 1)))
    asked = {"id": placed["id"], "token": placed["accessToken"]}
    with clock.shifted(timedelta(minutes=days * 1_440 - 1 if days else 0)):
        assert (await read(api, **asked) is None) is (days == 0)
    with clock.shifted(timedelta(days=days, minutes=1)):
        assert await read(api, **asked) is None
        assert await read(staff, **asked) is not None, "staff read it by their own right"


@pytest.mark.parametrize("days", [-1, 3_651, None])
async def test_invalid_guest_order_days_are_refused_with_their_path(api: Api, days: int | None):
    await make.shop()
    staff = api.as_(await make.token())
    channel = (await staff.ask('{ channel(code: "web") { id } }'))["channel"]
    done = await staff.do(DAYS, input={"id": channel["id"], "guestOrderDays": days})
    assert done["path"] == ["input", "guestOrderDays"]
    found = await staff.ask('{ channel(code: "web") { guestOrderDays version } }')
    assert found["channel"] == {"guestOrderDays": 30, "version": 1}


async def test_an_expired_cart_can_be_read_for_the_guest_order_days(api: Api):
    draft = await the_cart(api)
    asked = {"id": draft["id"], "token": draft["accessToken"]}
    with clock.shifted(timedelta(days=31)):
        assert await order_jobs.expire_drafts() == 1
        found = await read(api, **asked)
        assert found is not None and found["status"] == "EXPIRED"
    with clock.shifted(timedelta(days=62)):
        assert await read(api, **asked) is None


def _leaves(type_: GraphQLObjectType) -> str:
    return " ".join(
        name
        for name, field in type_.fields.items()
        if is_leaf_type(get_named_type(field.type)) and _is_free(field)
    )


def _is_free(field: GraphQLField) -> bool:
    return not any(is_required_argument(argument) for argument in field.args.values())


def _whole(type_: GraphQLObjectType) -> str:
    """Every field of a type, one level of objects below it."""
    parts = [_leaves(type_)]
    for name, field in type_.fields.items():
        inner = get_named_type(field.type)
        if isinstance(inner, GraphQLObjectType) and _is_free(field):
            if "nodes" in inner.fields:
                inner_type = get_named_type(inner.fields["nodes"].type)
                assert isinstance(inner_type, GraphQLObjectType)
                parts.append(f"{name}(first: 5) {{ nodes {{ {_leaves(inner_type)} }} }}")
            else:
                parts.append(f"{name} {{ {_leaves(inner)} }}")
    return " ".join(parts)


def _for_staff(type_: GraphQLNamedType) -> set[str]:
    """The fields of a type that need a permission."""
    fields = type_.fields if isinstance(type_, GraphQLObjectType) else {}
    policies = {
        name: field.extensions["strawberry-definition"].metadata.get("policy")
        for name, field in fields.items()
    }
    return {name for name, policy in policies.items() if policy is not None and policy.permission is not None}


def _without(names: set[str], value: Any) -> Any:
    """A value as returned to a caller who may not see these fields."""
    if not names or not isinstance(value, dict):
        return value
    return {name: None if name in names else each for name, each in value.items()}


# Fields that everybody can read, with more content for staff.
DIFFERS_FOR_STAFF = {"events", "nextSteps", "customer"}


async def test_a_guest_sees_exactly_the_order_fields_that_need_no_permission(api: Api):
    order_type = schema._schema.type_map["Order"]
    assert isinstance(order_type, GraphQLObjectType)
    shop = await make.shop(confirms_at_once=True)
    await shop.sell("A", stock=9)
    placed = await api.do(PLACE_IT, input=order_input(("A", 2)))
    staff = api.as_(await make.token())
    update = """mutation($i: OrderUpdateInput!) { orderUpdate(input: $i) { __typename } }"""
    private = {"tags": ["suspect"], "privateMetadata": {"score": 9}}
    assert await staff.do(update, i={"id": placed["id"], **private}) == {"__typename": "Order"}
    query = "query($id: ID, $token: String) { order(id: $id, token: $token) { " + _whole(order_type) + " } }"
    of_staff = (await staff.ask(query, id=placed["id"], token=placed["accessToken"]))["order"]
    of_guest = (await api.ask(query, id=placed["id"], token=placed["accessToken"]))["order"]
    hidden = _for_staff(order_type)
    assert {"tags", "privateMetadata", "fulfillmentOrders"} <= hidden
    for name, value in of_guest.items():
        if name in hidden:
            assert value is None, name
        elif name not in DIFFERS_FOR_STAFF:
            below = _for_staff(get_named_type(order_type.fields[name].type))
            assert value == _without(below, of_staff[name]), name
    assert "suspect" not in str(of_guest) and "score" not in str(of_guest)
    assert {step["step"] for step in of_guest["nextSteps"]} <= {"PLACE", "DELETE", "CANCEL", "REQUEST_CANCEL"}
    assert all(event["actor"] is None and event["facts"] is None for event in of_guest["events"])


async def test_staff_without_permission_to_manage_orders_do_not_see_the_access_token(api: Api):
    draft = await the_cart(api)
    query = "query($id: ID) { order(id: $id) { accessToken } }"
    both = [Permission.ORDERS_VIEW, Permission.ORDERS_MANAGE]
    for permissions, expected in (
        (both[:1], None),
        (both, draft["accessToken"]),
    ):
        staff = api.as_(await make.token(*permissions))
        assert (await staff.ask(query, id=draft["id"]))["order"] == {"accessToken": expected}


async def test_deleting_a_cart_releases_its_stock_and_erases_its_data(api: Api):
    more = {
        "shippingAddress": ADDRESS, "phone": "+1 217 555 0100", "note": "for Ada", "metadata": {"a": 1},
        "purchaseOrderNumber": "PO-1", "shippingMethod": "standard", "payment": {"gateway": "manual"},
    }  # fmt: skip
    draft = await the_cart(api, **more)
    staff = api.as_(await make.token())
    reference = {"id": draft["id"], "externalReference": "cart-1"}
    draft |= await staff.do(
        "mutation($i: OrderDraftUpdateInput!) { orderDraftUpdate(input: $i) { ... on Order { version } } }",
        i=reference,
    )
    assert (await api.ask(AVAILABLE))["variant"] == {"available": 3}
    sent = {"id": draft["id"], "draftToken": draft["accessToken"]}
    for _ in range(2):  # the second time, because the answer was lost
        deleted = await api.do(DELETE, input=sent)
        assert (deleted["status"], deleted["email"], deleted["lines"]["nodes"]) == ("EXPIRED", None, [])
        assert deleted["version"] == draft["version"] + 1
    assert (await api.ask(AVAILABLE))["variant"] == {"available": 5}
    row = await Order.get(id=row_id(draft["id"], "Order"))
    assert (row.phone, row.note, row.metadata, row.shipping_address, row.billing_address) == (
        "",
        "",
        {},
        None,
        None,
    )
    assert (row.purchase_order_number, row.external_reference, row.total_minor) == ("", None, 0)
    assert await OrderLine.filter(order_id=row.id).count() == 0
    placed = await api.do(PLACE_IT, input=to_place(draft))
    assert placed["__typename"] == "InvalidInput"
    again = await staff.do(CREATE, input={"channel": "web", "lines": [], "externalReference": "cart-1"})
    assert again["__typename"] == "Order"
    assert await inventory.differences() == [] and await orders.differences() == []


async def test_staff_delete_a_cart_without_its_token_and_other_callers_cannot(api: Api):
    draft = await the_cart(api)
    for stranger, token in (
        (api, None),
        (api, "wrong"),
        (api.as_(await make.token(Permission.ORDERS_VIEW)), None),
    ):
        refused = await stranger.do(DELETE, input={"id": draft["id"], "draftToken": token})
        assert refused["__typename"] == "NotFound"
    staff = api.as_(await make.token())
    stale = await staff.do(DELETE, input={"id": draft["id"]}, v=draft["version"] + 1)
    assert stale["__typename"] == "StaleVersion"
    found = await read(api, id=draft["id"], token=draft["accessToken"])
    assert found is not None and found["status"] == "DRAFT" and found["lines"]["nodes"]
    assert (await staff.do(DELETE, input={"id": draft["id"]}))["status"] == "EXPIRED"


async def test_a_placed_order_cannot_be_deleted(api: Api):
    draft = await the_cart(api)
    placed = await api.do(PLACE_IT, input=to_place(draft, shippingAddress=ADDRESS))
    sent = {"id": draft["id"], "draftToken": draft["accessToken"]}
    refused = await api.do(DELETE, input=sent)
    assert refused["__typename"] == "InvalidInput" and placed["number"] in refused["message"]
    found = await read(api, id=placed["id"], token=placed["accessToken"])
    assert found is not None and found["status"] == "PLACED" and found["total"] == {"amount": "25.00"}


async def test_repeated_placing_of_a_cart_from_another_network_places_it_once(
    api: Api, monkeypatch: pytest.MonkeyPatch
):
    draft = await the_cart(api)
    sent = to_place(draft, shippingAddress=ADDRESS)
    del sent["email"]  # the cart has it
    placed = await api.do(PLACE_IT, input=sent, key="checkout-1")
    assert placed["__typename"] == "Order"
    transport = api.client._transport
    monkeypatch.setattr(transport, "client", ("203.0.113.9", 1234))  # from Wi-Fi to the mobile network
    assert await api.do(PLACE_IT, input=sent, key="checkout-1") == placed
    other = await api.do(PLACE_IT, input={**sent, "note": "another"}, key="checkout-1")
    assert other["__typename"] == "IdempotencyConflict"
    wrong = await api.do(PLACE_IT, input={**sent, "draftToken": "wrong"}, key="checkout-1")
    assert wrong["__typename"] == "IdempotencyConflict" and "id" not in wrong
    assert await Order.filter(status="placed").count() == 1
    assert await inventory.differences() == [] and await orders.differences() == []


async def test_the_tracking_token_does_not_prove_a_repeated_request_from_another_network(
    api: Api, monkeypatch: pytest.MonkeyPatch
):
    draft = await the_cart(api)
    sent = {**to_place(draft, shippingAddress=ADDRESS), "draftToken": draft["trackingToken"]}
    placed = await api.do(PLACE_IT, input=sent, key="checkout-1")
    assert placed["__typename"] == "Order"
    assert (
        await api.do(PLACE_IT, input=sent, key="checkout-1") == placed
    )  # from the network where it was placed
    transport = api.client._transport
    monkeypatch.setattr(transport, "client", ("203.0.113.9", 1234))
    refused = await api.do(PLACE_IT, input=sent, key="checkout-1")
    assert refused["__typename"] == "IdempotencyConflict" and placed["number"] not in str(refused)
    other = await api.do(
        PLACE_IT, input={**sent, "draftToken": draft["accessToken"]}, key="checkout-1"
    )  # the key is bound to the input
    assert other["__typename"] == "IdempotencyConflict"
    assert await Order.filter(status="placed").count() == 1


async def test_placing_from_lines_with_one_key_places_one_order(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=9)
    placed = await api.do(PLACE, input=order_input(("A", 1)), key="k")
    assert await api.do(PLACE, input=order_input(("A", 1)), key="k") == placed

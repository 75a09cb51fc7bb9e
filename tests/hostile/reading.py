"""Reads everything: all fields of all lists, the stream of orders, and the printed pages."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_object_type,
    is_required_argument,
)
from graphql.type import GraphQLNonNull
from tortoise import Tortoise

from app.access import service as access
from app.core import clock
from app.core.graphql.context import Context
from app.core.graphql.encoding import dumps
from app.fulfillment.printing import Printed, print_path
from app.orders import queries as orders
from app.settings import settings
from tests.ask import Api


def selection(type_: Any, depth: int = 2, within: frozenset[str] = frozenset()) -> str:
    """All scalar fields of a type, and of its objects down to a depth."""
    parts = ["__typename"]
    if is_object_type(type_):
        for name, field in type_.fields.items():
            if any(is_required_argument(argument) for argument in field.args.values()):
                continue
            inner, plain = get_named_type(field.type), field.type
            while isinstance(plain, GraphQLNonNull):
                plain = plain.of_type
            if is_leaf_type(inner):
                parts.append(name)
            elif (
                depth
                and not is_list_type(plain)
                and inner.name not in within
                and "Connection" not in inner.name
            ):
                parts.append(f"{name} {selection(inner, depth - 1, within | {inner.name})}")
    return "{ " + " ".join(parts) + " }"


# Fields that need one of several optional arguments.
IN_CHANNEL = {"products": 'channel: "last", '}
NEEDED = {"channel": '(code: "web")', "product": '(slug: "thing-a")', "variant": '(sku: "A")'}


def lists(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """The name and a query of each list of the root type Query."""
    assert schema.query_type is not None
    for name, field in schema.query_type.fields.items():
        channel = IN_CHANNEL.get(name, "")
        if not channel and any(is_required_argument(argument) for argument in field.args.values()):
            continue
        type_ = get_named_type(field.type)
        if "first" in field.args and type_.name.endswith("Connection"):
            row = get_named_type(type_.fields["nodes"].type)
            yield (
                name,
                (
                    f"query($after: String, $first: Int) {{ {name}({channel}first: $first, after: $after) {{ "
                    f"pageInfo {{ hasNextPage endCursor }} totalCount nodes {selection(row, 1)} }} }}"
                ),
            )
        else:
            needed = NEEDED.get(name, "")
            yield name, f"{{ {name}{needed} {selection(type_, 1)} }}"


async def read_lists(staff: Api, schema: GraphQLSchema) -> dict[str, int]:
    """Read every page of every list; returns the number of rows of each. Raises an error for a failed response."""
    found = {}
    for name, query in lists(schema):
        after: str | None = None
        found[name] = 0
        while True:
            response = await staff.post(query, {"after": after, "first": 50})
            body = response.json()
            assert response.status_code == 200 and "errors" not in body, (name, body.get("errors"))
            page = body["data"][name]
            found[name] += len(page if isinstance(page, list) else (page or {}).get("nodes", [page]))
            if not isinstance(page, dict) or not page.get("pageInfo", {}).get("hasNextPage"):
                break
            after = page["pageInfo"]["endCursor"]
    return found


STREAM = """subscription($after: String) { ordersUpdated(after: $after) { cursor number name title facts
  order { id number metadata privateMetadata note tags email lines { nodes { sku metadata } } } } }"""


async def read_stream(schema: Any, credential: str, last: str) -> int:
    """Read the replay of the stream of orders until an order; returns the number of events."""
    actor = await access.identify(credential)
    context = Context(actor=actor, settings=settings(), identify=access.identify, credential=credential)
    stream = await schema.subscribe(STREAM, variable_values={"after": "MC4w"}, context_value=context)
    count = 0
    async with asyncio.timeout(60):
        async for result in stream:
            assert not result.errors, result.errors
            event = json.loads(dumps({"data": result.data}))["data"]["ordersUpdated"]
            count += 1
            if event["order"] and event["order"]["id"] == last:
                break
    await stream.aclose()
    return count


_PRINTED = {
    Printed.PICK_LIST: "PickList",
    Printed.PACKING_SLIP: "FulfillmentOrder",
    Printed.LABEL: "Package",
    Printed.MANIFEST: "Manifest",
}


async def read_pages(api: Api) -> int:
    """Read every tracking page and every printed page; returns their number."""
    assert Tortoise.apps is not None
    paths = []
    for order in await Tortoise.apps["app"]["Order"].all():
        paths.append(f"/track/{orders.tracking_token(order.id, order.tracking_generation)}")  # type: ignore[attr-defined]
    for what, model in _PRINTED.items():
        for id in await Tortoise.apps["app"][model].all().values_list("id", flat=True):
            paths.append(print_path(what, UUID(str(id)), clock.now()))
    for path in paths:
        response = await api.client.get(path)
        assert response.status_code in (200, 404), (path, response.text[:200])
    return len(paths)

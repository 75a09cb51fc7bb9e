"""Makes objects in particular states by operations of the API, for tests of all operations."""

from dataclasses import dataclass, field
from typing import Any

from graphql import get_named_type

from app.schema import schema
from tests.ask import ADDRESS, Api, order_input

RELEASE, PICK = "fulfillmentRelease(id: $id)", "fulfillmentPick(input: {id: $id})"
PACK, SHIP = (
    "fulfillmentPack(input: {id: $id, packages: [{}]})",
    'fulfillmentShip(input: {id: $id, carrier: "van"})',
)
_PLACE = """mutation($i: OrderPlaceInput!) { orderPlace(input: $i) { __typename ... on UserError { message path }
  ... on Order { id accessToken } } }"""
_WORK = "query($id: ID!) { order(id: $id) { fulfillmentOrders { id lines { id sku } } } }"
_DRAFT = """mutation($i: OrderDraftCreateInput!) { orderDraftCreate(input: $i) { __typename
  ... on UserError { message path } ... on Order { id accessToken lines { nodes { id } } } } }"""


@dataclass
class Preparing:
    """The callers who make the objects, and the ids of the objects by name."""

    visitor: Api
    staff: Api
    buyer: Api
    named: dict[str, str] = field(default_factory=dict)

    async def do(self, document: str, **ids: str) -> str:
        """Execute a mutation that must be accepted; return the id of its object, if it has one."""
        head = f"mutation({', '.join(f'${name}: ID!' for name in ids)})" if ids else "mutation"
        node = "... on Node { id }" if _has_id(document.partition("(")[0]) else ""
        found = f"{{ __typename ... on UserError {{ message path }} {node} }}"
        answer = await self.staff.do(f"{head} {{ {document} {found} }}", **ids)
        assert "message" not in answer, (document, answer)
        return str(answer.get("id"))

    async def order(self, *lines: tuple[str, int], **more: Any) -> dict[str, Any]:
        """An order that a visitor placed."""
        given = {"channel": "web", "email": "guest@example.com"} | more
        return await self._placed(order_input(*lines, **given))

    async def order_to_pick_up(self, location: str, *lines: tuple[str, int]) -> dict[str, Any]:
        given = order_input(
            *lines, pickupLocation=location, billingAddress=ADDRESS, email="guest@example.com"
        )
        del given["shippingAddress"], given["shippingMethod"]
        return await self._placed(given)

    async def _placed(self, given: dict[str, Any]) -> dict[str, Any]:
        """The order, with the fulfillment orders that its buyer does not see."""
        order = await self._asked(self.visitor, _PLACE, given)
        return order | {"fulfillmentOrders": await self.works(order["id"])}

    async def works(self, order: str) -> list[dict[str, Any]]:
        """The fulfillment orders of an order, with their lines."""
        found = await self.staff.ask(_WORK, id=order)
        return list(found["order"]["fulfillmentOrders"])

    async def work(self, *lines: tuple[str, int], steps: tuple[str, ...] = ()) -> dict[str, Any]:
        """The fulfillment order of a new order, after some steps."""
        [work] = (await self.order(*lines))["fulfillmentOrders"]
        await self.steps(work["id"], *steps)
        return dict(work)

    async def steps(self, work: str, *steps: str) -> None:
        for step in steps:
            await self.do(step, id=work)

    async def cart(self, who: Api, *skus: str, **more: Any) -> dict[str, Any]:
        """A cart with everything that an order needs."""
        given = order_input(*((sku, 2) for sku in skus), **more)
        return await self._asked(who, _DRAFT, given | {"reserveStock": False})

    async def _asked(self, who: Api, document: str, given: dict[str, Any]) -> dict[str, Any]:
        answer = await who.do(document, i=given)
        assert "message" not in answer, answer
        return answer


def _has_id(mutation: str) -> bool:
    """Whether the result of a mutation is an object with an id."""
    members = getattr(get_named_type(schema._schema.type_map["Mutation"].fields[mutation].type), "types", ())
    return any(each.name == "Node" for member in members for each in member.interfaces)

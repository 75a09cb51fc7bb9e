"""Fulfillment orders that buyers pick up, in each status before and after the hand-over."""

from typing import Any

from app.channels.models import Channel
from app.core.actor import SYSTEM
from app.inventory.locations import service as locations
from app.inventory.locations.models import Location
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service.receipt_costs import Cost
from tests import make
from tests.ask import ADDRESS
from tests.next_steps.world import World

_PLACE = """mutation($i: OrderPlaceInput!) { orderPlace(input: $i) {
  __typename ... on UserError { message path }
  ... on Order { id accessToken } } }"""
_WORKS = "query($id: ID!) { order(id: $id) { fulfillmentOrders { id } } }"
_PICKED = ("fulfillmentRelease(id: $id)", "fulfillmentPick(input: {id: $id})")
_PACKED = (*_PICKED, "fulfillmentPack(input: {id: $id})")
_READY = (*_PICKED, "fulfillmentReady(input: {id: $id})")
_HOLD = 'orderHold(input: {id: $id, reason: "Look"})'


async def add_pickups(world: World) -> None:
    await _offer()
    for name, steps in {
        "open": (),
        "picked": _PICKED,
        "packed": _PACKED,
        "ready": _READY,
        "handed over": (*_READY, "fulfillmentHandOver(input: {id: $id})"),
    }.items():
        await _order(world, f"for pick-up, {name}", steps)
    for name, steps in {"picked": _PICKED, "ready": _READY}.items():
        order = await _order(world, f"for pick-up, {name}, on hold", steps)
        await world.do(_HOLD, id=order)


async def _offer() -> None:
    """Pick-up at `web-side`, which has stock of its own."""
    place = await Location.get(code="web-side")
    place = await locations.update_location(SYSTEM, place.id, {"address": make.ADDRESS})
    await locations.set_pickup(SYSTEM, await Channel.get(code="web"), place)
    await receiving_service.receive_one(SYSTEM, sku="A", location=place, quantity=50, cost=Cost(100, "USD"))


async def _order(world: World, name: str, steps: tuple[str, ...]) -> str:
    """An order that a customer picks up; only its latest state is under test."""
    given: dict[str, Any] = {
        "channel": "web",
        "email": "ada@example.com",
        "lines": [{"sku": "A", "quantity": 1}],
        "pickupLocation": "web-side",
        "billingAddress": ADDRESS,
        "payment": {"gateway": "manual"},
    }
    order = await world.buyer.do(_PLACE, i=given)
    assert "message" not in order, (name, order)
    [work] = (await world.staff.ask(_WORKS, id=order["id"]))["order"]["fulfillmentOrders"]
    for step in steps:
        await world.do(step, id=work["id"])
    world.add("Order", name, order["id"], order["accessToken"], more="A")
    world.add("FulfillmentOrder", name, work["id"])
    return str(order["id"])

"""Shared by the journeys of orders: a shop with two warehouses, and the operations of its staff."""

from typing import Any

from app.accounting import queries as accounting
from app.core.actor import SYSTEM
from app.fulfillment import queries as fulfillment
from app.inventory.locations import service as locations
from app.inventory.stock import queries as stock
from app.orders import queries as orders
from app.payments import queries as payments
from tests import make
from tests.ask import PLACE, Api, order_input

FULFILLMENT = """
  __typename
  ... on FulfillmentOrder {
    id number status units isHeld location { code }
    lines { sku quantity picked }
    packages { position trackingNumber stage contents { sku quantity } }
    shipments { id stage packages { id stage } }
    nextSteps { step isPossible reasonCode }
  }
  ... on UserError { errorCode message path }
  ... on ValidationFailed { problems { message path } }
"""
ORDER = """
query($n: String!) {
  order(number: $n) {
    id status fulfillmentStatus trackingStage paymentStatus isDelayed promisedOn isOnHold trackingToken
    total { amount } amountCancelled { amount } amountPaid { amount } amountDue { amount }
    lines { nodes { id sku quantity quantityCancelled quantityShipped quantityDelivered } }
    events { number name }
    fulfillmentOrders { id number status units location { code } lines { sku quantity picked }
      packages { id trackingNumber stage } shipments { id stage } }
  }
}
"""
LEVELS = """
query($sku: String!) {
  stockLevels(filter: {sku: {eq: $sku}}) { nodes { location { code } onHand reserved available } }
}
"""
TRACK = """
query($t: String!) {
  trackOrder(token: $t) {
    stage isDelayed promisedOn
    lines { name quantity quantityShipped quantityDelivered }
    packages { carrier trackingNumber trackingUrl stage contents { name quantity } }
    timeline { title }
  }
}
"""
RELEASE = "mutation($id: ID!) { fulfillmentRelease(id: $id) {" + FULFILLMENT + "} }"
PICK = "mutation($input: FulfillmentPickInput!) { fulfillmentPick(input: $input) {" + FULFILLMENT + "} }"
PACK = "mutation($input: FulfillmentPackInput!) { fulfillmentPack(input: $input) {" + FULFILLMENT + "} }"
SHIP = "mutation($input: FulfillmentShipInput!) { fulfillmentShip(input: $input) {" + FULFILLMENT + "} }"
DELIVER = """
mutation($input: ShipmentDeliverInput!) {
  shipmentDeliver(input: $input) {
    __typename ... on Shipment { id stage deliveredAt } ... on UserError { errorCode message path }
  }
}
"""
CANCEL = """
mutation($input: OrderCancelInput!) {
  orderCancel(input: $input) {
    __typename ... on Order { status fulfillmentStatus amountDue { amount } }
    ... on UserError { errorCode message path } ... on ValidationFailed { problems { message path } }
  }
}
"""
RECORD = """
mutation($input: ShipmentTrackingRecordInput!) {
  shipmentTrackingRecord(input: $input) {
    __typename ... on Shipment { id stage packages { stage records { stage } } } ... on UserError { errorCode path }
  }
}
"""


class Story:
    """A shop with an eastern and a western warehouse, and a staff token with all permissions."""

    def __init__(self, staff: Api, shop: make.Shop, east: Any, west: Any) -> None:
        self.staff, self.shop, self.east, self.west = staff, shop, east, west

    @classmethod
    async def begin(cls, api: Api) -> "Story":
        shop = await make.shop(confirms_at_once=True)
        west = await make.location("west")
        await locations.set_channel_locations(SYSTEM, shop.channel, [shop.location, west])
        return cls(api.as_(await make.token()), shop, shop.location, west)

    async def sell(self, sku: str, *, east: int | None = 0, west: int = 0, **more: Any) -> None:
        await self.shop.sell(sku, stock=east, **more)
        if west:
            await self.shop.stock(sku, west, self.west)

    async def buy(self, *lines: tuple[str, int], **more: Any) -> str:
        """Place an order; returns its number."""
        placed = await self.staff.do(PLACE, input=order_input(*lines, **more))
        assert placed["__typename"] == "Order", placed
        return str(placed["number"])

    async def order(self, number: str) -> dict[str, Any]:
        return (await self.staff.ask(ORDER, n=number))["order"]  # type: ignore[no-any-return]

    async def events(self, number: str) -> list[str]:
        """The names of the order's events; their numbers have no gap."""
        entries = (await self.order(number))["events"]
        assert [entry["number"] for entry in entries] == list(range(1, len(entries) + 1))
        return [entry["name"] for entry in entries]

    async def check_state(self, number: str, facet: str, *, page: str, due: str, **events: int) -> None:
        """Check an order: fulfillment status, amount due, the buyer's page, and the number of events."""
        order = await self.order(number)
        assert (order["fulfillmentStatus"], order["amountDue"]["amount"]) == (facet, due)
        assert (await self.page(number))["stage"] == page
        names = await self.events(number)
        assert {name: names.count(name) for name in events} == events

    async def work(self, number: str) -> list[dict[str, Any]]:
        """The fulfillment orders of an order."""
        return (await self.order(number))["fulfillmentOrders"]  # type: ignore[no-any-return]

    async def page(self, number: str) -> dict[str, Any]:
        """The data of the buyer's tracking page, read without credentials."""
        token = (await self.order(number))["trackingToken"]
        return (await Api(self.staff.client).ask(TRACK, t=token))["trackOrder"]  # type: ignore[no-any-return]

    async def stock(self, sku: str) -> dict[str, tuple[int, int]]:
        """On hand and reserved by location."""
        nodes = (await self.staff.ask(LEVELS, sku=sku))["stockLevels"]["nodes"]
        return {node["location"]["code"]: (node["onHand"], node["reserved"]) for node in nodes}

    async def release(self, id: str) -> dict[str, Any]:
        return await self.staff.do(RELEASE, id=id)

    async def pick(self, id: str, **more: Any) -> dict[str, Any]:
        return await self.staff.do(PICK, input={"id": id, **more})

    async def pack(self, id: str, **more: Any) -> dict[str, Any]:
        return await self.staff.do(PACK, input={"id": id, **more})

    async def ship(self, id: str, **more: Any) -> dict[str, Any]:
        return await self.staff.do(SHIP, input={"id": id, **more})

    async def deliver(self, shipment: str, **more: Any) -> dict[str, Any]:
        return await self.staff.do(DELIVER, input={"shipmentId": shipment, **more})

    async def cancel(self, number: str, **lines: int) -> dict[str, Any]:
        """Cancel an order, or some units by SKU."""
        order = await self.order(number)
        given: dict[str, Any] = {"id": order["id"], "reason": "CUSTOMER"}
        if lines:
            ids = {line["sku"]: line["id"] for line in order["lines"]["nodes"]}
            given["lines"] = [{"lineId": ids[sku], "quantity": units} for sku, units in lines.items()]
        return await self.staff.do(CANCEL, input=given)

    async def send(self, id: str, **more: Any) -> str:
        """Release, pick, pack and ship; returns the shipment's id."""
        for step in (self.release, self.pick, self.pack):
            done = await step(id)
            assert done["__typename"] == "FulfillmentOrder", done
        shipped = await self.ship(id, **more)
        assert shipped["status"] == "SHIPPED", shipped
        return str(shipped["shipments"][0]["id"])


async def books_add_up() -> None:
    """The checks of `ordergraph verify`."""
    assert await stock.differences() == []
    assert await orders.differences() == []
    assert await payments.differences() == []
    assert await fulfillment.differences() == []
    assert await accounting.differences() == []

"""A shop whose server accepts only registered documents, as a storefront's does."""

from typing import Any

import httpx

from tests.races.shop import at, buy, set_up
from tests.servers import Server

CANCEL = "mutation($id: ID!) { orderCancel(input: {id: $id, reason: CUSTOMER}) { __typename } }"
BY_HAND = "mutation($id: ID!) { channelUpdate(input: {id: $id, confirmsAtOnce: false}) { __typename } }"
WORK = "query($id: ID!) { node(id: $id) { ... on Order { fulfillmentOrders { id } } } }"
RELEASE = "mutation($id: ID!) { fulfillmentRelease(id: $id) { __typename } }"
SHIP = """mutation($input: FulfillmentShipInput!) { fulfillmentShip(input: $input) {
  ... on FulfillmentOrder { shipments { id packages { id } } } ... on UserError { message } } }"""
RECORD = (
    "mutation($input: ShipmentTrackingRecordInput!) { shipmentTrackingRecord(input: $input) { __typename } }"
)
CONFIRM = "mutation($id: ID!) { orderConfirm(id: $id) { __typename } }"
LINES = "query($id: ID!) { node(id: $id) { ... on Order { lines { nodes { id sku } } } } }"
CANCEL_LINES = """mutation($input: OrderCancelInput!) {
  orderCancel(input: $input) { __typename ... on UserError { message } } }"""


class Shop:
    """A server with goods to sell and staff with all permissions."""

    def __init__(self, server: Server, http: httpx.AsyncClient, token: str) -> None:
        self.server = server
        self.staff = at(server, http, token)
        self.visitor = at(server, http)

    @classmethod
    async def open(cls, server: Server, http: httpx.AsyncClient, token: str) -> "Shop":
        shop = cls(server, http, token)
        await set_up(shop.staff, {"A": 1000, "B": 1000})
        channel = (await shop.staff.ask('{ channel(code: "web") { id } }'))["channel"]["id"]
        await shop.staff.do(BY_HAND, id=channel)
        return shop

    async def sell(self, *lines: tuple[str, int]) -> "Order":
        return Order(self, await buy(self.staff, *(lines or (("A", 2),))))


class Order:
    """An order, and operations of staff on it."""

    def __init__(self, shop: Shop, placed: dict[str, Any]) -> None:
        self.shop, self.id, self.token = shop, placed["id"], placed["trackingToken"]
        self.number = placed["number"]
        self.url = f"{shop.server.url}/track/{self.token}"

    async def cancel(self) -> None:
        await self.shop.staff.do(CANCEL, id=self.id)

    async def cancel_lines(self, sku: str, quantity: int) -> None:
        """Cancel some units of a line, and nothing else."""
        found = await self.shop.staff.ask(LINES, id=self.id)
        (line,) = [each["id"] for each in found["node"]["lines"]["nodes"] if each["sku"] == sku]
        given = {"id": self.id, "reason": "CUSTOMER", "lines": [{"lineId": line, "quantity": quantity}]}
        done = await self.shop.staff.do(CANCEL_LINES, input=given)
        assert done["__typename"] == "Order", done

    async def confirm(self) -> None:
        await self.shop.staff.do(CONFIRM, id=self.id)

    async def release(self) -> str:
        """Release the order to the warehouse; returns the fulfillment order's id."""
        found = await self.shop.staff.ask(WORK, id=self.id)
        work: str = found["node"]["fulfillmentOrders"][0]["id"]
        await self.shop.staff.do(RELEASE, id=work)
        return work

    async def ship(self, *tracking_numbers: str) -> dict[str, Any]:
        """Ship a unit of A in each parcel; returns the shipment."""
        await self.confirm()
        one = {"contents": [{"sku": "A", "quantity": 1}]}
        given = {
            "id": await self.release(), "carrier": "postal", "packages": [one] * len(tracking_numbers),
            "trackingNumbers": list(tracking_numbers), "trackingUrl": "https://carrier.example/{number}",
        }  # fmt: skip
        sent = await self.shop.staff.do(SHIP, input=given)
        return sent["shipments"][0]  # type: ignore[no-any-return]

    async def track(self, shipment: dict[str, Any], package: int, stage: str) -> None:
        """Record a stage of one parcel."""
        package_id = shipment["packages"][package]["id"]
        given = {"shipmentId": shipment["id"], "packageId": package_id, "stage": stage}
        await self.shop.staff.do(RECORD, input=given)

"""Requests to the server of a drill: orders with idempotency keys, and reads."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import httpx

from drilling.programs import Failed

PLACE = """mutation($input: OrderPlaceInput!, $key: String!) {
  orderPlace(input: $input, idempotencyKey: $key) {
    __typename ... on Order { id number } ... on UserError { message path } } }"""
NUMBERS = """query($after: String) { orders(first: 100, after: $after) {
  nodes { number } pageInfo { hasNextPage endCursor } } }"""
LOOK = """{
  orders(first: 20) { nodes {
    id number status total { amount } lines { nodes { sku quantity } } events { number title } } }
  products(channel: "web", first: 5) { nodes { name variants { sku price(channel: "web") { amount } } } } }"""
NOTE = """mutation($id: ID!) { orderNoteAdd(id: $id, text: "The drill was here.") {
  __typename ... on UserError { message } } }"""
ADDRESS = {
    "name": "Ada Lovelace", "line1": "12 Main Street", "city": "Springfield", "region": "IL",
    "postalCode": "62701", "country": "US",
}  # fmt: skip


@dataclass
class Shopper:
    """A client of one server."""

    http: httpx.AsyncClient
    url: str
    token: str
    sku: str = ""
    acknowledged: dict[str, str] = field(default_factory=dict)  # order numbers by idempotency key

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an operation's response.

        Raises:
            Failed: the response contains errors.
        """
        answer = await self.http.post(
            self.url + "/graphql",
            json={"query": query, "variables": variables},
            headers={"authorization": f"Bearer {self.token}"},
        )
        body: dict[str, Any] = answer.json()
        if body.get("errors"):
            raise Failed(f"{query.split('{')[1].strip()}: {body['errors']}")
        return dict(body["data"])

    async def place(self, key: str) -> None:
        given = {
            "channel": "web", "email": "drill@example.com", "shippingAddress": ADDRESS,
            "shippingMethod": "standard", "lines": [{"sku": self.sku, "quantity": 1}],
            "payment": {"gateway": "manual"},
        }  # fmt: skip
        (placed,) = (await self.ask(PLACE, input=given, key=key)).values()
        if placed["__typename"] != "Order":
            raise Failed(f"an order was not placed: {placed}")
        self.acknowledged[key] = placed["number"]

    async def place_many(self, keys: list[str], together: int = 8) -> None:
        waiting = list(reversed(keys))

        async def buy() -> None:
            while waiting:
                await self.place(waiting.pop())

        await asyncio.gather(*(buy() for _ in range(together)))

    async def numbers(self) -> set[str]:
        """The numbers of all orders."""
        found: set[str] = set()
        after = None
        while True:
            page = (await self.ask(NUMBERS, after=after))["orders"]
            found |= {node["number"] for node in page["nodes"]}
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    async def look_around(self, key: str) -> None:
        """Read orders with their contents and the catalogue; add a note to an order and place an order.

        Raises:
            Failed: data is missing or a request is refused.
        """
        found = await self.ask(LOOK)
        orders, products = found["orders"]["nodes"], found["products"]["nodes"]
        if (
            not orders
            or not products
            or not all(each["lines"]["nodes"] and each["events"] for each in orders)
        ):
            raise Failed("orders without lines or events, or no products")
        noted = (await self.ask(NOTE, id=orders[0]["id"]))["orderNoteAdd"]
        if "message" in noted:
            raise Failed(f"an order cannot be noted on: {noted}")
        await self.place(key)

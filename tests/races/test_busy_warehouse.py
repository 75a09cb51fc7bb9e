"""Orders, transfers and counts at once, from 32 clients on two server processes."""

import asyncio
import random
from collections import Counter
from typing import Any

import pytest

from tests.amounts import usual
from tests.ask import Api
from tests.races.shop import at, buy, client, set_up
from tests.servers import serving

pytestmark = pytest.mark.postgres
CLIENTS, ACTS = 32, usual(24, full=100)  # of each client
SKUS = [f"S{i:02d}" for i in range(12)]
PLACES = ("main", "second", "third")

LOCATIONS = """mutation {
  second: locationCreate(input: {code: "second", name: "Second"}) { __typename }
  third: locationCreate(input: {code: "third", name: "Third"}) { __typename }
  link: channelLocationsSet(input: {channel: "web", locations: ["main", "second", "third"]}) { __typename }
}"""
CANCEL = "mutation($id: ID!) { orderCancel(input: {id: $id}) { __typename } }"
CREATE = """mutation($input: StockTransferCreateInput!) { stockTransferCreate(input: $input) {
  __typename ... on StockTransfer { id lines { quantity } } } }"""
SHIP = "mutation($id: ID!) { stockTransferShip(input: {id: $id}) { __typename } }"
ARRIVE = "mutation($input: StockTransferReceiveInput!) { stockTransferReceive(input: $input) { __typename } }"
START = """mutation($input: StockCountStartInput!) { stockCountStart(input: $input) {
  __typename ... on StockCount { id lines { expected variant { sku } } } } }"""
SUBMIT = "mutation($input: StockCountSubmitInput!) { stockCountSubmit(input: $input) { __typename } }"
RECEIVE = "mutation($input: StockReceiptCreateInput!) { stockReceiptCreate(input: $input) { __typename } }"
# The expected answers under contention. Any other answer is a fault.
EXPECTED_ANSWERS = {
    "Order", "InsufficientStock", "StockTransfer", "StockCount", "StockReceipt",
    "InvalidInput",  # a SKU is being counted already
}  # fmt: skip


class Warehouse:
    """A client that runs one operation after the other and counts the answers."""

    def __init__(self, shopper: Api, staff: Api, seed: int) -> None:
        self.shopper, self.staff, self.rng = shopper, staff, random.Random(seed)
        self.answers: Counter[str] = Counter()

    async def run(self) -> Counter[str]:
        for _ in range(ACTS):
            act = self.rng.choices([self.order, self.transfer, self.count, self.receive], [8, 3, 2, 1])[0]
            await act()
        return self.answers

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = await self.staff.do(query, **variables)
        self.answers[answer["__typename"]] += 1
        return answer

    def some(self, most: int, units: int) -> list[dict[str, Any]]:
        chosen = self.rng.sample(SKUS, self.rng.randrange(1, most + 1))
        return [{"sku": sku, "quantity": self.rng.randrange(1, units + 1)} for sku in chosen]

    async def order(self) -> None:
        lines = [(line["sku"], line["quantity"]) for line in self.some(5, 3)]
        placed = await buy(self.shopper, *lines)
        self.answers[placed["__typename"]] += 1
        if placed["__typename"] == "Order" and self.rng.random() < 0.4:
            await self.ask(CANCEL, id=placed["id"])

    async def transfer(self) -> None:
        source, destination = self.rng.sample(PLACES, 2)
        lines = self.some(4, 4)
        made = await self.ask(CREATE, input={"source": source, "destination": destination, "lines": lines})
        if made["__typename"] != "StockTransfer":
            return
        await self.ask(SHIP, id=made["id"])
        short = self.rng.random() < 0.3  # some of it does not arrive, or arrives damaged
        found = [{"sku": line["sku"], "received": line["quantity"] - 1, "damaged": 1} for line in lines]
        await self.ask(ARRIVE, input={"id": made["id"], **({"lines": found} if short else {})})

    async def count(self) -> None:
        skus = self.rng.sample(SKUS, 2)
        given = {"location": self.rng.choice(PLACES), "skus": skus, "approvalAboveUnits": 10_000,
                 "approvalAboveValue": {"amount": "1000000", "currency": "USD"}}  # fmt: skip
        begun = await self.ask(START, input=given)
        if begun["__typename"] == "StockCount":
            lines = [
                {
                    "sku": line["variant"]["sku"],
                    "quantity": max(0, line["expected"] + self.rng.randrange(-2, 3)),
                }
                for line in begun["lines"]
            ]
            await self.ask(SUBMIT, input={"countId": begun["id"], "lines": lines})

    async def receive(self) -> None:
        cost = {"unitCost": {"amount": f"{self.rng.randrange(1, 900) / 100:.2f}", "currency": "USD"}}
        lines = [line | cost for line in self.some(4, 5)]
        await self.ask(RECEIVE, input={"location": self.rng.choice(PLACES), "lines": lines})


@pytest.mark.timeout(900)
async def test_concurrent_orders_transfers_and_counts_pass_verification(database_url: str, staff_token: str):
    async with serving(database_url, count=2) as servers, client() as http:
        staff = at(servers[0], http, staff_token)
        await set_up(staff, dict.fromkeys(SKUS, 60))
        await staff.ask(LOCATIONS)
        for place in PLACES[1:]:
            lines = [
                {"sku": sku, "quantity": 30, "unitCost": {"amount": "2.50", "currency": "USD"}}
                for sku in SKUS
            ]
            await staff.do(RECEIVE, input={"location": place, "lines": lines})
        people = [
            Warehouse(at(servers[i % 2], http), at(servers[i % 2], http, staff_token), i)
            for i in range(CLIENTS)
        ]
        total = sum(await asyncio.gather(*(each.run() for each in people)), Counter[str]())
        print(dict(total))
        assert set(total) <= EXPECTED_ANSWERS, total  # no ServiceBusy: no deadlock reached a client
        assert min(total["Order"], total["StockTransfer"], total["StockCount"]) > 50
        verified = servers[0].run("verify")
        assert verified.returncode == 0, verified.stdout

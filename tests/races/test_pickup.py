"""Buyers on two server processes race for the last units of a shop: each unit is picked up by one of them."""

import asyncio
from collections import Counter

import pytest

from tests.orders.picking_up import PLACE, pickup_input
from tests.races.shop import at, client, set_up
from tests.servers import serving

pytestmark = pytest.mark.postgres
SHOP = """mutation {
  place: locationCreate(input: {code: "berlin", name: "Berlin", kind: SHOP, address: {name: "Shop",
    line1: "Lindenstraße 5", city: "Berlin", postalCode: "10969", country: DE}}) { __typename }
  link: channelLocationsSet(input: {channel: "web", locations: ["main", "berlin"]}) { __typename }
  offer: pickupSettingSet(input: {channel: "web", location: "berlin"}) { __typename }
  stock: stockBulkSet(input: [{sku: "HOT", location: "berlin", onHand: 3}]) { ... on BulkResult { failed } }
}"""


async def test_the_last_units_of_a_shop_are_picked_up_once(database_url: str, staff_token: str):
    async with serving(database_url, count=2) as servers, client() as http:
        staff = at(servers[0], http, staff_token)
        await set_up(staff, {"HOT": 50})
        assert (await staff.ask(SHOP))["offer"] == {"__typename": "PickupLocation"}
        apis = [at(server, http) for server in servers]
        placed = await asyncio.gather(
            *(apis[number % 2].do(PLACE, i=pickup_input(("HOT", 1))) for number in range(12))
        )
        assert Counter(each["__typename"] for each in placed) == {"Order": 3, "InsufficientStock": 9}
        verified = servers[0].run("verify")
        assert verified.returncode == 0, verified.stdout

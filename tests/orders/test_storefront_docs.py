"""The requests for carts and orders in docs/storefront.md are run as they stand there."""

import re
from pathlib import Path
from typing import Any

import pytest

from app.core.actor import SYSTEM
from app.inventory.locations import service as locations
from tests import make
from tests.ask import PLACE, Api, order_input
from tests.orders.picking_up import pickup_shop

PAGE = (Path(__file__).parents[2] / "docs" / "storefront.md").read_text()
BLOCKS = re.findall(r"```graphql\n(.*?)```", PAGE, flags=re.DOTALL)
BEGIN = """mutation { orderDraftCreate(input: {channel: "web", lines: [{sku: "A", quantity: 2}]}) {
  ... on Order { id accessToken } } }"""


def request(name: str) -> str:
    [found] = [block for block in BLOCKS if re.search(rf"\b{name}\(", block.split("{")[0])]
    return str(found)


@pytest.fixture
async def shop(api: Api) -> make.Shop:
    await make.tax("US", region="IL", rate="0.1")
    shop = await make.shop()
    await shop.sell("A")
    return shop


async def cart_of(api: Api) -> dict[str, Any]:
    cart = await api.do(BEGIN)
    return {"id": cart["id"], "token": cart["accessToken"]}


async def test_tax_delivery_and_shipping_are_estimated(api: Api, shop: make.Shop):
    found = await api.do(request("Estimate"), **await cart_of(api))
    assert found["destination"]["region"] == "IL" and found["tax"] == {"amount": "2.00"}
    assert found["promisedOn"] is None  # no shipping method is selected yet
    assert [(each["code"], bool(each["promisedOn"])) for each in found["shippingOptions"]] == [
        ("standard", True)
    ]


async def test_a_cart_is_picked_up_at_a_location(api: Api, shop: make.Shop):
    corner = await pickup_shop("corner")
    await locations.set_channel_locations(SYSTEM, shop.channel, [shop.location, corner])
    await locations.set_pickup(SYSTEM, shop.channel, corner)
    await shop.stock("A", 5, corner)
    found = await api.do(request("Collect"), **await cart_of(api))
    assert found["pickup"]["code"] == "corner" and found["promisedOn"] and found["warnings"] == []
    [option] = found["pickupOptions"]
    assert option["isSelected"] and option["lines"] == [{"sku": "A", "quantity": 2, "available": 2}]


async def test_a_visitors_cart_is_merged_after_signing_in(api: Api, shop: make.Shop):
    buyer = api.as_(await make.account())
    own = await cart_of(buyer)
    merged = await buyer.do(request("Merge"), **await cart_of(api))
    assert merged["id"] == own["id"] and [line["quantity"] for line in merged["lines"]["nodes"]] == [4]


async def test_a_guest_orders_again(api: Api, shop: make.Shop):
    placed = await api.do(PLACE.replace("id number", "id accessToken number"), input=order_input(("A", 3)))
    again = await api.do(request("Again"), id=placed["id"], token=placed["accessToken"])
    assert [line["quantity"] for line in again["lines"]["nodes"]] == [3] and again["warnings"] == []


async def test_a_guest_shows_and_cancels_an_order(api: Api, shop: make.Shop):
    placed = await api.do(PLACE.replace("id number", "id accessToken number"), input=order_input(("A", 3)))
    proof = {"id": placed["id"], "token": placed["accessToken"]}
    shown = (await api.ask(request("OwnOrder"), **proof))["order"]
    assert shown["total"] == {"amount": "38.50", "currency": "USD"} and shown["paymentStatus"] == "UNPAID"
    assert [(each["step"], each["isPossible"]) for each in shown["nextSteps"]] == [
        ("CANCEL", True),
        ("REQUEST_CANCEL", True),
    ]
    done = await api.do(request("Cancel"), **proof, key="a key of this checkout")
    assert done == {"__typename": "Order", "status": "CANCELLED", "amountDue": {"amount": "0.00"}}

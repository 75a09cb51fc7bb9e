"""Orders from placing to completion through the API: stock, events, derived statuses and the buyer's page."""

from datetime import date, timedelta

import pytest

from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import fetch
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import service as locations
from app.inventory.stock.service import adjusting, inbound
from app.inventory.stock.service.adjusting import LevelData
from tests.ask import Api
from tests.journeys.life import FULFILLMENT, RECORD, Story, books_add_up


@pytest.fixture
async def story(api: Api) -> Story:
    return await Story.begin(api)


async def test_an_order_is_picked_packed_shipped_and_delivered(story: Story):
    await story.sell("MUG", east=10)
    number = await story.buy(("MUG", 2))
    order = await story.order(number)
    assert (order["status"], order["fulfillmentStatus"]) == ("CONFIRMED", "ALLOCATED")
    (work,) = order["fulfillmentOrders"]
    assert work["number"] == f"{number}-1" and work["location"] == {"code": "web-main"}
    assert work["lines"] == [{"sku": "MUG", "quantity": 2, "picked": 0}]

    released = await story.release(work["id"])
    assert released["status"] == "RELEASED"
    assert {step["step"] for step in released["nextSteps"]} == {"PICK", "RECALL", "SHIP"}
    assert (await story.order(number))["fulfillmentStatus"] == "RELEASED"
    assert (await story.page(number))["stage"] == "PREPARING"
    half = await story.pick(work["id"], lines=[{"code": "MUG"}])
    assert half["status"] == "PICKING" and half["lines"][0]["picked"] == 1
    assert (await story.pick(work["id"], lines=[{"code": "MUG"}]))["status"] == "PICKED"
    packed = await story.pack(work["id"], packages=[{"weightGrams": 900, "box": "M"}])
    assert packed["packages"][0]["contents"] == [{"sku": "MUG", "quantity": 2}]
    assert await story.stock("MUG") == {"web-main": (10, 2)}
    url = "https://carrier.example/track/{number}"
    shipped = await story.ship(
        work["id"], carrier="postal", trackingNumbers=["RR123456785US"], trackingUrl=url,
        cost={"amount": "4.20", "currency": "USD"},
    )  # fmt: skip
    assert shipped["status"] == "SHIPPED"
    assert await story.stock("MUG") == {"web-main": (8, 0)}
    page = await story.page(number)
    assert page["stage"] == "SHIPPED"
    assert page["packages"] == [
        {
            "carrier": "postal",
            "trackingNumber": "RR123456785US",
            "trackingUrl": "https://carrier.example/track/RR123456785US",
            "stage": "LABEL_CREATED",
            "contents": [{"name": "Thing MUG", "quantity": 2}],
        }
    ]
    shipment = shipped["shipments"][0]["id"]
    on_its_way = {"shipmentId": shipment, "stage": "OUT_FOR_DELIVERY", "reference": "e1"}
    assert (await story.staff.do(RECORD, input=on_its_way))["stage"] == "OUT_FOR_DELIVERY"
    assert (await story.page(number))["stage"] == "OUT_FOR_DELIVERY"
    assert (await story.deliver(shipment, signedBy="A. Lovelace"))["stage"] == "DELIVERED"
    order = await story.order(number)
    assert (order["fulfillmentStatus"], order["trackingStage"]) == ("DELIVERED", "DELIVERED")
    assert order["lines"]["nodes"][0]["quantityDelivered"] == 2
    assert await story.events(number) == [
        "order_placed",
        "order_confirmed",
        "fulfillment_allocated",
        "fulfillment_released",
        "fulfillment_units_picked",
        "fulfillment_picked",
        "fulfillment_packed",
        "fulfillment_shipped",
        "shipment_tracked",
        "fulfillment_delivered",
    ]
    titles = [entry["title"] for entry in (await story.page(number))["timeline"]]
    assert titles == [
        "Order received",
        "Order confirmed",
        "A parcel is on its way",
        "Out for delivery today.",
        "A parcel has arrived",
    ]
    await story.check_state(number, "DELIVERED", page="DELIVERED", due="25.00", fulfillment_delivered=1)
    await books_add_up()


async def test_an_order_is_split_over_two_locations_and_arrives_in_two_parcels(story: Story):
    await story.sell("MUG", east=1)
    await story.sell("TRAY", west=5)
    number = await story.buy(("MUG", 1), ("TRAY", 2))
    east, west = await story.work(number)
    assert (east["location"]["code"], west["location"]["code"]) == ("web-main", "west")
    first = await story.send(east["id"])
    assert (await story.order(number))["fulfillmentStatus"] == "PARTIALLY_SHIPPED"
    assert (await story.page(number))["stage"] == "PARTIALLY_SHIPPED"
    await story.deliver(first)
    assert (await story.order(number))["fulfillmentStatus"] == "PARTIALLY_DELIVERED"
    second = await story.send(west["id"])
    page = await story.page(number)
    assert [parcel["stage"] for parcel in page["packages"]] == ["DELIVERED", "LABEL_CREATED"]
    await story.deliver(second)
    order = await story.order(number)
    assert order["fulfillmentStatus"] == "DELIVERED"
    assert [line["quantityDelivered"] for line in order["lines"]["nodes"]] == [1, 2]
    assert await story.stock("TRAY") == {"web-main": (0, 0), "west": (3, 0)}
    await story.check_state(
        number, "DELIVERED", page="DELIVERED", due="35.00", fulfillment_allocated=2, fulfillment_delivered=2
    )
    await books_add_up()


async def test_a_short_pick_is_sourced_elsewhere(story: Story):
    await story.sell("MUG", east=3, west=5)
    number = await story.buy(("MUG", 3))
    (east,) = await story.work(number)
    await story.release(east["id"])
    taken = [{"code": "MUG", "quantity": 1}]
    short = await story.pick(east["id"], lines=taken, missing=[{"code": "MUG", "quantity": 2}])
    assert short["status"] == "PICKED" and short["lines"] == [{"sku": "MUG", "quantity": 1, "picked": 1}]
    assert await story.stock("MUG") == {"web-main": (1, 1), "west": (5, 2)}
    east, west = await story.work(number)
    assert west["location"] == {"code": "west"} and west["units"] == 2 and west["status"] == "OPEN"
    assert "fulfillment_picked_short" in await story.events(number)
    await story.pack(east["id"])
    await story.ship(east["id"])
    await story.send(west["id"])
    order = await story.order(number)
    assert order["fulfillmentStatus"] == "SHIPPED"
    assert order["lines"]["nodes"][0]["quantityShipped"] == 3
    await story.check_state(
        number, "SHIPPED", page="SHIPPED", due="35.00", fulfillment_picked_short=1, fulfillment_shipped=2
    )
    assert await story.stock("MUG") == {"web-main": (0, 0), "west": (3, 0)}
    await books_add_up()


async def test_a_pick_without_any_units_cancels_the_fulfillment_order_and_backorders_the_order(story: Story):
    await story.sell("MUG", east=2)
    number = await story.buy(("MUG", 2))
    (east,) = await story.work(number)
    await story.release(east["id"])
    gone = await story.pick(east["id"], missing=[{"code": "MUG", "quantity": 2}])
    assert gone["status"] == "CANCELLED" and gone["lines"] == []
    order = await story.order(number)
    assert order["fulfillmentStatus"] == "BACKORDERED" and order["isDelayed"] is True
    assert (await story.page(number))["isDelayed"] is True
    receive = (
        """mutation { stockReceive(input: {sku: "MUG", location: "west", quantity: 4}) { __typename } }"""
    )
    assert (await story.staff.do(receive))["__typename"] == "StockLevel"
    order = await story.order(number)
    assert order["fulfillmentStatus"] == "ALLOCATED"
    west = order["fulfillmentOrders"][-1]
    assert west["location"] == {"code": "west"} and west["units"] == 2
    await story.send(west["id"])
    assert (await story.order(number))["fulfillmentStatus"] == "SHIPPED"
    await story.check_state(
        number, "SHIPPED", page="SHIPPED", due="25.00", order_delayed=1, fulfillment_cancelled=1
    )
    await books_add_up()


async def test_a_backorder_is_filled_by_a_receipt(story: Story):
    await story.sell("MUG", east=1)
    await story.shop.stock("MUG", 1, backorder_limit=10, backorder_days=14)
    number = await story.buy(("MUG", 3))
    order = await story.order(number)
    assert order["fulfillmentStatus"] == "BACKORDERED"
    (east,) = order["fulfillmentOrders"]
    assert east["units"] == 1  # the unit in stock can be shipped first
    receive = (
        """mutation { stockReceive(input: {sku: "MUG", location: "web-main", quantity: 5}) { __typename } }"""
    )
    assert (await story.staff.do(receive))["__typename"] == "StockLevel"
    order = await story.order(number)
    assert order["fulfillmentStatus"] == "ALLOCATED"
    assert [work["units"] for work in order["fulfillmentOrders"]] == [3]
    await story.send(east["id"])
    assert await story.stock("MUG") == {"web-main": (3, 0)}
    await story.check_state(number, "SHIPPED", page="SHIPPED", due="35.00", fulfillment_shipped=1)
    await books_add_up()


EDIT = """
mutation($input: OrderEditInput!) { orderEdit(input: $input) {
  __typename ... on OrderEdit { amountToPay { amount } stock { sku units } } ... on UserError { errorCode message path } } }
"""


async def test_an_order_is_edited_to_more_and_fewer_units_and_shipped(story: Story):
    await story.sell("MUG", east=5, west=5)
    await story.sell("TRAY", east=5)
    number = await story.buy(("MUG", 2))
    order = await story.order(number)
    (line,) = order["lines"]["nodes"]
    more = {
        "id": order["id"],
        "lines": [{"lineId": line["id"], "quantity": 6}, {"sku": "TRAY", "quantity": 1}],
    }
    looked = await story.staff.do(EDIT, input=more | {"preview": True})
    assert looked["amountToPay"] == {"amount": "50.00"}
    await story.check_state(number, "ALLOCATED", page="CONFIRMED", due="25.00", order_edited=0)
    done = await story.staff.do(EDIT, input=more)
    assert done == looked
    assert done["stock"] == [{"sku": "MUG", "units": 4}, {"sku": "TRAY", "units": 1}]
    await story.check_state(number, "ALLOCATED", page="CONFIRMED", due="75.00", order_edited=1)
    assert await story.stock("MUG") == {"web-main": (5, 2), "west": (5, 4)}
    east, west = await story.work(number)
    await story.release(east["id"])
    await story.pick(east["id"])
    await story.pack(east["id"])
    fewer = {"id": order["id"], "lines": [{"lineId": line["id"], "quantity": 1}]}
    assert (await story.staff.do(EDIT, input=fewer))["amountToPay"] == {"amount": "-50.00"}
    assert await story.stock("MUG") == {"web-main": (5, 1), "west": (5, 0)}
    east, west = await story.work(number)
    assert (east["status"], east["units"], west["status"]) == ("PICKED", 2, "CANCELLED")
    await story.pack(east["id"])
    shipped = await story.ship(east["id"])
    late = await story.staff.do(
        EDIT, input={"id": order["id"], "lines": [{"lineId": line["id"], "quantity": 0}]}
    )
    assert late["path"] == ["input", "lines", "0", "quantity"]
    await story.deliver(shipped["shipments"][0]["id"])
    await story.check_state(number, "DELIVERED", page="DELIVERED", due="25.00", order_edited=2)
    assert (await story.page(number))["timeline"].count({"title": "The order was changed"}) == 2
    await books_add_up()


async def test_units_are_cancelled_after_picking_and_the_others_are_shipped(story: Story):
    await story.sell("MUG", east=10)
    await story.sell("TRAY", east=10)
    number = await story.buy(("MUG", 3), ("TRAY", 1))
    assert (await story.order(number))["amountDue"] == {"amount": "45.00"}  # four at 10.00, and shipping
    (work,) = await story.work(number)
    await story.release(work["id"])
    await story.pick(work["id"])
    await story.pack(work["id"])
    done = await story.cancel(number, MUG=2)
    assert done["__typename"] == "Order" and done["amountDue"] == {"amount": "25.00"}
    (work,) = await story.work(number)
    assert (
        work["status"] == "PICKED" and work["packages"] == []
    )  # the label is void and the package is opened
    assert work["lines"] == [
        {"sku": "MUG", "quantity": 1, "picked": 1},
        {"sku": "TRAY", "quantity": 1, "picked": 1},
    ]
    assert await story.stock("MUG") == {"web-main": (10, 1)}
    over = await story.cancel(number, MUG=2)
    assert over["problems"][0]["path"] == ["input", "lines", "0", "quantity"]
    assert (await story.cancel(number, TRAY=1))["fulfillmentStatus"] == "IN_PROGRESS"
    await story.pack(work["id"])
    shipped = await story.ship(work["id"])
    assert await story.stock("MUG") == {"web-main": (9, 0)}
    late = await story.cancel(number, MUG=1)
    assert late["problems"][0]["message"] == "No units of this line are left to cancel."
    assert (await story.cancel(number))["__typename"] == "OrderAlreadyShipped"
    await story.deliver(shipped["shipments"][0]["id"])
    order = await story.order(number)
    assert order["fulfillmentStatus"] == "DELIVERED" and order["amountDue"] == {"amount": "15.00"}
    assert order["amountCancelled"] == {"amount": "30.00"}
    names = await story.events(number)
    assert names.count("order_lines_cancelled") == names.count("fulfillment_changed") == 2
    await story.check_state(number, "DELIVERED", page="DELIVERED", due="15.00", order_lines_cancelled=2)
    await books_add_up()


async def test_cancelling_the_last_unit_cancels_the_order_and_its_amount_due(story: Story):
    await story.sell("MUG", east=10)
    number = await story.buy(("MUG", 2))
    (work,) = await story.work(number)
    await story.release(work["id"])
    assert (await story.cancel(number, MUG=1))["status"] == "CONFIRMED"
    done = await story.cancel(number, MUG=1)
    assert (done["status"], done["fulfillmentStatus"]) == ("CANCELLED", "CANCELLED")
    assert done["amountDue"] == {"amount": "0.00"}
    assert [each["status"] for each in await story.work(number)] == ["CANCELLED"]
    assert await story.stock("MUG") == {"web-main": (10, 0)}
    assert (await story.page(number))["stage"] == "CANCELLED"
    await books_add_up()


async def test_cancelling_units_takes_backordered_units_before_allocated_ones(story: Story):
    await story.sell("MUG", east=2)
    await story.shop.stock("MUG", 2, backorder_limit=10, backorder_days=14)
    number = await story.buy(("MUG", 5))
    assert (await story.cancel(number, MUG=3))["fulfillmentStatus"] == "ALLOCATED"
    (work,) = await story.work(number)
    assert work["units"] == 2 and await story.stock("MUG") == {"web-main": (2, 2)}
    await story.send(work["id"])
    await books_add_up()


async def test_cancelling_units_takes_missing_units_before_allocated_ones(story: Story):
    await story.sell("MUG", east=5)
    number = await story.buy(("MUG", 3))
    (work,) = await story.work(number)
    await story.release(work["id"])
    await story.pick(work["id"], missing=[{"code": "MUG", "quantity": 1}])
    await story.cancel(number, MUG=1)
    assert await story.stock("MUG") == {"web-main": (4, 2)}
    (work,) = await story.work(number)
    assert work["lines"] == [{"sku": "MUG", "quantity": 2, "picked": 0}]
    await books_add_up()


async def sell_sets(story: Story) -> None:
    """A set contains two mugs, stocked in the east, and a tray, stocked in the west."""
    await story.sell("MUG", east=4)
    await story.sell("TRAY", west=4)
    await story.sell("SET", east=None)
    made = """mutation($id: ID!) { variantComponentsSet(input: {id: $id, composition: BUNDLE,
      components: [{sku: "MUG", quantity: 2}, {sku: "TRAY", quantity: 1}]}) { __typename } }"""
    variant = (await story.staff.ask('{ variant(sku: "SET") { id } }'))["variant"]
    assert (await story.staff.do(made, id=variant["id"]))["__typename"] == "Variant"


async def test_the_components_of_a_bundle_are_shipped_from_two_locations(story: Story):
    await sell_sets(story)
    number = await story.buy(("SET", 2))
    east, west = await story.work(number)
    assert [line["sku"] for line in east["lines"]] == ["MUG"] and east["units"] == 4
    assert [line["sku"] for line in west["lines"]] == ["TRAY"] and west["units"] == 2
    first = await story.send(east["id"])
    order = await story.order(number)
    assert order["lines"]["nodes"][0]["quantityShipped"] == 0  # no complete set has been shipped yet
    assert order["fulfillmentStatus"] == "PARTIALLY_SHIPPED"
    assert (await story.page(number))["stage"] == "PARTIALLY_SHIPPED"
    await books_add_up()
    await story.deliver(first)
    await story.deliver(await story.send(west["id"]))
    order = await story.order(number)
    assert order["lines"]["nodes"][0]["quantityDelivered"] == 2
    assert order["fulfillmentStatus"] == "DELIVERED"
    await story.check_state(number, "DELIVERED", page="DELIVERED", due="25.00", fulfillment_shipped=2)
    assert (await story.stock("MUG"), await story.stock("TRAY")) == (
        {"web-main": (0, 0)},
        {"web-main": (0, 0), "west": (2, 0)},
    )
    await books_add_up()


async def test_a_partially_shipped_bundle_cannot_be_cancelled(story: Story):
    await sell_sets(story)
    number = await story.buy(("SET", 2))
    east, _ = await story.work(number)
    await story.send(east["id"])
    refused = await story.cancel(number, SET=1)
    assert refused["__typename"] != "Order", refused
    assert (await story.stock("TRAY"))["west"] == (4, 2)  # still reserved for the order
    await books_add_up()


async def test_a_returned_component_of_a_delivered_bundle_is_shipped_again_instead_of_cancelled(story: Story):
    await sell_sets(story)
    number = await story.buy(("SET", 2))
    east, west = await story.work(number)
    await story.deliver(await story.send(west["id"]))
    shipment = await story.send(east["id"])
    await story.staff.do(RECORD, input={"shipmentId": shipment, "stage": "RETURNED_TO_SENDER"})
    done = await story.staff.do(BACK, input={"shipmentId": shipment, "resolution": "CANCEL"})
    assert done["__typename"] == "Shipment"
    order = await story.order(number)
    assert order["lines"]["nodes"][0]["quantityCancelled"] == 0
    again = [work for work in order["fulfillmentOrders"] if work["status"] == "OPEN"]
    assert [work["lines"] for work in again] == [[{"sku": "MUG", "quantity": 4, "picked": 0}]]
    await books_add_up()
    await story.deliver(await story.send(again[0]["id"]))
    assert (await story.order(number))["fulfillmentStatus"] == "DELIVERED"
    await books_add_up()


async def test_a_preorder_is_allocated_and_shipped_on_its_release_date(
    story: Story, monkeypatch: pytest.MonkeyPatch
):
    await story.sell("GAME", east=0)
    release = clock.now().date() + timedelta(days=20)
    level = LevelData("GAME", story.east, 0, backorder_limit=5, preorder_until=release)
    await adjusting.set_level(SYSTEM, level)
    number = await story.buy(("GAME", 1))
    order = await story.order(number)
    assert order["fulfillmentStatus"] == "BACKORDERED" and order["fulfillmentOrders"] == []
    assert date.fromisoformat(order["promisedOn"]) > release
    receive = """mutation { stockReceive(input: {sku: "GAME", location: "web-main", quantity: 5}) { __typename } }"""
    await story.staff.do(receive)
    assert (await story.order(number))[
        "fulfillmentStatus"
    ] == "BACKORDERED"  # in stock, but before the release date
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=20))
    await inbound.release_preorders()
    order = await story.order(number)
    assert order["fulfillmentStatus"] == "ALLOCATED" and order["isDelayed"] is False
    (work,) = order["fulfillmentOrders"]
    await story.send(work["id"])
    await story.check_state(number, "SHIPPED", page="SHIPPED", due="15.00", fulfillment_shipped=1)
    assert await story.stock("GAME") == {"web-main": (4, 0)}
    await books_add_up()


async def test_a_delayed_order_shows_the_delay_to_the_buyer_and_is_delivered(story: Story):
    await story.sell("MUG", east=0)
    await story.shop.stock("MUG", 0, backorder_limit=9)
    expect = """mutation($on: Date!) { stockIncomingCreate(input: {sku: "MUG", location: "web-main", quantity: 5, expectedOn: $on})
      { ... on StockIncoming { id } } }"""
    change = "mutation($i: StockIncomingUpdateInput!) { stockIncomingUpdate(input: $i) { __typename } }"
    soon, later = (str(clock.now().date() + timedelta(days=days)) for days in (5, 15))
    incoming = await story.staff.do(expect, on=soon)
    number = await story.buy(("MUG", 2))
    promised = (await story.order(number))["promisedOn"]
    await story.staff.do(change, i={"id": incoming["id"], "expectedOn": later})
    order = await story.order(number)
    page = await story.page(number)
    assert order["isDelayed"] is page["isDelayed"] is True and order["promisedOn"] > promised
    assert page["timeline"][-1]["title"] == "The order is delayed"
    receive = (
        """mutation { stockReceive(input: {sku: "MUG", location: "web-main", quantity: 5}) { __typename } }"""
    )
    await story.staff.do(receive)
    (work,) = await story.work(number)
    await story.deliver(await story.send(work["id"]))
    assert (await story.page(number))["stage"] == "DELIVERED"
    await story.check_state(number, "DELIVERED", page="DELIVERED", due="25.00", order_delayed=1)
    assert await story.stock("MUG") == {"web-main": (3, 0)}
    await books_add_up()


REJECT = "mutation($input: DropShipRejectInput!) { dropShipReject(input: $input) {" + FULFILLMENT + "} }"
ACCEPT = "mutation($input: DropShipAcceptInput!) { dropShipAccept(input: $input) {" + FULFILLMENT + "} }"
REASSIGN = "mutation($input: FulfillmentReassignInput!) { fulfillmentReassign(input: $input) {"
REASSIGN += FULFILLMENT + " ... on InsufficientStock { shortages { sku available } } } }"
BACK = """
mutation($input: ShipmentReceiveBackInput!) {
  shipmentReceiveBack(input: $input) { __typename ... on UserError { errorCode message path } }
}
"""


async def test_an_order_rejected_by_a_supplier_is_shipped_from_another_location(story: Story):
    supplier = await locations.create_location(
        SYSTEM, locations.LocationData(code="maker", name="Maker", kind=LocationKind.DROP_SHIP)
    )
    await locations.set_channel_locations(SYSTEM, story.shop.channel, [story.east, story.west, supplier])
    await story.sell("MUG", east=0)
    await story.shop.stock("MUG", 5, supplier)
    number = await story.buy(("MUG", 2))
    (work,) = await story.work(number)
    assert work["location"] == {"code": "maker"}
    asked = await story.release(work["id"])
    assert asked["status"] == "SUBMITTED"
    assert {step["step"] for step in asked["nextSteps"]} == {"ACCEPT", "REJECT", "SHIP"}
    late = await story.cancel(number, MUG=1)
    assert late["errorCode"] == "ILLEGAL_TRANSITION" and "supplier" in late["message"]
    await story.shop.stock("MUG", 4, story.west)
    refused = await story.staff.do(REJECT, input={"id": work["id"], "reason": "Discontinued."})
    assert refused["status"] == "REJECTED"
    order = await story.order(number)
    west = order["fulfillmentOrders"][-1]
    assert (west["location"], west["units"]) == ({"code": "west"}, 2)
    assert order["fulfillmentStatus"] == "ALLOCATED"
    assert await story.stock("MUG") == {"web-main": (0, 0), "maker": (0, 0), "west": (4, 2)}
    await story.deliver(await story.send(west["id"]))
    names = await story.events(number)
    assert names.count("fulfillment_submitted") == names.count("fulfillment_rejected") == 1
    assert (await story.page(number))["stage"] == "DELIVERED"
    await story.check_state(number, "DELIVERED", page="DELIVERED", due="25.00", fulfillment_rejected=1)
    await books_add_up()


async def test_a_supplier_accepts_an_order_and_ships_it(story: Story):
    supplier = await locations.create_location(
        SYSTEM, locations.LocationData(code="maker", name="Maker", kind=LocationKind.DROP_SHIP)
    )
    await locations.set_channel_locations(SYSTEM, story.shop.channel, [supplier])
    await story.sell("MUG", east=0)
    await story.shop.stock("MUG", 5, supplier)
    number = await story.buy(("MUG", 2))
    (work,) = await story.work(number)
    await story.release(work["id"])
    day = (clock.now().date() + timedelta(days=3)).isoformat()
    accepted = await story.staff.do(ACCEPT, input={"id": work["id"], "shipsOn": day})
    assert accepted["status"] == "ACCEPTED"
    shipped = await story.ship(work["id"], carrier="postal", trackingNumbers=["X1"])
    assert shipped["status"] == "SHIPPED" and await story.stock("MUG") == {
        "web-main": (0, 0),
        "maker": (3, 0),
    }
    assert (await story.page(number))["packages"][0]["trackingNumber"] == "X1"
    await books_add_up()


async def test_an_undeliverable_shipment_is_received_back_and_shipped_again(story: Story):
    await story.sell("MUG", east=5)
    number = await story.buy(("MUG", 2))
    (work,) = await story.work(number)
    shipment = await story.send(work["id"])
    early = await story.staff.do(BACK, input={"shipmentId": shipment, "resolution": "SEND_AGAIN"})
    assert early["errorCode"] == "ILLEGAL_TRANSITION"
    for stage in ("FAILED_ATTEMPT", "RETURNED_TO_SENDER"):
        await story.staff.do(RECORD, input={"shipmentId": shipment, "stage": stage})
    assert (await story.page(number))["packages"][0]["stage"] == "RETURNED_TO_SENDER"
    done = await story.staff.do(BACK, input={"shipmentId": shipment, "resolution": "SEND_AGAIN"})
    assert done["__typename"] == "Shipment"
    first, second = await story.work(number)
    assert (first["status"], second["status"], second["units"]) == ("RETURNED", "OPEN", 2)
    assert await story.stock("MUG") == {"web-main": (5, 2)}
    assert (await story.page(number))["stage"] == "CONFIRMED"
    await story.deliver(await story.send(second["id"]))
    assert (await story.order(number))["fulfillmentStatus"] == "DELIVERED"
    titles = [entry["title"] for entry in (await story.page(number))["timeline"]]
    assert "A parcel could not be delivered" in titles
    await story.check_state(
        number, "DELIVERED", page="DELIVERED", due="25.00", fulfillment_returned=1, fulfillment_shipped=2
    )
    assert await story.stock("MUG") == {"web-main": (3, 0)}
    await books_add_up()


async def test_an_undeliverable_shipment_is_received_back_and_cancelled(story: Story):
    await story.sell("MUG", east=5)
    number = await story.buy(("MUG", 2))
    (work,) = await story.work(number)
    shipment = await story.send(work["id"])
    await story.staff.do(RECORD, input={"shipmentId": shipment, "stage": "RETURNED_TO_SENDER"})
    back = {"shipmentId": shipment, "resolution": "CANCEL", "bucket": "DAMAGED"}
    assert (await story.staff.do(BACK, input=back))["__typename"] == "Shipment"
    order = await story.order(number)
    assert (order["status"], order["amountDue"]) == ("CANCELLED", {"amount": "0.00"})
    assert await story.stock("MUG") == {"web-main": (5, 0)}
    twice = await story.staff.do(BACK, input=back)
    assert twice["errorCode"] == "ILLEGAL_TRANSITION"
    await story.check_state(number, "CANCELLED", page="CANCELLED", due="0.00", fulfillment_returned=1)
    await books_add_up()


async def test_staff_reassign_a_fulfillment_order_to_another_location(story: Story):
    await story.sell("MUG", east=5, west=1)
    number = await story.buy(("MUG", 2))
    (east,) = await story.work(number)
    places = {
        each["code"]: each["id"]
        for each in (await story.staff.ask("{ locations { nodes { id code } } }"))["locations"]["nodes"]
    }
    short = await story.staff.do(REASSIGN, input={"id": east["id"], "locationId": places["west"]})
    assert short["shortages"] == [{"sku": "MUG", "available": 1}]
    assert await story.stock("MUG") == {"web-main": (5, 2), "west": (1, 0)}
    await story.shop.stock("MUG", 4, story.west)
    moved = await story.staff.do(
        REASSIGN, input={"id": east["id"], "locationId": places["west"], "reason": "Flood."}
    )
    assert moved["status"] == "CANCELLED"
    assert await story.stock("MUG") == {"web-main": (5, 0), "west": (4, 2)}
    _, west = await story.work(number)
    plan = await story.staff.ask(
        "query($id: ID!) { sourcingPlan(orderId: $id) { shipments { location { code } } candidates "
        "{ location { code } verdict } } }",
        id=(await story.order(number))["id"],
    )
    assert plan["sourcingPlan"]["shipments"] == [{"location": {"code": "west"}}]
    verdicts = {each["location"]["code"]: each["verdict"] for each in plan["sourcingPlan"]["candidates"]}
    assert verdicts == {"web-main": "STOCK_MISSING", "west": "CHOSEN"}
    await story.deliver(await story.send(west["id"]))
    await books_add_up()


async def test_staff_reschedule_an_order_and_the_buyer_sees_the_new_date(story: Story):
    await story.sell("MUG", east=5)
    number = await story.buy(("MUG", 1))
    order = await story.order(number)
    change = """mutation($input: OrderRescheduleInput!) { orderReschedule(input: $input) {
      __typename ... on Order { promisedOn isDelayed } ... on UserError { errorCode path } } }"""
    later = (date.fromisoformat(order["promisedOn"]) + timedelta(days=9)).isoformat()
    given = {"id": order["id"], "promisedOn": later, "reason": "The road is closed."}
    done = await story.staff.do(change, input=given)
    assert done == {"__typename": "Order", "promisedOn": later, "isDelayed": True}
    page = await story.page(number)
    assert page["isDelayed"] is True and page["timeline"][-1]["title"] == "The order is delayed"
    queue = "{ fulfillmentOrders { nodes { promisedOn priority } } }"
    assert (await story.staff.ask(queue))["fulfillmentOrders"]["nodes"] == [
        {"promisedOn": later, "priority": 0}
    ]
    (moved,) = await fetch("SELECT to_on FROM commitment_move")
    assert str(moved["to_on"]) == later
    assert (await story.staff.do(change, input=given))["path"] == ["input", "promisedOn"]
    early = await story.staff.do(change, input=given | {"promisedOn": order["promisedOn"]})
    assert early["isDelayed"] is False
    urgent = "mutation($id: ID!) { orderUpdate(input: {id: $id, priority: 9}) { __typename } }"
    assert (await story.staff.do(urgent, id=order["id"]))["__typename"] == "Order"
    assert (await story.staff.ask(queue))["fulfillmentOrders"]["nodes"][0]["priority"] == 9
    await books_add_up()


async def test_bulk_release_ship_and_cancel_report_each_row_separately(story: Story):
    await story.sell("MUG", east=50)
    numbers = [await story.buy(("MUG", 1)) for _ in range(4)]
    works = [(await story.work(number))[0]["id"] for number in numbers]
    answer = "{ ... on BulkResult { written failed rows { index status error { errorCode path } } } }"
    release = "mutation($ids: [ID!]!) { fulfillmentBulkRelease(ids: $ids) " + answer + " }"
    ship = "mutation($input: [FulfillmentShipInput!]!) { fulfillmentBulkShip(input: $input) " + answer + " }"
    cancel = "mutation($input: [OrderCancelInput!]!) { orderBulkCancel(input: $input) " + answer + " }"
    done = await story.staff.do(release, ids=[*works[:3], works[0], "nonsense"])
    assert [row["status"] for row in done["rows"]] == ["UPDATED"] * 3 + ["FAILED"] * 2
    assert done["rows"][3]["error"]["errorCode"] == "ILLEGAL_TRANSITION"
    shipped = await story.staff.do(ship, input=[{"id": id, "carrier": "postal"} for id in works])
    assert [row["status"] for row in shipped["rows"]] == ["UPDATED"] * 3 + ["FAILED"]
    ids = [(await story.order(number))["id"] for number in numbers]
    gone = await story.staff.do(cancel, input=[{"id": id, "reason": "OTHER"} for id in ids])
    assert [row["status"] for row in gone["rows"]] == ["FAILED"] * 3 + ["UPDATED"]
    assert await story.stock("MUG") == {"web-main": (47, 0)}
    await books_add_up()

"""Orders that are picked up: ready, collected in one or two parts, not collected, cancelled meanwhile."""

from datetime import date, time, timedelta
from typing import Any

import pytest

from app.access.permissions import Permission
from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import execute
from app.fulfillment import queries
from app.inventory.locations import service as locations
from app.inventory.locations.service import HoursData
from app.notifications import jobs
from tests import make
from tests.ask import Api, order_input
from tests.letterbox import Letterbox
from tests.orders.picking_up import PLACE, Counter

WORK = """id number status units isPickup readyAt keepUntil shippingMethod carrier lines { id sku quantity picked delivered }
  packages { stage signedBy } shipments { carrier stage } nextSteps { step isPossible reasonCode }"""
ORDER = f"""query($id: ID!) {{ order(id: $id) {{ status fulfillmentStatus trackingStage
  lines {{ nodes {{ quantityShipped quantityDelivered quantityCancelled }} }} messages {{ kind }}
  events {{ name title }} fulfillmentOrders {{ {WORK} }} }} }}"""
TRACK = """query($t: String!) { trackOrder(token: $t) { stage stageTitle isPickup promisedOn packages { id }
  timeline { name title } } }"""
FAILED = """__typename ... on UserError { errorCode message path } ... on ValidationFailed { problems { code path } }
  ... on InvalidInput { problems { code path } }"""
STUCK = "{ reports { stuck { stage count advice oldest { fulfillmentOrder { number } } } } }"


def step(operation: str, kind: str) -> str:
    return f"mutation($i: {kind}!) {{ {operation}(input: $i) {{ {FAILED} ... on FulfillmentOrder {{ {WORK} }} }} }}"


READY = step("fulfillmentReady", "FulfillmentReadyInput")
HAND_OVER = step("fulfillmentHandOver", "FulfillmentHandOverInput")
EXTEND = step("fulfillmentPickupExtend", "FulfillmentPickupExtendInput")
SHIP = step("fulfillmentShip", "FulfillmentShipInput")
REASSIGN = step("fulfillmentReassign", "FulfillmentReassignInput")
UNDO = f"mutation($id: ID!) {{ fulfillmentReadyUndo(id: $id) {{ {FAILED} ... on FulfillmentOrder {{ {WORK} }} }} }}"
CANCEL = "mutation($i: OrderCancelInput!) { orderCancel(input: $i) { __typename } }"


class Desk(Counter):
    """The counter at which orders are prepared and handed over."""

    async def order(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.staff.ask(ORDER, id=id))["order"]
        return found

    async def picked(self, *lines: tuple[str, int], **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """A new order whose units are picked, and its work."""
        placed = await self.place_order(*lines, **more)
        assert placed["__typename"] == "Order", placed
        [work] = (await self.order(placed["id"]))["fulfillmentOrders"]
        for each in ("fulfillmentRelease(id: $id)", "fulfillmentPick(input: {id: $id})"):
            done = await self.staff.do(f"mutation($id: ID!) {{ {each} {{ __typename }} }}", id=work["id"])
            assert done["__typename"] == "FulfillmentOrder"
        return placed, work

    async def ready(self, *lines: tuple[str, int]) -> tuple[dict[str, Any], dict[str, Any]]:
        """A new order that is ready for pick-up, and its work."""
        placed, work = await self.picked(*lines)
        done = await self.staff.do(READY, i={"id": work["id"]})
        assert done["status"] == "READY", done
        return placed, done

    async def on_hand(self, sku: str) -> int:
        ask = """query($s: String!) { stockLevels(filter: {sku: {eq: $s}, location: {eq: "berlin"}}) {
          nodes { onHand } } }"""
        return int((await self.staff.ask(ask, s=sku))["stockLevels"]["nodes"][0]["onHand"])


@pytest.fixture
async def desk(api: Api) -> Desk:
    desk = await Desk.open(api)
    await desk.sell("A", here=5)
    await desk.sell("B", here=5)
    return desk


def possible(work: dict[str, Any]) -> set[str]:
    return {each["step"] for each in work["nextSteps"] if each["isPossible"]}


async def test_an_order_is_picked_made_ready_and_collected(desk: Desk):
    placed, work = await desk.picked(("A", 2))
    [row] = (await desk.order(placed["id"]))["fulfillmentOrders"]
    assert row["isPickup"] and possible(row) == {"PACK", "MAKE_READY", "UNPICK"}
    done = await desk.staff.do(READY, i={"id": work["id"]})
    day = (clock.now() + timedelta(days=7)).date().isoformat()
    assert (done["status"], done["keepUntil"]) == ("READY", day) and done["readyAt"]
    assert possible(done) == {"UNDO_READY", "HAND_OVER"}
    order = await desk.order(placed["id"])
    assert (order["fulfillmentStatus"], order["trackingStage"]) == ("READY_FOR_PICKUP", "READY_FOR_PICKUP")
    own = "query($id: ID!, $t: String) { order(id: $id, token: $t) { pickup { readyAt keepUntil } } }"
    shown = await desk.api.ask(own, id=placed["id"], t=placed["accessToken"])
    assert shown["order"]["pickup"] == {"readyAt": done["readyAt"], "keepUntil": day}
    assert await desk.on_hand("A") == 5
    over = await desk.staff.do(HAND_OVER, i={"id": work["id"], "collectedBy": "Bob", "note": "Passport"})
    assert (over["status"], over["carrier"]) == ("DELIVERED", "pickup")
    assert over["packages"] == [{"stage": "DELIVERED", "signedBy": "Bob"}]
    assert await desk.on_hand("A") == 3
    order = await desk.order(placed["id"])
    assert (order["fulfillmentStatus"], order["trackingStage"]) == ("DELIVERED", "COLLECTED")
    assert order["lines"]["nodes"] == [{"quantityShipped": 2, "quantityDelivered": 2, "quantityCancelled": 0}]
    assert await queries.differences() == []


async def test_buyers_are_told_that_it_is_ready_and_collected_and_nothing_of_shipping(desk: Desk):
    placed, work = await desk.ready(("A", 1))
    shown = (await desk.api.ask(TRACK, t=placed["trackingToken"]))["trackOrder"]
    assert (shown["stage"], shown["stageTitle"]) == ("READY_FOR_PICKUP", "Your order is ready for pick-up.")
    assert shown["isPickup"]
    await desk.staff.do(HAND_OVER, i={"id": work["id"]})
    shown = (await desk.api.ask(TRACK, t=placed["trackingToken"]))["trackOrder"]
    assert (shown["stage"], shown["stageTitle"]) == ("COLLECTED", "You have collected your order.")
    assert shown["packages"] == []
    names = [each["name"] for each in shown["timeline"]]
    assert names == ["order_placed", "order_confirmed", "fulfillment_ready", "fulfillment_collected"]
    kinds = [each["kind"] for each in (await desk.order(placed["id"]))["messages"]]
    assert sorted(kinds) == ["ORDER_COLLECTED", "ORDER_PLACED", "ORDER_READY_FOR_PICKUP"]
    page = await desk.api.client.get(f"/track/{placed['trackingToken']}", headers={"accept-language": "de"})
    assert "Sie haben Ihre Bestellung abgeholt" in page.text and "Abholbereit" in page.text
    assert "Unterwegs" not in page.text and "Zugestellt" not in page.text


async def test_a_part_is_collected_first_and_the_rest_later(desk: Desk):
    placed, work = await desk.ready(("A", 3), ("B", 1))
    line = {each["sku"]: each["id"] for each in work["lines"]}
    first = await desk.staff.do(
        HAND_OVER, i={"id": work["id"], "lines": [{"lineId": line["A"], "quantity": 2}]}
    )
    assert (first["status"], first["units"]) == ("DELIVERED", 2), first
    order = await desk.order(placed["id"])
    assert (order["fulfillmentStatus"], order["trackingStage"]) == (
        "PARTIALLY_DELIVERED",
        "PARTIALLY_COLLECTED",
    )
    rest = next(each for each in order["fulfillmentOrders"] if each["status"] == "READY")
    assert {(each["sku"], each["quantity"], each["picked"]) for each in rest["lines"]} == {
        ("A", 1, 1),
        ("B", 1, 1),
    }
    assert rest["keepUntil"] == work["keepUntil"] and rest["isPickup"]
    assert (await desk.on_hand("A"), await desk.on_hand("B")) == (3, 5)
    assert await queries.differences() == []
    await desk.staff.do(HAND_OVER, i={"id": rest["id"]})
    order = await desk.order(placed["id"])
    assert order["trackingStage"] == "COLLECTED"
    assert (await desk.on_hand("A"), await desk.on_hand("B")) == (2, 4)
    assert await queries.differences() == []


@pytest.mark.parametrize(
    ("lines", "code"),
    [([("A", 4)], "NOT_IN_RANGE"), ([("A", 0)], "NOT_IN_RANGE"), ([], "REQUIRED")],
)
async def test_wrong_units_of_a_hand_over_are_refused(desk: Desk, lines: list[tuple[str, int]], code: str):
    _, work = await desk.ready(("A", 3))
    id = work["lines"][0]["id"]
    sent = [{"lineId": id, "quantity": units} for _, units in lines]
    refused = await desk.staff.do(HAND_OVER, i={"id": work["id"], "lines": sent})
    assert refused["problems"][0]["code"] == code


async def serials(desk: Desk, *numbers: str) -> None:
    """Sell a SKU that is tracked by serial number, with units at the counter."""
    await desk.shop.sell("PHONE", stock=0)
    id = (await desk.staff.ask('{ variant(sku: "PHONE") { id } }'))["variant"]["id"]
    track = "mutation($id: ID!) { variantTrackingSet(input: {id: $id, tracking: SERIAL}) { __typename } }"
    await desk.staff.do(track, id=id)
    receive = """mutation($i: StockReceiveInput!) { stockReceive(input: $i) {
      __typename ... on UserError { message } } }"""
    lots = [{"number": number} for number in numbers]
    given = {"sku": "PHONE", "location": "berlin", "quantity": len(lots), "lots": lots}
    assert (await desk.staff.do(receive, i=given))["__typename"] != "InvalidInput"


async def test_serial_numbers_of_a_line_are_handed_over_together(desk: Desk):
    await serials(desk, "S1", "S2")
    placed, work = await desk.ready(("PHONE", 2))
    sent = [{"lineId": work["lines"][0]["id"], "quantity": 1}]
    refused = await desk.staff.do(HAND_OVER, i={"id": work["id"], "lines": sent})
    assert refused["problems"][0]["code"] == "NOT_POSSIBLE_NOW"
    assert (await desk.staff.do(HAND_OVER, i={"id": work["id"]}))["status"] == "DELIVERED"
    ask = "query($id: ID!) { order(id: $id) { lines { nodes { serials } } } }"
    [line] = (await desk.staff.ask(ask, id=placed["id"]))["order"]["lines"]["nodes"]
    assert sorted(line["serials"]) == ["S1", "S2"]


async def test_an_order_that_is_ready_by_mistake_is_not_ready_again(desk: Desk):
    placed, work = await desk.ready(("A", 1))
    undone = await desk.staff.do(UNDO, id=work["id"])
    assert (undone["status"], undone["readyAt"], undone["keepUntil"]) == ("PICKED", None, None)
    order = await desk.order(placed["id"])
    assert order["trackingStage"] == "PREPARING"
    assert (await desk.staff.do(UNDO, id=work["id"]))["__typename"] == "IllegalTransition"
    packed = "mutation($id: ID!) { fulfillmentPack(input: {id: $id}) { __typename } }"
    await desk.staff.do(packed, id=work["id"])
    assert (await desk.staff.do(READY, i={"id": work["id"]}))["status"] == "READY"


async def subjects(post: Letterbox) -> list[str]:
    """The subjects of the mails that were due."""
    await jobs.send_messages()
    found = [str(mail["Subject"]) for mail in post.mails]
    post.mails.clear()
    return found


async def test_a_buyer_who_was_told_that_an_order_is_ready_is_told_that_it_is_not(
    desk: Desk, post: Letterbox
):
    placed, work = await desk.ready(("A", 1))
    number = placed["number"]
    assert f"Your order {number} is ready for pick-up" in await subjects(post)
    await desk.staff.do(UNDO, id=work["id"])
    await jobs.send_messages()
    (mail,) = post.mails
    assert mail["Subject"] == f"Your order {number} is not ready for pick-up yet"
    text = mail.get_body(("plain",)).get_content()
    assert "Berlin shop" in text and "1 × Thing A" in text
    post.mails.clear()
    shown = (await desk.api.ask(TRACK, t=placed["trackingToken"]))["trackOrder"]
    assert shown["timeline"][-1] == {
        "name": "fulfillment_ready_undone",
        "title": "Not ready for pick-up after all",
    }
    assert (await desk.staff.do(READY, i={"id": work["id"]}))["status"] == "READY"
    assert await subjects(post) == [f"Your order {number} is ready for pick-up"]


async def test_a_buyer_who_was_not_told_that_an_order_is_ready_hears_nothing(desk: Desk, post: Letterbox):
    _, work = await desk.picked(("A", 1))
    await subjects(post)
    await desk.staff.do(READY, i={"id": work["id"]})
    await desk.staff.do(UNDO, id=work["id"])
    assert await subjects(post) == []
    # Ready again before the message leaves: only that is true.
    await desk.staff.do(READY, i={"id": work["id"]})
    assert len(await subjects(post)) == 1
    await desk.staff.do(UNDO, id=work["id"])
    await desk.staff.do(READY, i={"id": work["id"]})
    (subject,) = await subjects(post)
    assert subject.endswith("is ready for pick-up")


async def test_a_rest_that_is_not_ready_is_told_by_its_own_items(desk: Desk, post: Letterbox):
    placed, work = await desk.ready(("A", 3), ("B", 1))
    await subjects(post)
    (line,) = [each["id"] for each in work["lines"] if each["sku"] == "A"]
    await desk.staff.do(HAND_OVER, i={"id": work["id"], "lines": [{"lineId": line, "quantity": 2}]})
    await subjects(post)
    (rest,) = [
        each for each in (await desk.order(placed["id"]))["fulfillmentOrders"] if each["status"] == "READY"
    ]
    await desk.staff.do(UNDO, id=rest["id"])
    await jobs.send_messages()
    (mail,) = post.mails
    assert mail["Subject"] == f"A part of your order {placed['number']} is not ready for pick-up yet"
    text = mail.get_body(("plain",)).get_content()
    assert "1 × Thing A" in text and "1 × Thing B" in text


async def test_a_buyer_is_told_that_an_order_is_not_ready_when_its_serial_number_is_set_aside(
    desk: Desk, post: Letterbox
):
    await serials(desk, "S1", "S2")
    placed, work = await desk.ready(("PHONE", 1))
    await subjects(post)
    ask = "query($id: ID!) { node(id: $id) { ... on FulfillmentOrder { lines { lots { number } } } } }"
    (line,) = (await desk.staff.ask(ask, id=work["id"]))["node"]["lines"]
    aside = """mutation($i: StockSetAsideInput!) { stockSetAside(input: $i) {
      __typename ... on UserError { message } } }"""
    given = {"sku": "PHONE", "location": "berlin", "quantity": 1, "to": "QUARANTINED"}
    lots = [{"number": line["lots"][0]["number"], "quantity": 1}]
    assert (await desk.staff.do(aside, i=given | {"lots": lots}))["__typename"] == "StockLevel"
    (row,) = (await desk.order(placed["id"]))["fulfillmentOrders"]
    assert (row["status"], row["readyAt"]) == ("RELEASED", None)
    assert await subjects(post) == [f"Your order {placed['number']} is not ready for pick-up yet"]


async def test_an_order_that_is_picked_up_is_neither_shipped_nor_reassigned(desk: Desk):
    _, work = await desk.picked(("A", 1))
    shipped = await desk.staff.do(SHIP, i={"id": work["id"]})
    assert shipped["problems"] == [{"code": "WRONG_KIND", "path": ["input", "id"]}]
    placed = await desk.place_order(("A", 1))
    [other] = (await desk.order(placed["id"]))["fulfillmentOrders"]
    moved = await desk.staff.do(REASSIGN, i={"id": other["id"]})
    assert moved["problems"] == [{"code": "WRONG_KIND", "path": ["input", "id"]}]


async def test_an_order_that_is_shipped_is_not_made_ready(desk: Desk):
    placed = await desk.api.do(PLACE, i=order_input(("A", 1)))
    [work] = (await desk.order(placed["id"]))["fulfillmentOrders"]
    refused = await desk.staff.do(READY, i={"id": work["id"]})
    assert refused["problems"] == [{"code": "WRONG_KIND", "path": ["input", "id"]}]
    assert not work["isPickup"]


async def test_an_order_on_hold_is_not_handed_over(desk: Desk):
    placed, work = await desk.ready(("A", 1))
    hold = 'mutation($id: ID!) { orderHold(input: {id: $id, reason: "Look"}) { __typename } }'
    await desk.staff.do(hold, id=placed["id"])
    assert (await desk.staff.do(HAND_OVER, i={"id": work["id"]}))["__typename"] == "NotReleasable"


# --- not collected, cancelled ---


async def test_the_last_day_is_that_of_the_location_and_can_be_changed(desk: Desk):
    week = {day: (time(0), time(23)) for day in range(7)}
    await locations.update_location(SYSTEM, desk.place.id, {"hours": HoursData("Pacific/Kiritimati", week)})
    await desk.offer(daysKept=1)
    placed, work = await desk.ready(("A", 1))
    today = (clock.now() + timedelta(hours=14)).date()  # there
    assert work["keepUntil"] == (today + timedelta(days=1)).isoformat()
    assert placed["pickup"]["timeZone"] == "Pacific/Kiritimati"
    later = (today + timedelta(days=9)).isoformat()
    assert (await desk.staff.do(EXTEND, i={"id": work["id"], "keepUntil": later}))["keepUntil"] == later
    for day, code in (
        (later, "NO_CHANGE"),
        ((today - timedelta(days=3)).isoformat(), "IN_THE_PAST"),
        ((today + timedelta(days=400)).isoformat(), "TOO_LARGE"),
    ):
        refused = await desk.staff.do(EXTEND, i={"id": work["id"], "keepUntil": day})
        assert refused["problems"] == [{"code": code, "path": ["input", "keepUntil"]}]


async def test_staff_see_orders_that_were_not_collected_and_put_them_back(desk: Desk):
    placed, work = await desk.ready(("A", 2))
    overdue = """query($day: Date!) { fulfillmentOrders(filter: {isPickup: true, status: [READY],
      keepUntil: {lte: $day}}) { nodes { number } } }"""

    async def stuck() -> list[dict[str, Any]]:
        found = (await desk.staff.ask(STUCK))["reports"]["stuck"]
        return [each for each in found if each["stage"] == "NOT_PICKED_UP"]

    yesterday = clock.now().date() - timedelta(days=1)
    assert await stuck() == []
    assert (await desk.staff.ask(overdue, day=yesterday.isoformat()))["fulfillmentOrders"]["nodes"] == []
    await execute(
        "UPDATE fulfillment_order SET keep_until = $1, pickup_ends_at = $2",
        yesterday, clock.now() - timedelta(hours=1),
    )  # fmt: skip
    [group] = await stuck()
    assert (group["count"], group["oldest"][0]["fulfillmentOrder"]["number"]) == (1, work["number"])
    nodes = (await desk.staff.ask(overdue, day=yesterday.isoformat()))["fulfillmentOrders"]["nodes"]
    assert nodes == [{"number": work["number"]}]
    await desk.staff.do(CANCEL, i={"id": placed["id"], "reason": "OTHER"})
    order = await desk.order(placed["id"])
    assert (order["status"], order["fulfillmentOrders"][0]["status"]) == ("CANCELLED", "CANCELLED")
    assert await stuck() == []
    again = await desk.place_order(("A", 5))
    assert again["__typename"] == "Order"  # the units can be sold again
    assert await queries.differences() == []


async def test_a_part_that_is_cancelled_leaves_the_rest_ready(desk: Desk):
    placed, work = await desk.ready(("A", 2), ("B", 1))
    ask = "query($id: ID!) { order(id: $id) { lines { nodes { id sku } } } }"
    lines = (await desk.staff.ask(ask, id=placed["id"]))["order"]["lines"]["nodes"]
    [line] = [each["id"] for each in lines if each["sku"] == "A"]
    gone = {"id": placed["id"], "reason": "CUSTOMER", "lines": [{"lineId": line, "quantity": 1}]}
    await desk.staff.do(CANCEL, i=gone)
    order = await desk.order(placed["id"])
    [row] = order["fulfillmentOrders"]
    assert (row["status"], row["units"], order["trackingStage"]) == ("READY", 2, "READY_FOR_PICKUP")
    over = await desk.staff.do(HAND_OVER, i={"id": work["id"]})
    assert over["status"] == "DELIVERED"
    assert (await desk.order(placed["id"]))["trackingStage"] == "COLLECTED"
    assert await queries.differences() == []


async def test_buyers_cannot_cancel_an_order_that_is_ready(desk: Desk):
    placed, _ = await desk.ready(("A", 1))
    given = {"id": placed["id"], "accessToken": placed["accessToken"]}
    assert (await desk.api.do(CANCEL, i=given))["__typename"] == "TooLateToCancel"


async def test_a_collected_order_comes_back_as_a_returned_parcel_does(desk: Desk):
    placed, work = await desk.ready(("A", 1))
    over = await desk.staff.do(HAND_OVER, i={"id": work["id"]})
    ask = "query($id: ID!) { node(id: $id) { ... on FulfillmentOrder { shipments { id } } } }"
    [shipment] = (await desk.staff.ask(ask, id=over["id"]))["node"]["shipments"]
    correct = """mutation($i: ShipmentTrackingCorrectInput!) { shipmentTrackingCorrect(input: $i) { __typename } }"""
    given = {
        "shipmentId": shipment["id"],
        "stage": "RETURNED_TO_SENDER",
        "reason": "Handed to the wrong person",
    }
    assert (await desk.staff.do(correct, i=given))["__typename"] == "Shipment"
    assert (await desk.order(placed["id"]))["trackingStage"] == "PREPARING"
    back = "mutation($i: ShipmentReceiveBackInput!) { shipmentReceiveBack(input: $i) { __typename } }"
    done = await desk.staff.do(back, i={"shipmentId": shipment["id"], "resolution": "SEND_AGAIN"})
    assert done["__typename"] == "Shipment"
    order = await desk.order(placed["id"])
    again = [each for each in order["fulfillmentOrders"] if each["status"] == "OPEN"]
    assert [(each["isPickup"], each["units"]) for each in again] == [(True, 1)]
    assert await desk.on_hand("A") == 5


async def test_staff_of_another_location_do_not_hand_over(desk: Desk):
    _, work = await desk.ready(("A", 1))
    both = (Permission.FULFILLMENT_VIEW, Permission.FULFILLMENT_MANAGE)
    elsewhere = desk.api.as_(await make.token(*both, locations=[desk.shop.location]))
    assert (await elsewhere.do(HAND_OVER, i={"id": work["id"]}))["__typename"] == "NotFound"
    here = desk.api.as_(await make.token(*both, locations=[desk.place]))
    assert (await here.do(HAND_OVER, i={"id": work["id"]}))["status"] == "DELIVERED"


async def test_texts_of_a_hand_over_have_a_maximum(desk: Desk):
    _, work = await desk.ready(("A", 1))
    refused = await desk.staff.do(
        HAND_OVER, i={"id": work["id"], "collectedBy": "x" * 121, "note": "y" * 301}
    )
    assert {(each["code"], each["path"][-1]) for each in refused["problems"]} == {
        ("TOO_LONG", "collectedBy"),
        ("TOO_LONG", "note"),
    }
    assert date.fromisoformat(work["keepUntil"]) > clock.now().date()

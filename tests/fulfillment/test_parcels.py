"""Parcels: tracking stages, delivery, returns to sender, and corrections of wrong scans."""

import random
from datetime import UTC, datetime, timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise.connection import get_connection

from app.catalog import queries as catalog
from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import execute
from app.core.ids import row_id
from app.fulfillment import queries
from app.fulfillment.lifecycle import ShipmentStage
from app.fulfillment.models import FulfillmentLine, Package
from app.fulfillment.service.carriers import tracking
from app.fulfillment.service.carriers.tracking import TrackingData
from app.fulfillment.tracking_stages import FOLLOWS, StageReport, stage_after
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import service as locations
from app.inventory.stock.service import returns
from tests.ask import Api
from tests.journeys.life import RECORD, Story, books_add_up

P = ShipmentStage
BACK = """
mutation($input: ShipmentReceiveBackInput!) { shipmentReceiveBack(input: $input) { __typename
  ... on Shipment { stage packages { stage receivedBackAt contents { sku quantity returned } } }
  ... on UserError { errorCode message path } ... on ValidationFailed { problems { path message code } } } }
"""
CORRECT = """
mutation($input: ShipmentTrackingCorrectInput!) { shipmentTrackingCorrect(input: $input) { __typename
  ... on Shipment { stage deliveredAt packages { stage deliveredAt signedBy records { stage isCorrection text } } }
  ... on UserError { errorCode message path } } }
"""
LEVEL = """
query($sku: String!) { stockLevels(filter: { sku: { eq: $sku } }) { nodes {
  onHand damaged quarantined location { code } } } }
"""


@pytest.fixture
async def story(api: Api) -> Story:
    story = await Story.begin(api)
    await story.sell("MUG", east=10)
    return story


async def sent(story: Story, *parcels: int, sku: str = "MUG") -> tuple[str, str, list[str]]:
    """Ship an order in parcels of some units each; returns its number, its shipment and its parcels."""
    number = await story.buy((sku, sum(parcels)))
    (work,) = await story.work(number)
    await story.release(work["id"])
    await story.pick(work["id"])
    packages = [{"contents": [{"sku": sku, "quantity": units}]} for units in parcels]
    await story.pack(work["id"], packages=packages)
    shipment = (await story.ship(work["id"]))["shipments"][0]
    return number, shipment["id"], [package["id"] for package in shipment["packages"]]


async def record(story: Story, shipment: str, stage: str, package: str | None = None, **more: Any) -> Any:
    given = {"shipmentId": shipment, "stage": stage, **more}
    return await story.staff.do(RECORD, input=given | ({"packageId": package} if package else {}))


async def back(story: Story, shipment: str, resolution: str = "CANCEL", **more: Any) -> dict[str, Any]:
    return await story.staff.do(BACK, input={"shipmentId": shipment, "resolution": resolution, **more})


async def line_of(story: Story, number: str) -> dict[str, int]:
    (line,) = (await story.order(number))["lines"]["nodes"]
    return {name: line[f"quantity{name}"] for name in ("Cancelled", "Shipped", "Delivered")}


@pytest.mark.parametrize("other", ["DELIVERED", "IN_TRANSIT"])
@pytest.mark.parametrize("resolution", ["CANCEL", "SEND_AGAIN"])
async def test_returning_one_of_two_parcels_restocks_only_its_contents(
    story: Story, other: str, resolution: str
):
    number, shipment, (first, second) = await sent(story, 3, 2)
    await record(story, shipment, other, first)
    await record(story, shipment, "RETURNED_TO_SENDER", second)
    done = await back(story, shipment, resolution)
    assert [each["stage"] for each in done["packages"]] == [other, "RETURNED_TO_SENDER"]
    assert [each["receivedBackAt"] is None for each in done["packages"]] == [True, False]
    assert done["stage"] == other  # a parcel that was received back is no longer in transit
    arrived = 3 if other == "DELIVERED" else 0
    cancelled, reserved = (2, 0) if resolution == "CANCEL" else (0, 2)
    assert await story.stock("MUG") == {"web-main": (7, reserved)}
    assert await line_of(story, number) == {"Cancelled": cancelled, "Shipped": 3, "Delivered": arrived}
    order = await story.order(number)
    assert order["amountDue"]["amount"] == ("35.00" if cancelled else "55.00")
    works = order["fulfillmentOrders"]
    assert works[0]["status"] == ("DELIVERED" if arrived else "SHIPPED")
    assert [work["units"] for work in works[1:]] == ([] if cancelled else [2])
    assert [each["stage"] for each in (await story.page(number))["packages"]] == [other, "RETURNED_TO_SENDER"]
    await books_add_up()
    again = await back(story, shipment, resolution)
    assert again["errorCode"] == "ILLEGAL_TRANSITION"
    if not arrived:
        await story.deliver(shipment)
        assert (await line_of(story, number))["Delivered"] == 3
        assert (await story.work(number))[0]["status"] == "DELIVERED"
    await books_add_up()


async def test_receiving_back_a_parcel_in_transit_is_refused_with_the_step_to_take_first(story: Story):
    _, shipment, _ = await sent(story, 2)
    refused = await back(story, shipment)
    assert refused["errorCode"] == "ILLEGAL_TRANSITION"
    assert "Record the stage first (shipmentTrackingRecord" in refused["message"]
    await record(story, shipment, "RETURNED_TO_SENDER")
    deliver = (
        "mutation($id: ID!) { shipmentDeliver(input: { shipmentId: $id }) { ... on UserError { message } } }"
    )
    refused = await story.staff.do(deliver, id=shipment)
    assert refused["message"].endswith(
        "If the recorded stage is wrong, correct it (shipmentTrackingCorrect)."
    )
    await back(story, shipment)
    assert (await back(story, shipment))["message"].endswith("No further steps are possible.")


async def test_a_delivery_in_the_future_is_refused_and_clocks_of_carriers_may_differ_by_time_zones(
    story: Story,
):
    _, shipment, _ = await sent(story, 2)
    id = row_id(shipment, "Shipment", "id")
    soon, later = clock.now() + timedelta(minutes=2), clock.now() + timedelta(minutes=10)
    deliver = """mutation($i: ShipmentDeliverInput!) { shipmentDeliver(input: $i) { __typename
      ... on UserError { errorCode path } } }"""
    refused = await story.staff.do(deliver, i={"shipmentId": shipment, "at": later.isoformat()})
    assert (refused["__typename"], refused["path"]) == ("InvalidInput", ["input", "at"])
    await tracking.record(SYSTEM, id, TrackingData(ShipmentStage.IN_TRANSIT, at=later))
    done = await story.staff.do(deliver, i={"shipmentId": shipment, "at": soon.isoformat()})
    assert done["__typename"] == "Shipment"


async def test_an_order_is_partially_delivered_after_one_of_its_parcels_is_delivered(story: Story):
    number, shipment, (first, _) = await sent(story, 3, 2)
    await story.deliver(shipment, packageId=first)
    order = await story.order(number)
    assert (order["fulfillmentStatus"], order["trackingStage"]) == ("PARTIALLY_DELIVERED", "SHIPPED")
    assert await line_of(story, number) == {"Cancelled": 0, "Shipped": 5, "Delivered": 3}
    twice = await story.deliver(shipment, packageId=first)
    assert twice["errorCode"] == "ILLEGAL_TRANSITION"
    await record(
        story, shipment, "OUT_FOR_DELIVERY"
    )  # applies to the other parcel, because the first is delivered
    assert [each["stage"] for each in (await story.page(number))["packages"]] == [
        "DELIVERED",
        "OUT_FOR_DELIVERY",
    ]
    await story.deliver(shipment)
    assert (await story.order(number))["fulfillmentStatus"] == "DELIVERED"
    names = await story.events(number)
    assert names.count("fulfillment_delivered") == 1
    await books_add_up()


async def test_each_returned_line_has_its_own_bucket_resolution_and_location(story: Story):
    number, shipment, (first, second) = await sent(story, 4, 3)
    await record(story, shipment, "RETURNED_TO_SENDER")
    west = (await story.staff.ask('{ location(code: "west") { id } }'))["location"]["id"]
    lines = [
        {"sku": "MUG", "quantity": 1, "bucket": "DAMAGED", "resolution": "CANCEL"},
        {"sku": "MUG", "quantity": 2},
    ]
    done = await back(
        story,
        shipment,
        "SEND_AGAIN",
        packages=[
            {"packageId": first, "lines": lines},
            {"packageId": second, "bucket": "QUARANTINED", "resolution": "CANCEL", "locationId": west},
        ],
    )
    assert [each["contents"][0]["returned"] for each in done["packages"]] == [3, 3]
    nodes = (await story.staff.ask(LEVEL, sku="MUG"))["stockLevels"]["nodes"]
    assert {n["location"]["code"]: (n["onHand"], n["damaged"], n["quarantined"]) for n in nodes} == {
        "web-main": (6, 1, 0),
        "west": (3, 0, 3),
    }
    assert await line_of(story, number) == {"Cancelled": 4, "Shipped": 1, "Delivered": 0}
    assert [(work["status"], work["units"]) for work in await story.work(number)] == [
        ("SHIPPED", 7),
        ("OPEN", 2),
    ]
    await books_add_up()
    # The remaining unit is received back later.
    done = await back(story, shipment, "CANCEL")
    assert [each["contents"][0]["returned"] for each in done["packages"]] == [4, 3]
    assert (await story.work(number))[0]["status"] == "RETURNED"
    assert (await story.events(number)).count("fulfillment_returned") == 3
    await books_add_up()


async def test_invalid_returns_of_parcels_are_refused_with_the_path_of_the_field(story: Story):
    _, shipment, (first, second) = await sent(story, 3, 2)
    _, _, (foreign,) = await sent(story, 1)
    await record(story, shipment, "RETURNED_TO_SENDER", second)
    before = await story.stock("MUG")
    mug = {"sku": "MUG", "quantity": 1}
    for packages, path in (
        ([{"packageId": first}], ["packages", "0", "packageId"]),
        ([{"packageId": foreign}], ["packages", "0", "packageId"]),
        ([{"packageId": second}, {"packageId": second}], ["packages", "1", "packageId"]),
        ([{"packageId": second, "bucket": "OUTSIDE"}], ["packages", "0", "bucket"]),
        ([{"packageId": second, "lines": [mug | {"sku": "CUP"}]}], ["packages", "0", "lines", "0", "sku"]),
        (
            [{"packageId": second, "lines": [mug, mug | {"quantity": 2}]}],
            ["packages", "0", "lines", "1", "quantity"],
        ),
        (
            [{"packageId": second, "lines": [mug | {"lots": [{"number": "L1"}]}]}],
            ["packages", "0", "lines", "0", "lots"],
        ),
    ):
        refused = await back(story, shipment, packages=packages)
        assert refused["path"] == ["input", *path], (packages, refused)
        assert await story.stock("MUG") == before
    assert (await back(story, shipment, bucket="RESERVED"))["path"] == ["input", "bucket"]
    await books_add_up()


async def test_returning_a_parcel_with_unknown_contents_needs_its_lines(story: Story):
    supplier = await locations.create_location(
        SYSTEM, locations.LocationData(code="maker", name="Maker", kind=LocationKind.DROP_SHIP)
    )
    await locations.set_channel_locations(SYSTEM, story.shop.channel, [supplier])
    await story.sell("CUP", east=0)
    await story.shop.stock("CUP", 5, supplier)
    number = await story.buy(("CUP", 5))
    (work,) = await story.work(number)
    await story.release(work["id"])
    await story.staff.do(
        "mutation($i: DropShipAcceptInput!) { dropShipAccept(input: $i) { __typename } }",
        i={"id": work["id"]},
    )
    shipment = (await story.ship(work["id"], trackingNumbers=["X1", "X2"]))["shipments"][0]
    first, second = [each["id"] for each in shipment["packages"]]
    await record(story, shipment["id"], "DELIVERED", first)
    assert (await line_of(story, number))["Delivered"] == 0  # the contents of the parcels are unknown
    await record(story, shipment["id"], "RETURNED_TO_SENDER", second)
    unknown = await back(story, shipment["id"])
    assert unknown["path"] == ["input", "packages", "0", "lines"]
    lines = [{"sku": "CUP", "quantity": 2}]
    done = await back(story, shipment["id"], packages=[{"packageId": second, "lines": lines}])
    assert [[(c["quantity"], c["returned"]) for c in each["contents"]] for each in done["packages"]] == [
        [(3, 0)],
        [(2, 2)],
    ]
    assert await line_of(story, number) == {"Cancelled": 2, "Shipped": 3, "Delivered": 3}
    assert await story.stock("CUP") == {"web-main": (0, 0), "maker": (2, 0)}
    await books_add_up()


# --- order of stages ---


@given(
    reports=st.lists(st.tuples(st.integers(0, 6), st.sampled_from(P)), min_size=1, max_size=8),
    seed=st.integers(0, 9),
)
def test_the_stage_depends_on_the_times_of_reports_and_not_on_the_order_of_their_arrival(
    reports: list[tuple[int, ShipmentStage]], seed: int
):
    start = datetime(2026, 1, 5, tzinfo=UTC)
    stage_reports = [StageReport(start + timedelta(hours=hours), stage) for hours, stage in reports]
    shuffled = random.Random(seed).sample(stage_reports, len(stage_reports))
    stage = stage_after(stage_reports)
    assert stage_after(shuffled) is stage
    if any(report.stage is P.RETURNED_TO_SENDER for report in stage_reports):
        assert stage is P.RETURNED_TO_SENDER
    elif any(report.stage is P.DELIVERED for report in stage_reports):
        assert stage is P.DELIVERED
    for right in P:
        corrected = [*shuffled, StageReport(start + timedelta(hours=7), right, is_correction=True)]
        assert stage_after(corrected) is right
        for later in P:
            report = StageReport(start + timedelta(hours=8), later)
            assert stage_after([report, *corrected]) is (later if later in FOLLOWS[right] else right)


async def test_delivery_to_the_sender_does_not_mark_a_returned_parcel_as_delivered(story: Story):
    number, shipment, _ = await sent(story, 2)
    at = clock.now() + timedelta(hours=2)
    await record(story, shipment, "RETURNED_TO_SENDER", at=at.isoformat())
    later = (at + timedelta(hours=2)).isoformat()
    recorded = await record(story, shipment, "DELIVERED", at=later, text="Delivered, to original sender")
    assert recorded["stage"] == "RETURNED_TO_SENDER"
    assert (await story.order(number))["fulfillmentStatus"] == "SHIPPED"
    assert (await back(story, shipment))["__typename"] == "Shipment"
    assert (await story.page(number))["packages"][0]["stage"] == "RETURNED_TO_SENDER"
    assert await story.stock("MUG") == {"web-main": (10, 0)}
    await books_add_up()


async def test_a_parcel_reported_as_delivered_can_be_returned_and_received_back(story: Story):
    number, shipment, _ = await sent(story, 2)
    await story.staff.do(
        "mutation($i: PaymentRecordInput!) { paymentRecord(input: $i) { __typename } }",
        i={"orderId": (await story.order(number))["id"], "amount": {"amount": "25.00", "currency": "USD"}},
    )
    await story.deliver(shipment)
    assert (await story.order(number))["status"] == "COMPLETED"
    await record(story, shipment, "RETURNED_TO_SENDER")
    order = await story.order(number)
    assert (order["status"], order["fulfillmentStatus"]) == ("CONFIRMED", "SHIPPED")
    assert await line_of(story, number) == {"Cancelled": 0, "Shipped": 2, "Delivered": 0}
    assert (await back(story, shipment))["__typename"] == "Shipment"
    assert await story.stock("MUG") == {"web-main": (10, 0)}
    await books_add_up()


@pytest.mark.parametrize("wrong", ["DELIVERED", "RETURNED_TO_SENDER"])
async def test_staff_correct_a_wrong_scan_and_the_timeline_shows_it(story: Story, wrong: str):
    number, shipment, (_, second) = await sent(story, 3, 2)
    await record(story, shipment, "IN_TRANSIT")
    await record(story, shipment, wrong, signedBy="Ann")
    which = await story.staff.do(
        CORRECT, input={"shipmentId": shipment, "stage": "IN_TRANSIT", "reason": "Wrong label scanned."}
    )
    assert which["path"] == ["input", "packageId"]
    correction = {
        "shipmentId": shipment,
        "packageId": second,
        "stage": "IN_TRANSIT",
        "reason": " Wrong label. ",
    }
    assert (await story.staff.do(CORRECT, input=correction | {"reason": " "}))["path"] == ["input", "reason"]
    before = clock.now()
    done = await story.staff.do(CORRECT, input=correction)
    assert [each["stage"] for each in done["packages"]] == [wrong, "IN_TRANSIT"]
    assert done["packages"][1]["signedBy"] is done["packages"][1]["deliveredAt"] is None
    assert done["packages"][1]["records"][-1] == {
        "stage": "IN_TRANSIT",
        "isCorrection": True,
        "text": "Wrong label.",
    }
    assert (await story.staff.do(CORRECT, input=correction))["path"] == ["input", "stage"]
    assert (await line_of(story, number))["Delivered"] == (3 if wrong == "DELIVERED" else 0)
    assert (await story.work(number))[0]["status"] == "SHIPPED"
    assert (await story.events(number))[-1] == "shipment_tracking_corrected"
    titles = [entry["title"] for entry in (await story.page(number))["timeline"]]
    assert titles[-1] == "Corrected: in transit."
    await books_add_up()
    # A late report of an earlier time changes nothing; later events do.
    with clock.shifted(timedelta(hours=3)):
        await tracking.record(
            SYSTEM,
            row_id(shipment, "Shipment"),
            TrackingData(P.DELIVERED, at=before, source="x"),
            package_id=row_id(second, "Package"),
        )
        assert (await story.page(number))["packages"][1]["stage"] == "IN_TRANSIT"
        await record(story, shipment, "DELIVERED", second)
        assert (await story.page(number))["packages"][1]["stage"] == "DELIVERED"
    await books_add_up()


async def test_a_parcel_that_was_received_back_stays_returned(story: Story):
    number, shipment, _ = await sent(story, 2)
    await record(story, shipment, "RETURNED_TO_SENDER")
    await back(story, shipment, "SEND_AGAIN")
    for stage in ("DELIVERED", "IN_TRANSIT"):
        await record(story, shipment, stage)
        refused = await story.staff.do(
            CORRECT, input={"shipmentId": shipment, "stage": stage, "reason": "It arrived."}
        )
        assert refused["path"] == ["input", "packageId"]
    first, second = await story.work(number)
    assert (first["status"], second["status"]) == ("RETURNED", "OPEN")
    assert await story.stock("MUG") == {"web-main": (10, 2)}
    await books_add_up()


# --- tracking recorded by staff ---


async def test_a_repeated_stage_is_recorded_again_only_after_another_stage_or_day(story: Story):
    _, shipment, _ = await sent(story, 1)
    for stage in ("OUT_FOR_DELIVERY", "FAILED_ATTEMPT", "OUT_FOR_DELIVERY"):
        recorded = await record(story, shipment, stage)
        assert recorded["stage"] == stage
        again = await record(story, shipment, stage)
        assert again["packages"][0]["records"] == recorded["packages"][0]["records"]
    await record(story, shipment, "FAILED_ATTEMPT")
    with clock.shifted(timedelta(days=1)):
        recorded = await record(story, shipment, "FAILED_ATTEMPT")
    stages = [each["stage"] for each in recorded["packages"][0]["records"]]
    assert stages == [
        "OUT_FOR_DELIVERY",
        "FAILED_ATTEMPT",
        "OUT_FOR_DELIVERY",
        "FAILED_ATTEMPT",
        "FAILED_ATTEMPT",
    ]


async def test_an_identical_tracking_report_is_stored_once(story: Story):
    _, shipment, _ = await sent(story, 1)
    at = (clock.now() + timedelta(hours=1)).isoformat()
    for more in ({"at": at}, {"reference": "event 7"}):
        recorded = [await record(story, shipment, "EXCEPTION", **more) for _ in range(2)]
        assert recorded[0]["packages"] == recorded[1]["packages"]
        await record(story, shipment, "IN_TRANSIT", at=at)
        assert len((await record(story, shipment, "EXCEPTION", **more))["packages"][0]["records"]) > 1
    records = (await record(story, shipment, "EXCEPTION", reference="event 7"))["packages"][0]["records"]
    assert sorted(each["stage"] for each in records) == ["EXCEPTION", "EXCEPTION", "IN_TRANSIT"]


async def test_a_delivery_before_shipping_is_refused_from_staff_and_adjusted_from_carriers(story: Story):
    number, shipment, _ = await sent(story, 1)
    early = (clock.now() - timedelta(minutes=5)).isoformat()
    refused = await record(story, shipment, "DELIVERED", at=early)
    assert refused["path"] == ["input", "at"]
    assert (await story.deliver(shipment, at=early))["path"] == ["input", "at"]
    assert (await record(story, shipment, "PICKED_UP", at=early))["stage"] == "PICKED_UP"
    # A carrier's clock may be wrong: its report is accepted, and the delivery is not before the shipping.
    id = row_id(shipment, "Shipment")
    await tracking.record(
        SYSTEM, id, TrackingData(P.DELIVERED, at=clock.now() - timedelta(hours=9), source="swift")
    )
    ((package,),) = await queries.packages_by_shipment([id])
    (row,) = await queries.shipments_by_id([id])
    assert row is not None and package.delivered_at == row.shipped_at
    assert (await story.order(number))["fulfillmentStatus"] == "DELIVERED"


# --- verification ---


async def test_verify_reports_units_that_are_both_delivered_and_returned(story: Story):
    number, shipment, (first, _) = await sent(story, 3, 2)
    await record(story, shipment, "DELIVERED", first)
    await record(story, shipment, "RETURNED_TO_SENDER")
    await back(story, shipment)
    assert await queries.differences() == []
    await execute(
        "UPDATE fulfillment_line SET returned = 5 WHERE id IN (SELECT l.id FROM fulfillment_line l "
        "JOIN fulfillment_order f ON f.id = l.fulfillment_order_id WHERE f.number = $1)",
        f"{number}-1",
    )
    assert any("3 arrived and 5 came back" in line for line in await queries.differences())
    await execute("UPDATE package SET received_back_at = $1", clock.now())
    assert any("package 1 was not returned" in line for line in await queries.differences())


async def test_verify_reports_restocked_units_that_were_not_returned(story: Story):
    number, shipment, (first, second) = await sent(story, 3, 2)
    await record(story, shipment, "DELIVERED", first)
    await record(story, shipment, "RETURNED_TO_SENDER", second)
    await back(story, shipment)
    variant = await catalog.variant_by_sku("MUG")
    assert variant is not None
    await returns.take_back(
        SYSTEM,
        variant=variant,
        location=story.east,
        quantity=3,
        claimant=row_id((await story.order(number))["id"], "Order"),
    )
    (difference,) = await queries.differences()
    assert difference.startswith(f"order {number}: 5 units of") and difference.endswith(
        "2 are recorded as returned in its packages"
    )


async def test_the_migration_fills_quantities_of_shipments_from_earlier_versions(story: Story):
    came_back, shipment, _ = await sent(story, 3, 2)
    await record(story, shipment, "RETURNED_TO_SENDER")
    await back(story, shipment)
    arrived, shipment, _ = await sent(story, 1, 1)
    await story.deliver(shipment)
    on_its_way, _, _ = await sent(story, 1, 1)
    after = [await story.work(number) for number in (came_back, arrived, on_its_way)]
    lines = await FulfillmentLine.all().order_by("id").values("quantity", "delivered", "returned")
    contents = await Package.all().order_by("id").values_list("contents", flat=True)
    # As they were stored before quantities were recorded by parcel.
    await FulfillmentLine.all().update(delivered=0, returned=0)
    for package in await Package.all():
        package.contents = [
            {key: each[key] for key in ("line_id", "sku", "name", "quantity")} for each in package.contents
        ]
        package.received_back_at = None
        await package.save(update_fields=["contents", "received_back_at"])
    migration = import_module("app.migrations.0036_parcels")
    await migration.fill(None, SimpleNamespace(client=get_connection("default")))
    assert await FulfillmentLine.all().order_by("id").values("quantity", "delivered", "returned") == lines
    assert await Package.all().order_by("id").values_list("contents", flat=True) == contents
    assert [await story.work(number) for number in (came_back, arrived, on_its_way)] == after
    await books_add_up()

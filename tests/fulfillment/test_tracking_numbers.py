"""A tracking number is found in any notation."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.core.actor import SYSTEM
from app.core.database import fetch
from app.customers.contact import AddressData
from app.fulfillment.carrier_adapters import TrackingNews, WebhookMessage
from app.fulfillment.lifecycle import ShipmentStage
from app.fulfillment.models import CarrierAccount
from app.fulfillment.service.carriers import webhooks
from app.inventory.locations import service as locations
from tests.ask import Api
from tests.fulfillment.test_carriers import BUY, SET, VOID
from tests.fulfillment.test_printing import MANIFEST
from tests.journeys.life import Story

NUMBER = "1Z999AA10123456784"
TYPED = "\u200e1z 999-aa1 01 2345 6784"
SHIPMENTS = (
    "query($f: ShipmentFilter) { shipments(filter: $f) { nodes { number packages { trackingNumber } } } }"
)
WORK = "query($f: FulfillmentOrderFilter) { fulfillmentOrders(filter: $f) { nodes { number } } }"
ORDERS = "query($s: String, $f: OrderFilter) { orders(search: $s, filter: $f) { nodes { number } } }"


@pytest.fixture
async def story(api: Api) -> Story:
    story = await Story.begin(api)
    home = AddressData("Warehouse", "1 Depot Road", "Reno", "US", region="NV", postal_code="89501")
    await locations.update_location(SYSTEM, story.east.id, {"address": home})
    await story.sell("MUG", east=50)
    made = await story.staff.do(SET, input={"code": "courier", "name": "Courier", "kind": "LABELS"})
    assert made["__typename"] == "Carrier", made
    return story


async def _work(story: Story) -> tuple[str, str]:
    number = await story.buy(("MUG", 2))
    (work,) = await story.work(number)
    await story.release(work["id"])
    return number, work["id"]


async def _on_shipping(story: Story, id: str) -> None:
    await story.ship(id, carrier="courier", trackingNumbers=[TYPED])


async def _on_packing(story: Story, id: str) -> None:
    await story.pick(id)
    packed = await story.pack(id, packages=[{"trackingNumber": TYPED}])
    assert packed["__typename"] == "FulfillmentOrder", packed
    await story.ship(id, carrier="courier")


async def _shipped_unpacked(story: Story, id: str) -> None:
    await story.ship(id, carrier="courier", packages=[{"trackingNumber": TYPED}])


WRITERS: list[Callable[[Story, str], Awaitable[None]]] = [_on_shipping, _on_packing, _shipped_unpacked]


@pytest.mark.parametrize("write", WRITERS)
async def test_a_tracking_number_entered_in_any_way_is_found_by_every_filter_and_search(
    story: Story, write: Callable[[Story, str], Awaitable[None]]
):
    number, id = await _work(story)
    await write(story, id)
    (package,) = (await story.page(number))["packages"]
    assert package["trackingNumber"] == NUMBER
    for asked in (NUMBER, TYPED, "1z999aa1 01-23456784"):
        for key in ({"eq": asked}, {"in": ["X", asked]}, {"startsWith": asked[:8]}):
            found = await story.staff.ask(SHIPMENTS, f={"trackingNumber": key})
            assert [each["number"] for each in found["shipments"]["nodes"]] == [f"{number}-1"], key
            found = await story.staff.ask(WORK, f={"trackingNumber": key})
            assert [each["number"] for each in found["fulfillmentOrders"]["nodes"]] == [f"{number}-1"], key
            found = await story.staff.ask(ORDERS, s=None, f={"trackingNumber": key})
            assert [each["number"] for each in found["orders"]["nodes"]] == [number], key
        found = await story.staff.ask(ORDERS, s=asked, f=None)
        assert [each["number"] for each in found["orders"]["nodes"]] == [number], asked
    nothing = await story.staff.ask(SHIPMENTS, f={"trackingNumber": {"eq": NUMBER[:-1]}})
    assert nothing["shipments"]["nodes"] == []


async def _process_webhook(number: str, id: str, stage: ShipmentStage) -> None:
    """Process a webhook event with a new stage of a parcel."""
    account = await CarrierAccount.get(code="courier")
    stored = await webhooks._store(
        SYSTEM, account, WebhookMessage(id, number, [TrackingNews(stage, None)]), "digest"
    )
    assert stored is not None
    await webhooks.process_webhook(SYSTEM, stored)


@pytest.mark.parametrize("spelling", [NUMBER, "1z999aa10123456784", "1Z 999 AA1 01 2345 6784"])
async def test_webhook_events_match_the_tracking_number_in_every_spelling(story: Story, spelling: str):
    number, id = await _work(story)
    await _process_webhook(spelling, "evt-1", ShipmentStage.IN_TRANSIT)  # stored until the parcel is shipped
    await story.ship(id, carrier="courier", trackingNumbers=[TYPED])
    assert (await story.page(number))["packages"][0]["stage"] == "IN_TRANSIT"
    await _process_webhook(spelling, "evt-2", ShipmentStage.OUT_FOR_DELIVERY)
    assert (await story.page(number))["packages"][0]["stage"] == "OUT_FOR_DELIVERY"
    assert await fetch("SELECT id FROM carrier_message WHERE done_at IS NULL") == []


@pytest.mark.parametrize("carrier", ["courier", " Courier\u200e", "COURIER", "swift couriers ltd"])
async def test_a_configured_carrier_is_identified_by_its_code_or_name(story: Story, carrier: str):
    await story.staff.do(SET, input={"code": "courier", "name": "Swift Couriers Ltd"})
    number, id = await _work(story)
    await story.ship(id, carrier=carrier, trackingNumbers=[NUMBER])
    await _process_webhook(NUMBER, "evt-1", ShipmentStage.OUT_FOR_DELIVERY)
    (package,) = (await story.page(number))["packages"]
    assert (package["stage"], package["carrier"]) == ("OUT_FOR_DELIVERY", "Swift Couriers Ltd")
    made = await story.staff.do(MANIFEST, input={"location": "web-main", "carrier": carrier.upper()})
    assert made["carrier"] == "courier"
    asked = "query($n: String!) { manifests(filter: {number: {eq: $n}}) { nodes { number } } }"
    found = await story.staff.ask(asked, n=f" {made['number'].lower()}")
    assert found["manifests"]["nodes"] == [{"number": made["number"]}]


async def test_parcels_of_one_shipment_with_the_same_number_share_its_events(story: Story):
    number, id = await _work(story)
    halves = [{"contents": [{"sku": "MUG", "quantity": 1}]}, {}]
    await story.ship(id, carrier="courier", packages=halves, trackingNumbers=[NUMBER, TYPED])
    await _process_webhook(NUMBER, "evt-1", ShipmentStage.DELIVERED)
    assert [each["stage"] for each in (await story.page(number))["packages"]] == ["DELIVERED"] * 2


async def test_a_tracking_number_is_escaped_in_the_tracking_url(story: Story):
    number, id = await _work(story)
    page = "https://courier.example/track?n={number}&lang=en"
    await story.ship(id, carrier="courier", trackingNumbers=["ab/1&x=2"], trackingUrl=page)
    (package,) = (await story.page(number))["packages"]
    assert package["trackingNumber"] == "AB/1&X=2"
    assert package["trackingUrl"] == "https://courier.example/track?n=AB%2F1%26X%3D2&lang=en"


async def test_several_tracking_numbers_in_one_field_are_refused_with_its_path(story: Story):
    _, id = await _work(story)
    refused = await story.ship(id, carrier="courier", trackingNumbers=["RR1, RR2"])
    assert refused["problems"][0]["path"] == ["input", "trackingNumbers", "0"]
    assert "Enter each one separately" in refused["problems"][0]["message"]
    await story.pick(id)
    refused = await story.pack(id, packages=[{"trackingNumber": "RR1\nRR2"}])
    assert refused["problems"][0]["path"] == ["input", "packages", "0", "trackingNumber"]


async def _labelled(story: Story) -> tuple[str, str, str]:
    """Pack an order and buy a label; returns the order's number, the fulfillment order's id and the label's number."""
    number, id = await _work(story)
    await story.pick(id)
    await story.pack(id)
    bought = await story.staff.do(BUY, input={"id": id, "carrier": "courier"})
    return number, id, bought["packages"][0]["trackingNumber"]


async def _label(story: Story, id: str) -> dict[str, Any]:
    asked = "query($id: ID!) { node(id: $id) { ... on FulfillmentOrder { packages { trackingNumber label { status } } } } }"
    return (await story.staff.ask(asked, id=id))["node"]["packages"][0]  # type: ignore[no-any-return]


async def test_a_typed_tracking_number_cannot_replace_that_of_a_bought_label(story: Story):
    number, id, bought = await _labelled(story)
    refused = await story.ship(id, trackingNumbers=[TYPED])
    (problem,) = refused["problems"]
    assert problem["path"] == ["input", "trackingNumbers", "0"]
    assert bought in problem["message"] and "fulfillmentLabelVoid" in problem["message"]
    assert await _label(story, id) == {"trackingNumber": bought, "label": {"status": "BOUGHT"}}
    assert (await story.staff.do(VOID, id=id))["status"] == "PACKED"
    assert (await story.ship(id, trackingNumbers=[TYPED]))["status"] == "SHIPPED"
    assert (await story.page(number))["packages"][0]["trackingNumber"] == NUMBER


async def test_the_number_of_a_bought_label_can_be_entered_again(story: Story):
    number, id, bought = await _labelled(story)
    spelled = f" {bought[:5].lower()} {bought[5:]}"
    assert (await story.ship(id, trackingNumbers=[spelled]))["status"] == "SHIPPED"
    assert (await story.page(number))["packages"][0]["trackingNumber"] == bought


async def test_no_label_is_bought_for_a_package_with_a_typed_tracking_number(story: Story):
    _, id = await _work(story)
    await story.pick(id)
    await story.pack(
        id, packages=[{"contents": [{"sku": "MUG", "quantity": 1}], "trackingNumber": TYPED}, {}]
    )
    bought = await story.staff.do(BUY, input={"id": id, "carrier": "courier"})
    first, second = bought["packages"]
    assert first["trackingNumber"] == NUMBER and first["label"] is None
    assert second["trackingNumber"] and second["label"]["status"] == "BOUGHT"


async def test_buying_a_label_is_refused_if_all_packages_have_typed_tracking_numbers(story: Story):
    _, id = await _work(story)
    await story.pick(id)
    await story.pack(id, packages=[{"trackingNumber": TYPED}])
    refused = await story.staff.do(BUY, input={"id": id, "carrier": "courier"})
    assert "manually entered tracking numbers" in refused["message"]

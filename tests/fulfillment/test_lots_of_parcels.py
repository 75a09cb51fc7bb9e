"""Lots and serial numbers from stock to parcel and back."""

import asyncio
from typing import Any

import pytest

from app.catalog import queries as catalog
from app.catalog.lifecycle import Tracking
from app.core.actor import SYSTEM
from app.inventory.receiving import service as receiving
from app.inventory.stock.service import lot_tracking
from app.inventory.stock.service.lot_numbers import LotData
from tests.ask import Api
from tests.fulfillment.test_parcels import BACK, record
from tests.journeys.life import Story, books_add_up

PICK = """
mutation($input: FulfillmentPickInput!) { fulfillmentPick(input: $input) { __typename
  ... on FulfillmentOrder { status lines { picked lots { number quantity isPicked } } }
  ... on UserError { message path } ... on ValidationFailed { problems { path message code } } } }
"""
LINES = """
query($n: String!) { order(number: $n) {
  lines { nodes { serials lots { sku number quantity isSerial } } }
  fulfillmentOrders { lines { lots { number quantity isPicked } }
    packages { id contents { quantity returned lots { number quantity } } } } } }
"""
LOT = """
query($sku: String!, $number: String!) { stockLot(sku: $sku, number: $number) {
  levels { onHand quarantined level { location { code } } }
  movements(first: 9) { nodes { reason quantity movement { quantity } } } } }
"""
ASIDE = "mutation($i: StockSetAsideInput!) { stockSetAside(input: $i) { __typename ... on UserError { message } } }"


async def sell_tracked(story: Story, sku: str, tracking: Tracking, **lots: int) -> None:
    """Sell a SKU that is tracked by lot or serial number, with lots at the eastern location."""
    await story.sell(sku, east=0)
    variant = await catalog.variant_by_sku(sku)
    assert variant is not None
    await lot_tracking.set_tracking(SYSTEM, variant.id, tracking)
    for number, units in lots.items():
        await receive(story, sku, number, units)


async def receive(story: Story, sku: str, number: str, units: int = 1, place: Any = None) -> None:
    await receiving.receive_one(
        SYSTEM, sku=sku, location=place or story.east, quantity=units, lots=[LotData(number, units)]
    )


@pytest.fixture
async def story(api: Api) -> Story:
    story = await Story.begin(api)
    await sell_tracked(story, "PHONE", Tracking.SERIAL, S1=1, S2=1, S3=1, S4=1)
    await sell_tracked(story, "MILK", Tracking.LOT, M1=2, M2=2)
    return story


async def released(story: Story, sku: str, units: int) -> tuple[str, str]:
    number = await story.buy((sku, units))
    (work,) = await story.work(number)
    assert (await story.release(work["id"]))["__typename"] == "FulfillmentOrder"
    return number, work["id"]


async def pick(story: Story, id: str, code: str, *lots: tuple[str, int]) -> dict[str, Any]:
    line = {"code": code, "quantity": sum(n for _, n in lots)}
    given = [{"number": number, "quantity": units} for number, units in lots]
    return await story.staff.do(PICK, input={"id": id, "lines": [line | {"lots": given}]})


async def lots_of(story: Story, number: str) -> dict[str, Any]:
    return (await story.staff.ask(LINES, n=number))["order"]


def numbers(lots: list[dict[str, Any]]) -> dict[str, int]:
    return {lot["number"]: lot["quantity"] for lot in lots}


async def test_a_parcel_with_unscanned_lots_is_received_back_into_its_lots(story: Story):
    number, id = await released(story, "MILK", 4)
    await story.pick(id)
    shipment = (await story.ship(id))["shipments"][0]
    await record(story, shipment["id"], "RETURNED_TO_SENDER")
    back = {"shipmentId": shipment["id"], "resolution": "CANCEL", "bucket": "QUARANTINED"}
    assert (await story.staff.do(BACK, input=back))["__typename"] == "Shipment"
    for lot in ("M1", "M2"):
        (level,) = (await story.staff.ask(LOT, sku="MILK", number=lot))["stockLot"]["levels"]
        assert (level["onHand"], level["quarantined"]) == (2, 2)
    assert (await lots_of(story, number))["lines"]["nodes"][0]["lots"] == []
    await books_add_up()


async def test_parcels_record_their_serials_and_a_return_can_name_others_of_the_shipment(story: Story):
    number, id = await released(story, "PHONE", 4)
    packages = [{"contents": [{"sku": "PHONE", "quantity": 2}]}, {}]
    await story.pick(id)
    await story.pack(id, packages=packages)
    shipment = (await story.ship(id))["shipments"][0]
    (work,) = (await lots_of(story, number))["fulfillmentOrders"]
    first, second = [each["contents"][0] for each in work["packages"]]
    assert numbers(first["lots"]) | numbers(second["lots"]) == dict.fromkeys(("S1", "S2", "S3", "S4"), 1)
    other = next(iter(numbers(first["lots"])))  # recorded in the first parcel, found in the second
    own = next(iter(numbers(second["lots"])))
    parcel = work["packages"][1]["id"]
    await record(story, shipment["id"], "DELIVERED", work["packages"][0]["id"])
    await record(story, shipment["id"], "RETURNED_TO_SENDER", parcel)

    async def back(*lots: str, quantity: int = 1) -> dict[str, Any]:
        line = {"sku": "PHONE", "quantity": quantity, "lots": [{"number": each} for each in lots]}
        given = {"packageId": parcel, "lines": [line]}
        request = {"shipmentId": shipment["id"], "resolution": "CANCEL", "packages": [given]}
        return await story.staff.do(BACK, input=request)

    path = ["input", "packages", "0", "lines", "0", "lots"]
    assert (await back())["path"] == path  # the serial number of the unit is required
    assert (await back("S9"))["path"] == [*path, "0", "number"]
    assert (await back("S1", "S2"))["path"] == path
    assert (await back(other))["__typename"] == "Shipment"
    assert (await back(other))["path"] == [*path, "0", "number"]
    assert (await back())["__typename"] == "Shipment"  # only one unit is left in the parcel
    levels = {
        lot: (await story.staff.ask(LOT, sku="PHONE", number=lot))["stockLot"]["levels"]
        for lot in ("S1", "S2", "S3", "S4")
    }
    back_here = {lot for lot, found in levels.items() if found}
    assert other in back_here and len(back_here) == 2
    (line,) = (await lots_of(story, number))["lines"]["nodes"]
    assert set(line["serials"]) == {"S1", "S2", "S3", "S4"} - back_here
    assert own in {*back_here, *line["serials"]}
    await books_add_up()


async def test_picking_accepts_only_available_lots_and_serials(story: Story):
    await receive(story, "PHONE", "FAR", place=story.west)
    await receive(story, "PHONE", "BAD")
    aside = {"sku": "PHONE", "location": "web-main", "quantity": 1, "to": "QUARANTINED"}
    done = await story.staff.do(ASIDE, i=aside | {"lots": [{"number": "BAD", "quantity": 1}]})
    assert done["__typename"] == "StockLevel", done
    _, id = await released(story, "PHONE", 3)
    _, milk = await released(story, "MILK", 3)
    lots = ["input", "lines", "0", "lots"]
    for work, code, given, path in (
        (id, "PHONE", [("NONE", 1)], [*lots, "0", "number"]),
        (id, "PHONE", [("FAR", 1)], [*lots, "0", "number"]),
        (id, "PHONE", [("BAD", 1)], [*lots, "0", "number"]),
        (id, "PHONE", [("S1", 2)], [*lots, "0", "quantity"]),
        (id, "PHONE", [("S1", 1), ("S1", 1)], [*lots, "1", "number"]),
        (milk, "MILK", [("M1", 3)], [*lots, "0", "quantity"]),
        (milk, "MILK", [("M1", 2), ("M1", 1)], [*lots, "1", "quantity"]),
        (milk, "MILK", [("S1", 1)], [*lots, "0", "number"]),
    ):
        refused = await pick(story, work, code, *given)
        assert refused["__typename"] == "ValidationFailed", (given, refused)
        assert [each["path"] for each in refused["problems"]] == [path], (given, refused)
    asked = "query($id: ID!) { node(id: $id) { ... on FulfillmentOrder { status lines { picked } } } }"
    for each in (id, milk):
        state = (await story.staff.ask(asked, id=each))["node"]
        assert state == {"status": "RELEASED", "lines": [{"picked": 0}]}
    assert (await pick(story, id, "PHONE", ("S1", 1)))["status"] == "PICKING"
    assert (await pick(story, id, "PHONE", (" S2 ", 1)))["lines"][0]["lots"][:2] == [
        {"number": "S1", "quantity": 1, "isPicked": True},
        {"number": "S2", "quantity": 1, "isPicked": True},
    ]
    again = await pick(story, id, "PHONE", ("S2", 1))
    assert "picked for" in again["problems"][0]["message"]
    assert (await story.pick(id))["status"] == "PICKED"  # the last unit by its allocated serial number
    for given in (("M1", 1), ("M1", 1), ("M2", 1)):
        await pick(story, milk, "MILK", given)
    for each in (id, milk):
        assert (await story.ship(each))["status"] == "SHIPPED"
    await books_add_up()


async def test_concurrent_picks_of_one_serial_succeed_for_one_order_only(story: Story):
    works = [(await released(story, "PHONE", 1))[1] for _ in range(3)]
    done = await asyncio.gather(*(pick(story, id, "PHONE", ("S4", 1)) for id in works))
    assert sorted(each["__typename"] for each in done) == ["FulfillmentOrder", *["ValidationFailed"] * 2]
    for id, answer in zip(works, done, strict=True):
        if answer["__typename"] == "ValidationFailed":
            await story.pick(id)
        assert (await story.ship(id))["status"] == "SHIPPED"
    await books_add_up()


async def test_lines_pick_lists_and_packing_slips_show_allocated_and_picked_lots(story: Story):
    number, id = await released(story, "MILK", 3)
    (work,) = (await lots_of(story, number))["fulfillmentOrders"]
    allocated = work["lines"][0]["lots"]
    assert numbers(allocated) == {"M1": 2, "M2": 1} and not any(lot["isPicked"] for lot in allocated)
    place = (await story.staff.ask('{ location(code: "web-main") { id } }'))["location"]["id"]
    make = """mutation($i: PickListCreateInput!) { pickListCreate(input: $i) { ... on PickList { printUrl
        tasks { lots { number quantity isPicked } line { lots { number } } } } } }"""
    made = await story.staff.do(make, i={"locationId": place})
    assert numbers(made["tasks"][0]["lots"]) == {"M1": 2, "M2": 1}
    page = (await story.staff.client.get(made["printUrl"])).text
    assert "2 of <bdi>M1</bdi>" in page and "1 of <bdi>M2</bdi>" in page
    await pick(story, id, "MILK", ("M2", 2))
    (work,) = (await lots_of(story, number))["fulfillmentOrders"]
    assert [(lot["number"], lot["quantity"], lot["isPicked"]) for lot in work["lines"][0]["lots"]] == [
        ("M2", 2, True),
        ("M1", 1, False),
    ]
    await story.pick(id)
    slip = "query($id: ID!) { node(id: $id) { ... on FulfillmentOrder { packingSlipUrl } } }"
    url = (await story.staff.ask(slip, id=id))["node"]["packingSlipUrl"]
    assert "2 × <bdi>M2</bdi>" in (await story.staff.client.get(url)).text
    await story.ship(id)
    order = await lots_of(story, number)
    assert numbers(order["lines"]["nodes"][0]["lots"]) == {"M1": 1, "M2": 2}
    assert order["lines"]["nodes"][0]["serials"] == []
    found = (await story.staff.ask(LOT, sku="MILK", number="M1"))["stockLot"]["movements"]["nodes"]
    assert [(each["reason"], each["quantity"], each["movement"]["quantity"]) for each in found] == [
        ("SALE", 1, 3),
        ("RECEIPT", 2, 2),
    ]
    await books_add_up()


async def test_a_missing_serial_is_another_than_the_picked_one(story: Story):
    number, id = await released(story, "PHONE", 2)
    gone = {"code": "PHONE", "quantity": 1}
    line = {"code": "PHONE", "quantity": 1, "lots": [{"number": "S1"}]}
    done = await story.staff.do(PICK, input={"id": id, "lines": [line], "missing": [gone]})
    assert done["status"] == "PICKED", done
    assert (await story.ship(id))["status"] == "SHIPPED"
    assert (await lots_of(story, number))["lines"]["nodes"][0]["serials"] == ["S1"]
    lost = (await story.staff.ask(LOT, sku="PHONE", number="S2"))["stockLot"]
    assert lost["levels"] == [] and lost["movements"]["nodes"][0]["reason"] == "LOSS"
    _, other = await released(story, "PHONE", 1)
    named = gone | {"lots": [{"number": "S4"}]}
    await story.staff.do(PICK, input={"id": other, "missing": [named]})
    assert (await story.staff.ask(LOT, sku="PHONE", number="S4"))["stockLot"]["levels"] == []
    await books_add_up()


async def test_recalling_a_fulfillment_order_removes_it_from_its_pick_list(story: Story):
    _, id = await released(story, "MILK", 1)
    place = (await story.staff.ask('{ location(code: "web-main") { id } }'))["location"]["id"]
    make = (
        "mutation($i: PickListCreateInput!) { pickListCreate(input: $i) { ... on PickList { id status } } }"
    )
    made = await story.staff.do(make, i={"locationId": place})
    await story.staff.do("mutation($id: ID!) { fulfillmentRecall(id: $id) { __typename } }", id=id)
    ask = "query($id: ID!) { node(id: $id) { ... on PickList { status tasks { position } } } }"
    assert (await story.staff.ask(ask, id=made["id"]))["node"] == {"status": "CANCELLED", "tasks": []}


async def test_a_package_needs_a_configured_box(story: Story):
    _, id = await released(story, "MILK", 1)
    await story.pick(id)
    box = (
        "boxSet(input: {code: CODE, name: CODE, lengthMm: 300, widthMm: 200, heightMm: 100, mostGrams: 900})"
    )
    await story.staff.do("mutation { " + box.replace("CODE", '"small"') + " { __typename } }")
    refused = await story.pack(id, packages=[{"box": "big"}])
    assert [each["path"] for each in refused["problems"]] == [["input", "packages", "0", "box"]]
    await story.staff.do("mutation { " + box.replace("CODE", '"big"') + " { __typename } }")
    assert (await story.pack(id, packages=[{"box": "big"}]))["status"] == "PACKED"

"""Scanned and typed codes: SKUs, barcodes of pieces and of cartons, in every usual notation."""

from typing import Any

import pytest

from app.core.actor import SYSTEM
from app.core.spelling import natural
from app.fulfillment.models import FulfillmentLine
from app.fulfillment.service.warehouse.scanning import Codes, Scanned
from app.inventory.stock.service import adjusting
from app.inventory.stock.service.adjusting import LevelData
from tests.ask import Api
from tests.fulfillment.test_pick_lists import CREATE
from tests.inventory.test_lots import LOT, RECEIVE, TRACK
from tests.journeys.life import RECORD, Story

PIECE, CARTON = "4006381333931", "04006381333948"
UNITS = """
mutation($input: VariantUnitsSetInput!) { variantUnitsSet(input: $input) {
  __typename ... on UserError { message path } ... on ValidationFailed { problems { message path } } } }
"""
BOX = "mutation($input: BoxSetInput!) { boxSet(input: $input) { __typename ... on UserError { message } } }"
BACK = """
mutation($input: ShipmentReceiveBackInput!) { shipmentReceiveBack(input: $input) {
  __typename ... on UserError { message path } ... on ValidationFailed { problems { message path } } } }
"""
UPDATE = "mutation($input: VariantUpdateInput!) { variantUpdate(input: $input) { __typename ... on UserError { message } } }"


@pytest.fixture
async def story(api: Api) -> Story:
    """MUGs with a barcode, and cartons of twelve with another."""
    story = await Story.begin(api)
    await story.sell("MUG", east=100)
    await story.sell("TRAY", east=100)
    mug = (await story.staff.ask('{ variant(sku: "MUG") { id } }'))["variant"]["id"]
    done = await story.staff.do(UPDATE, input={"id": mug, "barcode": "4-006381-333931"})
    assert done["__typename"] == "Variant", done
    units = [{"code": "CARTON", "quantity": 12, "barcode": "0 400638 133394 8"}]
    done = await story.staff.do(UNITS, input={"id": mug, "units": units})
    assert done["__typename"] == "Variant", done
    return story


async def _released(story: Story, *lines: tuple[str, int]) -> str:
    (work,) = await story.work(await story.buy(*lines))
    await story.release(work["id"])
    return str(work["id"])


def _picked(work: dict[str, Any]) -> dict[str, int]:
    return {line["sku"]: line["picked"] for line in work["lines"]}


@pytest.mark.parametrize("code", [CARTON, CARTON[1:], "0 400638 133394 8", " 4006381-333948\u200e"])
async def test_scanning_a_carton_barcode_picks_all_its_units(story: Story, code: str):
    id = await _released(story, ("MUG", 30), ("TRAY", 1))
    work = await story.pick(id, lines=[{"code": code, "quantity": 2}, {"code": PIECE, "quantity": 5}])
    assert _picked(work) == {"MUG": 29, "TRAY": 0}
    refused = (await story.pick(id, lines=[{"code": code}]))["problems"][0]
    assert refused["path"] == ["input", "lines", "0", "quantity"]
    assert refused["message"] == (
        "This carton contains 12 pieces, but only 1 are still to be picked. Scan single pieces."
    )
    assert _picked(await story.pick(id, lines=[{"code": "MUG"}])) == {"MUG": 30, "TRAY": 0}


@pytest.mark.parametrize("code", [PIECE, "0" + PIECE, "4-006381-333931", "MUG", " mug ", "\ufeffMUG", "Mug"])
async def test_a_piece_is_identified_by_its_sku_or_barcode_in_every_notation(story: Story, code: str):
    id = await _released(story, ("MUG", 3))
    assert _picked(await story.pick(id, lines=[{"code": code, "quantity": 2}])) == {"MUG": 2}
    done = await story.pick(id, missing=[{"code": code, "quantity": 1}])
    assert done["status"] == "PICKED"
    packed = await story.pack(id, packages=[{"contents": [{"sku": "\u200fmug", "quantity": 2}]}])
    assert packed["status"] == "PACKED", packed


async def test_a_box_code_is_not_case_sensitive(story: Story):
    box = {
        "code": "small-1",
        "name": "Small",
        "lengthMm": 300,
        "widthMm": 200,
        "heightMm": 100,
        "mostGrams": 5000,
    }
    made = await story.staff.do(BOX, input=box)
    assert made["__typename"] == "Box", made
    id = await _released(story, ("MUG", 2))
    await story.pick(id)
    refused = await story.pack(id, packages=[{"box": "small-2"}])
    assert refused["problems"][0]["path"] == ["input", "packages", "0", "box"]
    assert (await story.pack(id, packages=[{"box": "\u200e Small\u20111 "}]))["status"] == "PACKED"
    asked = "query($id: ID!) { node(id: $id) { ... on FulfillmentOrder { packages { box } } } }"
    assert (await story.staff.ask(asked, id=id))["node"]["packages"] == [{"box": "small-1"}]


async def test_a_lot_number_is_not_case_sensitive(story: Story):
    await story.sell("MILK", east=0)
    milk = (await story.staff.ask('{ variant(sku: "MILK") { id } }'))["variant"]["id"]
    await story.staff.do(TRACK, input={"id": milk, "tracking": "LOT", "tracksExpiry": False})
    lots = [{"number": "LOT-07", "quantity": 5}]
    given = {"sku": "MILK", "location": "web-main", "quantity": 5, "lots": lots}
    assert (await story.staff.do(RECEIVE, input=given))["onHand"] == 5
    id = await _released(story, ("MILK", 3))
    scan = {"code": "milk", "quantity": 3, "lots": [{"number": "\u2066lot\u201307 ", "quantity": 3}]}
    assert _picked(await story.pick(id, lines=[scan])) == {"MILK": 3}
    assert (await story.ship(id))["status"] == "SHIPPED"
    left = await story.staff.ask(LOT, sku="MILK", number="lot-07")
    assert [level["onHand"] for level in left["stockLot"]["levels"]] == [2]


async def test_the_sku_of_a_returned_line_is_not_case_sensitive(story: Story):
    number = await story.buy(("MUG", 3))
    (work,) = await story.work(number)
    shipment = await story.send(work["id"])
    await story.staff.do(RECORD, input={"shipmentId": shipment, "stage": "RETURNED_TO_SENDER"})
    asked = "query($id: ID!) { node(id: $id) { ... on Shipment { packages { id } } } }"
    (package,) = (await story.staff.ask(asked, id=shipment))["node"]["packages"]
    back = {"packageId": package["id"], "lines": [{"sku": " mug\u200f", "quantity": 3}]}
    done = await story.staff.do(
        BACK, input={"shipmentId": shipment, "resolution": "CANCEL", "packages": [back]}
    )
    assert done["__typename"] == "Shipment", done
    assert await story.stock("MUG") == {"web-main": (100, 0)}


async def test_a_missing_carton_counts_as_all_its_units(story: Story):
    id = await _released(story, ("MUG", 20))
    done = await story.pick(id, missing=[{"code": CARTON, "quantity": 1}])
    assert [line["quantity"] for line in done["lines"]] == [8]


def test_skus_that_differ_only_in_case_are_distinguished():
    large, small = (
        FulfillmentLine(sku="MUG", quantity=1, position=1),
        FulfillmentLine(sku="mug", quantity=1, position=2),
    )
    codes = Codes.of([large, small])
    assert codes.find(" mug ") == Scanned([small]) and codes.find("MUG") == Scanned([large])
    assert codes.find("Mug") is None, "ambiguous"
    assert Codes.of([small]).find("Mug") == Scanned([small])


async def test_a_carton_cannot_have_the_barcode_of_its_piece_with_a_leading_zero(story: Story):
    mug = (await story.staff.ask('{ variant(sku: "MUG") { id } }'))["variant"]["id"]
    units = [{"code": "CARTON", "quantity": 12, "barcode": "0" + PIECE}]
    refused = await story.staff.do(UNITS, input={"id": mug, "units": units})
    assert refused["problems"][0]["path"] == ["input", "units", "0", "barcode"]


BINS = ["a-2", "A-1", "A-10", "A-1-3", "A-1-20", "B-1", "A-9"]


async def test_pick_list_tasks_are_in_natural_order_of_their_bins(story: Story):
    walk = ["A-1", "A-1-3", "A-1-20", "a-2", "A-9", "A-10", "B-1"]
    for index, bin in enumerate(BINS):
        await story.sell(f"THING-{index}")
        await adjusting.set_level(SYSTEM, LevelData(f"THING-{index}", story.east, 5, bin=f" {bin}\u200e"))
    await _released(story, *((f"THING-{index}", 1) for index in range(len(BINS))))
    place = (await story.staff.ask('{ location(code: "web-main") { id } }'))["location"]["id"]
    zone = await story.staff.do(CREATE, input={"locationId": place, "kind": "WAVE", "zone": " a "}, key=None)
    assert [task["bin"] for task in zone["tasks"]] == walk[:-1]
    rest = await story.staff.do(CREATE, input={"locationId": place, "kind": "WAVE", "zone": "B"}, key=None)
    assert rest["__typename"] == "InvalidInput" or [task["bin"] for task in rest["tasks"]] == ["B-1"]


def test_natural_order_sorts_numbers_within_texts_by_value():
    assert sorted(["A-10", "A-2", "a-1", "A-1-2", "", "9", "10", "B"], key=natural) == [
        "", "9", "10", "a-1", "A-1-2", "A-2", "A-10", "B",
    ]  # fmt: skip

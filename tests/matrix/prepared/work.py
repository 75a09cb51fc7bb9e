"""Fulfillment orders that are divided, picked, packed or handed over in part, and shipments of several packages."""

from datetime import timedelta
from typing import Any

from app.core import clock
from app.core.ids import from_global
from app.fulfillment.models import Shipment
from tests.matrix.prepared.requests import MAIN, NEAR, Base, Field, Values, Variables, both, given, ids, named
from tests.preparing import PACK, PICK, RELEASE, SHIP, Preparing

TWO = (("A", 2), ("B", 2))
_TWO_PACKAGES = 'fulfillmentPack(input: {id: $id, packages: [{contents: [{sku: "A", quantity: 2}]}, {}]})'
_SENT_BACK = "shipmentTrackingRecord(input: {shipmentId: $id, stage: RETURNED_TO_SENDER})"


async def prepare(to: Preparing) -> None:
    await _warehouse(to)
    await _pick_lists(to)
    await _carriers(to)
    await _shipments(to)


async def _warehouse(to: Preparing) -> None:
    for name, lines, steps in (
        ("to split", TWO, ()),
        ("to pick", TWO, (RELEASE,)),
        ("lots to pick", (("M", 3),), (RELEASE,)),
        ("to pack", TWO, (RELEASE, PICK)),
    ):
        work = await to.work(*lines, steps=steps)
        to.named[name] = work["id"]
        to.named |= {f"{line['sku']} {name}": line["id"] for line in work["lines"]}
    [work] = (await to.order_to_pick_up(NEAR, *TWO))["fulfillmentOrders"]
    await to.steps(work["id"], RELEASE, PICK, "fulfillmentReady(input: {id: $id})")
    to.named |= {f"{line['sku']} to hand over": line["id"] for line in work["lines"]}
    to.named["to hand over"] = work["id"]
    work = await to.work(("A", 3))
    to.named["in three parts"] = work["id"]
    split = "fulfillmentSplit(input: {id: $id, lines: [{lineId: $line, quantity: 1}]})"
    for _ in range(2):
        await to.do(split, id=work["id"], line=work["lines"][0]["id"])
    query = """query($id: ID!) { node(id: $id) { ... on FulfillmentOrder { order { fulfillmentOrders { id } } } } }"""
    parts = (await to.staff.ask(query, id=work["id"]))["node"]["order"]["fulfillmentOrders"]
    first, second = (part["id"] for part in parts if part["id"] != work["id"])
    to.named |= {"first part": first, "second part": second}


async def _pick_lists(to: Preparing) -> None:
    for sku, bin in (("A", "Y-1"), ("B", "Z-1")):
        row = f'{{sku: "{sku}", location: "{MAIN}", bin: "{bin}"}}'
        await to.do(f"stockPolicyBulkSet(input: [{row}], errorPolicy: REJECT_ALL)")
    for name in ("first to list", "second to list"):
        to.named[name] = (await to.work(*TWO, steps=(RELEASE,)))["id"]
    [work] = (await to.order_to_pick_up(NEAR, ("A", 1)))["fulfillmentOrders"]
    await to.steps(work["id"], RELEASE)
    found = await to.staff.ask(
        '{ a: location(code: "web-main") { id } b: location(code: "web-side") { id } }'
    )
    to.named |= {"main": found["a"]["id"], "side": found["b"]["id"]}


async def _carriers(to: Preparing) -> None:
    for code, kind in (("zip", "MANUAL"), ("own", "LABELS"), ("other", "LABELS")):
        await to.do(f'carrierSet(input: {{code: "{code}", name: "{code}", kind: {kind}}})')
    to.named["packed without labels"] = (await to.work(("A", 1), steps=(RELEASE, PICK, PACK)))["id"]


async def _shipments(to: Preparing) -> None:
    """Shipments of two packages, two of which were returned, and one of another carrier and of another location."""
    for name in ("two packages", "delivered in two", "back", "also back"):
        work = await to.work(*TWO, steps=(RELEASE, PICK, _TWO_PACKAGES, SHIP))
        await _remember(to, name, work["id"])
    for name in ("back", "also back"):
        await to.do(_SENT_BACK, id=to.named[name])
    await to.do(
        "shipmentTrackingRecord(input: {shipmentId: $id, stage: DELIVERED})", id=to.named["delivered in two"]
    )
    ship = SHIP.replace("van", "zip")
    await to.work(("A", 1), steps=(RELEASE, PICK, PACK, ship))
    order = await to.order(("A", 1))
    reassign = 'fulfillmentReassign(input: {id: $id, locationId: $side, reason: "because"})'
    [work] = order["fulfillmentOrders"]
    await to.do(reassign, id=work["id"], side=to.named["side"])
    query = "query($id: ID!) { order(id: $id) { fulfillmentOrders { id } } }"
    for each in (await to.staff.ask(query, id=order["id"]))["order"]["fulfillmentOrders"]:
        if each["id"] != work["id"]:
            await to.steps(each["id"], RELEASE, PICK, PACK, SHIP)
    earlier = clock.now() - timedelta(days=5)
    await Shipment.filter(id=from_global(to.named["two packages"])[1]).update(shipped_at=earlier)


async def _remember(to: Preparing, name: str, work: str) -> None:
    query = (
        "query($id: ID!) { node(id: $id) { ... on FulfillmentOrder { shipments { id packages { id } } } } }"
    )
    [shipment] = (await to.staff.ask(query, id=work))["node"]["shipments"]
    to.named[name] = shipment["id"]
    for number, package in enumerate(shipment["packages"], 1):
        to.named[f"package {number} of {name}"] = package["id"]


def _packed(*contents: Variables) -> Base:
    """Some contents in a package, and the other units in another."""
    return both(named(id="to pack"), given(packages=[{"contents": [*contents]}, {}]))


def _picked(name: str, **line: Any) -> Base:
    return both(named(id=name), given(lines=[line]))


def _missing(name: str, **line: Any) -> Base:
    return both(named(id=name), given(missing=[line]))


def _split(side: Any) -> Variables:
    line = {"lineId": side.named["A to split"], "quantity": 1}
    return {"input": {"id": side.named["to split"], "lines": [line]}}


def _handed_over(side: Any) -> Variables:
    line = {"lineId": side.named["A to hand over"], "quantity": 1}
    return {"input": {"id": side.named["to hand over"], "lines": [line]}}


def _received_back(side: Any) -> Variables:
    package = {"packageId": side.named["package 1 of back"]}
    return {"input": {"shipmentId": side.named["back"], "resolution": "SEND_AGAIN", "packages": [package]}}


_LOT = {"number": "M1", "quantity": 1}
_TRACKED = given(stage="IN_TRANSIT")
_LISTED = both(named(locationId="main"), given(kind="BATCH"))
BASES: dict[Field, Base] = {
    ("FulfillmentSplitInput", "lines"): _split,
    ("FulfillmentSplitLineInput", "lineId"): _split,
    ("FulfillmentSplitLineInput", "quantity"): _split,
    ("FulfillmentMergeInput", "otherIds"): lambda side: {
        "input": {"id": side.named["in three parts"], "otherIds": [side.named["first part"]]}
    },
    ("PickLineInput", "code"): _picked("to pick", code="A", quantity=1),
    ("PickLineInput", "lots"): _picked("lots to pick", code="M", quantity=1, lots=[_LOT]),
    ("PickedLotInput", "number"): _picked("lots to pick", code="M", quantity=1, lots=[_LOT]),
    ("PickedLotInput", "quantity"): _picked("lots to pick", code="M", quantity=1, lots=[_LOT]),
    ("PickMissingInput", "code"): _missing("to pick", code="A", quantity=1),
    ("PickMissingInput", "lots"): _missing("lots to pick", code="M", quantity=1, lots=[_LOT]),
    ("FulfillmentPackInput", "packages"): named(id="to pack"),
    ("PackageInput", "contents"): _packed({"sku": "A", "quantity": 1}),
    ("PackageContentInput", "sku"): _packed({"sku": "A", "quantity": 1}),
    ("PackageContentInput", "quantity"): _packed({"sku": "A", "quantity": 1}),
    ("FulfillmentHandOverLineInput", "lineId"): _handed_over,
    ("FulfillmentHandOverLineInput", "quantity"): _handed_over,
    ("PickListCreateInput", "fulfillmentOrderIds"): _LISTED,
    ("PickListCreateInput", "locationId"): _LISTED,
    ("PickListCreateInput", "mostOrders"): _LISTED,
    ("PickListCreateInput", "zone"): both(named(locationId="main"), given(kind="WAVE", zone="Y")),
    ("FulfillmentLabelBuyInput", "carrier"): both(named(id="packed without labels"), given(carrier="own")),
    ("FulfillmentLabelBuyInput", "service"): both(named(id="packed without labels"), given(carrier="own")),
    ("ManifestCreateInput", "carrier"): given(location=MAIN, carrier="van"),
    ("ManifestCreateInput", "location"): given(location=MAIN, carrier="van"),
    ("ShipmentDeliverInput", "at"): named(shipmentId="two packages"),
    ("ShipmentDeliverInput", "packageId"): named(shipmentId="two packages"),
    ("ShipmentTrackingRecordInput", "packageId"): both(named(shipmentId="two packages"), _TRACKED),
    ("ShipmentTrackingCorrectInput", "packageId"): both(
        named(shipmentId="delivered in two", packageId="package 1 of delivered in two"),
        _TRACKED,
        given(reason="because"),
    ),
    ("ShipmentReceiveBackInput", "shipmentId"): both(
        named(shipmentId="back"), given(resolution="SEND_AGAIN")
    ),
    ("ShipmentReceiveBackInput", "packages"): _received_back,
    ("ReceivedBackPackageInput", "packageId"): _received_back,
}
VALUES: dict[Field, Values] = {
    ("FulfillmentSplitInput", "lines"): lambda side: [
        [{"lineId": side.named[f"{sku} to split"], "quantity": 1}] for sku in "AB"
    ],
    ("FulfillmentSplitLineInput", "lineId"): ids("A to split", "B to split"),
    ("FulfillmentMergeInput", "otherIds"): lambda side: [
        [side.named["first part"]],
        [side.named["second part"]],
    ],
    ("PickLineInput", "code"): ["A", "B"],
    ("PickLineInput", "lots"): [[{"number": number, "quantity": 1}] for number in ("M1", "M2")],
    ("PickedLotInput", "number"): ["M1", "M2"],
    ("PickMissingInput", "code"): ["A", "B"],
    ("PickMissingInput", "lots"): [[{"number": number, "quantity": 1}] for number in ("M1", "M2")],
    ("FulfillmentPackInput", "packages"): [[{"weightGrams": grams}] for grams in (500, 600)],
    ("PackageInput", "contents"): [[{"sku": "A", "quantity": quantity}] for quantity in (1, 2)],
    ("PackageContentInput", "sku"): ["A", "B"],
    ("FulfillmentHandOverLineInput", "lineId"): ids("A to hand over", "B to hand over"),
    ("PickListCreateInput", "fulfillmentOrderIds"): lambda side: [
        [side.named["first to list"]],
        [side.named["second to list"]],
    ],
    ("PickListCreateInput", "locationId"): ids("main", "side"),
    ("PickListCreateInput", "zone"): ["Y", "Z"],
    ("FulfillmentLabelBuyInput", "carrier"): ["own", "other"],
    ("FulfillmentLabelBuyInput", "service"): ["fast", "slow"],
    ("ManifestCreateInput", "carrier"): ["van", "zip"],
    ("ManifestCreateInput", "location"): ["web-main", "web-side"],
    ("ShipmentDeliverInput", "at"): lambda side: [
        (clock.now() - timedelta(days=days)).isoformat() for days in (1, 2)
    ],
    ("ShipmentDeliverInput", "packageId"): ids("package 1 of two packages", "package 2 of two packages"),
    ("ShipmentTrackingRecordInput", "packageId"): ids(
        "package 1 of two packages", "package 2 of two packages"
    ),
    ("ShipmentTrackingCorrectInput", "packageId"): ids(
        "package 1 of delivered in two", "package 2 of delivered in two"
    ),
    ("ShipmentReceiveBackInput", "shipmentId"): ids("back", "also back"),
    ("ShipmentReceiveBackInput", "packages"): lambda side: [
        [{"packageId": side.named[f"package {number} of back"]}] for number in (1, 2)
    ],
    ("ReceivedBackPackageInput", "packageId"): ids("package 1 of back", "package 2 of back"),
}

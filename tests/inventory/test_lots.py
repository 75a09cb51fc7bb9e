"""Lots and serial numbers: each shipped lot is recorded, and the earliest expiry is allocated first."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog import queries as catalog
from app.core import clock
from app.core.actor import SYSTEM
from app.core.ids import row_id
from app.core.refusals import Refusal
from app.inventory.receiving import service as receiving
from app.inventory.stock import jobs, queries
from app.inventory.stock.lifecycle import StockBucket
from app.inventory.stock.lot_allocation import Claim, Shelf, allot
from app.inventory.stock.service import releasing, returns, shipping
from app.inventory.stock.service.lot_numbers import LotData
from tests import make
from tests.ask import PLACE, Api, order_input

TRACK = """
mutation($input: VariantTrackingSetInput!) { variantTrackingSet(input: $input) { __typename
  ... on UserError { message path } ... on Variant { tracking tracksExpiry } } }
"""
VARIANT = "query($sku: String!) { variant(sku: $sku) { id } }"
RECEIVE = """
mutation($input: StockReceiveInput!) { stockReceive(input: $input) { __typename
  ... on UserError { message path } ... on ValidationFailed { problems { message path } }
  ... on StockLevel { onHand lots { onHand available lot { number expiresOn isExpired } } } } }
"""
ADJUST = """
mutation($input: StockAdjustInput!) { stockAdjust(input: $input) { __typename
  ... on UserError { message path } ... on StockLevel { onHand lots { onHand damaged lot { number } } } } }
"""
LEVEL = """
query($sku: String!) { stockLevels(filter: { sku: { eq: $sku } }) { nodes {
  onHand reserved available quarantined location { code }
  lots { onHand allocated available quarantined damaged lot { number } }
  lotAllocations { quantity forId lot { number } } } } }
"""
LOT = """
query($sku: String!, $number: String!) { stockLot(sku: $sku, number: $number) {
  number expiresOn isExpired variant { sku } levels { onHand level { location { code } } }
  movements(first: 20) { nodes { reason quantity referenceId movement { quantity lots { quantity lot { number } } } } } } }
"""


def day(days: int) -> str:
    return (clock.today() + timedelta(days=days)).isoformat()


def lot(number: str, quantity: int = 1, expires: int | None = None) -> dict[str, Any]:
    given = {"number": number, "quantity": quantity}
    return given if expires is None else given | {"expiresOn": day(expires)}


async def variant(sku: str) -> Any:
    found = await catalog.variant_by_sku(sku)
    assert found is not None
    return found


@pytest.fixture
async def shop(clean: None) -> make.Shop:
    shop = await make.shop()
    await shop.sell("MILK", stock=0)
    await shop.sell("PHONE", stock=0)
    return shop


@pytest.fixture
async def staff(api: Api, shop: make.Shop) -> Api:
    """A token with all permissions; MILK is tracked by lot and expires, PHONE has serial numbers."""
    staff = api.as_(await make.token())
    for sku, tracking in (("MILK", "LOT"), ("PHONE", "SERIAL")):
        id = (await staff.ask(VARIANT, sku=sku))["variant"]["id"]
        done = await staff.do(
            TRACK, input={"id": id, "tracking": tracking, "tracksExpiry": tracking == "LOT"}
        )
        assert done["tracking"] == tracking
    return staff


async def receive(staff: Api, sku: str, *lots: dict[str, Any], **more: Any) -> dict[str, Any]:
    quantity = more.pop("quantity", sum(each["quantity"] for each in lots))
    given = {"sku": sku, "location": "web-main", "quantity": quantity, "lots": list(lots), **more}
    return await staff.do(RECEIVE, input=given)


async def level(staff: Api, sku: str, code: str = "web-main") -> dict[str, Any]:
    nodes = (await staff.ask(LEVEL, sku=sku))["stockLevels"]["nodes"]
    return next(node for node in nodes if node["location"]["code"] == code)


async def lots_there(staff: Api, sku: str, code: str = "web-main") -> dict[str, tuple[int, int]]:
    """On hand and allocated of each lot, in the order of allocation."""
    found = await level(staff, sku, code)
    return {each["lot"]["number"]: (each["onHand"], each["allocated"]) for each in found["lots"]}


async def test_the_lot_that_expires_first_is_allocated_and_shipped_first_and_its_orders_are_listed(
    staff: Api,
):
    await receive(staff, "MILK", lot("LATE", 5, expires=30), lot("SOON", 3, expires=4))
    order = await staff.do(PLACE, input=order_input(("MILK", 4)))
    assert await lots_there(staff, "MILK") == {"SOON": (3, 3), "LATE": (5, 1)}
    kept = (await level(staff, "MILK"))["lotAllocations"]
    assert {each["lot"]["number"]: each["quantity"] for each in kept} == {"SOON": 3, "LATE": 1}
    assert {each["forId"] for each in kept} == {order["id"]}
    await shipping.ship(SYSTEM, claimant=row_id(order["id"], "Order"))
    assert await lots_there(staff, "MILK") == {"LATE": (4, 0)}
    found = (await staff.ask(LOT, sku="MILK", number="SOON"))["stockLot"]
    assert found["levels"] == [] and found["expiresOn"] == day(4)
    sale, receipt = found["movements"]["nodes"]
    assert (sale["reason"], sale["referenceId"], sale["quantity"]) == ("SALE", order["id"], 3)
    whole = sale["movement"]
    assert whole["quantity"] == 4
    assert {each["lot"]["number"]: each["quantity"] for each in whole["lots"]} == {"SOON": 3, "LATE": 1}
    assert receipt["reason"] == "RECEIPT" and receipt["referenceId"] is not None
    assert await queries.differences() == []


async def test_a_lot_allocation_stays_until_its_units_are_lost_or_released(staff: Api):
    await receive(staff, "MILK", lot("B", 2, expires=20))
    order = await staff.do(PLACE, input=order_input(("MILK", 2)))
    await receive(staff, "MILK", lot("A", 2, expires=10))
    assert await lots_there(staff, "MILK") == {"A": (2, 0), "B": (2, 2)}
    gone = {"sku": "MILK", "location": "web-main", "change": -1, "reason": "DAMAGE", "lots": [lot("B")]}
    await staff.do(ADJUST, input=gone)
    assert await lots_there(staff, "MILK") == {"A": (2, 1), "B": (1, 1)}
    await releasing.release(SYSTEM, claimant=row_id(order["id"], "Order"))
    assert await lots_there(staff, "MILK") == {"A": (2, 0), "B": (1, 0)}
    assert await queries.differences() == []


async def test_an_expired_lot_is_not_sold_and_is_quarantined_by_the_job(staff: Api):
    await receive(staff, "MILK", lot("OLD", 3, expires=1), lot("NEW", 2, expires=9))
    with clock.shifted(timedelta(days=1)):  # its last day
        assert (await staff.do(PLACE, input=order_input(("MILK", 1))))["__typename"] == "Order"
    with clock.shifted(timedelta(days=2)):
        # The job has not run yet; the two remaining units of OLD are not sold nevertheless.
        refused = await staff.do(PLACE, input=order_input(("MILK", 3)))
        assert refused["__typename"] == "InsufficientStock"
        assert await jobs.quarantine_expired() == 3
        assert await jobs.quarantine_expired() == 0
        found = await level(staff, "MILK")
        # The order that had a unit of OLD allocated now has one of NEW.
        assert (found["available"], found["quarantined"]) == (1, 3)
        assert await lots_there(staff, "MILK") == {"OLD": (3, 0), "NEW": (2, 1)}
        back = {
            "sku": "MILK",
            "location": "web-main",
            "quantity": 1,
            "to": "AVAILABLE",
            "from": "QUARANTINED",
        }
        sent = "mutation($input: StockSetAsideInput!) { stockSetAside(input: $input) { ... on UserError { path } } }"
        assert (await staff.do(sent, input=back | {"lots": [lot("OLD")]}))["path"] == [
            "input",
            "lots",
            "0",
            "number",
        ]
    assert await queries.differences() == []


async def test_quarantining_an_expired_lot_backorders_the_latest_order(staff: Api, shop: make.Shop):
    await receive(staff, "MILK", lot("OLD", 2, expires=1), lot("NEW", 2, expires=9))
    first = await staff.do(PLACE, input=order_input(("MILK", 2)))
    second = await staff.do(PLACE, input=order_input(("MILK", 2)))
    with clock.shifted(timedelta(days=2)):
        await jobs.quarantine_expired()
        kept = (await level(staff, "MILK"))["lotAllocations"]
        # The first order had OLD allocated and now gets NEW; the second is backordered.
        assert [(each["forId"], each["lot"]["number"]) for each in kept] == [(first["id"], "NEW")]
        backlog = await queries.reserved_by_variant(row_id(second["id"], "Order"))
        assert backlog == {(await variant("MILK")).id: 2}
    assert await queries.differences() == []


async def test_a_serial_number_is_one_unit_at_one_location(staff: Api, shop: make.Shop):
    await make.location("second")
    await receive(staff, "PHONE", lot("S1"), lot("S2"))
    again = await receive(staff, "PHONE", lot("S1"), location="second")
    assert again["message"] == "The serial number S1 is already on hand."
    assert again["path"] == ["input", "lots"]
    several = "mutation($i: StockReceiptCreateInput!) { stockReceiptCreate(input: $i) { ... on UserError { path } } }"
    lines = [{"sku": "PHONE", "quantity": 1, "lots": [lot("S1")]}]
    assert (await staff.do(several, i={"location": "second", "lines": lines}))["path"] == ["input", "lines"]
    order = await staff.do(PLACE, input=order_input(("PHONE", 1)))
    claimant = row_id(order["id"], "Order")
    # S1 is allocated to the order, and S2 is picked.
    await shipping.ship(SYSTEM, claimant=claimant, picked={"PHONE": [LotData("S2")]})
    assert await lots_there(staff, "PHONE") == {"S1": (1, 0)}
    phone, main = await variant("PHONE"), shop.location
    with pytest.raises(Refusal, match="Only 0 units of it were shipped"):
        await returns.take_back(
            SYSTEM, variant=phone, location=main, quantity=1, claimant=claimant, lots=[LotData("S1")]
        )
    await returns.take_back(  # only S2 was shipped
        SYSTEM, variant=phone, location=main, quantity=1, claimant=claimant, bucket=StockBucket.DAMAGED
    )
    assert await lots_there(staff, "PHONE") == {"S1": (1, 0), "S2": (1, 0)}
    assert await queries.differences() == []


async def test_of_concurrent_receipts_of_one_serial_number_only_one_succeeds(staff: Api, shop: make.Shop):
    places = [shop.location, *[await make.location(f"p{n}") for n in range(5)]]

    async def take_in(place: Any) -> bool:
        try:
            await receiving.receive_one(SYSTEM, sku="PHONE", location=place, quantity=1, lots=[LotData("S9")])
        except Refusal:
            return False
        return True

    done = await asyncio.gather(*(take_in(place) for place in places))
    assert sum(done) == 1
    assert await queries.differences() == []


async def test_a_transfer_moves_the_lots_that_were_shipped(staff: Api):
    await make.location("second")
    await receive(staff, "MILK", lot("A", 4, expires=5), lot("B", 4, expires=9))
    lines = [{"sku": "MILK", "quantity": 6}]
    create = "mutation($input: StockTransferCreateInput!) { stockTransferCreate(input: $input) { ... on StockTransfer { id } } }"
    made = await staff.do(create, input={"source": "web-main", "destination": "second", "lines": lines})
    assert await lots_there(staff, "MILK") == {"A": (4, 4), "B": (4, 2)}
    ship = "mutation($input: StockTransferShipInput!) { stockTransferShip(input: $input) { __typename ... on UserError { message path } } }"
    wrong = [{"sku": "MILK", "lots": [lot("A", 2), lot("B", 2)]}]
    refused = await staff.do(ship, input={"id": made["id"], "picked": wrong})
    assert refused["message"] == "The lots add up to 4 units, but the quantity is 6."
    assert refused["path"] == ["input", "picked", "0", "lots"]
    picked = [{"sku": "MILK", "lots": [lot("A", 2), lot("B", 4)]}]
    await staff.do(ship, input={"id": made["id"], "picked": picked})
    assert await lots_there(staff, "MILK") == {"A": (2, 0)}
    take = "mutation($input: StockTransferReceiveInput!) { stockTransferReceive(input: $input) { __typename ... on UserError { message path } } }"
    found = {"sku": "MILK", "received": 3, "damaged": 1, "lots": [lot("B", 3)], "damagedLots": [lot("A")]}
    await staff.do(take, input={"id": made["id"], "lines": [found], "isComplete": False})
    assert await lots_there(staff, "MILK", "second") == {"A": (1, 0), "B": (3, 0)}
    more = {"sku": "MILK", "received": 2, "lots": [lot("B", 2)]}
    refused = await staff.do(take, input={"id": made["id"], "lines": [more], "isComplete": False})
    assert refused["message"].startswith("Only 1 more units of this lot are in transit.")
    assert refused["path"] == ["input", "lines", "0", "lots", "0"]
    await staff.do(take, input={"id": made["id"], "lines": [{"sku": "MILK", "received": 2}]})
    assert await lots_there(staff, "MILK", "second") == {"A": (2, 0), "B": (4, 0)}
    assert await queries.differences() == []


async def test_a_count_corrects_the_quantities_of_each_lot(staff: Api):
    await receive(staff, "MILK", lot("A", 4, expires=5), lot("B", 4, expires=9))
    start = 'mutation { stockCountStart(input: { location: "web-main", skus: ["MILK"] }) { ... on StockCount { id } } }'
    count = await staff.do(start)
    submit = "mutation($input: StockCountSubmitInput!) { stockCountSubmit(input: $input) { ... on UserError { message path } ... on StockCount { status } } }"
    given = {"sku": "MILK", "quantity": 8}
    refused = await staff.do(submit, input={"countId": count["id"], "lines": [given]})
    assert refused["path"] == ["input", "lines", "0", "lots"]
    given["lots"] = [lot("A", 3), lot("B", 4), lot("C", 1, expires=7)]
    assert (await staff.do(submit, input={"countId": count["id"], "lines": [given]}))["status"] == "COMPLETED"
    assert await lots_there(staff, "MILK") == {"A": (3, 0), "C": (1, 0), "B": (4, 0)}
    assert await queries.differences() == []


async def test_an_expired_lot_found_by_a_count_is_quarantined_and_not_allocated(staff: Api):
    await receive(staff, "MILK", lot("NEW", 4, expires=30))
    await staff.do(PLACE, input=order_input(("MILK", 3)))
    start = 'mutation { stockCountStart(input: { location: "web-main", skus: ["MILK"] }) { ... on StockCount { id } } }'
    count = await staff.do(start)
    submit = "mutation($input: StockCountSubmitInput!) { stockCountSubmit(input: $input) { ... on StockCount { status } } }"
    given = {"sku": "MILK", "quantity": 5, "lots": [lot("OLD", 5, expires=-2)]}
    done = await staff.do(submit, input={"countId": count["id"], "lines": [given]})
    assert done["status"] == "COMPLETED"
    found = await level(staff, "MILK")
    assert (found["onHand"], found["quarantined"], found["available"], found["reserved"]) == (5, 5, 0, 0)
    assert await queries.differences() == []


WRONG = {
    "no lot": ("MILK", {"quantity": 2}, "MILK is tracked by lot. List the lots.", ["lots"]),
    "too few": ("MILK", {"quantity": 3, "lots": [lot("A", 2, 5)]}, "The lots add up to 2 units, but the quantity is 3.", ["lots"]),
    "no expiry date": ("MILK", {"quantity": 1, "lots": [lot("A")]}, "Enter the expiry date, which is required for MILK.", ["lots", "0", "expiresOn"]),
    "expired": ("MILK", {"quantity": 1, "lots": [lot("A", 1, -1)]}, "The lot has expired. Its stock state can only be QUARANTINED or DAMAGED.", ["lots", "0", "number"]),
    "twice": ("MILK", {"quantity": 2, "lots": [lot("A", 1, 5), lot("A", 1, 5)]}, "This lot is listed twice.", ["lots", "1", "number"]),
    "empty": ("MILK", {"quantity": 1, "lots": [lot("", 1, 5)]}, ("The number must have 1 to 60 printable characters, without a space at the start or "
"the end."), ["lots", "0", "number"]),
    "below one": ("MILK", {"quantity": 1, "lots": [lot("A", -1, 5), lot("B", 2, 5)]}, "The quantity must be at least 1.", ["lots", "0", "quantity"]),
    "two of a serial": ("PHONE", {"quantity": 2, "lots": [lot("S", 2)]}, "A serial number must have the quantity 1.", ["lots", "0", "quantity"]),
    "not tracked by lot": ("PLAIN", {"quantity": 1, "lots": [lot("A")]}, "PLAIN is not tracked by lot or serial number.", ["lots"]),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
async def test_invalid_lots_are_refused_and_nothing_is_stored(staff: Api, shop: make.Shop, case: str):
    sku, given, message, path = WRONG[case]
    await shop.sell("PLAIN", stock=0)
    refused = await staff.do(RECEIVE, input={"sku": sku, "location": "web-main", **given})
    assert (refused["message"], refused["path"][1:]) == (message, path)
    assert (await staff.ask("{ stockLots { nodes { number } } }"))["stockLots"]["nodes"] == []


async def test_the_expiry_date_of_an_existing_lot_cannot_be_changed_by_a_receipt(staff: Api):
    await receive(staff, "MILK", lot("A", 1, expires=5))
    refused = await receive(staff, "MILK", lot("A", 1, expires=6))
    assert refused["message"].startswith("This lot already exists with another expiry date")
    assert (await receive(staff, "MILK", lot("A", 2)))["lots"][0]["onHand"] == 3


async def test_changes_of_tracked_stock_must_name_existing_lots(staff: Api):
    await receive(staff, "MILK", lot("A", 4, expires=5))
    taken = {"sku": "MILK", "location": "web-main", "change": -2, "reason": "LOSS"}
    assert (await staff.do(ADJUST, input=taken))["path"] == ["input", "lots"]
    unknown = await staff.do(ADJUST, input=taken | {"lots": [lot("Z", 2)]})
    assert unknown["message"] == "MILK has no such lot."
    await receive(staff, "MILK", lot("B", 2, expires=9))
    more = await staff.do(ADJUST, input=taken | {"change": -5, "lots": [lot("A", 5)]})
    assert more["message"] == "There are fewer than 5 units of A on the shelf."
    bulk = "mutation($input: [StockRowInput!]!) { stockBulkSet(input: $input) { ... on BulkResult { rows { error { message } } } } }"
    set_to = [{"sku": "MILK", "location": "web-main", "onHand": 3}]
    done = await staff.post(bulk, {"input": set_to})
    assert "Receive, adjust or count" in done.text
    assert await queries.differences() == []


async def test_tracking_can_be_changed_only_while_there_is_no_stock(staff: Api, shop: make.Shop):
    await shop.sell("FULL", stock=3)
    ids = {sku: (await staff.ask(VARIANT, sku=sku))["variant"]["id"] for sku in ("FULL", "MILK")}
    refused = await staff.do(TRACK, input={"id": ids["FULL"], "tracking": "LOT"})
    assert (
        refused["path"] == ["input", "tracking"]
        and "Tracking can be changed only without any" in refused["message"]
    )
    refused = await staff.do(TRACK, input={"id": ids["MILK"], "tracking": "NONE", "tracksExpiry": True})
    assert refused["path"] == ["input", "tracksExpiry"]
    assert (await staff.do(TRACK, input={"id": ids["MILK"], "tracking": "NONE"}))["tracking"] == "NONE"
    await shop.stock("MILK", 5)
    assert (await level(staff, "MILK"))["onHand"] == 5


async def test_lots_are_filtered_by_expiry_sku_location_and_stock(staff: Api):
    await receive(staff, "MILK", lot("A", 1, expires=5), lot("B", 1, expires=50))
    await receive(staff, "PHONE", lot("S1"))
    asked = "query($filter: StockLotFilter) { stockLots(filter: $filter) { nodes { number } } }"

    async def found(**filter: Any) -> list[str]:
        nodes = (await staff.ask(asked, filter=filter))["stockLots"]["nodes"]
        return [node["number"] for node in nodes]

    assert await found(expiresOn={"lte": day(10)}) == ["A"]
    assert await found(sku={"eq": "PHONE"}) == ["S1"]
    assert await found(location={"eq": "nowhere"}) == []
    gone = {"sku": "PHONE", "location": "web-main", "change": -1, "reason": "LOSS", "lots": [lot("S1")]}
    await staff.do(ADJUST, input=gone)
    assert await found(isOnHand={"eq": False}) == ["S1"]


async def test_lots_are_visible_only_with_permission_for_their_location(
    api: Api, staff: Api, shop: make.Shop
):
    await receive(staff, "MILK", lot("A", 1, expires=5))
    other = await make.shop("other")
    stranger = api.as_(await make.token(channels=[other.channel]))
    nodes = (await stranger.ask("{ stockLots { nodes { number } } }"))["stockLots"]["nodes"]
    assert nodes == []
    assert (await stranger.ask(LOT, sku="MILK", number="A"))["stockLot"] is None


shelves = st.lists(st.integers(0, 6), max_size=4)
quantities = st.lists(st.integers(1, 6), max_size=5)


@given(shelves, quantities, st.data())
def test_lots_are_allotted_to_claims_in_order_and_an_allotment_is_stable(
    there: list[int], wanted: list[int], data: st.DataObject
):
    rows = [Shelf(UUID(int=n), units) for n, units in enumerate(there)]
    claims = [Claim(UUID(int=100 + n), units) for n, units in enumerate(wanted)]
    before = {(claim.id, row.lot_id): data.draw(st.integers(0, 6)) for claim in claims for row in rows}
    kept = allot(claims, rows, before)
    for row in rows:
        assert sum(n for (_, lot_id), n in kept.items() if lot_id == row.lot_id) <= row.quantity
    left = sum(there)
    for claim in claims:
        mine = sum(n for (id, _), n in kept.items() if id == claim.id)
        assert mine == min(claim.quantity, left)
        left -= mine
    assert allot(claims, rows, kept) == kept

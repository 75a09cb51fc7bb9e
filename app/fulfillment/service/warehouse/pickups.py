"""Orders that are picked up at their location: ready, kept until a day, handed over in one or more parts."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from app.core.database import Change, insert, update_each
from app.core.days import checked_coming_day
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problems
from app.core.uow import UnitOfWork, command
from app.fulfillment import lifecycle as life
from app.fulfillment import queries
from app.fulfillment.conditions import refuse_hand_over, refuse_make_ready
from app.fulfillment.contents import as_stored, deal, lots_of
from app.fulfillment.events import (
    FulfillmentCollected,
    FulfillmentPickupExtended,
    FulfillmentReady,
    FulfillmentSplit,
)
from app.fulfillment.lifecycle import ShipmentStage
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder, Package, Shipment
from app.fulfillment.service.carriers.shipment_status import update_shipment_status
from app.fulfillment.service.carriers.tracking import LONGEST_PLACE, LONGEST_TEXT, TrackingData, record_of
from app.fulfillment.service.event_fields import event_fields, units_of
from app.fulfillment.service.locking import OrderWork, locked_work
from app.fulfillment.service.progress import report_progress
from app.fulfillment.service.saving import changed, save
from app.fulfillment.service.warehouse.issuing import issue_stock
from app.fulfillment.service.warehouse.packing import open_packages
from app.fulfillment.service.warehouse.shipping import (
    ShipData,
    add_packages,
    packages_to_ship,
    shipment_of,
)
from app.fulfillment.service.warehouse.splitting import KEPT
from app.fulfillment.service.warehouse.undoing_ready import TERM, not_ready
from app.orders.models import Order
from app.orders.pickup import Pickup

PICKUP = "pickup"  # in place of a carrier
MOST_DAYS = 365


@command
async def make_ready(
    uow: UnitOfWork, id: UUID, *, keep_until: date | None = None, expected_version: int | None = None
) -> FulfillmentOrder:
    """Mark a fulfillment order as ready for pick-up; the buyer is notified.

    It is kept until a day of the location, by default for as many days as the order recorded.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
        NotReleasable: the order is on hold.
        Invalid: it is shipped, or the last day is in the past or too late.
    """
    known = await locked_work(uow, id, expected_version=expected_version)
    row = known.row
    refuse_make_ready(row, known.order)
    pickup = _pickup_of(known.order)
    day = _last_day(uow, pickup, keep_until) or pickup.last_day(uow.at)
    row.ready_at, row.keep_until, row.pickup_ends_at = uow.at, day, pickup.end_of(day)
    life.lifecycle.move(row, life.make_ready)
    known.changes.append(changed(uow, row, *TERM))
    lines = units_of(await known.own_lines())
    uow.announce(
        FulfillmentReady(**event_fields(row), units=row.units, keep_until=day.isoformat(), lines=lines)
    )
    await report_progress(uow, known.order, known)
    await known.write()
    return row


@command
async def undo_ready(uow: UnitOfWork, id: UUID, *, expected_version: int | None = None) -> FulfillmentOrder:
    """Take back that a fulfillment order is ready for pick-up: it is picked, and its packages are opened.

    A buyer who was told that it is ready is told that it is not.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
    """
    known = await locked_work(uow, id, expected_version=expected_version)
    row = known.row
    await not_ready(uow, row, await known.own_lines())
    known.changes.append(changed(uow, row, *TERM, "packed_at"))
    await report_progress(uow, known.order, known)
    await known.write()
    return row


@command
async def extend(
    uow: UnitOfWork, id: UUID, keep_until: date, *, expected_version: int | None = None
) -> FulfillmentOrder:
    """Change the last day on which a fulfillment order that is ready can be picked up.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
        Invalid: the day is in the past, too late or unchanged.
    """
    known = await locked_work(uow, id, expected_version=expected_version)
    row = known.row
    life.lifecycle.refuse_unless(row, life.hand_over)
    pickup = _pickup_of(known.order)
    _last_day(uow, pickup, keep_until)
    if keep_until == row.keep_until:
        raise Invalid("It is kept until this day already.", "keep_until", code=ProblemCode.NO_CHANGE)
    row.keep_until, row.pickup_ends_at = keep_until, pickup.end_of(keep_until)
    known.changes.append(changed(uow, row, *TERM))
    uow.announce(FulfillmentPickupExtended(**event_fields(row), keep_until=keep_until.isoformat()))
    await known.write()
    return row


def _pickup_of(order: Order) -> Pickup:
    pickup = Pickup.of(order)
    assert pickup is not None  # all work of an order that is picked up is for its pick-up
    return pickup


def _last_day(uow: UnitOfWork, pickup: Pickup, day: date | None) -> date | None:
    """The requested last day, checked against the date at the location."""
    if day is None:
        return None
    checked_coming_day(day, "keep_until")
    today = pickup.day_of(uow.at)
    if day < today:
        raise Invalid("The day has passed at the location.", "keep_until", code=ProblemCode.IN_THE_PAST)
    if (day - today).days > MOST_DAYS:
        raise Invalid(
            f"An order can be kept for at most {MOST_DAYS} days.",
            "keep_until",
            code=ProblemCode.TOO_LARGE,
            maximum=MOST_DAYS,
        )
    return day


@command
async def hand_over(
    uow: UnitOfWork,
    id: UUID,
    *,
    units: Mapping[UUID, int] | None = None,
    collected_by: str = "",
    note: str = "",
    expected_version: int | None = None,
) -> FulfillmentOrder:
    """Hand a fulfillment order, or some units of its lines, over to the buyer. They leave stock.

    The rest becomes another fulfillment order that is ready for pick-up.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
        NotReleasable: the order is on hold.
        Invalid, ValidationFailed: lines of another fulfillment order, too many units, or texts that are too
            long.
        InsufficientStock: its units are not in stock.
    """
    data = TrackingData(ShipmentStage.DELIVERED, text=note.strip(), signed_by=collected_by.strip())
    _check_texts(data)
    known = await locked_work(uow, id, expected_version=expected_version)
    refuse_hand_over(known.row, known.order)
    if units is not None and await _leave_rest(uow, known, units):
        known = await locked_work(uow, id)
    row, parts = known.row, await known.own_lines()
    packages = known.packages[row.id] = await packages_to_ship(row, parts, ShipData(carrier=PICKUP))
    life.lifecycle.move(row, life.hand_over)
    await issue_stock(uow, row, parts, packages)
    made = shipment_of(uow, row, ShipData(carrier=PICKUP))
    add_packages(made, packages, ShipData(carrier=PICKUP))
    row.shipped_at, row.carrier = uow.at, PICKUP
    known.new.append([made])
    columns = ("shipment_id", "carrier", "stage", "contents")
    known.changes += [Change(packages, columns), changed(uow, row, "shipped_at", "carrier")]
    await known.write()
    await _record_collected(uow, known, made, packages, data)
    lines = units_of(parts)
    uow.announce(
        FulfillmentCollected(
            **event_fields(row), shipment_id=made.id, units=sum(part.quantity for part in parts), lines=lines
        )
    )
    await report_progress(uow, known.order, known)
    await known.write()
    return row


async def _record_collected(
    uow: UnitOfWork, known: OrderWork, shipment: Shipment, packages: Sequence[Package], data: TrackingData
) -> None:
    """Record that all packages of a shipment are with the buyer."""
    await insert([record_of(uow, package, data) for package in packages])
    for package in packages:
        package.stage, package.delivered_at = ShipmentStage.DELIVERED, uow.at
        package.signed_by = data.signed_by
    known.changes.append(Change(packages, ("stage", "delivered_at", "signed_by")))
    await update_shipment_status(uow, known, shipment, packages)


def _check_texts(data: TrackingData) -> None:
    problems = Problems()
    for name, text, longest in (
        ("collected_by", data.signed_by, LONGEST_PLACE),
        ("note", data.text, LONGEST_TEXT),
    ):
        if len(text) > longest:
            problems.add(
                f"This must have at most {longest} characters.",
                name,
                code=ProblemCode.TOO_LONG,
                maximum=longest,
            )
    problems.refuse_if_any()


async def _leave_rest(uow: UnitOfWork, known: OrderWork, units: Mapping[UUID, int]) -> bool:
    """Move what is not handed over to a fulfillment order of its own; whether there is anything."""
    row, parts = known.row, await known.own_lines()
    lots = await queries.lots_by_line([part.id for part in parts])
    mixed = {part.id for part, own in zip(parts, lots, strict=True) if len({lot.number for lot in own}) > 1}
    _check_units(parts, units, mixed)
    if sum(units.values()) == row.units:
        return False
    made = FulfillmentOrder(
        id=new_id(),
        number=f"{known.order.number}-{len(known.rows) + 1}",
        units=row.units - sum(units.values()),
        created_at=uow.at,
        updated_at=uow.at,
        **{name: getattr(row, name) for name in (*KEPT, *TERM, "picker", "picked_at")},
    )
    await insert([made])
    added = [rest for part in parts if (rest := _rest_of(part, made, units.get(part.id, 0))) is not None]
    for position, part in enumerate([part for part in parts if part.fulfillment_order_id == made.id], 1):
        part.position = position
    await insert(added)
    await update_each(parts, "fulfillment_order_id", "position", "quantity", "picked", "lots")
    await open_packages(uow, row)
    row.units, row.packed_at = sum(units.values()), None
    await save(uow, row, "units", "packed_at")
    uow.announce(
        FulfillmentSplit(
            **event_fields(row),
            new_fulfillment_order_id=made.id,
            new_number=made.number,
            lines=units_of(await queries.lines_of([made.id])),
        )
    )
    return True


def _rest_of(part: FulfillmentLine, made: FulfillmentOrder, out: int) -> FulfillmentLine | None:
    """Leave `out` units in a line; the rest is a new line, or the line itself if nothing is handed over."""
    rest = part.quantity - out
    if not out:
        part.fulfillment_order_id = made.id
        return None
    if not rest:
        return None
    lots = lots_of(part.lots)
    taken = deal(lots, out)  # one lot, so `lots` are the rest of it
    part.quantity, part.picked, part.lots = out, out, as_stored(taken) or None
    return FulfillmentLine(
        id=new_id(),
        fulfillment_order_id=made.id,
        order_line_id=part.order_line_id,
        variant_id=part.variant_id,
        sku=part.sku,
        name=part.name,
        tracks_stock=part.tracks_stock,
        quantity=rest,
        picked=rest,
        lots=as_stored(lots) or None,
        position=part.position,
    )


def _check_units(
    parts: Sequence[FulfillmentLine], units: Mapping[UUID, int], mixed: Collection[UUID]
) -> None:
    """Check the units to hand over; `mixed` are the lines of several lots, which are not divided."""
    problems = Problems()
    by_id = {part.id: part for part in parts}
    for index, (line_id, wanted) in enumerate(units.items()):
        part, path = by_id.get(line_id), ("lines", str(index))
        if part is None:
            text = "This line does not belong to the fulfillment order."
            problems.add(text, *path, "line_id", code=ProblemCode.NOT_FOUND)
        elif not 1 <= wanted <= part.quantity:
            problems.add(
                f"It has {part.quantity} of it.",
                *path,
                "quantity",
                code=ProblemCode.NOT_IN_RANGE,
                minimum=1,
                maximum=part.quantity,
            )
        elif wanted < part.quantity and line_id in mixed:
            text = "The line has several lots or serial numbers. Hand all of its units over together."
            problems.add(text, *path, "quantity", code=ProblemCode.NOT_POSSIBLE_NOW)
    if not units:
        problems.add("List the units to hand over.", "lines", code=ProblemCode.REQUIRED)
    problems.refuse_if_any()

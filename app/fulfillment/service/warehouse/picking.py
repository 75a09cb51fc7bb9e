"""Picking: by scan, with lots, short picks, and putting back."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.catalog import queries as catalog
from app.catalog.models import Variant
from app.core.database import Change
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problem, Problems
from app.core.spelling import spelled
from app.core.uow import UnitOfWork, command
from app.fulfillment import lifecycle as life
from app.fulfillment.conditions import refuse_pick
from app.fulfillment.contents import Lots, added, as_stored, deal, lots_of
from app.fulfillment.events import (
    FulfillmentPicked,
    FulfillmentPickingBegun,
    FulfillmentUnitsPicked,
    FulfillmentUnpicked,
)
from app.fulfillment.lifecycle import IN_HAND, FulfillmentOrderStatus
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder
from app.fulfillment.service.event_fields import event_fields
from app.fulfillment.service.locking import OrderWork, locked_work
from app.fulfillment.service.progress import report_progress
from app.fulfillment.service.saving import changed
from app.fulfillment.service.warehouse.pick_lists import finish_lists, remove_from_lists
from app.fulfillment.service.warehouse.picked_lots import AvailableLots, PickedLot
from app.fulfillment.service.warehouse.scanning import Codes, Scanned
from app.fulfillment.service.warehouse.short_picks import Gap, resolve_short_picks
from app.inventory.stock import queries as stock

S = FulfillmentOrderStatus
LONGEST_LOT = 60


@dataclass(frozen=True, slots=True)
class Scan:
    """What was picked of a SKU, identified by SKU or barcode: units, or
    whole cartons for a carton's barcode.
    """

    code: str
    quantity: int = 1
    lots: Sequence[PickedLot] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """Missing units of a SKU; `substitute` is the SKU shipped instead.

    `lots` are the missing lots, if known; otherwise allocated lots that were not picked.
    """

    code: str
    quantity: int
    substitute: str = ""
    lots: Sequence[PickedLot] = ()


@dataclass(frozen=True, slots=True)
class PickData:
    """What was picked. Without scans and missing units: everything."""

    scans: Sequence[Scan] = ()
    missing: Sequence[Missing] = ()
    picker: str = ""


@command
async def pick(
    uow: UnitOfWork, id: UUID, data: PickData, *, expected_version: int | None = None
) -> FulfillmentOrder:
    """Record picked and missing units. The fulfillment order is picked with its last unit.

    Missing units are written off. A substitute is shipped if the picker names one; otherwise other locations
    ship them, or they are backordered or cancelled by the channel's policy. If nothing is left to pick here,
    the fulfillment order ends.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
        NotReleasable: the order is on hold.
        ValidationFailed: an unknown code, too many units, or an invalid substitute.
        InsufficientStock: the substitute is missing too.
    """
    known = await locked_work(uow, id, expected_version=expected_version)
    order, row = known.order, known.row
    refuse_pick(row, order)
    parts = await known.own_lines()
    lots = await _available_lots(uow, known, data)
    taken, missing = await _read_input(parts, data, lots)
    await _refuse_unreserved(known, taken)
    if row.status is S.RELEASED:
        life.lifecycle.move(row, life.begin)
        row.picker = data.picker[:200] or uow.actor.name
    for part, units, own in taken:
        part.picked += units
        if own:
            part.lots = as_stored(added(lots_of(part.lots), own))
    known.changes.append(Change([part for part, _, _ in taken], ("picked", "lots")))
    if missing:
        known.changes.append(changed(uow, row, "picker"))
        await known.write()
        await resolve_short_picks(uow, order, row, missing)
        known = await locked_work(uow, id)  # others have worked on it
        row, parts = known.row, await known.own_lines()
    _advance(uow, known, parts, sum(units for _, units, _ in taken))
    await report_progress(uow, known.order, known)
    await known.write()
    if row.status is S.PICKED:
        await finish_lists(uow, parts)
    return row


async def _available_lots(uow: UnitOfWork, known: OrderWork, data: PickData) -> AvailableLots | None:
    """The pickable lots at the location, if any are scanned. They are locked against other picks."""
    if not any(each.lots for each in data.scans) and not any(each.lots for each in data.missing):
        return None
    await stock.locked_ready_units(known.row.order_id, known.row.location_id)
    return AvailableLots(uow, known.row)


async def _refuse_unreserved(known: OrderWork, taken: "Taken") -> None:
    """Check that the picked units are still reserved for the order; from now on they stay with it.

    Raises:
        Invalid: a count or another loss has just taken them away.
    """
    row = known.row
    tracked = [(part, units) for part, units, _ in taken if part.tracks_stock and units]
    if not tracked:
        return
    kept = await stock.locked_ready_units(row.order_id, row.location_id)
    in_hand = {
        each.id for each in known.rows if each.location_id == row.location_id and each.status in IN_HAND
    }
    for part in await known.lines():
        if part.fulfillment_order_id in in_hand and part.tracks_stock:
            kept[part.variant_id] = kept.get(part.variant_id, 0) - part.picked
    for part, units in tracked:
        there = max(0, kept.get(part.variant_id, 0))
        if units > there:
            raise Invalid(
                (
                    f"Only {there} units of {part.sku} are reserved for this order now, because "
                    "the stock has just changed. Pick these, or try again."
                ),
                "id",
                code=ProblemCode.NOT_ENOUGH,
                available=there,
            )
        kept[part.variant_id] = there - units


def _advance(uow: UnitOfWork, known: OrderWork, parts: Sequence[FulfillmentLine], units: int) -> None:
    row = known.row
    if row.status is not S.PICKING:
        return  # nothing was left of it
    is_done = all(part.picked == part.quantity for part in parts)
    if is_done:
        life.lifecycle.move(row, life.pick)
        row.picked_at = uow.at
    known.changes.append(changed(uow, row, "picker", "picked_at"))
    if is_done:
        uow.announce(FulfillmentPicked(**event_fields(row), units=sum(part.picked for part in parts)))
    elif units:
        uow.announce(FulfillmentUnitsPicked(**event_fields(row), units=units))
    else:
        uow.announce(FulfillmentPickingBegun(**event_fields(row), picker=row.picker))


Taken = list[tuple[FulfillmentLine, int, Lots]]


async def _read_input(
    parts: Sequence[FulfillmentLine], data: PickData, at_hand: AvailableLots | None
) -> tuple[Taken, list[Gap]]:
    """The lines of the scans and of the missing units."""
    if not data.scans and not data.missing:
        return [(part, part.quantity - part.picked, {}) for part in parts if part.quantity > part.picked], []
    problems = Problems()
    codes = await Codes.with_barcodes(parts)
    left = {part.id: part.quantity - part.picked for part in parts}
    taken: Taken = []
    missing: list[Gap] = []
    substitutes = await _substitutes(parts, data.missing, codes, problems)
    entries: list[tuple[str, int, Scan | Missing]] = [("lines", n, scan) for n, scan in enumerate(data.scans)]
    entries += [("missing", n, gone) for n, gone in enumerate(data.missing)]
    for kind, index, each in entries:
        wanted, of_one = codes.find(each.code) or Scanned(())
        free = sum(left[part.id] for part in wanted)
        problem = _problem(each, wanted, of_one, free)
        found, lots = ([problem], Lots()) if problem else ([], Lots())
        if not found and at_hand is not None and each.lots:
            found, lots = await at_hand.take(wanted[0], each.lots)
        for problem in found:
            problems.note(problem, kind, str(index))
        if found:
            continue
        for part, units in _distribute(wanted, each.quantity * of_one, left):
            own = deal(lots, units)
            if isinstance(each, Scan):
                taken.append((part, units, own))
            else:
                missing.append(Gap(part, units, index, substitutes.get(index), own))
    problems.refuse_if_any()
    return taken, missing


async def _substitutes(
    parts: Sequence[FulfillmentLine],
    missing: Sequence[Missing],
    codes: Codes,
    problems: Problems,
) -> dict[int, Variant]:
    """The substitutes of missing units, by index in the input."""
    if not any(each.substitute for each in missing):
        return {}
    ids = list({part.variant_id for part in parts})
    known = dict(zip(ids, await catalog.substitutes_by_variant(ids), strict=True))
    found = {}
    for index, each in enumerate(missing):
        wanted = codes.find(each.code)
        if not each.substitute or wanted is None:
            continue
        part = wanted.parts[0]
        fitting = [row for row in known[part.variant_id] if row.sku == spelled(each.substitute)]
        path = ("missing", str(index), "substitute")
        if not fitting:
            allowed = ", ".join(row.sku for row in known[part.variant_id]) or "none"
            problems.add(
                f"This SKU is not a substitute. Substitutes: {allowed}.",
                *path,
                code=ProblemCode.UNKNOWN_CHOICE,
                choices=[row.sku for row in known[part.variant_id]],
            )
        else:
            found[index] = fitting[0]
    return found


def _problem(
    each: Scan | Missing, wanted: Sequence[FulfillmentLine], of_one: int, free: int
) -> Problem | None:
    """The problem of a scan, if any; one scanned code stands for `of_one` units."""
    if not wanted:
        text = f"{each.code[:80]!r} is not in this fulfillment order."
        return Problem(text, ("code",), ProblemCode.NOT_FOUND, {"given": each.code[:80]})
    most = free // of_one
    if not 1 <= each.quantity <= most:
        text = (
            (f"The quantity must be between 1 and {most}, the number of units still to be picked.")
            if most
            else "All units are already picked."
        )
        if free and of_one > 1:
            text = (
                f"This carton contains {of_one} pieces, but only {free} are still to be "
                "picked. Scan single pieces."
            )
        return Problem(text, ("quantity",), ProblemCode.NOT_ENOUGH, {"minimum": 1, "available": most})
    if any(lot.quantity < 1 or not 1 <= len(lot.number.strip()) <= LONGEST_LOT for lot in each.lots):
        text = (
            f"The number of a lot must have 1 to {LONGEST_LOT} characters, and its "
            "quantity must be at least 1."
        )
        return Problem(text, ("lots",), ProblemCode.MALFORMED)
    if each.lots and sum(lot.quantity for lot in each.lots) != each.quantity * of_one:
        text = "The quantities of the lots do not add up to the quantity of the line."
        return Problem(text, ("lots",), ProblemCode.CONTRADICTION, {"field": "quantity"})
    return None


def _distribute(
    parts: Sequence[FulfillmentLine], quantity: int, left: dict[UUID, int]
) -> list[tuple[FulfillmentLine, int]]:
    found = []
    for part in parts:
        units = min(quantity, left[part.id])
        if units:
            left[part.id] -= units
            quantity -= units
            found.append((part, units))
    return found


@command
async def unpick(uow: UnitOfWork, id: UUID, *, expected_version: int | None = None) -> FulfillmentOrder:
    """Put picked units back on the shelf: the fulfillment order is released again.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
    """
    known = await locked_work(uow, id, expected_version=expected_version)
    row, parts = known.row, await known.own_lines()
    life.lifecycle.move(row, life.unpick)
    units = sum(part.picked for part in parts)
    for part in parts:
        part.picked, part.lots = 0, None
    await remove_from_lists(uow, parts)
    known.changes.append(Change(parts, ("picked", "lots")))
    row.picker, row.picked_at = "", None
    known.changes.append(changed(uow, row, "picker", "picked_at"))
    uow.announce(FulfillmentUnpicked(**event_fields(row), units=units))
    await report_progress(uow, known.order, known)
    await known.write()
    return row

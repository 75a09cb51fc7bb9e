"""Short picks: units that are missing at their location."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.catalog.models import Variant
from app.core.database import insert, update_each
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, ValidationFailed
from app.core.uow import UnitOfWork
from app.fulfillment import lifecycle as life
from app.fulfillment import queries
from app.fulfillment.contents import Lots, deal, less, lots_of
from app.fulfillment.events import FulfillmentCancelled, FulfillmentPickedShort
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder
from app.fulfillment.service.event_fields import event_fields
from app.fulfillment.service.locking import lines_of, locked_order
from app.fulfillment.service.saving import save
from app.fulfillment.service.warehouse.pick_lists import drop_lines
from app.inventory.locations import queries as locations
from app.inventory.sourcing import ShortPick
from app.inventory.stock import queries as stock
from app.inventory.stock.lifecycle import ReservationPriority
from app.inventory.stock.service import missing_units, releasing
from app.inventory.stock.service.lot_numbers import LotData
from app.orders import queries as orders
from app.orders.editing import live
from app.orders.lifecycle import CancelReason
from app.orders.models import Order, OrderLine
from app.orders.pickup import destination_of
from app.orders.service import cancelling, editing, promising
from app.orders.service.edits import EditData, LineEdit


@dataclass(frozen=True, slots=True)
class Gap:
    """Missing units of a line; `instead` is the substitute that the picker has.

    `index` is the index in the input. `lots` are the missing lots, if known.
    """

    part: FulfillmentLine
    units: int
    index: int
    instead: Variant | None = None
    lots: Lots = field(default_factory=Lots)


async def resolve_short_picks(
    uow: UnitOfWork, order: Order, row: FulfillmentOrder, gaps: Sequence[Gap]
) -> tuple[Order, FulfillmentOrder]:
    """Write off missing units, find others, and end the fulfillment order if nothing is left.

    Substitutes join the fulfillment order. Other locations ship the rest if they have it; otherwise it is
    backordered or cancelled by the channel's policy. Returns the updated order and fulfillment order.
    """
    touched = {gap.part.variant_id for gap in gaps if gap.part.tracks_stock}
    touched |= {gap.instead.id for gap in gaps if gap.instead}
    await releasing.lock_variants(uow, order.channel_id, touched, order.id)
    for gap in gaps:
        gap.part.quantity -= gap.units
        row.units -= gap.units
    gone = [gap.part for gap in gaps if gap.part.quantity == 0]
    await drop_lines(uow, gone)
    await update_each([gap.part for gap in gaps if gap.part.quantity], "quantity")
    await save(uow, row, "units")
    for gap in gaps:
        if gap.instead is not None:
            row = await _substitute(uow, order, row, gap, gap.instead)
    unfound = [await _find_elsewhere(uow, order, row, gap) for gap in gaps if gap.instead is None]
    if row.units == 0:
        life.lifecycle.move(row, life.cancel)
        row.cancel_reason = "All units were missing from the shelf."
        await save(uow, row, "cancel_reason")
        uow.announce(FulfillmentCancelled(**event_fields(row), reason=row.cancel_reason))
    order = await locked_order(order.id)
    given_up = [gap for gap in unfound if gap]
    if given_up:
        await _cancel(uow, order, given_up)
        order = await locked_order(order.id)
    if order.status.is_open:
        await promising.update_promise(uow, order)  # replacements are allocated by its listener
    return order, await queries.locked(row.id)


async def _find_elsewhere(uow: UnitOfWork, order: Order, row: FulfillmentOrder, gap: Gap) -> Gap | None:
    """Find missing units at other locations; return those that are to be cancelled."""
    waiting = 0
    if gap.part.tracks_stock:
        waiting = await missing_units.replace_missing(
            uow,
            channel_id=order.channel_id,
            location_id=row.location_id,
            variant_id=gap.part.variant_id,
            quantity=gap.units,
            claimant=order.id,
            priority=ReservationPriority.ORDER,
            to=destination_of(order),
            lots=await _lots_of(order, row, gap),
        )
    (policy,) = await locations.sourcing_policies([order.channel_id])
    gives_up = policy is not None and policy.short_pick is ShortPick.CANCEL
    _announce(
        uow,
        row,
        gap,
        found=gap.units - waiting,
        waits=0 if gives_up else waiting,
        cancelled=waiting if gives_up else 0,
    )
    return Gap(gap.part, waiting, gap.index) if gives_up and waiting else None


async def _lots_of(order: Order, row: FulfillmentOrder, gap: Gap) -> list[LotData]:
    """The missing lots: as given, else allocated lots that are not picked."""
    lots = gap.lots
    if not lots:
        kept = (await stock.kept_lots([order.id])).get((order.id, row.location_id, gap.part.variant_id), [])
        left: Lots = {lot.number: lot.quantity for lot in kept}
        for part in await queries.lines_of([each.id for each in await queries.ahead_of_order(order.id)]):
            if part.variant_id == gap.part.variant_id:
                left = less(left, lots_of(part.lots))
        lots = deal(left, gap.units)
    return [LotData(number, units) for number, units in lots.items()]


def _announce(
    uow: UnitOfWork, row: FulfillmentOrder, gap: Gap, *, found: int = 0, waits: int = 0, cancelled: int = 0
) -> None:
    uow.announce(
        FulfillmentPickedShort(
            **event_fields(row),
            sku=gap.part.sku,
            units=gap.units,
            found_elsewhere=found,
            backordered=waits,
            cancelled=cancelled,
            substituted_by=gap.instead.sku if gap.instead else None,
        )
    )


async def _cancel(uow: UnitOfWork, order: Order, gaps: Sequence[Gap]) -> None:
    """Cancel units that no location has; for components, the incomplete bundles."""
    lacking = [(gap.part.order_line_id, gap.part.variant_id, gap.units) for gap in gaps]
    note = "The item is missing, and no other location has it."
    await cancelling.cancel_parts(uow, order, lacking, CancelReason.OUT_OF_STOCK, note)


async def _substitute(
    uow: UnitOfWork, order: Order, row: FulfillmentOrder, gap: Gap, instead: Variant
) -> FulfillmentOrder:
    """Replace missing units by a substitute on the order, at no higher price, and in the fulfillment order.

    Raises:
        Invalid: it is a component of a bundle, or the channel does not sell the substitute.
        InsufficientStock: the location has too few substitutes.
    """
    line = next(each for each in await orders.lines(order.id) if each.id == gap.part.order_line_id)
    path = ("missing", str(gap.index), "substitute")
    if line.components:
        raise Invalid(
            "A component of a bundle cannot be replaced by a substitute.",
            *path,
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    await missing_units.substitute_missing(
        uow,
        location_id=row.location_id,
        missing={gap.part.variant_id: gap.units},
        lots={gap.part.sku: lots} if (lots := await _lots_of(order, row, gap)) else {},
        instead={instead.id: gap.units},
        claimant=order.id,
    )
    _announce(uow, row, gap)
    added = await _replace_in_order(uow, order, line, gap, instead, path)
    row = await queries.locked(row.id)
    await insert(
        [
            FulfillmentLine(
                id=new_id(),
                fulfillment_order_id=row.id,
                order_line_id=added.id,
                variant_id=instead.id,
                sku=instead.sku,
                name=" ".join(filter(None, (added.product_name, added.variant_name))),
                quantity=gap.units,
                position=max((part.position for part in await lines_of(row)), default=0) + 1,
            )
        ]
    )
    row.units += gap.units
    await save(uow, row, "units")
    await uow.dispatch()  # before the next substitute is reserved without a line
    return await queries.locked(row.id)


async def _replace_in_order(
    uow: UnitOfWork, order: Order, line: OrderLine, gap: Gap, instead: Variant, path: tuple[str, ...]
) -> OrderLine:
    """Edit the order: less of a line, and a new line, which is returned, of the substitute."""
    changes = EditData(
        lines=[
            LineEdit(line.id, quantity=live(line) - gap.units),
            LineEdit(sku=instead.sku, quantity=gap.units, price_at_most=line.unit_price_minor),
        ],
        reason=f"{line.sku} was missing from the shelf.",
        no_dearer=True,
    )
    try:
        await editing.edit_locked(uow, await locked_order(order.id), changes)
    except ValidationFailed as refusal:
        raise Invalid(refusal.message, *path, code=refusal.problem_code) from refusal
    return max(await orders.lines(order.id), key=lambda each: each.position)

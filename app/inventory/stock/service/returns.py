"""Units that a claimant was sent and that come back."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from app.catalog.models import Variant
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork, command
from app.inventory.locations.models import Location
from app.inventory.stock import queries
from app.inventory.stock.lifecycle import ClaimantKind, StockBucket, StockReason, ValueAccount
from app.inventory.stock.lot_allocation import LotUnits, Shelf
from app.inventory.stock.models import StockLevel
from app.inventory.stock.service.ledger import Move, Reference, apply
from app.inventory.stock.service.levels import checked_quantity, locked_level
from app.inventory.stock.service.lot_numbers import LotData, known_lots, received_lots, refuse_expired
from app.inventory.stock.service.lot_selection import split
from app.inventory.stock.service.returned_units import Sent, parts_back, sent_to
from app.inventory.stock.service.valuing import Books, Part
from app.inventory.stock.valuation import Share


@command
async def take_back(
    uow: UnitOfWork,
    *,
    variant: Variant,
    location: Location,
    quantity: int,
    claimant: UUID,
    bucket: StockBucket = StockBucket.AVAILABLE,
    claimant_kind: ClaimantKind = ClaimantKind.ORDER,
    lots: Sequence[LotData] = (),
    note: str = "",
    left_with: UUID | None = None,
    path: Sequence[str] = (),
) -> StockLevel:
    """Take back units that were shipped to a claimant, at the cost with which they left.

    `bucket` is their state: AVAILABLE to be sold again, otherwise set aside. `lots` can be omitted if only
    one lot was shipped. `left_with` is the part with which they left; if omitted, the oldest come back first.
    `path` is their place in the input.

    Raises:
        Invalid: more units or other lots than were shipped, or an invalid state.
    """
    checked_quantity(quantity, *path, "quantity")
    if bucket in (StockBucket.OUTSIDE, StockBucket.RESERVED):
        raise Invalid(
            (
                "The stock state of returned units must be AVAILABLE, DAMAGED, QUARANTINED or "
                "IN_QUALITY_CHECK."
            ),
            *path,
            "bucket",
            code=ProblemCode.UNKNOWN_CHOICE,
            choices=["AVAILABLE", "DAMAGED", "QUARANTINED", "IN_QUALITY_CHECK"],
        )
    level = await _locked_with_sources(uow, variant, location, claimant)
    sent = await sent_to(claimant, variant.id, left_with)
    units = sum(each.open for each in sent)
    if quantity > units:
        raise Invalid(
            f"Only {units} units of {variant.sku} were shipped and not returned.",
            *path,
            "quantity",
            code=ProblemCode.NOT_ENOUGH,
            available=units,
        )
    back: tuple[LotUnits, ...] = ()
    if level.is_tracked:
        back = await _back(uow, variant, claimant, quantity, lots, bucket, location.id, *path)
    if bucket is StockBucket.AVAILABLE:
        await _refuse_expired(uow, back, location, path)
    moves = await _moves_back(uow, level, sent, quantity, bucket, back)
    await apply(uow, [level], moves, Reference(claimant_kind.value, claimant, note), *path, "quantity")
    return level


async def _bought(uow: UnitOfWork, level: StockLevel, shares: Sequence[Share]) -> list[Part]:
    """Supplier-owned units that are returned to the company: owned from now on, with an estimated value."""
    if not shares:
        return []
    books = await Books.of(uow, {level.id: level.version})
    return [replace(await books.estimate(level.id, share.size), share=share) for share in shares]


async def _locked_with_sources(
    uow: UnitOfWork, variant: Variant, location: Location, claimant: UUID
) -> StockLevel:
    """The level to which units return, locked together with those that they left."""
    sources = {flow.level_id for flow in await queries.flows_sold_to(claimant, variant.id)}
    level = await queries.level_of(variant.id, location.id)
    await queries.locked_levels_by_id(sources | ({level.id} if level else set()))
    return await locked_level(uow, variant, location)


async def _back(
    uow: UnitOfWork,
    variant: Variant,
    claimant: UUID,
    quantity: int,
    given: Sequence[LotData],
    bucket: StockBucket,
    location_id: UUID,
    *path: str,
) -> tuple[LotUnits, ...]:
    """The lots of returned units, which were shipped to the claimant.

    Raises:
        Invalid: other lots than were shipped, or several were shipped and none are given.
    """
    sent = {shelf.lot_id: shelf.quantity for shelf in await queries.lots_sold_to(claimant, variant.id)}
    if not given and len(sent) == 1:
        return tuple(LotUnits(lot_id, quantity) for lot_id in sent)
    if not sent:  # it was not tracked when it left
        return await received_lots(uow, variant, given, quantity, bucket, location_id, *path)
    lots = await known_lots(variant, given, quantity, *path)
    for index, lot in enumerate(lots):
        if lot.quantity > sent.get(lot.lot_id, 0):
            raise Invalid(
                f"Only {sent.get(lot.lot_id, 0)} units of it were shipped and not returned.",
                *path,
                "lots",
                str(index),
                "number",
                code=ProblemCode.NOT_ENOUGH,
                available=sent.get(lot.lot_id, 0),
            )
    return lots


async def _refuse_expired(
    uow: UnitOfWork, lots: Sequence[LotUnits], location: Location, path: Sequence[str]
) -> None:
    """Refuse expired lots that come back as AVAILABLE.

    Raises:
        Invalid: with the path of the state, which is the only part that can be invalid.
    """
    try:
        await refuse_expired(uow, lots, location.id)
    except Invalid as refusal:
        raise Invalid(
            refusal.message, *path, "bucket", code=refusal.problem_code, **refusal.values
        ) from refusal


async def _moves_back(
    uow: UnitOfWork,
    level: StockLevel,
    sent: list[Sent],
    quantity: int,
    bucket: StockBucket,
    lots: Sequence[LotUnits],
) -> list[Move]:
    """Movements of units that come back: our own at their cost, and the supplier's, which are ours now."""
    moves = []
    shelves = [Shelf(lot.lot_id, lot.quantity) for lot in lots]
    ours, suppliers = parts_back(sent, quantity, uow.at)
    groups = ((None, ours), (ValueAccount.SUPPLIERS, await _bought(uow, level, suppliers)))
    sizes = [sum(part.quantity for part in parts) for _, parts in groups]
    for (account, parts), size, lot_units in zip(groups, sizes, split(shelves, *sizes), strict=True):
        if size:
            ends = (StockBucket.OUTSIDE, bucket)
            moves.append(
                Move(
                    level.id,
                    *ends,
                    size,
                    StockReason.RETURN,
                    parts=tuple(parts),
                    account=account,
                    lots=lot_units,
                )
            )
    return moves

"""Adjusting stock, changing its state, and setting levels."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

from app.core.bulk import RowStatus
from app.core.days import checked_coming_day
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problems, StaleVersion
from app.core.spelling import spelled
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.core.versions import touch
from app.inventory.location_kinds import LocationKind
from app.inventory.locations.models import Location
from app.inventory.stock import queries
from app.inventory.stock.in_hand import units_in_hand
from app.inventory.stock.lifecycle import UNAVAILABLE, StockBucket, StockReason
from app.inventory.stock.lot_allocation import LotUnits
from app.inventory.stock.models import StockLevel
from app.inventory.stock.service.displacing import make_room
from app.inventory.stock.service.ledger import Move, Reference, apply
from app.inventory.stock.service.level_changes import LARGEST
from app.inventory.stock.service.levels import checked_quantity, locked_level, stocked_variant
from app.inventory.stock.service.lot_numbers import LotData, known_lots, received_lots, refuse_expired
from app.inventory.stock.service.promising import is_sold_ahead, repeg

MOST_DAYS = 730

# The reasons that callers may give for a change: the others belong to specific commands.
INCREASES = {StockReason.FOUND, StockReason.CORRECTION, StockReason.COUNT, StockReason.RETURN}
DECREASES = {StockReason.LOSS, StockReason.DAMAGE, StockReason.CORRECTION, StockReason.COUNT}

# Reasons for moving units to an unsaleable state.
SET_ASIDE = {
    StockBucket.DAMAGED: StockReason.DAMAGE,
    StockBucket.QUARANTINED: StockReason.QUARANTINE,
    StockBucket.IN_QUALITY_CHECK: StockReason.QUARANTINE,
}


LONGEST_BIN = 40


_NO_POLICY = frozenset({"sku", "location", "on_hand", "expected_on_hand"})


@dataclass(frozen=True, slots=True)
class LevelData:
    """The target values of a level. With `expected_on_hand`, a different present quantity is refused."""

    sku: str
    location: Location
    on_hand: int
    expected_on_hand: int | None = None
    safety_stock: int | None = None
    backorder_limit: int | None = None
    backorder_days: int | None = None
    reorder_point: int | None = None
    reorder_up_to: int | None = None
    preorder_until: date | None = None
    bin: str | None = None

    @property
    def policy(self) -> dict[str, Any]:
        """The values other than the quantity on hand."""
        named = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in named.items() if name not in _NO_POLICY and value is not None}


@command
async def adjust(
    uow: UnitOfWork,
    *,
    sku: str,
    location: Location,
    change: int,
    reason: StockReason,
    bucket: StockBucket = StockBucket.AVAILABLE,
    lots: Sequence[LotData] = (),
    note: str = "",
) -> StockLevel:
    """Adjust the quantity on hand, up or down, with a reason; `bucket` is the state of the units.

    `lots` are the lots of the units, if the SKU is tracked. Reservations that the remaining stock does not
    cover are displaced: see `displacing`.

    Raises:
        NotFound: the SKU does not exist.
        Invalid: nothing changes, the reason does not fit, or more is removed than is there.
    """
    _refuse_bad_adjustment(change, reason, bucket, note)
    variant = await stocked_variant(sku)
    level = await locked_level(uow, variant, location)
    if change > 0:
        chosen = await received_lots(uow, variant, lots, change, bucket, location.id)
    else:
        chosen = await known_lots(variant, lots, -change)
        if bucket is StockBucket.AVAILABLE:
            await make_room(uow, level, -change, reason, chosen)
    move = _move(level.id, change, reason, bucket, chosen)
    await apply(uow, [level], [move], Reference("adjustment", None, note), "change")
    return level


def _refuse_bad_adjustment(change: int, reason: StockReason, bucket: StockBucket, note: str) -> None:
    problems = Problems()
    if change == 0 or abs(change) > LARGEST:
        problems.add(
            f"The change must be between 1 and {LARGEST} units, positive or negative.",
            "change",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=-LARGEST,
            maximum=LARGEST,
        )
    if bucket in (StockBucket.OUTSIDE, StockBucket.RESERVED):
        problems.add(
            "The stock state must be AVAILABLE, DAMAGED, QUARANTINED or IN_QUALITY_CHECK.",
            "bucket",
            code=ProblemCode.UNKNOWN_CHOICE,
            choices=["AVAILABLE", "DAMAGED", "QUARANTINED", "IN_QUALITY_CHECK"],
        )
    fitting = INCREASES if change > 0 else DECREASES
    if reason not in fitting:
        choices = sorted(r.name for r in fitting)
        problems.add(
            f"The reason for this direction must be one of {', '.join(choices)}.",
            "reason",
            code=ProblemCode.UNKNOWN_CHOICE,
            choices=choices,
        )
    with problems.caught():
        checked_note(note, "note", longest=LONGEST_REMARK)
    problems.refuse()


def _move(
    level_id: UUID,
    change: int,
    reason: StockReason,
    bucket: StockBucket = StockBucket.AVAILABLE,
    lots: tuple[LotUnits, ...] = (),
) -> Move:
    buckets = (StockBucket.OUTSIDE, bucket)
    start, end = buckets if change > 0 else buckets[::-1]
    return Move(level_id, start, end, abs(change), reason, lots=lots)


@command
async def set_aside(
    uow: UnitOfWork,
    *,
    sku: str,
    location: Location,
    quantity: int,
    to: StockBucket,
    source: StockBucket = StockBucket.AVAILABLE,
    lots: Sequence[LotData] = (),
    note: str = "",
) -> StockLevel:
    """Move units between available, damaged, quarantined and in quality check, at their location.

    `lots` are the lots of the units, if the SKU is tracked. Reservations that the remaining stock does not
    cover are displaced: see `displacing`.

    Raises:
        NotFound: the SKU does not exist.
        Invalid: an invalid state, or too few units.
    """
    for name, bucket in (("from", source), ("to", to)):
        if bucket is not StockBucket.AVAILABLE and bucket not in UNAVAILABLE:
            raise Invalid(
                "The stock state must be AVAILABLE, DAMAGED, QUARANTINED or IN_QUALITY_CHECK.",
                name,
                code=ProblemCode.UNKNOWN_CHOICE,
                choices=["AVAILABLE", "DAMAGED", "QUARANTINED", "IN_QUALITY_CHECK"],
            )
    if source is to:
        raise Invalid("The units are already in this state.", "to", code=ProblemCode.NO_CHANGE)
    checked_quantity(quantity, "quantity")
    checked_note(note, "note", longest=LONGEST_REMARK)
    variant = await stocked_variant(sku)
    level = await locked_level(uow, variant, location)
    reason = SET_ASIDE.get(to) or StockReason.QUARANTINE
    chosen = await known_lots(variant, lots, quantity)
    if to is StockBucket.AVAILABLE:
        await refuse_expired(uow, chosen, location.id)
    if source is StockBucket.AVAILABLE:
        await make_room(uow, level, quantity, reason, chosen)
    move = Move(level.id, source, to, quantity, reason, lots=chosen)
    await apply(uow, [level], [move], Reference("set_aside", None, note), "quantity")
    return level


@command
async def set_level(uow: UnitOfWork, data: LevelData) -> tuple[RowStatus, UUID]:
    """Set the quantity on hand, the safety stock and the backorder limit of a level.

    Reservations that the remaining stock does not cover are displaced: see `displacing`. Units that were
    requested from a supplier and not refused stay on hand at the supplier's location, whatever the supplier's
    feed says.

    Raises:
        NotFound, Invalid; StaleVersion if `expected_on_hand` differs from the quantity on hand.
    """
    if not 0 <= data.on_hand <= LARGEST:
        raise Invalid(
            f"The quantity on hand must be between 0 and {LARGEST}.",
            "on_hand",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=0,
            maximum=LARGEST,
        )
    variant = await stocked_variant(data.sku)
    existed = await queries.level_of(variant.id, data.location.id) is not None
    level = await locked_level(uow, variant, data.location)
    if data.expected_on_hand is not None and level.on_hand != data.expected_on_hand:
        raise StaleVersion(level.version)
    change = data.on_hand - level.on_hand
    if change < 0 and data.location.kind is LocationKind.DROP_SHIP:
        change = min(0, max(change, await _asked_for(level) - level.on_hand))
    if change and level.is_tracked:
        raise Invalid(
            "This SKU is tracked by lot or serial number. Receive, adjust or count it instead.",
            "on_hand",
            code=ProblemCode.NOT_APPLICABLE,
        )
    # The constraints of the row apply to all changes together: increases come first.
    if change > 0:
        await _count(uow, level, change)
    changed = await _set_policy(uow, level, data.policy)
    if change < 0:
        await _count(uow, level, change)
    if not existed:
        return RowStatus.CREATED, level.id
    return (RowStatus.UPDATED if change or changed else RowStatus.UNCHANGED), level.id


async def _asked_for(level: StockLevel) -> int:
    """The units of a level that are picked, or requested from a supplier."""
    held = await queries.reservations_of_levels([level.id])
    return sum((await units_in_hand({level.id: level}, held)).values())


async def _count(uow: UnitOfWork, level: StockLevel, change: int) -> None:
    """Post the quantity on hand.

    Set-aside units are removed too if the saleable ones do not cover the rest.
    """
    moves, left = [], change
    if change < 0:
        for bucket in (StockBucket.AVAILABLE, *UNAVAILABLE):
            there = level.on_hand - level.unavailable
            if bucket is not StockBucket.AVAILABLE:
                there = getattr(level, bucket.value)
            units = min(-left, there)
            if units > 0:
                moves.append(_move(level.id, -units, StockReason.COUNT, bucket))
                left += units
        await make_room(uow, level, -change, StockReason.COUNT)
    else:
        moves = [_move(level.id, change, StockReason.COUNT)]
    await apply(uow, [level], moves, Reference("stock_set"), "on_hand")


@command
async def set_policy(
    uow: UnitOfWork, *, sku: str, location: Location, changes: dict[str, Any]
) -> tuple[RowStatus, UUID]:
    """Change the safety stock, backorder and reorder settings and bin of a level, not its quantity.

    None clears a setting.

    Raises:
        NotFound, Invalid.
    """
    level = await locked_level(uow, await stocked_variant(sku), location)
    changed = await _set_policy(uow, level, changes)
    return (RowStatus.UPDATED if changed else RowStatus.UNCHANGED), level.id


_CLEARED: dict[str, Any] = {"safety_stock": 0, "backorder_limit": 0, "bin": ""}


async def _set_policy(uow: UnitOfWork, level: StockLevel, given: dict[str, Any]) -> bool:
    wanted = {name: _CLEARED.get(name) if value is None else value for name, value in given.items()}
    if isinstance(wanted.get("bin"), str):
        wanted["bin"] = spelled(str(wanted["bin"]))
    changes = {name: value for name, value in wanted.items() if getattr(level, name) != value}
    for name, value in changes.items():
        _check_policy(level, name, value)
        setattr(level, name, value)
    if level.reorder_up_to is not None and level.reorder_up_to < (level.reorder_point or 0):
        raise Invalid(
            "This must be at least the reorder point.",
            "reorder_up_to",
            code=ProblemCode.CONTRADICTION,
            field="reorder_point",
        )
    if changes:
        touch(level, uow.at)
        await level.save(update_fields=[*changes, "updated_at", "version"])
        if is_sold_ahead(level):
            await repeg(uow, [level])
    return bool(changes)


def _check_policy(level: StockLevel, name: str, value: Any) -> None:
    if name == "preorder_until":
        if value is not None:
            checked_coming_day(value, name)
    elif name == "bin":
        if len(value) > LONGEST_BIN:
            raise Invalid(
                f"The bin must have at most {LONGEST_BIN} characters.",
                name,
                code=ProblemCode.TOO_LONG,
                maximum=LONGEST_BIN,
            )
    elif value is not None and not 0 <= value <= LARGEST:
        raise Invalid(
            f"This must be between 0 and {LARGEST}.",
            name,
            code=ProblemCode.NOT_IN_RANGE,
            minimum=0,
            maximum=LARGEST,
        )
    elif name == "backorder_days" and value is not None and value > MOST_DAYS:
        raise Invalid(
            f"This must be between 0 and {MOST_DAYS} days.",
            name,
            code=ProblemCode.NOT_IN_RANGE,
            minimum=0,
            maximum=MOST_DAYS,
        )
    elif name == "backorder_limit" and level.reserved + level.unavailable > level.on_hand + value:
        raise Invalid(
            "More units than this are already sold on backorder.",
            name,
            code=ProblemCode.TOO_SMALL,
            minimum=level.reserved + level.unavailable - level.on_hand,
        )

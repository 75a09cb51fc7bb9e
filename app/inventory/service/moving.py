"""Receiving, adjusting and counting: what changes what is on hand."""

from dataclasses import dataclass
from uuid import UUID

from tortoise.exceptions import IntegrityError

from app.catalog import queries as catalog
from app.catalog.models import Variant
from app.core.bulk import RowStatus
from app.core.database import execute
from app.core.ids import new_id
from app.core.refusals import Invalid, NotFound, StaleVersion
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.transaction import TryAgain, savepoint
from app.core.work import Work, verb
from app.inventory import queries
from app.inventory.lifecycle import StockBucket, StockReason
from app.inventory.models import Location, StockLevel
from app.inventory.service.ledger import Move, Reference, write

LARGEST = 100_000_000

# What a person may say of a change: the other reasons belong to verbs of their own.
INCREASES = {StockReason.FOUND, StockReason.CORRECTION, StockReason.COUNT, StockReason.RETURN}
DECREASES = {StockReason.LOSS, StockReason.DAMAGE, StockReason.CORRECTION, StockReason.COUNT}


@dataclass(frozen=True, slots=True)
class LevelData:
    """What a level should be. `expected_on_hand` refuses when it is something else now."""

    sku: str
    location: Location
    on_hand: int
    expected_on_hand: int | None = None
    safety_stock: int | None = None
    backorder_limit: int | None = None


async def _variant(sku: str) -> Variant:
    variant = await catalog.variant_by_sku(sku)
    if variant is None:
        raise NotFound.of("SKU", "sku")
    if not variant.tracks_stock:
        raise Invalid("This is a service or a fee: it has no stock.", "sku")
    return variant


def _checked_quantity(quantity: int, *path: str) -> int:
    if not 1 <= quantity <= LARGEST:
        raise Invalid(f"A quantity is 1 to {LARGEST}.", *path)
    return quantity


async def _locked_level(work: Work, variant: Variant, location: Location) -> StockLevel:
    """The level of a variant in a location, made if there is none, locked."""
    found = await queries.locked_levels([variant.id], [location.id])
    if found:
        return found[0]
    level = StockLevel(
        id=new_id(), variant_id=variant.id, location_id=location.id, created_at=work.at, updated_at=work.at
    )
    try:
        await savepoint(level.save)
    except IntegrityError as error:
        raise TryAgain from error  # another transaction has just made it
    return level


async def _change_on_hand(work: Work, level: StockLevel, change: int, *path: str) -> None:
    """Add to what is on hand; the database refuses to go below what is promised.

    Raises:
        Invalid: that much is not there, or is reserved.
    """
    if level.on_hand + change > LARGEST:
        raise Invalid(f"On hand would be more than {LARGEST}.", *path)
    done = await execute(
        "UPDATE stock_level SET on_hand = on_hand + $2, version = version + 1, updated_at = $3 "
        "WHERE id = $1 AND on_hand + $2 >= 0 "
        "AND reserved + unavailable <= on_hand + $2 + backorder_limit",
        level.id,
        change,
        work.at,
    )
    if not done:
        free = level.on_hand + level.backorder_limit - level.reserved - level.unavailable
        raise Invalid(
            f"Only {max(0, min(free, level.on_hand))} can be taken away: {level.on_hand} are on hand, "
            f"{level.reserved} reserved. Release reservations first.",
            *path,
        )
    level.on_hand += change
    level.version += 1


@verb
async def receive(
    work: Work,
    *,
    sku: str,
    location: Location,
    quantity: int,
    unit_cost_minor: int | None = None,
    cost_currency: str | None = None,
    note: str = "",
) -> StockLevel:
    """Put received goods on the shelf.

    Raises:
        NotFound: no such SKU.
        Invalid: a quantity, cost or note that cannot be, or a SKU without stock.
    """
    if unit_cost_minor is not None and unit_cost_minor < 0:
        raise Invalid("A cost cannot be negative.", "unit_cost", "amount")
    checked_note(note, "note", longest=LONGEST_REMARK)
    level = await _locked_level(work, await _variant(sku), location)
    await _change_on_hand(work, level, _checked_quantity(quantity, "quantity"), "quantity")
    move = Move(
        level.id,
        StockBucket.OUTSIDE,
        StockBucket.AVAILABLE,
        quantity,
        StockReason.RECEIPT,
        unit_cost_minor,
        cost_currency,
    )
    await write(work, [move], Reference("receipt", None, note))
    return level


@verb
async def adjust(
    work: Work, *, sku: str, location: Location, change: int, reason: StockReason, note: str = ""
) -> StockLevel:
    """Put right what is on hand, up or down, with a reason.

    Raises:
        NotFound: no such SKU.
        Invalid: nothing changes, the reason does not fit, or more is taken than is free.
    """
    if change == 0 or abs(change) > LARGEST:
        raise Invalid(f"A change is 1 to {LARGEST}, up or down.", "change")
    fitting = INCREASES if change > 0 else DECREASES
    if reason not in fitting:
        names = ", ".join(sorted(r.name for r in fitting))
        raise Invalid(f"For this direction the reason is one of {names}.", "reason")
    checked_note(note, "note", longest=LONGEST_REMARK)
    level = await _locked_level(work, await _variant(sku), location)
    await _change_on_hand(work, level, change, "change")
    await write(work, [_move(level.id, change, reason)], Reference("adjustment", None, note))
    return level


def _move(level_id: UUID, change: int, reason: StockReason) -> Move:
    buckets = (StockBucket.OUTSIDE, StockBucket.AVAILABLE)
    start, end = buckets if change > 0 else buckets[::-1]
    return Move(level_id, start, end, abs(change), reason)


@verb
async def set_level(work: Work, data: LevelData) -> tuple[RowStatus, UUID]:
    """Set what is on hand, the safety stock and the backorder limit of a level.

    Raises:
        NotFound, Invalid; StaleVersion when `expected_on_hand` is not what is on hand.
    """
    if not 0 <= data.on_hand <= LARGEST:
        raise Invalid(f"On hand is 0 to {LARGEST}.", "on_hand")
    variant = await _variant(data.sku)
    existed = await queries.level_of(variant.id, data.location.id) is not None
    level = await _locked_level(work, variant, data.location)
    if data.expected_on_hand is not None and level.on_hand != data.expected_on_hand:
        raise StaleVersion(level.version)
    change = data.on_hand - level.on_hand
    # The row is checked by what it asks for as a whole: what gives room goes first.
    if change > 0:
        await _count(work, level, change)
    changed = await _set_policy(work, level, data)
    if change < 0:
        await _count(work, level, change)
    if not existed:
        return RowStatus.CREATED, level.id
    return (RowStatus.UPDATED if change or changed else RowStatus.UNCHANGED), level.id


async def _count(work: Work, level: StockLevel, change: int) -> None:
    await _change_on_hand(work, level, change, "on_hand")
    await write(work, [_move(level.id, change, StockReason.COUNT)], Reference("stock_set"))


async def _set_policy(work: Work, level: StockLevel, data: LevelData) -> bool:
    wanted = {"safety_stock": data.safety_stock, "backorder_limit": data.backorder_limit}
    changes = {
        name: value for name, value in wanted.items() if value is not None and getattr(level, name) != value
    }
    for name, value in changes.items():
        if not 0 <= value <= LARGEST:
            raise Invalid(f"This is 0 to {LARGEST}.", name)
        if name == "backorder_limit" and level.reserved + level.unavailable > level.on_hand + value:
            raise Invalid("More than that is promised already.", name)
        setattr(level, name, value)
    if changes:
        level.updated_at = work.at
        await level.save(update_fields=[*changes, "updated_at"])
    return bool(changes)

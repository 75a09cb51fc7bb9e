"""Start of a stock count."""

from collections.abc import Sequence
from decimal import Decimal

from app.access.permissions import Permission
from app.core.database import insert
from app.core.ids import new_id
from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problems
from app.core.spelling import natural
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.inventory.counts import queries
from app.inventory.counts.events import (
    StockCountStarted,
)
from app.inventory.counts.models import StockCount, StockCountLine
from app.inventory.locations import queries as locations
from app.inventory.locations.models import Location
from app.inventory.stock import queries as stock
from app.inventory.stock.models import StockLevel
from app.inventory.stock.service.levels import locked_levels, stocked_variants
from app.settings import settings

MOST_LEVELS = 10_000


# A larger difference of a SKU requires approval; only callers who may approve can raise the limit.
APPROVAL_UNITS = 10
APPROVAL_AMOUNT = Decimal(100)  # in the currency of stock valuation


@command
async def start_count(
    uow: UnitOfWork,
    location: Location,
    *,
    skus: Sequence[str] | None = None,
    is_blind: bool = True,
    approval_units: int = APPROVAL_UNITS,
    approval_minor: int | None = None,
    note: str = "",
) -> StockCount:
    """Start a count of some SKUs of a location, or of all that it has had.

    Larger differences than `approval_units` or `approval_minor`, in minor units of the currency of stock
    valuation, require approval; None is the default, `APPROVAL_AMOUNT`.

    Raises:
        NotFound: a SKU does not exist.
        Invalid: nothing to count, too much at once, or a SKU is in another open count.
    """
    approves = await locations.covers(uow.actor.scope_of(Permission.STOCK_APPROVE), location.id)
    value = _checked_limits(note, approval_units, approval_minor, approves)
    levels = await _levels_to_count(uow, location, skus)
    if await queries.levels_being_counted(level.id for level in levels):
        raise Invalid(
            "Another open count contains some of these SKUs. Complete or cancel it first.",
            "skus",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    count = StockCount(
        id=new_id(),
        location_id=location.id,
        is_blind=is_blind,
        approval_units=approval_units,
        approval_minor=value.minor,
        note=note,
        created_at=uow.at,
        updated_at=uow.at,
    )
    await insert([count])
    await insert(
        [
            StockCountLine(id=new_id(), stock_count_id=count.id, level_id=level.id, expected=level.on_hand)
            for level in sorted(levels, key=lambda level: (natural(level.bin), level.bin))  # in walking order
        ]
    )
    uow.is_new(count.id)
    uow.announce(StockCountStarted(subject_id=count.id, location_id=location.id, levels=len(levels)))
    return count


def _checked_limits(note: str, units: int, minor: int | None, approves: bool) -> Money:
    """The value above which a difference requires approval, if it and the other values are valid."""
    usual = Money.of(APPROVAL_AMOUNT, settings().cost_currency)
    value = usual if minor is None else Money(minor, usual.currency)
    problems = Problems()
    with problems.caught():
        checked_note(note, "note", longest=LONGEST_REMARK)
    _check_units(problems, units, approves)
    _check_value(problems, value, usual, approves)
    problems.refuse()
    return value


def _check_units(problems: Problems, units: int, approves: bool) -> None:
    name = "approval_above_units"
    if units < 0:
        problems.add("The threshold must be zero or more.", name, code=ProblemCode.TOO_SMALL, minimum=0)
    if units > APPROVAL_UNITS and not approves:
        problems.add(
            f"A threshold above {APPROVAL_UNITS} needs the permission STOCK_APPROVE.",
            name,
            code=ProblemCode.TOO_LARGE,
            maximum=APPROVAL_UNITS,
        )


def _check_value(problems: Problems, value: Money, usual: Money, approves: bool) -> None:
    path = ("approval_above_value", "amount")
    if value.minor < 0:
        problems.add("The threshold must be zero or more.", *path, code=ProblemCode.TOO_SMALL, minimum=0)
    if value.minor > usual.minor and not approves:
        problems.add(
            f"A threshold above {usual} needs the permission STOCK_APPROVE.",
            *path,
            code=ProblemCode.TOO_LARGE,
            maximum_amount=usual,
        )


async def _levels_to_count(
    uow: UnitOfWork, location: Location, skus: Sequence[str] | None
) -> list[StockLevel]:
    if skus is None:
        found = await queries.levels_of_location(location.id, None, MOST_LEVELS + 1)
        # Locked like named ones, so that the second of two concurrent counts sees the first.
        levels = await stock.locked_levels_by_id([level.id for level in found]) if found else []
    else:
        asked = list(dict.fromkeys(skus))
        variants = await stocked_variants([(sku, ("skus", str(i))) for i, sku in enumerate(asked)])
        levels = list((await locked_levels(uow, [v.id for v in variants], location.id)).values())
    if not levels:
        raise Invalid("The location has no stock levels to count.", "skus", code=ProblemCode.NO_CHANGE)
    if len(levels) > MOST_LEVELS:
        raise Invalid(
            f"A count can have at most {MOST_LEVELS} SKUs. List the SKUs to count.",
            "skus",
            code=ProblemCode.TOO_MANY,
            maximum=MOST_LEVELS,
        )
    return levels

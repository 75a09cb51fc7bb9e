"""The only writer of the quantities of stock levels, enforced by a house rule.

`change_levels` adds changes to locked levels, `take_if_free` reserves units if they are free. Both update the
given rows to the state in the database.
"""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.database import execute, execute_each, is_postgres
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.transaction import TryAgain
from app.inventory.stock.lifecycle import UNAVAILABLE, StockBucket
from app.inventory.stock.models import StockLevel

LARGEST = 100_000_000


@dataclass(slots=True)
class LevelDelta:
    """The change of each quantity of a level."""

    on_hand: int = 0
    reserved: int = 0
    damaged: int = 0
    quarantined: int = 0
    in_quality_check: int = 0
    incoming: int = 0

    @property
    def unavailable(self) -> int:
        return self.damaged + self.quarantined + self.in_quality_check

    def move(self, from_bucket: StockBucket, to_bucket: StockBucket, units: int) -> None:
        """Add the effect of moving units from one bucket to another."""
        for bucket, change in ((from_bucket, -units), (to_bucket, units)):
            if bucket is StockBucket.OUTSIDE:
                self.on_hand -= change
            elif bucket is not StockBucket.AVAILABLE:  # available is not a column
                setattr(self, bucket.value, getattr(self, bucket.value) + change)

    @property
    def is_on_shelf(self) -> bool:
        """Whether anything but the incoming quantity changes."""
        return any(astuple(self)[:-1])

    @property
    def is_of_reservations(self) -> bool:
        """Whether only the reserved quantity changes, which does not count as a manual change."""
        return self.reserved != 0 and self == LevelDelta(reserved=self.reserved)


async def change_levels(
    levels: Mapping[UUID, StockLevel], deltas: Mapping[UUID, LevelDelta], at: datetime, *path: str
) -> None:
    """Add changes to locked levels; constraints of the database protect reserved quantities.

    Raises:
        Invalid: more is taken than is there or free, or the result is too large; `path` is its place in the
            input.
    """
    order = sorted(deltas)
    after = {id: _after(levels[id], deltas[id]) for id in order}
    for id in order:
        _refuse_too_much(levels[id], deltas[id], after[id], *path)
    rows = [
        [
            id,
            *(getattr(deltas[id], name) for name in _COLUMNS),
            None if deltas[id].is_of_reservations else at,
        ]
        for id in order
    ]
    if await _write(rows) != len(order):
        raise TryAgain  # only possible if a level was not locked: retry
    for id in order:
        level = levels[id]
        for name in _COLUMNS:
            setattr(level, name, after[id][name])
        level.version += 1
        if not deltas[id].is_of_reservations:
            level.updated_at = at


async def take_if_free(levels: Mapping[UUID, StockLevel], units: Mapping[UUID, int]) -> None:
    """Reserve units of each level in one statement.

    Raises:
        TryAgain: a level does not have enough free units. Only possible where row locks do not hold.
    """
    if not units:
        return
    values: list[object] = []
    cases, ids = [], []
    for level_id, quantity in units.items():
        values += [level_id, quantity]
        # PostgreSQL needs the types of the parameters; SQLite's CAST would make a number a text.
        id, number = f"${len(values) - 1}", f"${len(values)}"
        if is_postgres():
            id, number = f"{id}::uuid", f"{number}::int"
        ids.append(id)
        cases.append(f"WHEN {id} THEN {number}")
    take = f"CASE id {' '.join(cases)} END"
    taken = await execute(
        f"UPDATE stock_level SET reserved = reserved + {take}, version = version + 1 "  # noqa: S608  # $n only
        f"WHERE id IN ({', '.join(ids)}) "
        f"AND on_hand - reserved - unavailable - safety_stock + backorder_limit >= {take}",
        *values,
    )
    if taken != len(units):
        raise TryAgain
    for level_id, quantity in units.items():
        levels[level_id].reserved += quantity
        levels[level_id].version += 1


_COLUMNS = ("on_hand", "reserved", "unavailable", "damaged", "quarantined", "in_quality_check", "incoming")
_CHANGE = """
    UPDATE stock_level SET on_hand = on_hand + $2, reserved = reserved + $3, unavailable = unavailable + $4,
        damaged = damaged + $5, quarantined = quarantined + $6, in_quality_check = in_quality_check + $7,
        incoming = incoming + $8, version = version + 1, updated_at = COALESCE($9, updated_at)
    WHERE id = $1 AND on_hand + $2 >= unavailable + $4
      AND reserved + $3 + unavailable + $4 <= on_hand + $2 + backorder_limit
"""
_CHANGE_MANY = """
    UPDATE stock_level s SET on_hand = s.on_hand + d.on_hand, reserved = s.reserved + d.reserved,
        unavailable = s.unavailable + d.unavailable, damaged = s.damaged + d.damaged,
        quarantined = s.quarantined + d.quarantined,
        in_quality_check = s.in_quality_check + d.in_quality_check, incoming = s.incoming + d.incoming,
        version = s.version + 1, updated_at = COALESCE(d.at, s.updated_at)
    FROM unnest($1::uuid[], $2::int[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[],
            $9::timestamptz[])
        AS d(id, on_hand, reserved, unavailable, damaged, quarantined, in_quality_check, incoming, at)
    WHERE s.id = d.id AND s.on_hand + d.on_hand >= s.unavailable + d.unavailable
      AND s.reserved + d.reserved + s.unavailable + d.unavailable
          <= s.on_hand + d.on_hand + s.backorder_limit
"""


async def _write(rows: list[list[Any]]) -> int:
    """Add changes to levels, each a list of id, the change of every column, and time; return the number of
    rows.
    """
    if len(rows) == 1:
        return await execute(_CHANGE, *rows[0])
    if is_postgres():
        return await execute(_CHANGE_MANY, *(list(column) for column in zip(*rows, strict=True)))
    return await execute_each(_CHANGE, rows)


def _after(level: StockLevel, delta: LevelDelta) -> dict[str, int]:
    return {name: getattr(level, name) + getattr(delta, name) for name in _COLUMNS}


def _refuse_too_much(level: StockLevel, delta: LevelDelta, after: dict[str, int], *path: str) -> None:
    if delta.incoming and after["incoming"] > LARGEST:
        raise Invalid(
            f"The incoming quantity would be more than {LARGEST:,} units.",
            *path,
            code=ProblemCode.TOO_LARGE,
            maximum=LARGEST,
        )
    if delta.is_on_shelf:
        _refuse_too_much_on_shelf(level, after, *path)


def _refuse_too_much_on_shelf(level: StockLevel, after: dict[str, int], *path: str) -> None:
    if after["on_hand"] > LARGEST:
        raise Invalid(
            f"The quantity on hand would be more than {LARGEST} units.",
            *path,
            code=ProblemCode.TOO_LARGE,
            maximum=LARGEST,
        )
    for bucket in UNAVAILABLE:
        if after[bucket.value] < 0:
            there = getattr(level, bucket.value)
            raise Invalid(
                f"Only {there} are {bucket.value.replace('_', ' ')}.",
                *path,
                code=ProblemCode.NOT_ENOUGH,
                available=there,
            )
    if after["reserved"] < 0:
        raise Invalid(
            f"Only {level.reserved} units are reserved.",
            *path,
            code=ProblemCode.NOT_ENOUGH,
            available=level.reserved,
        )
    if after["on_hand"] < after["unavailable"]:
        _refuse_taking(level, "Take fewer.", *path)
    if after["reserved"] + after["unavailable"] > after["on_hand"] + level.backorder_limit:
        aside = (
            "Remove fewer, or set the units aside first (stockSetAside), which releases their reservations."
        )
        _refuse_taking(level, aside, *path)


def _refuse_taking(level: StockLevel, what_to_do: str, *path: str) -> None:
    free = level.on_hand + level.backorder_limit - level.reserved - level.unavailable
    can = max(0, min(free, level.on_hand - level.unavailable))
    raise Invalid(
        (
            f"Only {can} units can be removed: {level.on_hand} are on hand, {level.reserved} "
            f"reserved, {level.unavailable} unavailable. {what_to_do}"
        ),
        *path,
        code=ProblemCode.NOT_ENOUGH,
        available=can,
    )

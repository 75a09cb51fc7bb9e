"""The one way in which stock changes: a movement, its effect on the level and its value, together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.database import execute, execute_each, insert_together, is_postgres
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.transaction import TryAgain
from app.core.work import Work
from app.inventory.allotting import LotUnits
from app.inventory.events import StockChanged
from app.inventory.lifecycle import UNAVAILABLE, StockBucket, StockReason, ValueAccount
from app.inventory.models import Reservation, StockLevel, StockMovement
from app.inventory.service.lots import follow
from app.inventory.service.promising import is_sold_ahead, repeg
from app.inventory.service.valuing import COMES_FROM, LEAVES_TO, Books, Drawn, Part

LARGEST = 100_000_000


@dataclass(frozen=True, slots=True)
class Reference:
    """What a movement was for."""

    kind: str = ""
    id: UUID | None = None
    note: str = ""
    leaves_with: UUID | None = None  # the part of it that the units leave with, such as a fulfillment order


@dataclass(frozen=True, slots=True)
class Move:
    """One movement about to be written.

    `parts` say what units that come in are worth, all of them together; left out, it is estimated.
    `account` says where the value comes from or goes to, where the reason alone does not. `lots` say which
    units they are, where the level is kept by lot. `is_booked` says that the caller has taken its value off
    already.
    """

    level_id: UUID
    from_bucket: StockBucket
    to_bucket: StockBucket
    quantity: int
    reason: StockReason
    unit_cost_minor: int | None = None
    cost_currency: str | None = None
    parts: tuple[Part, ...] = ()
    account: ValueAccount | None = None
    lots: tuple[LotUnits, ...] = ()
    is_booked: bool = False
    at: datetime | None = None  # when it was, where it is written down later

    @property
    def change(self) -> int:
        """By how much it changes what is on hand."""
        enters = self.from_bucket is StockBucket.OUTSIDE
        leaves = self.to_bucket is StockBucket.OUTSIDE
        return self.quantity * (enters - leaves)


async def apply(
    work: Work, levels: Sequence[StockLevel], moves: Sequence[Move], reference: Reference, *path: str
) -> list[list[Drawn]]:
    """Change locked levels by some movements, and write them down; returns what each move drew.

    Raises:
        Invalid: more is taken from a bucket than is there, or is free; `path` names the input.
    """
    if not moves:
        return []
    by_id = {level.id: level for level in levels}
    changes: dict[UUID, dict[str, int]] = {}
    for move in moves:
        _add_up(changes.setdefault(move.level_id, {}), move)
    sold_ahead = {level_id for level_id in changes if is_sold_ahead(by_id[level_id])}
    await _change(work, by_id, changes, *path)
    drawn = await write(work, moves, reference, levels, *path)
    sold_ahead |= {level_id for level_id in changes if is_sold_ahead(by_id[level_id])}
    await repeg(work, [by_id[level_id] for level_id in sorted(sold_ahead)])
    return drawn


def _add_up(change: dict[str, int], move: Move) -> None:
    for bucket, sign in ((move.from_bucket, -1), (move.to_bucket, 1)):
        amount = sign * move.quantity
        names = ["unavailable", bucket.value] if bucket in UNAVAILABLE else []
        if bucket is StockBucket.RESERVED:
            names = ["reserved"]
        for name in names:
            change[name] = change.get(name, 0) + amount
    change["on_hand"] = change.get("on_hand", 0) + move.change


async def _change(
    work: Work, levels: Mapping[UUID, StockLevel], changes: Mapping[UUID, Mapping[str, int]], *path: str
) -> None:
    """Change the quantities of locked levels; the database refuses to go below what is promised."""
    order = sorted(changes)
    after = {
        id: {name: getattr(levels[id], name) + changes[id].get(name, 0) for name in _COLUMNS} for id in order
    }
    for id in order:
        _refuse_too_much(levels[id], after[id], *path)
    rows = [[id, *(changes[id].get(name, 0) for name in _COLUMNS)] for id in order]
    if await _write_changes(rows, work.at) != len(order):
        raise TryAgain  # only possible where a level was not locked: look again
    for id in order:
        for name in _COLUMNS:
            setattr(levels[id], name, after[id][name])
        levels[id].version += 1
        levels[id].updated_at = work.at


_COLUMNS = ("on_hand", "reserved", "unavailable", "damaged", "quarantined", "in_quality_check")
_CHANGE = """
    UPDATE stock_level SET on_hand = on_hand + $2, reserved = reserved + $3, unavailable = unavailable + $4,
        damaged = damaged + $5, quarantined = quarantined + $6, in_quality_check = in_quality_check + $7,
        version = version + 1, updated_at = $8
    WHERE id = $1 AND on_hand + $2 >= unavailable + $4
      AND reserved + $3 + unavailable + $4 <= on_hand + $2 + backorder_limit
"""
_CHANGE_MANY = """
    UPDATE stock_level s SET on_hand = s.on_hand + d.on_hand, reserved = s.reserved + d.reserved,
        unavailable = s.unavailable + d.unavailable, damaged = s.damaged + d.damaged,
        quarantined = s.quarantined + d.quarantined,
        in_quality_check = s.in_quality_check + d.in_quality_check, version = s.version + 1, updated_at = $8
    FROM unnest($1::uuid[], $2::int[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[])
        AS d(id, on_hand, reserved, unavailable, damaged, quarantined, in_quality_check)
    WHERE s.id = d.id AND s.on_hand + d.on_hand >= s.unavailable + d.unavailable
      AND s.reserved + d.reserved + s.unavailable + d.unavailable
          <= s.on_hand + d.on_hand + s.backorder_limit
"""


async def _write_changes(rows: list[list[Any]], at: datetime) -> int:
    """Add changes to levels, each a list of an id and the change of every column; counts what could be."""
    if len(rows) == 1:
        return await execute(_CHANGE, *rows[0], at)
    if is_postgres():
        return await execute(_CHANGE_MANY, *(list(column) for column in zip(*rows, strict=True)), at)
    return await execute_each(_CHANGE, [[*row, at] for row in rows])


def _refuse_too_much(level: StockLevel, after: dict[str, int], *path: str) -> None:
    if after["on_hand"] > LARGEST:
        raise Invalid(
            f"On hand would be more than {LARGEST}.", *path, code=ProblemCode.TOO_LARGE, maximum=LARGEST
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
            f"Only {level.reserved} are reserved.",
            *path,
            code=ProblemCode.NOT_ENOUGH,
            available=level.reserved,
        )
    if after["on_hand"] < after["unavailable"]:
        _refuse_taking(level, "Take fewer.", *path)
    if after["reserved"] + after["unavailable"] > after["on_hand"] + level.backorder_limit:
        aside = "Take fewer, or set them aside first (stockSetAside): promises give way to that."
        _refuse_taking(level, aside, *path)


def _refuse_taking(level: StockLevel, what_to_do: str, *path: str) -> None:
    free = level.on_hand + level.backorder_limit - level.reserved - level.unavailable
    can = max(0, min(free, level.on_hand - level.unavailable))
    raise Invalid(
        f"Only {can} can be taken away: {level.on_hand} are on hand, {level.reserved} reserved, "
        f"{level.unavailable} unavailable. {what_to_do}",
        *path,
        code=ProblemCode.NOT_ENOUGH,
        available=can,
    )


async def write(
    work: Work,
    moves: Iterable[Move],
    reference: Reference,
    levels: Sequence[StockLevel],
    *path: str,
    reserved: Sequence[Reservation] = (),
) -> list[list[Drawn]]:
    """Write movements down, with their lots and their value, and announce which levels changed.

    The levels are locked, and their quantities and reservations changed, by the caller; new reservations
    that the movements are of may be given as `reserved`, to be inserted with them. Returns what each move
    drew.

    Raises:
        Invalid: a level is kept by lot, and nobody says which units these are; `path` names the input.
    """
    written = [(move, _row(work, move, reference)) for move in moves]
    if not written:
        return []
    versions = {level.id: level.version for level in levels}
    drawn = await _value(work, written, reserved, versions, reference)
    await follow(work, written, levels, *path)
    change_id = new_id()
    work.born(change_id)
    work.announce(
        StockChanged(
            subject_id=change_id,
            reason=written[0][1].reason.value,
            level_ids=sorted({row.level_id for _, row in written}),
        )
    )
    return drawn


def _row(work: Work, move: Move, reference: Reference) -> StockMovement:
    return StockMovement(
        id=new_id(),
        level_id=move.level_id,
        from_bucket=move.from_bucket,
        to_bucket=move.to_bucket,
        quantity=move.quantity,
        reason=move.reason,
        reference_kind=reference.kind,
        reference_id=reference.id,
        note=reference.note,
        unit_cost_minor=move.unit_cost_minor,
        cost_currency=move.cost_currency,
        actor_kind=work.actor.kind.value,
        actor_id=work.actor.id,
        at=move.at or work.at,
    )


async def _value(
    work: Work,
    written: list[tuple[Move, StockMovement]],
    reserved: Sequence[Reservation],
    versions: Mapping[UUID, int],
    reference: Reference,
) -> list[list[Drawn]]:
    """Write movements down with their value; returns what each drew."""
    movements = [row for _, row in written]
    if not any(move.change for move, _ in written):
        await insert_together([reserved, movements])
        return [[] for _ in written]
    changed = {move.level_id: versions[move.level_id] for move, _ in written if move.change}
    books = await Books.of(work, changed)
    drawn = []
    for move, row in written:
        drawn.append(_out(books, move, row, reference) if move.change < 0 else [])
        if move.change > 0:
            await _in(books, move, row)
    await books.note_balances_then()
    await books.close(reserved, movements)
    return drawn


def _out(books: Books, move: Move, row: StockMovement, reference: Reference) -> list[Drawn]:
    account = move.account or LEAVES_TO.get(move.reason, ValueAccount.WRITE_OFF)
    if move.is_booked:
        books.enter(row, ValueAccount.ASSET, account, 0)
        return []
    found = books.take(row, account, reference.leaves_with)
    books.enter(row, ValueAccount.ASSET, account, sum(each.draw.value_minor for each in found))
    return found


async def _in(books: Books, move: Move, row: StockMovement) -> None:
    parts = move.parts or (await books.estimate(move.level_id, move.quantity),)
    account = move.account or COMES_FROM.get(move.reason, ValueAccount.GAIN)
    for part in parts:
        books.put(move.level_id, part, row, account)
    books.enter(row, account, ValueAccount.ASSET, sum(part.value_minor for part in parts))

"""The ledger: the only way in which stock changes.

A movement, its effect on the level and its value are written together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.database import Change, update_each, write_together
from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.inventory.stock.events import StockChanged
from app.inventory.stock.lifecycle import StockBucket, StockReason, ValueAccount
from app.inventory.stock.lot_allocation import LotUnits
from app.inventory.stock.models import Reservation, StockLevel, StockMovement
from app.inventory.stock.service.level_changes import LevelDelta, change_levels
from app.inventory.stock.service.lots import follow
from app.inventory.stock.service.promising import is_sold_ahead, repeg
from app.inventory.stock.service.valuing import COMES_FROM, LEAVES_TO, Books, Drawn, Part

NOTHING = Change((), ())


@dataclass(frozen=True, slots=True)
class Reference:
    """The reference of a movement."""

    kind: str = ""
    id: UUID | None = None
    note: str = ""
    # the part of the reference that the units leave with, such as a fulfillment order
    leaves_with: UUID | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A movement to be written.

    `parts` are the values of incoming units; if omitted, they are estimated. `account` is the source or
    target of the value, if the reason does not determine it. `lots` are the lots of the units at a tracked
    level. `is_booked`: the caller has posted the value already.
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
    at: datetime | None = None  # when it occurred, if recorded later

    @property
    def change(self) -> int:
        """The change of the quantity on hand."""
        enters = self.from_bucket is StockBucket.OUTSIDE
        leaves = self.to_bucket is StockBucket.OUTSIDE
        return self.quantity * (enters - leaves)


async def apply(
    uow: UnitOfWork, levels: Sequence[StockLevel], moves: Sequence[Move], reference: Reference, *path: str
) -> list[list[Drawn]]:
    """Apply movements to locked levels and write them; return what each movement drew.

    Raises:
        Invalid: more is taken from a bucket than is there or free; `path` is its place in the input.
    """
    if not moves:
        return []
    by_id = {level.id: level for level in levels}
    deltas: dict[UUID, LevelDelta] = {}
    for move in moves:
        delta = deltas.setdefault(move.level_id, LevelDelta())
        delta.move(move.from_bucket, move.to_bucket, move.quantity)
    sold_ahead = {level_id for level_id in deltas if is_sold_ahead(by_id[level_id])}
    await change_levels(by_id, deltas, uow.at, *path)
    drawn = await write(uow, moves, reference, levels, *path)
    sold_ahead |= {level_id for level_id in deltas if is_sold_ahead(by_id[level_id])}
    await repeg(uow, [by_id[level_id] for level_id in sorted(sold_ahead)])
    return drawn


async def write(
    uow: UnitOfWork,
    moves: Iterable[Move],
    reference: Reference,
    levels: Sequence[StockLevel],
    *path: str,
    reserved: Sequence[Reservation] = (),
    adds_rows: bool = False,
    renewed: Change = NOTHING,
) -> list[list[Drawn]]:
    """Write movements with their lots and value, and record the event of changed levels.

    The caller has locked the levels and changed their quantities and reservations; new reservations of the
    movements can be passed as `reserved`, and changed ones as `renewed`, to be written with them.
    `adds_rows`: if no movement changes a quantity on hand, the new rows are given to `uow.add`, and `renewed`
    to `uow.change`. Returns what each movement drew.

    Raises:
        Invalid: a level is tracked by lot, and no lots are given; `path` is its place in the input.
    """
    written = [(move, _row(uow, move, reference)) for move in moves]
    if not written:
        return []
    versions = {level.id: level.version for level in levels}
    if adds_rows and not any(move.change for move, _ in written):
        uow.add(list(reserved))
        uow.add([row for _, row in written])
        uow.change(renewed)
        drawn: list[list[Drawn]] = [[] for _ in written]
    else:
        drawn = await _value(uow, written, reserved, renewed, versions, reference)
    await follow(uow, written, levels, *path)
    change_id = new_id()
    uow.is_new(change_id)
    uow.announce(
        StockChanged(
            subject_id=change_id,
            reason=written[0][1].reason.value,
            level_ids=sorted({row.level_id for _, row in written}),
        )
    )
    return drawn


def _row(uow: UnitOfWork, move: Move, reference: Reference) -> StockMovement:
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
        actor_kind=uow.actor.kind.value,
        actor_id=uow.actor.id,
        at=move.at or uow.at,
    )


async def _value(
    uow: UnitOfWork,
    written: list[tuple[Move, StockMovement]],
    reserved: Sequence[Reservation],
    renewed: Change,
    versions: Mapping[UUID, int],
    reference: Reference,
) -> list[list[Drawn]]:
    """Write movements with their value; return what each drew."""
    movements = [row for _, row in written]
    if not any(move.change for move, _ in written):
        await write_together([reserved, movements], [renewed])
        return [[] for _ in written]
    await update_each(renewed.rows, *renewed.columns)
    changed = {move.level_id: versions[move.level_id] for move, _ in written if move.change}
    books = await Books.of(uow, changed)
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

"""The one way in which stock changes: a movement and its effect on the level, together."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from app.core.database import insert
from app.core.ids import new_id
from app.core.work import Work
from app.inventory.events import StockChanged
from app.inventory.lifecycle import StockBucket, StockReason
from app.inventory.models import StockMovement


@dataclass(frozen=True, slots=True)
class Reference:
    """What a movement was for."""

    kind: str = ""
    id: UUID | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """One movement about to be written."""

    level_id: UUID
    from_bucket: StockBucket
    to_bucket: StockBucket
    quantity: int
    reason: StockReason
    unit_cost_minor: int | None = None
    cost_currency: str | None = None


async def write(work: Work, moves: Iterable[Move], reference: Reference) -> None:
    """Write movements down and announce which levels changed. The levels are updated by the caller."""
    rows = [
        StockMovement(
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
            at=work.at,
        )
        for move in moves
    ]
    if not rows:
        return
    await insert(rows)
    change_id = new_id()
    work.born(change_id)
    work.announce(
        StockChanged(
            subject_id=change_id,
            reason=rows[0].reason.value,
            level_ids=sorted({row.level_id for row in rows}),
        )
    )

"""Queries of payouts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.database import among, fetch, read, read_locked, rows_by_id, uuid_of
from app.core.loading import grouped
from app.core.refusals import NotFound
from app.payments.lifecycle import PayoutLineKind
from app.payments.payout_models import Payout, PayoutLine
from app.payments.payouts import DISPUTES, TRANSACTIONS, Candidate

MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Found:
    """A transaction or dispute with the reference of a line."""

    id: UUID
    amount_minor: int
    currency: str
    is_paid_out: bool

    def as_candidate(self, *, is_taken: bool) -> Candidate:
        """For the comparison; `is_taken`: another line of the same payout is about it."""
        return Candidate(self.amount_minor, self.currency, self.is_paid_out or is_taken)


def payouts_visible_to(actor: Actor) -> QuerySet[Payout]:
    """The payouts that an actor may see: all, or none, because a payout has orders of all channels."""
    is_shown = actor.scope_of(Permission.FINANCE_VIEW).is_everywhere
    return Payout.all() if is_shown else Payout.filter(id__in=[])


async def payouts_by_id(ids: list[UUID]) -> Sequence[Payout | None]:
    """Batch: payouts."""
    found = await rows_by_id(Payout, ids)
    return [found.get(id) for id in ids]


async def payout_for_change(actor: Actor, id: UUID, *path: str) -> Payout:
    """A locked payout.

    Raises:
        NotFound: it does not exist, or the actor does not manage payments everywhere.
    """
    may = actor.scope_of(Permission.PAYMENTS_MANAGE).is_everywhere
    rows: list[Payout] = await read_locked(Payout, "id = $1", id) if may else []
    if not rows:
        raise NotFound.of("payout", *(path or ("id",)))
    return rows[0]


async def payout_of(gateway: str, reference: str) -> Payout | None:
    """The payout with a reference of a gateway."""
    return await Payout.get_or_none(gateway=gateway, reference=reference)


async def locked_payout(id: UUID) -> Payout:
    (found,) = await read_locked(Payout, "id = $1", id)
    payout: Payout = found
    return payout


async def lines_by_payout(ids: list[UUID]) -> list[list[PayoutLine]]:
    """Batch: the lines of each payout."""
    rows = await read(PayoutLine, f"{among('payout_id', 1)} ORDER BY payout_id, position", ids)
    return grouped(ids, rows, "payout_id")


async def lines_of_payout(id: UUID) -> list[PayoutLine]:
    """The lines of a locked payout, locked."""
    return await read_locked(PayoutLine, "payout_id = $1 ORDER BY position", id)


async def payout_candidates(
    payout: Payout, lines: Sequence[PayoutLine]
) -> Mapping[tuple[PayoutLineKind, str], list[Found]]:
    """What lines of a payout may be about, by their kind and reference: transactions and disputes of the
    gateway, or of payments without a gateway, with the reference. A transaction is also found by the
    reference of its payment, if it is the only one of its kind."""
    found: dict[tuple[PayoutLineKind, str], list[Found]] = defaultdict(list)
    for kind in dict.fromkeys(line.kind for line in lines):
        references = sorted({line.reference for line in lines if line.kind is kind and line.reference})
        if not references:
            continue
        if kind in DISPUTES:
            rows = await fetch(
                _DISPUTES.format(among=among("d.reference", 3)), payout.gateway, kind.value, references
            )
        elif kind in TRANSACTIONS:
            rows = await fetch(
                _TRANSACTIONS.format(
                    of_transaction=among("t.reference", 5), of_payment=among("p.reference", 5)
                ),
                payout.gateway,
                MANUAL,
                kind.value,
                TRANSACTIONS[kind].value,
                references,
            )
        else:
            continue
        for row in rows:
            one = Found(uuid_of(row["id"]), row["amount_minor"], row["currency"], bool(row["paid_out"]))
            own = found[kind, row["reference"]]
            if one not in own:
                own.append(one)
    return found


# A failed transaction has moved no money; one that was reversed has.
_TRANSACTIONS = """
SELECT f.reference, f.id, f.amount_minor, f.currency, EXISTS (
           SELECT 1 FROM payout_line l WHERE l.transaction_id = f.id AND l.kind = $3
       ) AS paid_out
FROM (
    SELECT t.reference, t.id, t.amount_minor, t.currency FROM payment_transaction t
    WHERE {of_transaction} AND t.gateway IN ($1, $2) AND t.kind = $4 AND t.status <> 'failed'
    UNION
    SELECT p.reference, t.id, t.amount_minor, t.currency
    FROM payment p JOIN payment_transaction t ON t.payment_id = p.id
    WHERE {of_payment} AND t.gateway IN ($1, $2) AND t.kind = $4 AND t.status <> 'failed'
) f
ORDER BY f.id
"""
_DISPUTES = """
SELECT d.reference, d.id, d.amount_minor, d.currency, EXISTS (
           SELECT 1 FROM payout_line l WHERE l.dispute_id = d.id AND l.kind = $2
       ) AS paid_out
FROM dispute d WHERE d.gateway IN ($1, 'manual') AND {among} ORDER BY d.id
"""


async def payout_differences() -> list[str]:
    """The payouts whose lines, less fees, do not add up to them."""
    rows = await fetch(
        """
        SELECT p.gateway, p.reference, p.total_minor, COALESCE(l.total, 0) AS total
        FROM payout p LEFT JOIN (
            SELECT payout_id, SUM(amount_minor - fee_minor) AS total FROM payout_line GROUP BY payout_id
        ) l ON l.payout_id = p.id
        WHERE p.total_minor <> COALESCE(l.total, 0)
        """
    )
    return [
        f"payout {row['reference']} of {row['gateway']}: {row['total_minor']}, but {row['total']} in lines"
        for row in rows
    ]

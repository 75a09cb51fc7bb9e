"""What the entries of disputes and payouts depend on."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from app.accounting.lifecycle import AccountKind, LedgerEntryKind
from app.accounting.postings import Account
from app.accounting.queries.facts import SIGNED
from app.core.database import among, fetch, read, read_locked, uuid_of
from app.payments.models import Dispute
from app.payments.payout_models import Payout, PayoutLine


class PayoutFacts(NamedTuple):
    """The lines of payouts, by payout; the gateways of what they are about, by id; and the kinds of entries
    that each payout has."""

    lines: dict[UUID, list[PayoutLine]]
    gateways: dict[UUID, str]
    posted: set[tuple[UUID, LedgerEntryKind]]


async def payout_facts(ids: Collection[UUID]) -> PayoutFacts:
    """The facts of payouts."""
    wanted = sorted(ids)
    lines: dict[UUID, list[PayoutLine]] = {id: [] for id in ids}
    for line in await read(PayoutLine, f"{among('payout_id', 1)} ORDER BY payout_id, position", wanted):
        lines[line.payout_id].append(line)
    rows = await fetch(
        "SELECT l.transaction_id AS id, t.gateway FROM payout_line l "  # noqa: S608  # a column of ours
        f"JOIN payment_transaction t ON t.id = l.transaction_id WHERE {among('l.payout_id', 1)} "
        "UNION SELECT l.dispute_id, d.gateway FROM payout_line l "
        f"JOIN dispute d ON d.id = l.dispute_id WHERE {among('l.payout_id', 1)}",
        wanted,
    )
    gateways = {uuid_of(row["id"]): row["gateway"] for row in rows}
    rows = await fetch(
        f"SELECT DISTINCT subject_id, kind FROM ledger_entry WHERE {among('subject_id', 1)}",  # noqa: S608
        wanted,
    )
    posted = {(uuid_of(row["subject_id"]), LedgerEntryKind(row["kind"])) for row in rows}
    return PayoutFacts(lines, gateways, posted)


async def charged_back(ids: Collection[UUID]) -> dict[UUID, int]:
    """The amounts of chargebacks, by the id of their transaction."""
    rows = await fetch(
        f"SELECT id, amount_minor FROM payment_transaction WHERE {among('id', 1)}",  # noqa: S608
        sorted(ids),
    )
    return {uuid_of(row["id"]): int(row["amount_minor"]) for row in rows}


async def posted_of_disputes(ids: Collection[UUID]) -> dict[UUID, dict[Account, int]]:
    """The balances of the entries of disputes, by dispute; those without entries are left out."""
    rows = await fetch(
        f"SELECT e.subject_id, p.account, p.detail, SUM({SIGNED}) AS minor FROM ledger_entry e "  # noqa: S608
        f"JOIN ledger_posting p ON p.entry_id = e.id WHERE {among('e.subject_id', 1)} "
        "GROUP BY e.subject_id, p.account, p.detail",
        sorted(ids),
    )
    found: dict[UUID, dict[Account, int]] = {}
    for row in rows:
        account = Account(AccountKind(row["account"]), row["detail"])
        found.setdefault(uuid_of(row["subject_id"]), {})[account] = int(row["minor"])
    return found


async def disputes_after(id: UUID | None, limit: int) -> list[Dispute]:
    """Disputes in the order of their ids, after one of them; locked."""
    condition, values = ("id > $2 AND ", [id]) if id is not None else ("", [])
    return await read_locked(Dispute, f"{condition}1 = 1 ORDER BY id LIMIT $1", limit, *values)


async def closed_payouts_after(id: UUID | None, limit: int) -> list[Payout]:
    """Closed payouts in the order of their ids, after one of them; locked."""
    condition, values = ("id > $2 AND ", [id]) if id is not None else ("", [])
    return await read_locked(Payout, f"{condition}status = 'closed' ORDER BY id LIMIT $1", limit, *values)

"""The entries of disputes and of payouts of gateways."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from app.accounting import queries
from app.accounting.postings import Draft
from app.accounting.settlement_facts import draft_of_dispute, drafts_of_payout
from app.payments.lifecycle import PayoutStatus
from app.payments.models import Dispute
from app.payments.payout_models import Payout
from app.settings import settings


async def drafts_of_disputes(
    rows: Sequence[Dispute], channels: Mapping[UUID, UUID | None], at: datetime
) -> list[Draft]:
    """What is not posted yet of disputes; `channels` are those of their orders."""
    known = {row.id: row for row in rows}  # a dispute that changed twice is posted as it is now
    if not known:
        return []
    posted = await queries.posted_of_disputes(known)
    amounts = await queries.charged_back({row.chargeback_id for row in known.values() if row.chargeback_id})
    drafts = [
        draft_of_dispute(
            row, amounts.get(row.chargeback_id, 0), posted.get(row.id), channels.get(row.order_id), at
        )
        for row in known.values()
    ]
    return [draft for draft in drafts if draft is not None]


async def drafts_of_payouts(rows: Sequence[Payout]) -> list[Draft]:
    """What is not posted yet of closed payouts: a payout that is open is not posted."""
    closed = {row.id: row for row in rows if row.status is PayoutStatus.CLOSED}
    if not closed:
        return []
    facts = await queries.payout_facts(closed)
    return [
        draft
        for row in closed.values()
        for draft in drafts_of_payout(row, facts.lines[row.id], facts.gateways, _arrived_at(row))
        if (row.id, draft.kind) not in facts.posted
    ]


def _arrived_at(payout: Payout) -> datetime:
    """The beginning of the day on which the money arrives at the bank, or when the payout was closed, if that
    was earlier."""
    arrival = datetime.combine(payout.arrival_on, time.min, ZoneInfo(settings().time_zone))
    assert payout.closed_at is not None
    return min(arrival, payout.closed_at)

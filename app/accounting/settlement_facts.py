"""The entries of disputes and of payouts of gateways: pure functions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from app.accounting.lifecycle import AccountKind, LedgerEntryKind
from app.accounting.postings import Account, Amounts, Draft, added, less, moved
from app.payments.lifecycle import DisputeStatus, PayoutLineKind
from app.payments.models import Dispute
from app.payments.payout_models import Payout, PayoutLine

K, E, L = AccountKind, LedgerEntryKind, PayoutLineKind
BANK, EXCHANGE, LOSSES = Account(K.BANK), Account(K.EXCHANGE), Account(K.DISPUTE_LOSSES)
# Lines that are about neither a transaction nor a dispute nor an earlier payout.
OTHERS = (L.ADJUSTMENT, L.UNEXPLAINED)


def of_dispute(row: Dispute, charged_back_minor: int) -> dict[Account, int]:
    """The balances of a dispute as it stands now. What an open one withholds is off the clearing account, and
    so is what a lost one took beyond its chargeback, which is posted as a transaction."""
    is_withheld = row.status.is_open and not row.is_inquiry
    withheld = row.amount_minor if is_withheld else 0
    lost = row.amount_minor - charged_back_minor if row.status is DisputeStatus.LOST else 0
    clearing = Account(K.CLEARING, row.gateway)
    return added({Account(K.DISPUTES, row.gateway): withheld, LOSSES: lost, clearing: -withheld - lost})


def draft_of_dispute(
    row: Dispute,
    charged_back_minor: int,
    posted: Amounts | None,
    channel_id: UUID | None,
    at: datetime,
) -> Draft | None:
    """The entry of a change of a dispute; None if no amount changes.

    `posted` has the balances of its earlier entries; None if it has none. `at` is the time of the change; a
    new dispute has the time at which it was opened or closed.
    """
    amounts = less(of_dispute(row, charged_back_minor), posted or {})
    if not amounts:
        return None
    if posted is None:
        at = min(at, row.opened_at if row.status.is_open else row.closed_at or at)
    return Draft(E.DISPUTE, "dispute", row.id, row.currency, at, amounts, row.order_id, channel_id)


def drafts_of_payout(
    payout: Payout, lines: Sequence[PayoutLine], gateways: Mapping[UUID, str], arrived_at: datetime
) -> list[Draft]:
    """The entries of a closed payout: one in its currency, one in each other currency of its payments, and
    one if it was returned.

    `gateways` has those of the transactions and disputes of the lines, by id. A line without one is about
    the gateway of the payout. `arrived_at` is the time for the entries of the payout.
    """
    by_currency: dict[str, dict[Account, int]] = {
        payout.currency: {
            BANK: payout.total_minor,
            Account(K.FEES, payout.gateway): sum(line.fee_minor for line in lines),
        }
    }
    for line in lines:
        for currency, amounts in _of_line(payout, line, gateways).items():
            by_currency[currency] = added(by_currency.get(currency, {}), amounts)
    drafts = [
        Draft(E.PAYOUT, "payout", payout.id, currency, arrived_at, amounts)
        for currency, sums in by_currency.items()
        if (amounts := added(sums))
    ]
    if payout.failed_at is not None and payout.total_minor:
        back = moved(BANK, Account(K.CLEARING, payout.gateway), payout.total_minor)
        at = max(payout.failed_at, arrived_at)
        drafts.append(Draft(E.PAYOUT_RETURN, "payout", payout.id, payout.currency, at, back))
    return drafts


def _of_line(payout: Payout, line: PayoutLine, gateways: Mapping[UUID, str]) -> dict[str, dict[Account, int]]:
    """What the amount of a line takes from its account, by currency; the fee is posted with the payout."""
    if line.kind is L.FEE:
        return {payout.currency: {Account(K.FEES, payout.gateway): -line.amount_minor}}
    if line.kind in OTHERS:
        return {payout.currency: {Account(K.PAYOUT_DIFFERENCES, payout.gateway): -line.amount_minor}}
    about = line.transaction_id or line.dispute_id
    clearing = Account(K.CLEARING, gateways.get(about, payout.gateway))
    if line.own_minor is None or line.own_currency == payout.currency:
        return {payout.currency: {clearing: -line.amount_minor}}
    own = line.own_minor if line.amount_minor > 0 else -line.own_minor
    return {
        payout.currency: {EXCHANGE: -line.amount_minor},
        line.own_currency: moved(clearing, EXCHANGE, own),
    }

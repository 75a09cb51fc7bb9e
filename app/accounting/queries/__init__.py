"""Queries of the ledger."""

from app.accounting.queries.facts import (
    bank_transactions,
    cards_refunded,
    last_shipments,
    line_facts,
    moved_transactions,
    standings,
)
from app.accounting.queries.history import (
    locked_history,
    placed_orders_after,
    posted_facts,
    waits_for_history,
)
from app.accounting.queries.ledger import (
    accounts,
    balances,
    chart,
    entries_visible_to,
    postings_by_entry,
    with_account,
)
from app.accounting.queries.periods import closed_periods, closed_through
from app.accounting.queries.settlements import (
    charged_back,
    closed_payouts_after,
    disputes_after,
    payout_facts,
    posted_of_disputes,
)
from app.accounting.queries.verifying import differences

__all__ = [
    "accounts",
    "balances",
    "bank_transactions",
    "cards_refunded",
    "charged_back",
    "chart",
    "closed_payouts_after",
    "closed_periods",
    "closed_through",
    "differences",
    "disputes_after",
    "entries_visible_to",
    "last_shipments",
    "line_facts",
    "locked_history",
    "moved_transactions",
    "payout_facts",
    "placed_orders_after",
    "posted_facts",
    "posted_of_disputes",
    "postings_by_entry",
    "standings",
    "waits_for_history",
    "with_account",
]

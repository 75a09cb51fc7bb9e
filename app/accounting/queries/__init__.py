"""Queries of the ledger."""

from app.accounting.queries.facts import (
    bank_transactions,
    last_shipments,
    line_facts,
    moved_transactions,
    standings,
)
from app.accounting.queries.history import (
    locked_history,
    placed_orders_after,
    posted_facts,
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
from app.accounting.queries.verifying import differences

__all__ = [
    "accounts",
    "balances",
    "bank_transactions",
    "chart",
    "closed_periods",
    "closed_through",
    "differences",
    "entries_visible_to",
    "last_shipments",
    "line_facts",
    "locked_history",
    "moved_transactions",
    "placed_orders_after",
    "posted_facts",
    "postings_by_entry",
    "standings",
    "with_account",
]

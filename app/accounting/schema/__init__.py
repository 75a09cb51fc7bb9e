"""The ledger in GraphQL."""

from app.accounting.schema.mutations import AccountingMutation
from app.accounting.schema.queries import AccountingQuery
from app.accounting.schema.types import LedgerEntry

__all__ = ["AccountingMutation", "AccountingQuery", "LedgerEntry"]

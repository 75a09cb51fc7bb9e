"""Bank statements in GraphQL."""

from app.bank.schema.mutations import BankMutation
from app.bank.schema.types import BankEntry, BankQuery, BankStatement, PayoutBankEntry

__all__ = ["BankEntry", "BankMutation", "BankQuery", "BankStatement", "PayoutBankEntry"]

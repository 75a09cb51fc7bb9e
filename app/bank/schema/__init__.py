"""Bank statements, and refunds by bank transfer, in GraphQL."""

from app.bank.schema.mutations import BankMutation
from app.bank.schema.transfer_mutations import BankTransferMutation
from app.bank.schema.transfers import BankAccount, BankTransfer, BankTransferFile, BankTransferQuery
from app.bank.schema.types import BankEntry, BankQuery, BankStatement, PayoutBankEntry

__all__ = [
    "BankAccount",
    "BankEntry",
    "BankMutation",
    "BankQuery",
    "BankStatement",
    "BankTransfer",
    "BankTransferFile",
    "BankTransferMutation",
    "BankTransferQuery",
    "PayoutBankEntry",
]

"""Numbers and names of accounts in the company's chart of accounts: pure functions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.accounting.lifecycle import AccountKind as K
from app.accounting.models import AccountMapping
from app.accounting.postings import Account

LONGEST_NUMBER, LONGEST_NAME, LONGEST_DETAIL = 20, 120, 160
# Kinds with an account for each detail.
DETAILED = frozenset({K.CLEARING, K.DISPUTES, K.FEES, K.PAYOUT_DIFFERENCES, K.SALES, K.TAX})
NAMES: Mapping[K, str] = {
    K.RECEIVABLE: "Accounts receivable",
    K.DEPOSITS: "Customer deposits",
    K.CLEARING: "Payments clearing",
    K.BANK: "Bank",
    K.DISPUTES: "Disputed payments",
    K.DISPUTE_LOSSES: "Losses from disputes",
    K.FEES: "Payment gateway fees",
    K.PAYOUT_DIFFERENCES: "Payout differences",
    K.EXCHANGE: "Currency exchange",
    K.SALES: "Sales",
    K.SHIPPING: "Shipping revenue",
    K.DISCOUNTS: "Discounts given",
    K.ALLOWANCES: "Allowances given",
    K.TAX: "Tax payable",
    K.GIFT_CARDS: "Gift cards outstanding",
    K.STORE_CREDIT: "Store credit outstanding",
    K.GOODWILL: "Gift cards and store credit granted",
    K.BREAKAGE: "Gift cards and store credit expired",
    K.INVENTORY: "Inventory",
    K.IN_TRANSIT: "Inventory in transit",
    K.GOODS_RECEIVED: "Goods received, not invoiced",
    K.COST_OF_SALES: "Cost of goods sold",
    K.WRITE_OFFS: "Inventory write-offs",
    K.STOCK_GAINS: "Inventory gains",
    K.REVALUATION: "Inventory revaluation",
    K.ASSEMBLY: "Kit assembly",
    K.ROUNDING: "Rounding differences",
}


@dataclass(frozen=True, slots=True)
class ChartAccount:
    """An account of the ledger as the company's chart of accounts has it."""

    account: Account
    number: str | None  # None: not mapped
    name: str


class Chart:
    """The company's chart of accounts: what is mapped, and default names for the rest."""

    def __init__(self, rows: Iterable[AccountMapping]) -> None:
        self._rows = {Account(row.kind, row.detail): row for row in rows}

    def of(self, account: Account) -> ChartAccount:
        """An account: as mapped for its detail, else as mapped for its kind, else with the default name."""
        row = self._rows.get(account) or self._rows.get(Account(account.kind))
        if row is not None:
            return ChartAccount(account, row.number, row.name)
        name = NAMES[account.kind]
        return ChartAccount(account, None, f"{name} {account.detail}" if account.detail else name)

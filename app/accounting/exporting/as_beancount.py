"""Beancount: transactions with a balance assertion for each account, which `bean-check` verifies."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from app.accounting.chart import ChartAccount
from app.accounting.exporting.formats import ExportedEntry, Period, decimal
from app.accounting.lifecycle import AccountKind as K
from app.accounting.lifecycle import LedgerSide
from app.accounting.postings import Account

ROOTS: Mapping[K, str] = {
    **dict.fromkeys((K.RECEIVABLE, K.CLEARING, K.BANK, K.INVENTORY, K.IN_TRANSIT, K.ASSEMBLY), "Assets"),
    **dict.fromkeys((K.DISPUTES, K.PAYOUT_DIFFERENCES), "Assets"),
    **dict.fromkeys((K.DEPOSITS, K.TAX, K.GIFT_CARDS, K.STORE_CREDIT, K.GOODS_RECEIVED), "Liabilities"),
    **dict.fromkeys(
        (K.SALES, K.SHIPPING, K.DISCOUNTS, K.ALLOWANCES, K.BREAKAGE, K.STOCK_GAINS, K.ROUNDING), "Income"
    ),
    **dict.fromkeys((K.COST_OF_SALES, K.WRITE_OFFS, K.REVALUATION, K.GOODWILL), "Expenses"),
    **dict.fromkeys((K.FEES, K.DISPUTE_LOSSES), "Expenses"),
    K.EXCHANGE: "Equity",
}
_OTHER = re.compile(r"[^A-Za-z0-9]+")


class Beancount:
    """An export of a period. `accounts` are those that are used until its end."""

    encoding: ClassVar[str] = "utf-8"

    def __init__(self, period: Period, accounts: Sequence[ChartAccount]) -> None:
        self._period = period
        self._accounts = accounts
        self._names = names_of([each.account for each in accounts])
        self._sums: dict[tuple[str, str], int] = {}  # by name and currency

    def begin(self) -> str:
        lines = [f'option "title" "Ordergraph {self._period.start} to {self._period.end}"', ""]
        for each in self._accounts:
            lines.append(f"{self._period.start} open {self._names[each.account]}")
            lines.append(f"  name: {_text(each.name)}")
            if each.number:
                lines.append(f"  number: {_text(each.number)}")
        return "\n".join(lines) + "\n"

    def entry(self, entry: ExportedEntry) -> str:
        what = _text(entry.kind.value.replace("_", " "))
        lines = ["", f"{entry.posted_on} * {what} {_text(entry.order_number)}", f"  entry: {_text(entry.id)}"]
        for posting in entry.postings:
            name = self._names[posting.account.account]
            minor = posting.amount_minor if posting.side is LedgerSide.DEBIT else -posting.amount_minor
            key = (name, entry.currency)
            self._sums[key] = self._sums.get(key, 0) + minor
            lines.append(f"  {name}  {decimal(minor, entry.currency)} {entry.currency}")
        return "\n".join(lines) + "\n"

    def end(self) -> str:
        """The balances at the beginning of the day after the period."""
        day = self._period.end + timedelta(days=1)
        lines = [
            f"{day} balance {name}  {decimal(minor, currency)} {currency}"
            for (name, currency), minor in sorted(self._sums.items())
        ]
        return "\n".join(["", *lines]) + "\n"


def names_of(accounts: Sequence[Account]) -> dict[Account, str]:
    """A different name for each account: `Liabilities:Tax:DE-0-19`."""
    found: dict[Account, str] = {}
    taken: set[str] = set()
    for account in accounts:
        kind = "-".join(word.capitalize() for word in account.kind.value.split("_"))
        name = f"{ROOTS[account.kind]}:{kind}"
        if account.detail:
            part = _OTHER.sub("-", account.detail).strip("-") or "Other"
            name += f":{part[0].upper()}{part[1:]}"
        unique, number = name, 1
        while unique in taken:
            number += 1
            unique = f"{name}-{number}"
        taken.add(unique)
        found[account] = unique
    return found


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

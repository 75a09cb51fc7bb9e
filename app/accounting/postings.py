"""The entries of facts, as amounts by account: pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.accounting.lifecycle import AccountKind, LedgerEntryKind


class Account(NamedTuple):
    """An account of the ledger. `detail` is empty for kinds with one account."""

    kind: AccountKind
    detail: str = ""


RECEIVABLE = Account(AccountKind.RECEIVABLE)
DEPOSITS = Account(AccountKind.DEPOSITS)

# Amounts in minor units by account: positive for a debit, negative for a credit.
Amounts = Mapping[Account, int]


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before it is written. Its amounts are in one currency and add up to zero."""

    kind: LedgerEntryKind
    subject_kind: str
    subject_id: UUID | None
    currency: str
    happened_at: datetime
    amounts: Amounts
    order_id: UUID | None = None
    channel_id: UUID | None = None


def added(*parts: Amounts) -> dict[Account, int]:
    """The sum of amounts by account, without zeros."""
    found: dict[Account, int] = {}
    for part in parts:
        for account, minor in part.items():
            found[account] = found.get(account, 0) + minor
    return {account: minor for account, minor in found.items() if minor}


def less(amounts: Amounts, other: Amounts) -> dict[Account, int]:
    """The difference of amounts by account, without zeros."""
    return added(amounts, {account: -minor for account, minor in other.items()})


def moved(source: Account, target: Account, minor: int) -> dict[Account, int]:
    """An amount that goes from one account, which is credited, to another, which is debited."""
    return added({target: minor}, {source: -minor})


def with_buyer(amounts: Amounts, standing: Amounts) -> dict[Account, int]:
    """Amounts of an order, balanced by what the buyer owes or has paid in advance.

    `standing` has the balances of the order before. Afterwards at most one of RECEIVABLE and DEPOSITS has a
    balance: RECEIVABLE if more has left than was paid, otherwise DEPOSITS.
    """
    owed = standing.get(RECEIVABLE, 0) + standing.get(DEPOSITS, 0) - sum(amounts.values())
    target = {RECEIVABLE: max(0, owed), DEPOSITS: min(0, owed)}
    now = {account: standing.get(account, 0) for account in target}
    return added(amounts, less(target, now))

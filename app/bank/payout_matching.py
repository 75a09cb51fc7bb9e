"""Decides whether a bank entry is the arrival of a payout of a payment gateway: pure.

An entry that names no order is matched automatically if it names one payout of its amount, or if it is the
only entry that fits the only payout of its amount, currency and day. Everything else is a decision of staff.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from app.bank.lifecycle import BankEntryDirection, BankEntryProblem
from app.bank.matching import words_of

# An entry is compared with payouts that arrive so many days before or after its booking date.
WINDOW = timedelta(days=5)
SHORTEST_REFERENCE = 6  # characters of a payout's reference that is found in the texts of an entry


def signed_minor(entry: Any) -> int:
    """The amount of an entry as it changes the account: negative if money was paid out."""
    minor: int = entry.amount_minor
    return minor if entry.direction is BankEntryDirection.CREDIT else -minor


def is_near(entry: Any, day: date) -> bool:
    """Whether an entry was booked about a day."""
    return bool(abs(entry.booked_on - day) <= WINDOW)


def is_of_amount(entry: Any, payout: Any) -> bool:
    """Whether an entry has the amount and the currency of a payout."""
    return bool(payout.currency == entry.currency and payout.total_minor == signed_minor(entry))


def names(entry: Any, payout: Any) -> bool:
    """Whether a text of an entry contains the reference of a payout as a word."""
    reference = str(payout.reference).upper()
    return len(reference) >= SHORTEST_REFERENCE and reference in words_of(entry)


def candidates(entry: Any, payouts: Iterable[Any]) -> list[Any]:
    """Those of some payouts that an entry names, or whose amount, currency and day it has."""
    return [
        each
        for each in payouts
        if names(entry, each) or (is_of_amount(entry, each) and is_near(entry, each.arrival_on))
    ]


def rivals(entry: Any, payout: Any, entries: Iterable[Any]) -> list[Any]:
    """Those of some other entries that fit a payout by amount, currency and day, too."""
    return [
        each
        for each in entries
        if each.id != entry.id and is_of_amount(each, payout) and is_near(each, payout.arrival_on)
    ]


def choice(entry: Any, found: Sequence[Any], entries: Iterable[Any]) -> Any | BankEntryProblem | None:
    """The payout that arrived with an entry; a problem if that is not certain; None without candidates.

    `found` are the candidates of the entry, and `entries` the other entries that are open and name no order.
    """
    if entry.is_reversal or not found:
        return None
    named = [each for each in found if names(entry, each)]
    if len(named) == 1:
        return named[0] if is_of_amount(entry, named[0]) else BankEntryProblem.PAYOUT_DIFFERS
    if len(found) > 1 or rivals(entry, found[0], entries):
        return BankEntryProblem.SEVERAL_PAYOUTS
    return found[0]

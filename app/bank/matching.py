"""Finds the orders that a bank entry names, and decides whether it is matched: pure.

An entry is matched automatically only if it names one order and its amount is exactly what is due.
Everything else is a decision of staff.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from app.bank.lifecycle import BankEntryDirection, BankEntryProblem
from app.orders.amounts import due

_TOKEN = re.compile(r"[^\s,;:()\[\]{}\"'<>|?+]+")
_MOST_TOKENS = 400
_ENDS = ".#-_/"  # signs at the end of a word that are not part of it
_DIGITS = r"([0-9]{1,18})"  # the counted part of an order number
_CREDITOR_REFERENCE = re.compile(r"^RF[0-9]{2}")  # ISO 11649, with its check digits
_SHORTEST_OF_ANY_NUMBER = 3  # characters of a number without a known prefix


def numbers_named(texts: Iterable[str], prefixes: Collection[str]) -> list[str]:
    """The order numbers that texts may name, whatever their case; most of them do not exist.

    A number with a known prefix is also found if spaces, line breaks or punctuation divide it, as banks do at
    the end of a line, or are missing in it. Numbers of other systems are found as whole words only.
    """
    found: dict[str, None] = {}
    for text in texts:
        for token in _TOKEN.findall(text)[:_MOST_TOKENS]:
            word = token.strip(_ENDS).upper()
            if len(word) >= _SHORTEST_OF_ANY_NUMBER:
                found.setdefault(word)
                found.setdefault(token.strip(_ENDS))
        for part in (text, _CREDITOR_REFERENCE.sub("", text)):
            for prefix in prefixes:
                for number in _with_prefix(part, prefix):
                    found.setdefault(number)
    return list(found)


def _with_prefix(text: str, prefix: str) -> Iterator[str]:
    """The numbers with a prefix that begin and end with a letter or digit that stands beside none."""
    letters = [each for each in prefix.upper() if each.isalnum()]
    signs = [(at, each) for at, each in enumerate(text.upper()) if each.isalnum()]
    compact = "".join(each for _, each in signs)
    if not letters or len(compact) != len(signs):  # some letters have several capitals
        return
    for match in re.finditer(re.escape("".join(letters)) + _DIGITS, compact):
        begin = match.start()
        if begin and signs[begin - 1][0] == signs[begin][0] - 1:
            continue
        for end in range(match.start(1) + 1, match.end(1) + 1):
            if end == len(signs) or signs[end][0] > signs[end - 1][0] + 1 or not signs[end][1].isdigit():
                yield prefix + compact[match.start(1) : end]


def texts_of(entry: Any) -> tuple[str, str, str]:
    """The texts of an entry that may name an order."""
    return entry.structured_reference, entry.end_to_end_id, entry.remittance


def words_of(entry: Any) -> set[str]:
    """The words in the texts of an entry, in capitals."""
    return {
        token.strip(_ENDS).upper()
        for text in texts_of(entry)
        for token in _TOKEN.findall(text)[:_MOST_TOKENS]
    }


def named_orders(entry: Any, orders: Sequence[Any], prefixes: Collection[str]) -> list[Any]:
    """Those of some orders that an entry names."""
    numbers = {number.upper() for number in numbers_named(texts_of(entry), prefixes)}
    return [order for order in orders if str(order.number).upper() in numbers]


def problem_of(entry: Any, orders: Sequence[Any]) -> BankEntryProblem | None:
    """Why an entry cannot be matched with the orders that it names; None if it can."""
    if entry.is_reversal:
        return BankEntryProblem.REVERSED
    if entry.direction is BankEntryDirection.DEBIT:
        return BankEntryProblem.OUTGOING
    if not orders:
        return BankEntryProblem.NO_ORDER
    if len(orders) > 1:
        return BankEntryProblem.SEVERAL_ORDERS
    (order,) = orders
    if order.currency != entry.currency:
        return BankEntryProblem.OTHER_CURRENCY
    open_minor, left = due(order), entry.amount_minor - entry.allocated_minor
    if open_minor <= 0:
        return BankEntryProblem.NOTHING_DUE
    if left == open_minor:
        return None
    return BankEntryProblem.UNDERPAID if left < open_minor else BankEntryProblem.OVERPAID

"""Finds numbers of payment cards in texts. They must never be stored or logged, so the API refuses them.

A number has a prefix and a length of an issuer and a valid check digit. It may be written in groups, and
may stand beside other digits, such as an expiry date: all sequences of whole groups are examined.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import phonenumbers

from app.core.characters import NOTHING

SHORTEST, LONGEST = 13, 19  # digits
_MASK = "\u2022"
_OF_GTIN = 13  # digits of a GTIN, of many international phone numbers, and of early Visa cards
# Between the groups of a number: up to three blanks or line breaks, or one sign such as a dash.
_GAP = r"(?:\s{1,3}|\s?[-_/.\u00b7\u2010-\u2015\u2212]\s?|,)"
_CHAIN = re.compile(rf"\d+(?:{_GAP}\d+)*")
_GROUP = re.compile(r"\d+")
_INVISIBLE = re.compile(f"[{NOTHING}\u200c-\u200f\u061c\ufe00-\ufe0f]")
_PLAIN_GAPS = frozenset(" \u00a0-\u2013")
UNEVEN = 2  # the difference in length of groups that are usual: 4-4-4-4, 4-6-5, 4-4-4-4-3
SMALLEST_GROUP = 3
# The prefixes of issuers, with the numbers of digits of their cards.
_ISSUERS = (
    (re.compile(r"4"), (13, 16, 19)),  # Visa
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),  # Mastercard
    (re.compile(r"3[47]"), (15,)),  # American Express
    (re.compile(r"6011|64[4-9]|65"), (16,)),  # Discover
    (re.compile(r"62"), (16, 17, 18, 19)),  # UnionPay
    (re.compile(r"352[89]|35[3-8]"), (16,)),  # JCB
    (re.compile(r"30[0-5]|3095|36|3[89]"), (14,)),  # Diners Club
    (re.compile(r"5018|5020|5038|5893|6304|6759|676[1-3]"), (16, 17, 18, 19)),  # Maestro
)


def has_card_number(text: str) -> bool:
    """Whether a text contains the number of a payment card, alone or beside other digits."""
    if len(text) < SHORTEST:
        return False
    if not text.isascii():  # digits of other scripts, too
        text = re.sub(r"\d", lambda digit: str(int(digit[0])), _INVISIBLE.sub("", text))
    return any(_has_card(match[0]) for match in _CHAIN.finditer(text))


def masked_cards(text: str) -> str:
    """The text; with its digits masked if it contains the number of a payment card, which must not be
    stored."""
    return re.sub(r"\d", _MASK, text) if has_card_number(text) else text


def has_card_number_in(value: Any) -> bool:
    """Whether a name, text or integer in a JSON value contains a card number."""
    return any(has_card_number(text) for text in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    waiting: list[Any] = [value]
    for part in waiting:  # the list grows during the loop
        if isinstance(part, dict):
            waiting += part
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
        elif isinstance(part, float):
            if part.is_integer():  # 4111111111111111.0; a number with decimals is not a card number
                yield str(int(part))
        elif part is not None and not isinstance(part, bool):
            yield str(part)


def _has_card(chain: str) -> bool:
    """Whether a sequence of groups of digits contains a card number."""
    groups, gaps = _GROUP.findall(chain), _GROUP.split(chain)[1:-1]
    return len(chain) >= SHORTEST and any(_starts_card(groups, gaps, at) for at in range(len(groups)))


def _starts_card(groups: Sequence[str], gaps: Sequence[str], first: int) -> bool:
    """Whether a card number begins with a group."""
    number, is_decimal = "", first > 0 and gaps[first - 1] == "."
    may_span_all = first == 0 and len(groups) <= LONGEST
    issued: frozenset[int] = frozenset()  # numbers of digits of the cards with these first digits
    for last in range(first, len(groups)):
        if last > first and len(groups[last - 1]) < SMALLEST_GROUP and not may_span_all:
            return False  # see `_is_usual`
        number += groups[last]
        if len(number) > LONGEST:
            return False
        if len(number) < SHORTEST or (is_decimal and last == first):  # the decimals of a number
            continue
        issued = issued or _issued_lengths(number)
        if not issued:
            return False
        if len(number) not in issued or not _is_card(number):
            continue
        written = [len(group) for group in groups[first : last + 1]]
        if _is_usual(written, gaps[first:last], len(groups) == last + 1 - first):
            return True
    return False


def _issued_lengths(number: str) -> frozenset[int]:
    """The numbers of digits of the cards whose issuer has these first digits; none for other prefixes."""
    return frozenset(
        length for prefix, lengths in _ISSUERS if prefix.match(number) is not None for length in lengths
    )


def _is_usual(lengths: Sequence[int], gaps: Sequence[str], spans_all: bool) -> bool:
    """Whether a card number may be written in groups of these lengths.

    The groups are about equally long, or have the same plain gaps. Lists of short numbers beside other
    digits are not card numbers.
    """
    if len(lengths) == 1:
        return True
    is_short = min(lengths[:-1]) < SMALLEST_GROUP
    if max(lengths) - min(lengths) <= UNEVEN and not is_short:
        return True
    is_plain = len(set(gaps)) == 1 and gaps[0] in _PLAIN_GAPS
    return is_plain and (spans_all or not is_short)


def _is_card(number: str) -> bool:
    """Whether digits with the prefix and length of an issuer have a valid check digit."""
    digits = [int(character) for character in number]
    if _checksum(digits) % 10 != 0:
        return False
    return len(number) != _OF_GTIN or not (_is_gtin(digits) or _is_phone(number))


def _checksum(digits: list[int]) -> int:
    """The sum of the Luhn algorithm: every second digit from the right counts double, less 9 above 9."""
    doubled = [2 * each - 9 * (each > 4) for each in digits[-2::-2]]
    return sum(doubled) + sum(digits[-1::-2])


def _is_gtin(digits: list[int]) -> bool:
    """Whether 13 digits have the check digit of a GTIN."""
    return (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0


def _is_phone(number: str) -> bool:
    """Whether digits are a phone number with its country code."""
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(f"+{number}"))
    except phonenumbers.NumberParseException:
        return False

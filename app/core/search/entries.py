"""Makes entries from the texts of an object, and search forms from what is typed."""

import re
from collections.abc import Callable, Iterator
from enum import StrEnum

import phonenumbers

from app.core.contact import normalized_email, phone_digits
from app.core.contact.postal_codes import written
from app.core.folding import compact, folded, one_line, words_of

LONGEST = 60
SHORTEST_END = 3  # minimum digits for searching the end of a number
_DIALLED = re.compile(r"[\d\s()+./-]+")
_EXTENSION = re.compile(r"(?:;ext=|ext\.?|x|#)\s*\d+\s*$", re.IGNORECASE)
_LETTERS_BEFORE = re.compile(r"[a-z]{1,3}[\s-]+(?=\d)")
# Scripts without spaces between words: Han, kana, Thai, Lao, Khmer, Burmese.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_MOST_ENDS = 8


class EntryKind(StrEnum):
    NUMBER = "number"
    NUMBER_END = "number_end"  # the last digits
    EMAIL = "email"
    PHONE = "phone"
    POSTAL_CODE = "postal"
    NAME = "name"
    NAME_WORD = "name_word"  # a name from its second or a later word on
    COMPANY = "company"
    COMPANY_WORD = "company_word"
    PURCHASE_ORDER = "po"
    REFERENCE = "reference"
    TAG = "tag"
    TRACKING = "tracking"


Entries = set[tuple[EntryKind, str]]
_LATER = {EntryKind.NAME: EntryKind.NAME_WORD, EntryKind.COMPANY: EntryKind.COMPANY_WORD}


def entries_of(kind: EntryKind, *texts: str | None) -> Entries:
    """The entries of some texts of a kind."""
    found = {(own, token[:LONGEST]) for text in texts if text for own, token in _MAKERS[kind](kind, text)}
    return {(own, token) for own, token in found if token}


def _number(kind: EntryKind, text: str) -> Iterator[tuple[EntryKind, str]]:
    yield kind, compact(text)
    digits = "".join(re.findall(r"\d+", text)[-1:])
    yield EntryKind.NUMBER_END, digits
    short = digits.lstrip("0")
    yield EntryKind.NUMBER_END, short
    for start in range(1, len(short) - SHORTEST_END + 1):
        yield EntryKind.NUMBER_END, short[start:]


def _words(kind: EntryKind, text: str) -> Iterator[tuple[EntryKind, str]]:
    words = words_of(text)
    for index in range(len(words)):
        yield (kind if index == 0 else _LATER[kind]), " ".join(words[index:])
    for word in words:
        if _UNSPACED.search(word):
            for start in range(1, min(len(word), _MOST_ENDS)):
                yield _LATER[kind], word[start:]


def _code(kind: EntryKind, text: str) -> Iterator[tuple[EntryKind, str]]:
    yield kind, compact(text)


def _whole(kind: EntryKind, text: str) -> Iterator[tuple[EntryKind, str]]:
    yield kind, folded(text)


def _phone(kind: EntryKind, text: str) -> Iterator[tuple[EntryKind, str]]:
    yield from ((kind, digits) for digits in phone_digits(text))


_MAKERS: dict[EntryKind, Callable[[EntryKind, str], Iterator[tuple[EntryKind, str]]]] = {
    EntryKind.NUMBER: _number,
    EntryKind.EMAIL: _whole,
    EntryKind.PHONE: _phone,
    EntryKind.POSTAL_CODE: _code,
    EntryKind.NAME: _words,
    EntryKind.COMPANY: _words,
    EntryKind.PURCHASE_ORDER: _code,
    EntryKind.REFERENCE: _code,
    EntryKind.TAG: _whole,
    EntryKind.TRACKING: _code,
}


def forms_of(kind: EntryKind, text: str) -> tuple[str, ...]:
    """The forms that an entry of a kind may have for a typed text."""
    if kind is EntryKind.PHONE:
        return _some(*dialled(text))
    if kind is EntryKind.POSTAL_CODE:
        return _some(compact(written(text)), compact(_LETTERS_BEFORE.sub("", folded(text))))
    if kind is EntryKind.EMAIL:
        return _some(folded(normalized_email(text)))
    if kind in _LATER:
        return _some(" ".join(words_of(text)))
    return _some(folded(text) if _MAKERS[kind] is _whole else compact(text))


def dialled(text: str) -> Iterator[str]:
    """The digits of a typed phone number or its beginning, in the forms that entries have."""
    plain = _EXTENSION.sub("", one_line(text))
    if not _DIALLED.fullmatch(plain):
        return
    abroad = "+" + plain[2:] if plain.startswith("00") else plain
    if abroad.startswith("+"):
        try:
            number = phonenumbers.parse(abroad, None)
            yield f"{number.country_code}{phonenumbers.national_significant_number(number)}"
        except phonenumbers.NumberParseException:
            pass
    yield compact(plain).lstrip("0")


def forms(text: str) -> tuple[str, ...]:
    """The prefixes that an entry of any kind may have for a typed text."""
    digits = [*dialled(text), compact(_EXTENSION.sub("", text))] if _DIALLED.match(text) else []
    email = [folded(normalized_email(text))] if "@" in text else []
    return _some(folded(text), compact(text), " ".join(words_of(text)), *digits, *email)


def _some(*found: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each[:LONGEST] for each in found if each))

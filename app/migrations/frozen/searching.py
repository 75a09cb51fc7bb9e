"""Under what orders, customers and products are found, as of migrations 0025 and 0030."""

import re
from collections.abc import Iterable, Iterator

import phonenumbers

from app.migrations.frozen.texts import compact, folded, words_of

LONGEST = 60
SHORTEST_END = 3  # digits of a number that are enough to ask for its end
MOST_ENDS = 8
# Scripts that write words without blanks between them: Han, kana, Thai, Lao, Khmer, Burmese.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_LATER = {"name": "name_word", "company": "company_word"}
_WHOLE = ("email", "tag")


def entries_of(kind: str, *texts: str | None) -> set[tuple[str, str]]:
    """The entries of some texts of a kind: their kinds and tokens."""
    found = {(own, token[:LONGEST]) for text in texts if text for own, token in _made(kind, text)}
    return {(own, token) for own, token in found if token}


def _made(kind: str, text: str) -> Iterator[tuple[str, str]]:
    if kind == "number":
        yield kind, compact(text)
        yield from (("number_end", end) for end in _ends(text))
    elif kind in _LATER:
        yield from _words(kind, text)
    elif kind == "phone":
        yield from ((kind, digits) for digits in _phone_digits(text))
    else:
        yield kind, folded(text) if kind in _WHOLE else compact(text)


def _ends(number: str) -> Iterator[str]:
    digits = "".join(re.findall(r"\d+", number)[-1:])
    short = digits.lstrip("0")
    yield digits
    yield short
    yield from (short[start:] for start in range(1, len(short) - SHORTEST_END + 1))


def _words(kind: str, text: str) -> Iterator[tuple[str, str]]:
    words = words_of(text)
    for index in range(len(words)):
        yield (kind if index == 0 else _LATER[kind]), " ".join(words[index:])
    for word in words:
        if _UNSPACED.search(word):
            for start in range(1, min(len(word), MOST_ENDS)):
                yield _LATER[kind], word[start:]


def _phone_digits(kept: str) -> tuple[str, ...]:
    """The digits of a number in E.164 with its country's code and without."""
    try:
        number = phonenumbers.parse(kept, None)
    except phonenumbers.NumberParseException:
        return ()
    national = phonenumbers.national_significant_number(number)
    return f"{number.country_code}{national}", national


def product_words(name: str, skus: Iterable[str], tags: Iterable[str], category: str = "") -> set[str]:
    """The words of a product's texts and SKUs; its SKUs without hyphens, after a mark, as a whole only."""
    skus = list(skus)
    words = {word[:LONGEST] for text in (name, category, *tags, *skus) for word in words_of(text)}
    return words | {f"#{compact(sku)}"[:LONGEST] for sku in skus}

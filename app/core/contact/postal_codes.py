"""Postal codes: what people type, in the form in which the country writes it."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from app.core.contact import territories
from app.core.folding import one_line
from app.engine.kept import kept_when_short

_BETWEEN = re.compile(r"[^0-9A-Z]+")
_DASHES = re.compile(r"[\u2010-\u2015\u2212\u30fc\uff0d\u207b]")
# What is written before a code for letters from abroad, where that is not the country's ISO code.
_ABROAD = {
    "DE": "D", "AT": "A", "BE": "B", "FR": "F", "IT": "I", "ES": "E", "PT": "P", "SE": "S", "NO": "N",
    "FI": "FIN", "LU": "L", "HU": "H", "SI": "SLO", "LI": "FL", "VA": "V", "MT": "M", "SM": "RSM",
    "DK": "DK", "IE": "IRL", "JP": "J",
}  # fmt: skip
# How a code is written where the examples of the data leave something out.
_EXAMPLES = {"SE": ("114 55",)}
# Forms that are still in use beside the one that the data know.
_ALSO = {"PT": r"\d{4}"}


@kept_when_short(4_096)
def postal_code(country: str, text: str) -> tuple[str, bool]:
    """The code as the country writes it, and whether it is of the country's form.

    What is not is given back in capitals, with single blanks; so is each code of a country without a form.
    """
    plain = written(text)
    form = territories.rules(country).get("zip")
    if not plain or not form:
        return plain, True
    pattern = re.compile(f"{form}|{_ALSO[country]}" if country in _ALSO else form)
    for tight in _tight_forms(country, plain):
        found = _spaced(country, pattern, tight)
        if found is not None:
            return found, True
    return plain, False


def written(text: str) -> str:
    """A code in capitals of usual width, without the postal mark and with nothing invisible."""
    narrow = one_line(unicodedata.normalize("NFKC", _DASHES.sub("-", text))).upper()
    return one_line(narrow.replace("〒", " ").replace("〶", " "))


def _tight_forms(country: str, plain: str) -> Iterator[str]:
    """What may be meant, without blanks and hyphens: as typed, without the country's letters, with them."""
    tight = _BETWEEN.sub("", plain)
    yield tight
    rules = territories.rules(country)
    prefixes = {country, _BETWEEN.sub("", rules.get("postprefix", "")), _ABROAD.get(country, country)}
    for prefix in sorted(prefixes - {""}, key=len, reverse=True):
        if tight.startswith(prefix):
            yield tight.removeprefix(prefix)
    example = _BETWEEN.sub("", _examples(country)[0]) if _examples(country) else ""
    letters = re.match(r"[A-Z]*", example)
    if letters and letters[0] and tight.isdigit():
        yield letters[0] + tight


@lru_cache(maxsize=300)
def _examples(country: str) -> tuple[str, ...]:
    return _EXAMPLES.get(country) or tuple(
        filter(None, territories.rules(country).get("zipex", "").split(","))
    )


def _spaced(country: str, pattern: re.Pattern[str], tight: str) -> str | None:
    """The tight code with what the country writes between its parts; None if none makes it right."""
    found = [each for each in _candidates(tight) if pattern.fullmatch(each)]
    if not found:
        return None
    shapes = {_shape(example) for example in _examples(country)}
    marks = {mark for example in _examples(country) for mark in " -" if mark in example}
    # A form that an example has is best; else one with something between the parts rather than without.
    return max(
        found, key=lambda each: (_shape(each) in shapes, any(mark in each for mark in marks), each != tight)
    )


def _candidates(tight: str) -> Iterator[str]:
    yield tight
    for at in range(1, len(tight)):
        for mark in " -":
            yield f"{tight[:at]}{mark}{tight[at:]}"


def _shape(code: str) -> str:
    return re.sub(r"[A-Z]", "A", re.sub(r"\d", "9", code))

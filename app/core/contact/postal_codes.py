"""Postal codes: brings typed text into the country's format."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from app.core.contact import territories
from app.core.folding import one_line
from app.engine.caches import cached_for_short_text

_BETWEEN = re.compile(r"[^0-9A-Z]+")
_DASHES = re.compile(r"[\u2010-\u2015\u2212\u30fc\uff0d\u207b]")
# Prefixes used for mail from abroad, where they differ from the country's ISO code.
_ABROAD = {
    "DE": "D", "AT": "A", "BE": "B", "FR": "F", "IT": "I", "ES": "E", "PT": "P", "SE": "S", "NO": "N",
    "FI": "FIN", "LU": "L", "HU": "H", "SI": "SLO", "LI": "FL", "VA": "V", "MT": "M", "SM": "RSM",
    "DK": "DK", "IE": "IRL", "JP": "J",
}  # fmt: skip
# Formats for countries whose example codes in the data are incomplete.
_EXAMPLES = {"SE": ("114 55",)}
# Formats still in use beside the one in the data.
_ALSO = {"PT": r"\d{4}"}


@cached_for_short_text(4_096)
def postal_code(country: str, text: str) -> tuple[str, bool]:
    """The code in the country's format, and whether it matches that format.

    A code that does not match is returned in capitals with single spaces, as is each code of a country
    without a format.
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
    """A code in capitals and half-width characters, without the postal mark and invisible characters."""
    narrow = one_line(unicodedata.normalize("NFKC", _DASHES.sub("-", text))).upper()
    return one_line(narrow.replace("〒", " ").replace("〶", " "))


def _tight_forms(country: str, plain: str) -> Iterator[str]:
    """Candidate codes without spaces and hyphens: as typed, without the country's letters, with them."""
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
    """The compact code with the country's separators; None if no separator makes it match."""
    found = [each for each in _candidates(tight) if pattern.fullmatch(each)]
    if not found:
        return None
    shapes = {_shape(example) for example in _examples(country)}
    marks = {mark for example in _examples(country) for mark in " -" if mark in example}
    # Prefer the form of an example, then one with a separator.
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

"""Normalization of identifiers that are typed, scanned or pasted."""

import re
import unicodedata
from collections.abc import Iterable

from app.core.characters import named, not_in_a_line
from app.core.problems import ProblemCode
from app.core.refusals import Problem

LONGEST_TRACKING_NUMBER = 60
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-")
_PARTS = re.compile(r"[,;\r\n\v\f\x85\u2028\u2029]+")
_DIGITS = "0123456789"
_NUMBERS = re.compile(r"([0-9]+)")
_LEFT_OUT = re.compile(r"[\s,;-]+")
WHOLE = 10  # characters that a whole number has at least, and a printed group of digits never has


def as_written(text: str) -> str:
    """The spelling of a text that is no identifier."""
    return text


def parsed(text: str) -> str:
    """The spelling of a file that the domain parses. It is not searched for card numbers: the domain masks
    those in the texts that it stores."""
    return text


def spelled(text: str) -> str:
    """A code in plain characters: trimmed, nothing invisible, every dash a hyphen.

    Directional marks, zero-width characters and control characters are removed, other spaces become spaces,
    and full-width letters and digits become half-width. Case is kept.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES)
    return unicodedata.normalize("NFKC", "".join(_plain(each) for each in plain).strip())


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cf", "Cc", "Cs"):
        return " " if character.isspace() else ""
    return " " if category.startswith("Z") else character


def match_code(typed: str, known: Iterable[str]) -> str | None:
    """The known code that was typed: the exact one, else the only one that differs in case only."""
    codes, text = set(known), spelled(typed)
    if text in codes:
        return text
    alike = [code for code in codes if code.casefold() == text.casefold()]
    return alike[0] if len(alike) == 1 else None


def tracking_number(text: str) -> str:
    """A tracking number in its stored form: capitals, without spaces and hyphens.

    `1z 999-aa1 01 2345 6784` becomes `1Z999AA10123456784`.
    """
    return unicodedata.normalize("NFKC", _LEFT_OUT.sub("", spelled(text)).upper())


def tracking_number_problem(text: str, *path: str) -> Problem | None:
    """The problem of a tracking number; None if it is valid."""
    if len(_entries(text)) > 1:
        return Problem(
            "This is more than one tracking number. Enter each one separately.", path, ProblemCode.MALFORMED
        )
    found = not_in_a_line(tracking_number(text))
    if found is not None:
        message = f"A tracking number cannot contain {named(found)}."
        return Problem(message, path, ProblemCode.UNSUPPORTED_CHARACTER, {"given": f"U+{ord(found):04X}"})
    if 1 <= len(tracking_number(text)) <= LONGEST_TRACKING_NUMBER:
        return None
    return Problem(
        f"A tracking number must have 1 to {LONGEST_TRACKING_NUMBER} characters.",
        path,
        ProblemCode.WRONG_LENGTH,
        {"minimum": 1, "maximum": LONGEST_TRACKING_NUMBER},
    )


def tracking_numbers(text: str) -> list[str]:
    """The tracking numbers in a text, separated by line breaks, commas or semicolons.

    Spaces separate the printed groups of one number, unless each group is as long as a number.
    """
    return list(dict.fromkeys(filter(None, map(tracking_number, _entries(text)))))


def _entries(text: str) -> list[str]:
    found: list[str] = []
    for entry in filter(str.strip, _PARTS.split(text)):
        groups = spelled(entry).split()
        found += groups if groups and all(len(group) >= WHOLE for group in groups) else [entry]
    return found


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """The key for natural sorting: A-2 comes before A-10, in any case."""
    parts = (part for part in _NUMBERS.split(text.casefold()) if part)
    return tuple((0, int(part), "") if part[0] in _DIGITS else (1, 0, part) for part in parts)

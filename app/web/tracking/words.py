"""Translations of the tracking page: plurals, lists and dates."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from app.core.characters import harmless_line

FOLDER = Path(__file__).parent / "words"
FALLBACK = "en"
MOST_TAGS = 20  # language tags of a request that are considered


@cache
def dictionaries() -> dict[str, dict[str, Any]]:
    """All dictionaries by language."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


@dataclass(frozen=True)
class Words:
    """The texts of a locale; a key that is missing in its dictionary is in English."""

    locale: Locale
    dictionary: Mapping[str, Any]

    @classmethod
    def of(cls, asked: Iterable[str]) -> "Words":
        """The first requested language that is supported, else English."""
        for tag in asked:
            locale = _locale(tag)
            if locale is not None and locale.language in dictionaries():
                return cls(locale, dictionaries()[locale.language])
        return cls(Locale(FALLBACK), dictionaries()[FALLBACK])

    @property
    def language(self) -> str:
        return self.locale.language

    @property
    def tag(self) -> str:
        """The locale as an HTML language tag, such as `de-AT`."""
        return str(self.locale).replace("_", "-")

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return str(self.dictionary["direction"])

    @cached_property
    def _chain(self) -> tuple[Mapping[str, Any], ...]:
        return self.dictionary, dictionaries()[FALLBACK]

    def say(self, group: str, key: str, amount: int | None = None, /, **values: object) -> str | None:
        """The text of a key, in the plural form for `amount`; None for an unknown key."""
        found = self._found(group, key, amount)
        return found.format_map(values) if found is not None else None

    def say_of(self, key: str, names: Mapping[str, str], /, **values: object) -> Markup:
        """A text as HTML, with names that may be in a script of another direction."""
        apart = {name: Markup("<bdi>{}</bdi>").format(harmless_line(value)) for name, value in names.items()}
        return escape(self._found("text", key) or "").format(**values, **apart)

    def _found(self, group: str, key: str, amount: int | None = None) -> str | None:
        found = next((each[group][key] for each in self._chain if key in each.get(group, {})), None)
        if isinstance(found, dict):
            found = found.get(self.locale.plural_form(amount or 0), found["other"])
        return found

    def number(self, value: int) -> str:
        return format_decimal(value, locale=self.locale)

    def list(self, values: Sequence[str]) -> str:
        return format_list(values, locale=self.locale)

    def day(self, day: date, today: date) -> str:
        """A date in words, with the year unless it is the present one."""
        if day.year != today.year:
            return format_date(day, "full", locale=self.locale)
        # The locale's order of weekday, day and month, with their names written out.
        short = str(self.locale.datetime_skeletons["MMMEd"].pattern)
        return format_date(day, re.sub("M+", "MMMM", re.sub("E+", "EEEE", short)), locale=self.locale)

    def moment(self, at: datetime) -> str:
        """A date and time with its time zone."""
        pattern = str(self.locale.datetime_formats["medium"])
        time = format_time(at, "short", tzinfo=at.tzinfo, locale=self.locale)
        return pattern.replace("{1}", format_date(at, "medium", locale=self.locale)).replace("{0}", time)


def accepted(header: str) -> list[str]:
    """The languages of an `Accept-Language` header, preferred first."""
    ranked: list[tuple[float, str]] = []
    for part in header.split(",")[:MOST_TAGS]:
        tag, _, quality = part.strip().partition(";q=")
        try:
            rank = float(quality or 1)
        except ValueError:
            continue
        if 0 < rank <= 1:
            ranked.append((rank, tag.strip()))
    return [tag for _, tag in sorted(ranked, key=lambda each: -each[0])]


def _locale(tag: str) -> Locale | None:
    """The locale of a language tag, or of its language alone if the rest is unknown."""
    if not tag.isascii() or len(tag) > 35:
        return None
    for given in (tag, tag.partition("-")[0]):
        try:
            return Locale.parse(given, sep="-")
        except (UnknownLocaleError, ValueError, TypeError):
            continue
    return None

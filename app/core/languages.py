"""Language tags (BCP 47), such as `de` or `de-AT`."""

import re
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from app.core.problems import ProblemCode
from app.core.refusals import Invalid

ENGLISH = "en"
LONGEST_TAG = 35
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_REGION, _SCRIPT = re.compile(r"[A-Za-z]{2}|[0-9]{3}"), re.compile(r"[A-Za-z]{4}")


def checked_language(tag: str, *path: str) -> str:
    """A language tag in its usual spelling: `de-at` becomes `de-AT`.

    Raises:
        Invalid: it is not a language tag, or of an unknown language.
    """
    given = tag.strip()
    if len(given) <= LONGEST_TAG and _TAG.fullmatch(given) and _is_known(given.partition("-")[0].lower()):
        language, *rest = given.split("-")
        return "-".join([language.lower(), *map(_spelled, rest)])
    text = "This is not a language tag (BCP 47), such as de or de-AT."
    raise Invalid(text, *path, code=ProblemCode.MALFORMED, given=tag[:80])


def _spelled(part: str) -> str:
    if _REGION.fullmatch(part):
        return part.upper()
    return part.title() if _SCRIPT.fullmatch(part) else part.lower()


@lru_cache(maxsize=1_024)
def _is_known(language: str) -> bool:
    try:
        Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return False
    return True


def base_of(tag: str) -> str:
    """The language of a tag without its script and region."""
    return tag.partition("-")[0]


def widened(tag: str) -> list[str]:
    """The tag, then each less specific one: `zh-Hant-TW`, `zh-Hant`, `zh`; none for an empty tag."""
    parts = tag.split("-") if tag else []
    return ["-".join(parts[:count]) for count in range(len(parts), 0, -1)]


@lru_cache(maxsize=1_024)
def locale_of(tag: str) -> Locale:
    """The locale in which amounts and dates of a language are written; English if it is unknown."""
    for each in widened(tag):
        try:
            return Locale.parse(each, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale(ENGLISH)

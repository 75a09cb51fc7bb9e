"""Length limits of notes and tags, shared by all domains."""

from app.core.contact import checked_country
from app.core.folding import one_line
from app.core.problems import ProblemCode
from app.core.refusals import Invalid

LONGEST_NOTE = 2_000
LONGEST_REMARK = 500
LONGEST_TAG = 60
LONGEST_REFERENCE = 120
MOST_TAGS = 50
LARGEST_METADATA = 16_384  # bytes, written as compact JSON


def checked_note(text: str, *path: str, longest: int = LONGEST_NOTE) -> str:
    """A note of at most `longest` characters.

    Raises:
        Invalid: it is longer. Text is never cut off silently.
    """
    if len(text) > longest:
        raise Invalid(
            f"This must have at most {longest:,} characters; it has {len(text):,}.",
            *path,
            code=ProblemCode.TOO_LONG,
            maximum=longest,
        )
    return text


def checked_tags(tags: list[str], *path: str) -> list[str]:
    """Trimmed tags without repeats, in the order given.

    Raises:
        Invalid: one is empty or too long, or there are too many.
    """
    if len(tags) > MOST_TAGS:
        raise Invalid(f"List at most {MOST_TAGS} tags.", *path, code=ProblemCode.TOO_MANY, maximum=MOST_TAGS)
    kept: dict[str, None] = {}
    for index, tag in enumerate(tags):
        stripped = one_line(tag)
        if not 1 <= len(stripped) <= LONGEST_TAG:
            raise Invalid(
                f"A tag must have 1 to {LONGEST_TAG} characters.",
                *path,
                str(index),
                code=ProblemCode.WRONG_LENGTH,
                minimum=1,
                maximum=LONGEST_TAG,
            )
        kept[stripped] = None
    return list(kept)


def checked_reference(reference: str | None, *path: str) -> str | None:
    """A trimmed key of another system; None stays None.

    Raises:
        Invalid: it is empty or too long. An empty key would be the same for all rows without one.
    """
    if reference is None:
        return None
    kept = one_line(reference)
    if not kept:
        raise Invalid(
            "An external reference cannot be empty. Omit it instead.", *path, code=ProblemCode.REQUIRED
        )
    if len(kept) > LONGEST_REFERENCE:
        raise Invalid(
            f"This must have at most {LONGEST_REFERENCE} characters.",
            *path,
            code=ProblemCode.TOO_LONG,
            maximum=LONGEST_REFERENCE,
        )
    return kept


def checked_countries(countries: list[str] | None, *path: str) -> list[str] | None:
    """Country codes in capitals without repeats; None stays None.

    Raises:
        Invalid: one is not an ISO 3166-1 country.
    """
    if countries is None:
        return None
    kept: dict[str, None] = {}
    for index, country in enumerate(countries):
        kept[checked_country(country, *path, str(index))] = None
    return list(kept)

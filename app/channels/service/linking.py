"""Addresses that a channel's pages link to. No I/O."""

from urllib.parse import urlsplit

from app.core.problems import ProblemCode
from app.core.refusals import Invalid

LONGEST = 500
WEB = ("https", "http")
CONTACT = (*WEB, "mailto", "tel")
SCHEMES = {"website_url": WEB, "support_url": CONTACT}


def checked_link(given: str | None, name: str) -> str | None:
    """A link of a channel as it is kept; None for none.

    Raises:
        Invalid: it is too long, or no absolute address of a scheme that the field takes.
    """
    text = (given or "").strip()
    if not text:
        return None
    if len(text) > LONGEST:
        raise Invalid(
            f"This has {LONGEST} characters at the most.", name, code=ProblemCode.TOO_LONG, maximum=LONGEST
        )
    if not _is_link(text, SCHEMES[name]):
        message = f"Write a full address that begins with {', '.join(f'{each}:' for each in SCHEMES[name])}."
        raise Invalid(message, name, code=ProblemCode.MALFORMED)
    return text


def _is_link(text: str, schemes: tuple[str, ...]) -> bool:
    if not text.isprintable() or any(character in text for character in ' "<>\\'):
        return False
    try:
        parts = urlsplit(text)
        has_target = bool(parts.hostname) if parts.scheme in WEB else bool(parts.path and not parts.netloc)
    except ValueError:
        return False
    return parts.scheme in schemes and has_target

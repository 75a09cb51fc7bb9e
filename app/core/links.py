"""Web addresses for links and images. The server does not request them; see `outgoing`."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from app.core.problems import ProblemCode
from app.core.refusals import Invalid

LONGEST = 500
WEB = ("https", "http")
CONTACT = (*WEB, "mailto", "tel")
_WEB = tuple(f"{scheme}://" for scheme in WEB)


def checked_link(text: str, *path: str, schemes: Sequence[str] = WEB, longest: int = LONGEST) -> str:
    """A link in its stored form, trimmed; an empty text stays empty.

    Raises:
        Invalid: it is too long, or no absolute URL with one of the schemes.
    """
    kept = text.strip()
    if not kept:
        return ""
    if len(kept) > longest:
        message = f"This must have at most {longest} characters."
        raise Invalid(message, *path, code=ProblemCode.TOO_LONG, maximum=longest)
    if not is_link(kept, schemes):
        begins = ", ".join(f"{each}:" for each in schemes)
        message = f"Enter a complete URL that starts with {begins}, without spaces and without a user name."
        raise Invalid(message, *path, code=ProblemCode.MALFORMED)
    return kept


def is_link(text: str, schemes: Sequence[str] = WEB) -> bool:
    """Whether a text is an absolute URL with a scheme that may be linked."""
    if not text.isprintable() or any(character in text for character in ' "<>\\'):
        return False
    try:
        parts = urlsplit(text)
        if parts.scheme in WEB:
            has_target = bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
        else:
            has_target = bool(parts.path and not parts.netloc)
    except ValueError:
        return False
    return parts.scheme in schemes and has_target


def shown_link(stored: Any) -> str | None:
    """A stored web address for display; None if it is not a valid one."""
    if isinstance(stored, str) and stored[:8].lower().startswith(_WEB) and stored.isprintable():
        return stored
    return None

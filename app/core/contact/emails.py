"""E-mail addresses in the form that they are kept and compared in.

That is: small letters, Unicode composed, an international domain in its letters (`bücher.example`, also
where a browser sent `xn--bcher-kva.example`).
"""

import unicodedata

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from app.core.folding import one_line
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.engine.kept import kept_when_short
from app.settings import settings

_RESERVED = frozenset({*SPECIAL_USE_DOMAIN_NAMES, "test"})


def checked_email(email: str, *path: str) -> str:
    """The address as it is kept. Whether it receives mail is not asked.

    Raises:
        Invalid: it is none, or is of a domain that is reserved for tests where those are not allowed.
    """
    if not one_line(email):
        raise Invalid("An e-mail address cannot be empty.", *path, code=ProblemCode.REQUIRED)
    try:
        return _normal(email, settings().allows_reserved_domains)
    except EmailNotValidError as error:
        raise Invalid(
            f"This is not an e-mail address: {error}",
            *path,
            code=ProblemCode.MALFORMED_EMAIL,
            given=email[:254],
        ) from error


def kept_email(email: str) -> str:
    """The form in which an address would be kept, for looking it up: what is none stays as it is typed."""
    try:
        return _normal(email, True)
    except EmailNotValidError:
        return one_line(email).lower()


@kept_when_short(2_048)
def _normal(email: str, allows_reserved: bool) -> str:
    plain = one_line(email)
    domain = plain.rpartition("@")[2].lower()
    stand_in = ""
    if allows_reserved and domain.rpartition(".")[2] in _RESERVED:
        stand_in = ".example"  # the library knows no way to allow them; the rest is checked as ever
    found = validate_email(plain + stand_in, check_deliverability=False).normalized.removesuffix(stand_in)
    return unicodedata.normalize("NFC", found.lower())


def without_tag(email: str) -> str:
    """The mailbox of a kept address: `ada+shop@example.com` is delivered to `ada@example.com`."""
    local, _, domain = email.rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def domains_of(email: str) -> list[str]:
    """The domain of a kept address and those above it: `mail.example.com`, `example.com`, `com`."""
    labels = email.rpartition("@")[2].split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]

"""The normal form of e-mail addresses: lower case, Unicode composed, international domains in Unicode
(`bücher.example`, also when a browser sends `xn--bcher-kva.example`).
"""

import unicodedata

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from app.core.folding import one_line
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.engine.caches import cached_for_short_text
from app.settings import settings

_RESERVED = frozenset({*SPECIAL_USE_DOMAIN_NAMES, "test"})


def checked_email(email: str, *path: str) -> str:
    """The address in its stored form. Does not check whether the address receives mail.

    Raises:
        Invalid: it is not an address, or its domain is reserved for tests and those are not allowed.
    """
    if not one_line(email):
        raise Invalid("Enter an email address.", *path, code=ProblemCode.REQUIRED)
    try:
        return _normal(email, settings().allows_reserved_domains)
    except EmailNotValidError as error:
        raise Invalid(
            f"This is not a valid email address: {error}",
            *path,
            code=ProblemCode.MALFORMED_EMAIL,
            given=email[:254],
        ) from error


def normalized_email(email: str) -> str:
    """The stored form of an address for a search; text that is not an address is returned unchanged."""
    try:
        return _normal(email, True)
    except EmailNotValidError:
        return one_line(email).lower()


@cached_for_short_text(2_048)
def _normal(email: str, allows_reserved: bool) -> str:
    plain = one_line(email)
    domain = plain.rpartition("@")[2].lower()
    stand_in = ""
    if allows_reserved and domain.rpartition(".")[2] in _RESERVED:
        # the library cannot allow test domains; the rest of the address is checked as usual
        stand_in = ".example"
    found = validate_email(plain + stand_in, check_deliverability=False).normalized.removesuffix(stand_in)
    return unicodedata.normalize("NFC", found.lower())


def without_tag(email: str) -> str:
    """The mailbox of a kept address: `ada+shop@example.com` is delivered to `ada@example.com`."""
    local, _, domain = email.rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def domains_of(email: str) -> list[str]:
    """The domain of a stored address and its parent domains: `mail.example.com`, `example.com`, `com`."""
    labels = email.rpartition("@")[2].split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]

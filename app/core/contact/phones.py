"""Phone numbers in E.164, with an extension as RFC 3966 writes it: `+12175550123;ext=12`."""

import phonenumbers

from app.core.folding import one_line
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.engine.caches import cached_for_short_text

LONGEST_EXTENSION = 8
_MEANT = "Start with + and the country code."


def checked_phone(phone: str, country: str | None, *path: str) -> str:
    """The number in its stored form, read as dialled in the given country; empty stays empty.

    Without a country the number must begin with + and a country code.

    Raises:
        Invalid: no such number can exist.
    """
    plain = one_line(phone)
    if not plain:
        return ""
    number = _parsed(plain, country)
    if number is None:
        text = f"This is not a valid phone number. {_MEANT}"
    elif len(number.extension or "") > LONGEST_EXTENSION:
        text = f"An extension must have at most {LONGEST_EXTENSION} digits."
    elif not phonenumbers.is_valid_number(number):
        text = f"This is not a valid phone number. {_MEANT}"
    else:
        extension = f";ext={number.extension}" if number.extension else ""
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) + extension
    given = {"country": country} if country else {}
    raise Invalid(text, *path, code=ProblemCode.MALFORMED_PHONE, given=phone[:80], **given)  # type: ignore[arg-type]


def _parsed(phone: str, country: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(phone, country)
    except phonenumbers.NumberParseException:
        return None


@cached_for_short_text(2_048)
def phone_digits(kept: str) -> tuple[str, ...]:
    """The digits of a stored number with and without the country code: `12175550123`, `2175550123`."""
    number = _parsed(kept, None)
    if number is None:
        return ()
    return (
        f"{number.country_code}{phonenumbers.national_significant_number(number)}",
        phonenumbers.national_significant_number(number),
    )

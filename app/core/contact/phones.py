"""Phone numbers in E.164, with an extension as RFC 3966 writes it: `+12175550123;ext=12`."""

import phonenumbers

from app.core.folding import one_line
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.engine.kept import kept_when_short

LONGEST_EXTENSION = 8
_MEANT = "Begin with + and the country's code."


def checked_phone(phone: str, country: str | None, *path: str) -> str:
    """The number as it is kept, read as somebody in that country would dial it; empty stays empty.

    Without a country it must begin with + and the code of one.

    Raises:
        Invalid: there can be no such number.
    """
    plain = one_line(phone)
    if not plain:
        return ""
    number = _parsed(plain, country)
    if number is None:
        text = f"This is not a phone number. {_MEANT}"
    elif len(number.extension or "") > LONGEST_EXTENSION:
        text = f"An extension has {LONGEST_EXTENSION} digits at the most."
    elif not phonenumbers.is_valid_number(number):
        text = f"No phone number has these digits. {_MEANT}"
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


@kept_when_short(2_048)
def phone_digits(kept: str) -> tuple[str, ...]:
    """The digits of a kept number with its country's code and without: `12175550123`, `2175550123`."""
    number = _parsed(kept, None)
    if number is None:
        return ()
    return (
        f"{number.country_code}{phonenumbers.national_significant_number(number)}",
        phonenumbers.national_significant_number(number),
    )

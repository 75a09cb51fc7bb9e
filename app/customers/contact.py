"""Postal addresses: required parts by country, and normalization."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from app.core.contact import country_code, postal_code, territories
from app.core.contact.phones import checked_phone
from app.core.contact.regions import (
    Region,
    begins_like,
    choices_of,
    is_latin,
    region_code,
    region_of_postal_code,
    regions_of,
    the_region,
)
from app.core.folding import compact, one_line
from app.core.problems import ProblemCode
from app.core.refusals import Problems

LONGEST = 200
_LINES = ("name", "company", "line1", "line2", "city")
_REQUIRED = {"A": "line1", "C": "city"}  # regions and postal codes have their own functions
# The city that a state is named after is often elsewhere: Washington, D.C.
_TOWNS_SAY_NOTHING = frozenset({"US"})


@dataclass(frozen=True, slots=True)
class AddressData:
    """A postal address. `country` is a two-letter ISO 3166-1 code."""

    name: str
    line1: str
    city: str
    country: str
    company: str = ""
    line2: str = ""
    region: str = ""
    postal_code: str = ""
    phone: str = ""
    latitude: float | None = None  # degrees, WGS 84, if the sender knows it
    longitude: float | None = None
    unverified: list[str] = field(default_factory=list)  # parts that do not match the data of the country
    accept_as_written: bool = False  # set by staff who know that it is correct

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "AddressData":
        return cls(**stored)

    def to_json(self) -> dict[str, Any]:
        """The address as stored; empty `unverified` and unset `accept_as_written` are left out."""
        stored = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in stored.items() if name not in _REMARKS or value}


_REMARKS = ("unverified", "accept_as_written")


def checked_address(data: AddressData, *path: str) -> AddressData:
    """The address in the format of its country; validating it again changes nothing.

    The required parts come from Google's address data. A region that matches none of the country's is kept as
    written and listed in `unverified`; where regions have well-known codes, as in the United States, it is
    refused.

    Raises:
        ValidationFailed: every part that is missing or wrong.
    """
    problems = Problems()
    lines = {name: _line(data, name, problems, path) for name in _LINES}
    if not lines["name"]:
        problems.add("Enter the name of the recipient.", *path, "name", code=ProblemCode.REQUIRED)
    _check_coordinates(data, problems, path)
    country = _country(data, problems, path)
    if country is None:
        _require_line(lines, "line1", problems, path)
        problems.refuse_if_any()
        raise AssertionError("an unknown country is a problem")
    needed = frozenset("A") if data.accept_as_written else territories.required(country)
    for part, name in _REQUIRED.items():
        if part in needed:
            _require_line(lines, name, problems, path)
    phone = ""
    with problems.caught():
        phone = checked_phone(data.phone, country, *path, "phone")
    place = _Place(country, lines["line1"], lines["city"], data.accept_as_written)
    code = place.postal_code(data, problems, path)
    region = place.region(data, code, problems, path)
    problems.refuse_if_any()
    return AddressData(
        **lines,
        region=region,
        postal_code=code,
        country=country,
        phone=phone,
        latitude=data.latitude,
        longitude=data.longitude,
        unverified=sorted(place.unverified),
        accept_as_written=data.accept_as_written,
    )


def checked_destination(data: AddressData, *path: str) -> tuple[str, str, str]:
    """The country, region and postal code of a destination without an address.

    What is left out is not required; a region that the postal code determines is added.

    Raises:
        ValidationFailed: every part that is wrong.
    """
    problems = Problems()
    country = _country(data, problems, path)
    problems.refuse_if_any()
    assert country is not None
    place = _Place(country, "", "", as_written=False)
    code = place.postal_code(data, problems, path) if data.postal_code.strip() else ""
    region = ""
    if data.region.strip():
        region = place.region(data, code, problems, path)
    elif (implied := place.implied_region(code)) is not None:
        region = implied.written(in_latin=True)
    problems.refuse_if_any()
    return country, region, code


def place_key(stored: Mapping[str, Any]) -> tuple[str, ...]:
    """The key of a stored address, independent of spelling: equal keys mean the same address."""
    country = str(stored["country"])
    texts = (stored.get(name) or "" for name in (*_LINES, "phone"))
    code, _ = postal_code(country, stored.get("postal_code") or "")
    return (country, region_code(country, stored.get("region") or ""), compact(code), *map(compact, texts))


class _Place:
    """The parts of an address that are validated against the data of its country."""

    def __init__(self, country: str, street: str, town: str, as_written: bool) -> None:
        self.country = country
        self.town = town
        self.as_written = as_written
        self.in_latin = is_latin(street + town)
        self.needed = frozenset[str]() if as_written else territories.required(country)
        self.unverified: set[str] = set()

    def postal_code(self, data: AddressData, problems: Problems, path: tuple[str, ...]) -> str:
        code, fits = postal_code(self.country, data.postal_code)
        where = (*path, "postal_code")
        if not code and "Z" in self.needed:
            problems.add("Enter a postal code.", *where, code=ProblemCode.REQUIRED, country=self.country)
        elif len(code) > LONGEST:
            problems.add(_TOO_LONG, *where, code=ProblemCode.TOO_LONG, maximum=LONGEST)
        elif not fits and "Z" in self.needed:
            problems.add(
                f"This is not a valid postal code of {self.country}."
                + (f" Example: {self._example}." if self._example else ""),
                *where,
                code=ProblemCode.MALFORMED_POSTAL_CODE,
                given=code,
                country=self.country,
            )
        elif not fits:
            self._note("postalCode")
        return code

    @property
    def _example(self) -> str:
        return str(territories.rules(self.country).get("zipex", "")).partition(",")[0]

    def region(self, data: AddressData, code: str, problems: Problems, path: tuple[str, ...]) -> str:
        written = one_line(data.region)
        where = (*path, "region")
        if len(written) > LONGEST:
            problems.add(_TOO_LONG, *where, code=ProblemCode.TOO_LONG, maximum=LONGEST)
            return ""
        found = the_region(self.country, written) if written else self.implied_region(code)
        if found is not None:
            if code and not begins_like(found, code):
                self._note_contradiction(problems, path)
            return found.written(in_latin=self.in_latin)
        if written and regions_of(self.country):
            if "S" in self.needed and self._has_codes:
                problems.add(
                    f"There is no such region in {self.country}.",
                    *where,
                    code=ProblemCode.UNKNOWN_REGION,
                    given=written,
                    country=self.country,
                    choices=choices_of(self.country),
                )
            else:
                self._note("region")
        elif not written and "S" in self.needed:
            self._note_missing_region(code, problems, where)
        return written

    def implied_region(self, code: str) -> Region | None:
        """The region of an address that requires one and has none, derived from its postal code or city."""
        if "S" not in self.needed:
            return None
        by_code = region_of_postal_code(self.country, code) if code else None
        if by_code is not None or self.country in _TOWNS_SAY_NOTHING or not self.town:
            return by_code
        return the_region(self.country, self.town)

    def _note_missing_region(self, code: str, problems: Problems, where: tuple[str, ...]) -> None:
        if self.town and (code or ("Z" not in self.needed and not self._has_codes)):
            self._note("region")
            return
        problems.add(
            "Enter a state, province or region.",
            *where,
            code=ProblemCode.REQUIRED,
            country=self.country,
            choices=choices_of(self.country),
        )

    def _note_contradiction(self, problems: Problems, path: tuple[str, ...]) -> None:
        if self._has_codes and {"S", "Z"} <= self.needed:
            problems.add(
                "The postal code does not belong to the region.",
                *path,
                "postal_code",
                code=ProblemCode.CONTRADICTION,
                field="region",
                country=self.country,
            )
        else:
            self._note("postalCode")

    @property
    def _has_codes(self) -> bool:
        """Whether the country's regions have well-known short codes, such as IL or NSW."""
        regions = regions_of(self.country)
        return bool(regions) and all(len(each.key) <= 3 and each.key.isupper() for each in regions)

    def _note(self, part: str) -> None:
        if not self.as_written:
            self.unverified.add(part)


_TOO_LONG = f"This must have at most {LONGEST} characters."


def _line(data: AddressData, name: str, problems: Problems, path: tuple[str, ...]) -> str:
    value = one_line(getattr(data, name))
    if len(value) > LONGEST:
        problems.add(_TOO_LONG, *path, name, code=ProblemCode.TOO_LONG, maximum=LONGEST)
    return value


def _require_line(lines: dict[str, str], name: str, problems: Problems, path: tuple[str, ...]) -> None:
    if not lines[name]:
        text = "Enter the street and house number." if name == "line1" else "Enter the city or town."
        problems.add(text, *path, name, code=ProblemCode.REQUIRED)


def _country(data: AddressData, problems: Problems, path: tuple[str, ...]) -> str | None:
    code = country_code(data.country)
    if code is None:
        problems.add(
            "Enter the two-letter ISO 3166-1 code of the country, such as DE.",
            *path,
            "country",
            code=ProblemCode.UNKNOWN_COUNTRY if one_line(data.country) else ProblemCode.REQUIRED,
            given=data.country[:80],
        )
    return code


def _check_coordinates(data: AddressData, problems: Problems, path: tuple[str, ...]) -> None:
    for name, value, largest in (("latitude", data.latitude, 90), ("longitude", data.longitude, 180)):
        if value is not None and not -largest <= value <= largest:
            problems.add(
                f"The value must be between -{largest} and {largest} degrees.",
                *path,
                name,
                code=ProblemCode.TOO_LARGE if value > 0 else ProblemCode.TOO_SMALL,
                minimum=-largest,
                maximum=largest,
            )
    if (data.latitude is None) != (data.longitude is None):
        missing = "latitude" if data.latitude is None else "longitude"
        problems.add(
            "Send both latitude and longitude, or neither.", *path, missing, code=ProblemCode.REQUIRED
        )

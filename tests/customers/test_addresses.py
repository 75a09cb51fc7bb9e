"""Validation and normalization of postal addresses by country."""

import itertools
import re
from dataclasses import replace

import pytest

from app.core.contact import territories
from app.core.contact.regions import Region, begins_like, regions_of
from app.core.problems import ProblemCode
from app.core.refusals import ValidationFailed
from app.customers.contact import AddressData, checked_address

US = AddressData("Ada", "1 Way", "Springfield", "US", region="IL", postal_code="62701")
DE = AddressData("Ada", "1 Weg", "Berlin", "DE", postal_code="10115")


def test_an_address_is_normalized_by_the_rules_of_its_country():
    address = checked_address(replace(US, city=" springfield\u00a0", country="us", region="illinois"))
    assert (address.city, address.region, address.country) == ("springfield", "IL", "US")
    assert checked_address(AddressData("A", "1 Rd", "Dublin", "IE")).postal_code == ""
    assert "unverified" not in address.to_json()


@pytest.mark.parametrize(
    ("data", "part", "code"),
    [
        (replace(DE, postal_code="123"), "postal_code", ProblemCode.MALFORMED_POSTAL_CODE),
        (replace(DE, postal_code=""), "postal_code", ProblemCode.REQUIRED),
        (replace(DE, postal_code=" \u200b"), "postal_code", ProblemCode.REQUIRED),
        (replace(US, region="Bavaria"), "region", ProblemCode.UNKNOWN_REGION),
        (replace(US, postal_code="90210"), "postal_code", ProblemCode.CONTRADICTION),
        (replace(DE, line1=""), "line1", ProblemCode.REQUIRED),
        (replace(DE, line1=" \u00a0\u200b"), "line1", ProblemCode.REQUIRED),
        (replace(DE, city="\u3000"), "city", ProblemCode.REQUIRED),
        (replace(DE, name=" "), "name", ProblemCode.REQUIRED),
        (replace(DE, country="XX"), "country", ProblemCode.UNKNOWN_COUNTRY),
        (replace(DE, country=" "), "country", ProblemCode.REQUIRED),
        (replace(DE, company="c" * 201), "company", ProblemCode.TOO_LONG),
        (replace(DE, region="r" * 201), "region", ProblemCode.TOO_LONG),
        (replace(DE, phone="12"), "phone", ProblemCode.MALFORMED_PHONE),
        (replace(DE, latitude=91.0, longitude=0.0), "latitude", ProblemCode.TOO_LARGE),
        (replace(DE, latitude=9.0), "longitude", ProblemCode.REQUIRED),
    ],
)
def test_an_invalid_field_of_an_address_is_reported_with_its_path_and_code(
    data: AddressData, part: str, code: ProblemCode
):
    with pytest.raises(ValidationFailed) as refused:
        checked_address(data, "shipping_address")
    found = [(problem.path, problem.code) for problem in refused.value.problems]
    assert found == [(("shipping_address", part), code)]


def test_all_invalid_fields_of_an_address_are_reported_together():
    blank = AddressData("", " ", "", "US", phone="12", latitude=1.0)
    with pytest.raises(ValidationFailed) as refused:
        checked_address(blank, "shipping_address")
    parts = {problem.path[1] for problem in refused.value.problems}
    assert parts == {"name", "line1", "city", "region", "postal_code", "phone", "longitude"}


def test_an_unknown_country_is_reported_together_with_other_invalid_fields():
    with pytest.raises(ValidationFailed) as refused:
        checked_address(AddressData("", "", "", "XX"))
    assert {problem.path[0] for problem in refused.value.problems} == {"name", "line1", "country"}


def test_the_problem_of_an_unknown_region_lists_the_choices():
    with pytest.raises(ValidationFailed) as refused:
        checked_address(replace(US, region="Bavaria"))
    (problem,) = refused.value.problems
    assert problem.values["given"] == "Bavaria"
    assert "IL" in problem.values["choices"]


def test_an_unverifiable_field_is_stored_as_given_and_listed_as_unverified():
    tokyo = AddressData("Ada", "1-1 Chiyoda", "Chiyoda-ku", "JP", region="Atlantis", postal_code="1000001")
    kept = checked_address(tokyo)
    assert (kept.region, kept.unverified) == ("Atlantis", ["region"])
    assert checked_address(kept) == kept
    cork = checked_address(AddressData("Ada", "1 Quay", "Cork", "IE", region="Kerrygold", postal_code="12"))
    assert (cork.region, cork.postal_code, cork.unverified) == ("Kerrygold", "12", ["postalCode", "region"])


def test_an_address_with_accept_as_written_is_stored_without_verification():
    odd = replace(US, region="Bavaria", postal_code="new estate", city="", accept_as_written=True)
    kept = checked_address(odd)
    assert (kept.region, kept.postal_code, kept.unverified) == ("Bavaria", "NEW ESTATE", [])
    assert checked_address(AddressData.from_json(kept.to_json())) == kept
    with pytest.raises(ValidationFailed):
        checked_address(replace(odd, line1=" "))


@pytest.mark.parametrize(
    ("data", "region"),
    [
        (AddressData("A", "Calle 1", "Madrid", "ES", postal_code="28001"), "M"),
        (AddressData("A", "Via 1", "Firenze", "IT", postal_code="50122"), "FI"),
        (AddressData("A", "Calle 1", "Bogota", "CO"), "Bogotá"),
        (AddressData("A", "1 Way", "Springfield", "US", postal_code="62701"), "IL"),
        (AddressData("A", "1 Marina", "Dubai", "AE"), "Dubai"),
    ],
)
def test_a_missing_region_is_derived_from_the_postal_code_or_the_city(data: AddressData, region: str):
    kept = checked_address(data)
    assert (kept.region, kept.unverified) == (region, [])


@pytest.mark.parametrize(
    ("country", "latin", "local", "street"),
    [
        ("AE", "Dubai", "إمارة دبيّ", "شارع الشيخ زايد"),
        ("JP", "Tokyo", "東京都", "千代田区一丁目"),
        ("KR", "Seoul", "서울특별시", "세종대로"),
        ("TH", "Bangkok", "กรุงเทพมหานคร", "ถนนสุขุมวิท"),
        ("TW", "Taipei City", "台北市", "信義路"),
        ("HK", "Kowloon", "九龍", "彌敦道"),
    ],
)
def test_the_name_of_a_region_is_in_the_script_of_the_address(
    country: str, latin: str, local: str, street: str
):
    code = {"JP": "1000001", "KR": "04524", "TH": "10110", "TW": "110"}.get(country, "")
    for written in (latin, local, latin.upper()):
        abroad = AddressData("Ada", "1 Road", "Town", country, region=written, postal_code=code)
        at_home = AddressData("Ada", street, street, country, region=written, postal_code=code)
        assert checked_address(abroad).region == latin
        assert checked_address(at_home).region == local


def _postal_code_of(country: str, region: Region) -> str:
    """A postal code of a region: one of its examples, else one derived from those of the country."""
    rules = territories.rules(country)
    own = territories.database(country)[f"{country}/{region.key}"].get("zipex", "").split(",")[0]
    if not rules.get("zip") or own:
        return own
    whole = re.compile(rules["zip"])
    examples = rules["zipex"].split(",")
    digits = ["".join(each) for n in (0, 1, 2, 3, 4) for each in itertools.product("0123456789", repeat=n)]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    beginnings = [*digits, *(a + b for a in letters for b in ("", *"0123456789")), "X0A", "X0B"]
    for example, beginning in itertools.product(examples, beginnings):
        code = beginning + example[len(beginning) :]
        if whole.fullmatch(code) and begins_like(region, code):
            return code
    raise AssertionError(f"no postal code of {country} {region.key} is like {examples}")


@pytest.mark.parametrize("country", sorted(country for country in territories.known() if regions_of(country)))
def test_an_address_is_normalized_the_same_for_every_name_of_its_region(country: str):
    for region in regions_of(country):
        code = _postal_code_of(country, region)
        kept = set()
        for name in (region.code, region.key, region.name, region.latin):
            for written in (name, name.lower(), f"  {name.upper()}\u00a0"):
                typed = AddressData(
                    " Ada ", "1 Main Street\u200b", " Town", country.lower(), region=written,
                    postal_code=f" {code.lower()} ",
                )  # fmt: skip
                first = checked_address(typed)
                assert first.unverified == [], (country, written, code)
                assert checked_address(first) == first
                kept.add((first.name, first.line1, first.city, first.region, first.postal_code))
        assert len(kept) == 1, (country, region.key, kept)


@pytest.mark.parametrize("country", sorted(territories.known()))
def test_an_address_in_each_country_is_accepted_and_normalization_is_idempotent(country: str):
    first = next(iter(regions_of(country)), None)
    example = territories.rules(country).get("zipex", "").split(",")[0]
    code = _postal_code_of(country, first) if first else example
    region = first.latin if first else "Region"
    kept = checked_address(
        AddressData("Ada", "1 Main Street", "Town", country, region=region, postal_code=code)
    )
    assert kept.unverified == []
    assert checked_address(kept) == kept
    assert checked_address(AddressData.from_json(kept.to_json())).to_json() == kept.to_json()

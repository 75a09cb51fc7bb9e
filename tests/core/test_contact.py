"""Normal forms of e-mail addresses, phone numbers, postal codes and regions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.tax import Rate, RateTable
from app.core.contact import (
    checked_country,
    checked_email,
    checked_phone,
    checked_region,
    country_code,
    domains_of,
    normalized_email,
    phone_digits,
    postal_code,
    region_code,
    regions_of,
    territories,
    the_region,
    without_tag,
)
from app.core.folding import compact, folded, one_line, words_of
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.settings import Environment, Settings


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Ada@EXAMPLE.com", "ada@example.com"),
        ("  ada@example.com ", "ada@example.com"),
        ("ada@example.com\u200b", "ada@example.com"),
        ("uwe@xn--bcher-kva.example", "uwe@bücher.example"),
        ("UWE@BÜCHER.example", "uwe@bücher.example"),
        ("u\u0308we@example.com", "üwe@example.com"),
        ("ada@shop.test", "ada@shop.test"),
        ("ada@printer.local", "ada@printer.local"),
    ],
)
def test_an_email_address_is_normalized(typed: str, stored: str):
    assert checked_email(typed) == stored
    assert normalized_email(typed) == stored
    assert checked_email(stored) == stored


@pytest.mark.parametrize("typed", ["nobody", "a@b", "a b@example.com", "a@@example.com", "a@x..test"])
def test_a_malformed_email_address_is_refused(typed: str):
    with pytest.raises(Invalid) as refused:
        checked_email(typed, "email")
    assert refused.value.problem_code is ProblemCode.MALFORMED_EMAIL
    assert refused.value.path == ("email",)


@pytest.mark.parametrize("typed", ["", " ", "\u00a0\u200b"])
def test_an_empty_email_address_is_refused_as_required(typed: str):
    with pytest.raises(Invalid) as refused:
        checked_email(typed)
    assert refused.value.problem_code is ProblemCode.REQUIRED


def test_reserved_domains_are_refused_in_production_unless_the_setting_allows_them(monkeypatch):
    production = {"env": Environment.PRODUCTION}
    monkeypatch.setattr("app.core.contact.emails.settings", lambda: Settings(**production))
    with pytest.raises(Invalid):
        checked_email("ada@shop.test")
    monkeypatch.setattr(
        "app.core.contact.emails.settings", lambda: Settings(**production, reserved_domains="allow")
    )
    assert checked_email("ada@shop.test") == "ada@shop.test"
    refusing = Settings(env=Environment.DEVELOPMENT, reserved_domains="refuse")
    monkeypatch.setattr("app.core.contact.emails.settings", lambda: refusing)
    with pytest.raises(Invalid):
        checked_email("ada@shop.test")


def test_the_tag_and_the_parent_domains_of_an_email_address_are_parsed():
    assert without_tag("ada+shop@example.com") == "ada@example.com"
    assert without_tag("+ada@example.com") == "+ada@example.com"
    assert domains_of("ada@mail.example.com") == ["mail.example.com", "example.com", "com"]


@pytest.mark.parametrize(
    ("typed", "country", "stored"),
    [
        ("(217) 555-0123", "US", "+12175550123"),
        ("217-555-0123 x12", "US", "+12175550123;ext=12"),
        ("+12175550123;ext=12", None, "+12175550123;ext=12"),
        ("030 123456", "DE", "+4930123456"),
        ("０３０ １２３４５６", "DE", "+4930123456"),
        ("06 12345678", "NL", "+31612345678"),
        ("+44 (0)20 7946 0958", "US", "+442079460958"),
        (" +4930123456\u200b", None, "+4930123456"),
        ("", "US", ""),
        (" ", None, ""),
    ],
)
def test_a_phone_number_is_normalized(typed: str, country: str | None, stored: str):
    assert checked_phone(typed, country) == stored
    assert checked_phone(stored, None) == stored


@pytest.mark.parametrize(
    ("typed", "country"),
    [
        ("12", "US"),
        ("0612345678", "US"),
        ("030 123456", None),
        ("call me", "US"),
        ("+1 217 555 0123 ext 123456789", "US"),
    ],
)
def test_an_impossible_phone_number_is_refused(typed: str, country: str | None):
    with pytest.raises(Invalid) as refused:
        checked_phone(typed, country, "phone")
    assert refused.value.problem_code is ProblemCode.MALFORMED_PHONE


def test_a_phone_number_is_searchable_with_and_without_its_country_code():
    assert phone_digits("+12175550123;ext=12") == ("12175550123", "2175550123")
    assert phone_digits("no number") == ()


@pytest.mark.parametrize(
    ("country", "stored", "typed"),
    [
        ("DE", "10115", ["10115 ", " 10115", "D-10115", "D 10115", "de-10115", "１０１１５", "10115\u00a0"]),
        ("NL", "1012 LG", ["1012 lg", "1012LG", "NL-1012 LG", "1012\u00a0LG"]),
        ("IE", "D02 X285", ["d02x285", "D02 X285", "D02-X285"]),
        ("US", "62701", ["62701 ", "62701\u200b", "US 62701"]),
        ("US", "62701-1234", ["627011234", "62701 1234", "62701–1234"]),
        ("JP", "100-0005", ["〒100-0005", "１００−０００５", "1000005", "１００ー０００５"]),
        ("PL", "00-950", ["00950", "00 950", "PL 00-950"]),
        ("PT", "1000-123", ["1000123", "1000 123"]),
        ("PT", "1000", ["1000", "P-1000"]),
        ("IN", "400001", ["400 001", "400001"]),
        ("SE", "111 22", ["SE-111 22", "11122", "S-11122"]),
        ("GB", "SW1A 1AA", ["sw1a1aa", "SW1A 1AA\u00a0", "SW1A-1AA"]),
        ("GB", "M1 1AE", ["m11ae"]),
        ("CA", "K1A 0B1", ["k1a0b1", "K1A-0B1"]),
        ("FR", "75001", ["75 001", "F-75001"]),
        ("BR", "01310-100", ["01310100", "01310 100"]),
        ("LV", "LV-1073", ["1073", "lv1073"]),
        ("AD", "AD100", ["100", "ad 100"]),
        ("CZ", "110 00", ["11000", "CZ-110 00"]),
    ],
)
def test_a_postal_code_is_normalized_to_the_format_of_its_country(
    country: str, stored: str, typed: list[str]
):
    for each in typed:
        assert postal_code(country, each) == (stored, True)
    assert postal_code(country, stored) == (stored, True)


def test_example_postal_codes_of_each_country_are_valid_in_every_spelling():
    seen = 0
    for country in sorted(territories.known()):
        for example in filter(None, territories.rules(country).get("zipex", "").split(",")):
            stored, is_valid = postal_code(country, example)
            assert is_valid, (country, example)
            for other in (example.lower(), f" {example}\u00a0", compact(example), stored):
                assert postal_code(country, other) == (stored, True), (country, example, other)
            seen += 1
    assert seen > 400


def test_a_malformed_postal_code_is_reported_and_converted_to_upper_case():
    assert postal_code("DE", "123a") == ("123A", False)
    assert postal_code("AE", "anything  goes") == ("ANYTHING GOES", True)


def test_each_region_of_each_country_is_found_by_code_and_name_in_every_spelling():
    seen = 0
    for country in sorted(territories.known()):
        regions = regions_of(country)
        assert len({region.code for region in regions}) == len(regions), country
        for region in regions:
            names = {region.code, region.key, region.name, region.latin, f"{country}-{region.code}"}
            for name in names:
                for written in (name, name.lower(), name.upper(), f"  {name}\u00a0", f"{name}\u200b"):
                    found = the_region(country, written)
                    assert found == region, (country, written, region)
                    assert region_code(country, written) == region.code
                    seen += 1
    assert seen > 10_000


@pytest.mark.parametrize(
    ("country", "written", "code"),
    [
        ("IE", "Mayo", "MO"), ("IE", "County Mayo", "MO"), ("IE", "Dublin", "D"), ("TR", "Istanbul", "34"),
        ("TR", "ISTANBUL", "34"), ("IN", "MH", "MH"), ("BR", "Sao Paulo", "SP"), ("PE", "Lima", "LMA"),
        ("CN", "Guangdong", "44"), ("CN", "广东", "44"), ("HK", "Hong Kong", "Hong Kong Island"),
        ("VN", "Hồ Chí Minh", "SG"), ("VN", "Ho Chi Minh City", "SG"), ("EG", "Cairo", "C"),
        ("TW", "臺北市", "TPE"), ("TW", "Taipei", "TPE"), ("US", "Calif.", "CA"), ("US", "Calif", "CA"),
        ("US", "N.Y.", "NY"), ("US", "W. Va.", "WV"), ("US", "Washington D.C.", "DC"), ("JP", "Tokyo", "13"),
        ("JP", "東京", "13"), ("KR", "서울", "11"), ("TH", "Bangkok", "10"), ("AE", "Dubai", "DU"),
        ("CA", "Québec", "QC"), ("CA", "Nouveau-Brunswick", "NB"), ("MX", "Ciudad de Mexico", "CMX"),
        ("ES", "Madrid", "M"), ("IT", "Roma", "RM"), ("IT", "Rome", "RM"), ("RU", "Moscow", "MOW"),
    ],
)  # fmt: skip
def test_a_region_is_found_by_its_common_names(country: str, written: str, code: str):
    assert region_code(country, written) == code
    assert checked_region(country, written) == code


def test_an_unknown_region_is_refused_with_the_list_of_regions():
    with pytest.raises(Invalid) as refused:
        checked_region("US", "Bavaria", "region")
    assert refused.value.problem_code is ProblemCode.UNKNOWN_REGION
    assert refused.value.values["choices"][:2] == ["AL", "AK"]
    assert checked_region("DE", "Bavaria") == "BAVARIA", "Germany's addresses have no list of regions"
    assert checked_region("US", " ") == ""


@pytest.mark.parametrize("written", ["Il", "ILLINOIS", " illinois ", "Ill.", "US-IL"])
def test_a_regional_tax_rate_matches_every_spelling_of_the_region(written: str):
    for stored in ("IL", "Illinois", "ILLINOIS"):
        table = RateTable([Rate("US", stored, "standard", 6, "Sales tax"), Rate("US", "", "standard", 1, "")])
        assert table.rate("US", written, "standard") == 6
        assert table.rate("US", "WA", "standard") == 1


def test_country_codes_are_normalized_and_unknown_countries_are_refused():
    assert [country_code(each) for each in (" de", "UK", "ｆｒ", "XX", "", "Germany")] == [
        "DE",
        "GB",
        "FR",
        None,
        None,
        None,
    ]
    with pytest.raises(Invalid) as refused:
        checked_country("Deutschland", "country")
    assert refused.value.problem_code is ProblemCode.UNKNOWN_COUNTRY


def test_texts_are_folded_without_case_accents_width_and_surrounding_spaces():
    assert folded("  NAGY   ÉVA ") == folded("nagy éva") == "nagy eva"
    assert folded("ＡＤＡ") == "ada"
    assert folded("İstanbul") == folded("ISTANBUL") == folded("ıstanbul") == "istanbul"
    assert folded("Łódź") == "lodz"
    assert folded("STRASSE") == folded("straße") == "strasse"
    assert words_of("O'Neil-Smith, Ada") == ["o", "neil", "smith", "ada"]
    assert compact("#HF-000066") == "hf000066"
    assert one_line(" \u00a0\u200bAda\n Lovelace\u2060 ") == "Ada Lovelace"
    assert one_line("\u200b\u00a0\u200d") == ""


@given(st.text(max_size=40))
def test_normalization_is_idempotent(text: str):
    for form in (one_line, folded, compact, normalized_email):
        assert form(form(text)) == form(text)
    for country in ("DE", "GB", "JP", "US", "LV"):
        once = postal_code(country, text)
        assert postal_code(country, once[0]) == once

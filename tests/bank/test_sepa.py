"""Files with transfers: by the official schema and the rules of SEPA."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sepaxml.validation import try_valid_xml

from app.bank import sepa
from app.core.card_numbers import has_card_number
from app.core.refusals import Invalid
from tests.bank.transferring import BUYER, OWN, values

SCHEMA = "pain.001.001.09"
AT = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)
NAMES = st.text(max_size=200).filter(lambda name: sepa.plain(name, 70))
IDS = st.uuids().map(sepa.lettered)
CREDITS = st.lists(
    st.builds(
        sepa.Credit,
        IDS,
        st.builds(sepa.Party, NAMES, st.just(BUYER)),
        st.integers(1, sepa.LARGEST_MINOR),
        st.integers(1, 10**9).map(lambda number: f"Refund WEB-{number}"),
    ),
    min_size=1,
    max_size=5,
)
PERMITTED = re.compile(r"[A-Za-z0-9/?:().,'+ -]*")


@given(IDS, CREDITS, st.sampled_from(["", "ABNANL2A", "ABNANL2AXXX"]), NAMES)
def test_every_file_fits_the_official_schema_and_adds_up(
    id: str, credits: list[sepa.Credit], bic: str, name: str
):
    order = sepa.Order(id, AT, date(2026, 11, 28), sepa.Party(name, OWN, bic), credits)
    content = sepa.written(order)
    assert content == sepa.written(order)
    assert try_valid_xml(content.encode(), SCHEMA) is None
    amounts = [Decimal(text) for text in values(content, "InstdAmt")]
    assert all(text.partition(".")[2].isdecimal() and len(text.partition(".")[2]) == 2
               for text in values(content, "InstdAmt"))  # fmt: skip
    assert set(values(content, "CtrlSum")) == {str(sum(amounts))}
    assert sum(amounts) * 100 == sum(each.amount_minor for each in credits)
    assert set(values(content, "NbOfTxs")) == {str(len(credits))}
    for element, longest in (("Nm", 70), ("Ustrd", 140), ("EndToEndId", 35), ("MsgId", 35), ("PmtInfId", 35)):
        for text in values(content, element):
            assert 1 <= len(text) <= longest and PERMITTED.fullmatch(text), (element, text)
            assert "//" not in text and not text.startswith("/") and not text.endswith("/")


@given(st.text(max_size=300), st.integers(1, 140))
def test_any_text_becomes_permitted_characters(text: str, longest: int):
    found = sepa.plain(text, longest)
    assert len(found) <= longest and PERMITTED.fullmatch(found)
    assert "//" not in found and found == found.strip("/ ")


def test_names_are_transliterated():
    assert sepa.plain("Jürgen Groß & Æsir Œuvre", 70) == "Jurgen Gross Aesir Oeuvre"
    assert sepa.plain("Иван Петров", 70) == "Ivan Petrov"
    assert sepa.plain("a//b/ /c/", 70) == "a/b/ /c"
    assert sepa.plain("★", 70) == sepa.plain("", 70) == ""


@given(st.uuids(), st.uuids())
def test_a_reference_is_of_one_id_and_is_no_card_number(one: UUID, other: UUID):
    assert (sepa.lettered(one) == sepa.lettered(other)) == (one == other)
    assert len(sepa.lettered(one)) == 32 and sepa.lettered(one).isalpha()
    assert not has_card_number(sepa.lettered(one))


def test_an_iban_is_read_with_spaces_and_checked():
    assert sepa.checked_iban(" de89 3704 0044 0532 0130 00 ") == BUYER
    assert sepa.masked(BUYER) == "DE89" + "•" * 14 + "3000"
    for wrong in ("DE89370400440532013001", "XX89370400440532013000", "DE", "", "NL02ABNA012345678\u0669"):
        with pytest.raises(Invalid):
            sepa.checked_iban(wrong)

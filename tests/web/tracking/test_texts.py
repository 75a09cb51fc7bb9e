"""The texts of page and widget are complete in each language, and the visitor's language is used."""

import json
import re
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel import Locale

from app.fulfillment.lifecycle import ShipmentStage
from app.orders import queries
from app.orders.lifecycle import TrackingStage
from app.web.tracking.document import SOURCE
from app.web.tracking.view import STEPS
from app.web.tracking.words import Words, accepted, dictionaries
from app.wiring import BUYER_TITLES
from tests import make
from tests.ask import Api

LANGUAGES = sorted(dictionaries())
GROUPS: dict[str, set[str]] = {
    "stage": {stage.name for stage in TrackingStage},
    "shipment": {stage.name for stage in ShipmentStage},
    "step": {*STEPS["steps"], *STEPS["pickupSteps"]},
    "event": set(BUYER_TITLES),
}


def test_there_is_a_second_language():
    assert {"en", "de"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("group", GROUPS)
def test_every_stage_step_and_event_has_a_text(language: str, group: str):
    assert set(dictionaries()[language][group]) == GROUPS[group]


def test_every_stage_of_an_order_is_a_step_or_the_cancellation():
    assert set(STEPS["reached"]) | {"CANCELLED"} == GROUPS["stage"]
    assert set(STEPS["trouble"]) <= GROUPS["shipment"]


@pytest.mark.parametrize("group", ["text", "pay"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dictionary_has_all_texts_plural_forms_and_placeholders(language: str, group: str):
    english, other = dictionaries()["en"][group], dictionaries()[language][group]
    assert set(other) == set(english)
    assert dictionaries()[language]["direction"] == Locale(language).text_direction
    forms = {str(form) for form in Locale(language).plural_form.tags} | {"other"}
    for key, text in other.items():
        assert isinstance(text, dict) == isinstance(english[key], dict), key
        if isinstance(text, dict):
            assert set(text) == forms, key
        assert _placeholders(text) == _placeholders(english[key]), key


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_a_dictionary_is_not_a_copy_of_the_english_one(language: str):
    english, other = dictionaries()["en"], dictionaries()[language]
    groups = (*GROUPS, "pay")
    same = [
        (group, key) for group in groups for key in other[group] if other[group][key] == english[group][key]
    ]
    assert same == []


def _placeholders(text: Any) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", json.dumps(text)))


def test_a_missing_text_falls_back_to_english_and_an_unknown_one_is_none():
    words = Words(Locale("de"), {"direction": "ltr", "text": {"label": "Verfolgung"}})
    assert words.say("text", "label") == "Verfolgung"
    assert words.say("text", "history") == "What has happened"
    assert words.say("event", "order_eaten") is None


@pytest.mark.parametrize(
    ("asked", "tag"),
    [
        (["de"], "de"), (["de-AT", "en"], "de-AT"), (["fr-FR", "de", "en"], "de"), (["EN-gb"], "en-GB"), (["fr"], "en"),
        ([], "en"), (["", "*", "de_DE", "x" * 100, "\u0430", "de-"], "de"), (["de-XX99"], "de"), (["ar", "zh-Hant"], "en"),
    ],
)  # fmt: skip
def test_the_first_supported_language_is_used(asked: list[str], tag: str):
    assert Words.of(asked).tag == tag


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        ("de", ["de"]), ("en;q=0.5, de", ["de", "en"]), ("fr;q=0, de;q=1.5, en;q=x, it;q=0.1", ["it"]), ("", [""]),
        ("de-CH,de;q=0.9,en;q=0.8", ["de-CH", "de", "en"]), (",".join(["fr"] * 1000 + ["de"]), ["fr"] * 20),
    ],
)  # fmt: skip
def test_the_languages_of_a_browser_are_sorted_by_preference(header: str, tags: list[str]):
    assert accepted(header) == tags


def test_dates_and_times_are_formatted_for_the_locale():
    today, day = date(2026, 1, 1), date(2026, 12, 6)
    at = datetime(2026, 12, 6, 15, 30, tzinfo=UTC)
    assert Words.of(["en-US"]).day(day, today) == "Sunday, December 6"
    assert Words.of(["en-GB"]).day(day, today) == "Sunday 6 December"
    assert Words.of(["de"]).day(day, today) == "Sonntag, 6. Dezember"
    assert Words.of(["de"]).day(day, date(2025, 12, 31)) == "Sonntag, 6. Dezember 2026"
    assert Words.of(["de"]).moment(at) == "06.12.2026, 15:30"
    assert Words.of(["en-US"]).moment(at).replace("\u202f", " ") == "Dec 6, 2026, 3:30 PM"


def test_the_widgets_source_and_the_page_templates_contain_no_texts():
    for path in sorted(SOURCE.glob("*.js")):
        code = re.sub(
            r"/\*.*?\*/|^\s*//.*$| // .*$|console\.warn\(.*?\);", "", path.read_text(), flags=re.S | re.M
        )
        spoken = [
            text
            for text in re.findall(r"""(?:"([^"\n]*)"|`([^`]*)`)""", code)
            if re.search(r"[A-Za-z]{2,} [a-z]{2,}|…", "".join(text))
        ]
        assert [each for each in spoken if "".join(each) not in CLASSES] == [], path.name
    for name in ("track.html", "track-order.html"):
        template = (SOURCE.parent.parent / "templates" / name).read_text()
        template = re.sub(r"\{[{%#].*?[}%#]\}|<[^>]*>", "", template, flags=re.S)
        assert re.findall(r"[A-Za-z]{2,}", template) == [], name


CLASSES = {"section section-${name}", "noopener noreferrer", "name gone", "promise bad"}


async def test_the_page_uses_the_browsers_language_or_the_one_in_the_link(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=5)
    placed = await make.order(("A", 2))
    path = f"/track/{queries.tracking_token(placed.id, placed.tracking_generation)}"
    german = await api.client.get(path, headers={"accept-language": "de-AT, en;q=0.5"})
    assert '<html lang="de-AT" dir="ltr">' in german.text
    assert (
        "Wir haben Ihre Bestellung erhalten" in german.text
        and "Das haben Sie bestellt (2 Artikel)" in german.text
    )
    assert german.headers["content-language"] == "de-AT" and "Accept-Language" in german.headers["vary"]
    english = await api.client.get(path + "?lang=en", headers={"accept-language": "de"})
    assert '<html lang="en" dir="ltr">' in english.text and "We have your order" in english.text
    unknown = await api.client.get("/track/nope", headers={"accept-language": "de"})
    assert unknown.status_code == 404 and "Wir kennen diese Bestellung nicht" in unknown.text
    for hostile in ('"><script>', "../../en", "de\x00", "🦊" * 50):
        answer = await api.client.get(path, params={"lang": hostile})
        assert answer.status_code == 200 and '<html lang="en" dir="ltr">' in answer.text


async def test_the_page_without_javascript_shows_delays(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=5)
    placed = await make.order(("A", 2))
    placed.is_delayed, placed.promised_on = True, date(2031, 3, 4)
    await placed.save(update_fields=["is_delayed", "promised_on"])
    path = f"/track/{queries.tracking_token(placed.id, placed.tracking_generation)}"
    page = await api.client.get(path + "?lang=de")
    assert "Verspätet: jetzt voraussichtlich bis Dienstag, 4. März 2031" in page.text
    placed.promised_on = None
    await placed.save(update_fields=["promised_on"])
    page = await api.client.get(path + "?lang=en")
    assert "Delayed: there is no new date yet" in page.text


async def test_the_page_without_javascript_shows_times_in_the_channels_time_zone(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=5)
    shop.channel.time_zone = "Asia/Tokyo"
    await shop.channel.save(update_fields=["time_zone"])
    placed = await make.order(("A", 2))
    page = await api.client.get(
        f"/track/{queries.tracking_token(placed.id, placed.tracking_generation)}?lang=de"
    )
    assert placed.placed_at is not None
    local = placed.placed_at.astimezone(ZoneInfo("Asia/Tokyo"))
    assert f"{local:%d.%m.%Y, %H:%M} JST" in page.text

"""The widget in the language, direction and time of the page that it is in."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from app.web.tracking.words import dictionaries
from tests.web.tracking.embedding import embed, is_live, shows, tag
from tests.web.tracking.shop import Order, Shop

pytestmark = pytest.mark.divided

ARABIC = json.loads((Path(__file__).parent / "arabic.json").read_text())
ENGLISH, GERMAN = "We have your order", "Wir haben Ihre Bestellung erhalten"


@pytest.mark.parametrize(
    ("html", "attributes", "heading", "language"),
    [
        ('<html lang="de">', "", GERMAN, "de"),
        ('<html lang="en-GB">', "", ENGLISH, "en-GB"),
        ('<html lang="de">', 'locale="en"', ENGLISH, "en"),
        ('<html lang="en">', 'lang="de-CH"', GERMAN, "de-CH"),
        ('<html lang="en"><div lang="de">', "", GERMAN, "de"),
        ('<html lang="no one knows">', 'locale="!"', GERMAN, "de-DE"),  # the browser's own
        ("<html>", "", GERMAN, "de-DE"),
    ],
)
async def test_the_widget_uses_the_language_of_its_attribute_its_page_or_the_browser(
    browser: Browser, order: Order, html: str, attributes: str, heading: str, language: str
):
    context = await browser.new_context(locale="de-DE")
    page = await context.new_page()
    inside = "<div lang=de>" if "<div" in html else ""
    await embed(page, inside + tag(order, attributes), html=html.removesuffix('<div lang="de">'))
    await shows(page, heading)
    assert await page.locator("article").get_attribute("lang") == language
    await context.close()


async def test_the_widget_changes_its_language_with_the_page(page: Page, order: Order):
    await embed(page, tag(order, "id=ot"))
    await shows(page, ENGLISH)
    await page.evaluate("document.documentElement.lang = 'de'")
    await shows(page, GERMAN)
    await page.evaluate("ot.locale = 'en'")
    await shows(page, ENGLISH)


async def test_a_german_page_is_german_throughout(browser: Browser, shop: Shop):
    order = await shop.sell(("A", 3))
    await order.cancel_lines("A", 1)
    shipment = await order.ship("RR1", "RR2")
    await order.track(shipment, 0, "OUT_FOR_DELIVERY")
    context = await browser.new_context(locale="de-DE", timezone_id="Europe/Berlin")
    page = await context.new_page()
    await page.goto(order.url)
    await is_live(page)
    told = await page.locator("article").inner_text()
    for words in (
        "Bestellung WEB-", "Ihre 2 Pakete", "Paket 1", "In Zustellung", "Dem Paketdienst angekündigt",
        "Das haben Sie bestellt (3 Artikel)", "1 von 3 storniert", "Pakete 1 und 2", "Voraussichtlich bis",
        "Live: Diese Seite aktualisiert sich von selbst",
    ):  # fmt: skip
        assert words in told
    english = dictionaries()["en"]
    ours = [text for group in ("stage", "step", "shipment", "event") for text in english[group].values()]
    assert [text for text in ours if text in told.split("\n")] == []
    assert await page.title() == f"Bestellung {order.number} – Web"
    await context.close()


async def test_every_word_comes_from_the_dictionary(page: Page, shop: Shop):
    order = await shop.sell(("A", 3), ("B", 1))
    await order.cancel_lines("A", 1)
    await order.cancel_lines("B", 1)
    await order.ship("RR1", "RR2")
    marked = _marked(dictionaries()["en"])
    await embed(page, tag(order, "id=ot"))
    await is_live(page)
    await page.evaluate("words => { ot.words = words }", marked)
    texts: list[str] = await page.evaluate(
        """() => {
          const walk = document.createTreeWalker(ot.shadowRoot, NodeFilter.SHOW_TEXT), found = [];
          while (walk.nextNode()) {
            const isName = walk.currentNode.parentElement.closest('bdi, style');
            if (!isName && walk.currentNode.data.trim()) found.push(walk.currentNode.data);
          }
          return found;
        }"""
    )
    moments = await page.locator("article time").all_inner_texts()
    assert [
        text for text in texts if not set("⟦⟧") & set(text) and text not in (*moments, " · ", ", ", " ")
    ] == []
    labels = await page.evaluate(
        "[...ot.shadowRoot.querySelectorAll('[aria-label], [title]')].map((each) => each.ariaLabel || each.title)"
    )
    assert labels and all("⟦" in label for label in labels)


def _marked(dictionary: Any) -> Any:
    """The same dictionary with each of its texts in brackets."""
    if isinstance(dictionary, dict):
        return {key: text if key == "direction" else _marked(text) for key, text in dictionary.items()}
    return f"⟦{dictionary}⟧"


async def test_a_shop_can_override_texts(page: Page, order: Order):
    await embed(page, tag(order, "id=ot"))
    await page.evaluate("ot.words = { stage: { RECEIVED: 'Hooray, it is in!' } }")
    await shows(page, "Hooray, it is in!")
    await page.get_by_text("What has happened").wait_for()
    await page.evaluate("ot.words = null")
    await shows(page, ENGLISH)


async def test_a_right_to_left_language_is_laid_out_from_right_to_left(page: Page, shop: Shop):
    order = await shop.sell(("A", 2))
    await order.ship("RR1", "RR2")
    await embed(page, tag(order, "id=ot"), html='<html lang="ar" dir="rtl">', viewport=800)
    await is_live(page)
    await page.evaluate("words => { ot.words = words }", ARABIC)
    await shows(page, ARABIC["stage"]["SHIPPED"])
    assert await page.locator("article").get_attribute("dir") == "rtl"
    boxes = [await each.bounding_box() for each in await page.locator("article .steps li").all()]
    assert [box["x"] for box in boxes if box] == sorted((box["x"] for box in boxes if box), reverse=True)
    # Each connector leads from a step to the next one, which is on its left.
    ends = await page.evaluate(
        """[...ot.shadowRoot.querySelectorAll('.steps li:not(:last-child)')].map((li) => {
          const style = getComputedStyle(li, '::after');
          return [parseFloat(style.right), parseFloat(style.width), li.getBoundingClientRect().width];
        })"""
    )
    assert all(
        abs(right - (width / 2 + 12)) < 1 and abs(line - (width - 24)) < 1 for right, line, width in ends
    )
    assert await page.get_by_text("طرداك").count() == 1  # two parcels have a form of their own
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_english_texts_on_a_right_to_left_page_keep_their_direction(page: Page, order: Order):
    await embed(page, tag(order, 'locale="en"'), html='<html lang="ar" dir="rtl">')
    await shows(page, ENGLISH)
    article = page.locator("article")
    assert await article.get_attribute("dir") == "ltr"
    assert await article.evaluate("element => getComputedStyle(element).direction") == "ltr"

"""The layout of page and widget on narrow screens, in other colour schemes and in print."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from app.web import supplier
from app.web.assets import FOLDER
from tests.web.tracking.embedding import embed, is_live, shows, tag
from tests.web.tracking.shop import Order, Shop

pytestmark = pytest.mark.divided

# The texts whose words are broken or run out of their box, of the page and of the widget's shadow tree.
BROKEN = """() => {
  const roots = [document, ...[...document.querySelectorAll('order-tracking')].map((each) => each.shadowRoot)];
  const found = [];
  for (const root of roots.filter(Boolean)) {
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const node = walk.currentNode, parent = node.parentElement;
      if (!parent || parent.closest('style, script, .said, .number') || !parent.getClientRects().length) continue;
      for (const word of node.data.matchAll(/[^\\s-]+/g)) {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        const boxes = range.getClientRects();
        const tops = new Set([...boxes].map((box) => Math.round(box.top)));
        if (tops.size > 1 || [...boxes].some((box) => box.right > innerWidth || box.left < 0)) found.push(word[0]);
      }
    }
  }
  return found;
}"""


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
@pytest.mark.parametrize("language", ["en", "de"])
async def test_no_word_of_the_page_is_broken_or_cut_off(
    page: Page, parcels: Order, width: int, language: str
):
    await page.set_viewport_size({"width": width, "height": 800})
    await page.goto(f"{parcels.url}?lang={language}")
    await is_live(page)
    assert await page.evaluate(BROKEN) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("locale", ["en", "de"])
async def test_the_widget_fits_a_narrow_column_of_a_wide_page(page: Page, parcels: Order, locale: str):
    column = (
        f'<div style="width: 240px; overflow-wrap: anywhere">{tag(parcels, f"id=ot locale={locale}")}</div>'
    )
    await embed(page, column, viewport=1280)
    await is_live(page)
    assert await page.evaluate(BROKEN) == []
    right = await page.evaluate(
        """Math.max(...[...ot.shadowRoot.querySelectorAll('article *:not(.said)')]
          .map((each) => each.getBoundingClientRect().right))"""
    )
    assert right <= (await page.evaluate("ot.getBoundingClientRect().right"))


async def test_the_widget_has_a_minimum_width_in_a_container_sized_by_its_content(page: Page, order: Order):
    await embed(page, f'<div style="display: flex"><div>{tag(order, "id=ot")}</div></div>', viewport=1280)
    await is_live(page)
    assert await page.evaluate("ot.getBoundingClientRect().width") >= 320


@pytest.mark.parametrize(
    ("scheme", "page_scheme", "theme", "paper"),
    [
        ("dark", "", "", "rgb(255, 255, 255)"),  # a shop without a dark scheme
        ("dark", "light dark", "", "rgb(18, 22, 29)"),
        ("light", "light dark", "", "rgb(255, 255, 255)"),
        ("light", "dark", "", "rgb(18, 22, 29)"),
        ("dark", "light dark", "light", "rgb(255, 255, 255)"),
        ("light", "", "dark", "rgb(18, 22, 29)"),
        ("dark", "", "auto", "rgb(18, 22, 29)"),
    ],
)
async def test_the_colour_scheme_follows_the_page_or_the_theme_attribute(
    browser: Browser, order: Order, scheme: Any, page_scheme: str, theme: str, paper: str
):
    context = await browser.new_context(color_scheme=scheme)
    page = await context.new_page()
    style = f"<style>:root {{ color-scheme: {page_scheme or 'normal'} }}</style>"
    await embed(page, style + tag(order, f'theme="{theme}"' if theme else ""))
    await is_live(page)
    assert await _style(page, "article", "backgroundColor") == paper
    await context.close()


async def test_colours_are_set_by_prefixed_custom_properties_and_parts(page: Page, order: Order):
    style = """<style>
      :root { --ot-mark: rgb(1, 2, 3); --ink: red; --mark: red; --line: red }
      order-tracking::part(title) { text-transform: uppercase }
    </style>"""
    await embed(page, style + tag(order))
    await is_live(page)
    assert await _style(page, "article .steps .done", "backgroundColor", "::before") == "rgb(1, 2, 3)"
    assert await _style(page, "article .title", "color") == "rgb(29, 36, 48)"
    assert await _style(page, "article .title", "textTransform") == "uppercase"


async def test_in_forced_colours_reached_steps_differ_by_more_than_colour(page: Page, order: Order):
    await page.set_viewport_size({"width": 800, "height": 800})
    await page.emulate_media(forced_colors="active")
    await page.goto(order.url)
    await is_live(page)
    done, open_ = "article .steps .done", "article .steps li:last-child"
    assert "✓" in await _style(page, done, "content", "::before")
    assert "✓" not in await _style(page, open_, "content", "::before")
    assert await _style(page, "article .steps li", "borderTopStyle", "::after") == "solid"
    assert await _style(page, done, "backgroundColor", "::before") != await _style(
        page, open_, "backgroundColor", "::before"
    )


async def test_printed_pages_are_dark_on_white_without_interactive_elements(page: Page, order: Order):
    await page.emulate_media(color_scheme="dark")
    await page.goto(order.url)
    await is_live(page)
    await page.emulate_media(media="print", color_scheme="dark")
    assert await _style(page, "article", "color") == "rgb(29, 36, 48)"
    assert await _style(page, "article", "backgroundColor") == "rgb(255, 255, 255)"
    assert "✓" in await _style(page, "article .steps .done", "content", "::before")
    assert await page.locator("article .live").is_hidden()
    assert await page.get_by_role("navigation").is_hidden()


async def test_a_shop_can_add_a_header_and_a_footer_and_set_the_heading_level(page: Page, order: Order):
    content = (
        '<img slot="header" alt="Our logo" width="10" height="10"><a slot="footer" href="/help">Help</a>'
    )
    await embed(page, tag(order, "heading-level=4", content))
    await shows(page, "We have your order")
    assert await page.get_by_alt_text("Our logo").is_visible()
    assert await page.get_by_role("link", name="Help").is_visible()
    assert await page.locator("article h4.title").count() == 1
    assert await page.locator("article h5.section-title").count() == 2


async def test_the_suppliers_page_fits_a_phone(page: Page):
    facts = {
        "work": SimpleNamespace(status="submitted", ships_on=date(2026, 12, 3)),
        "order": SimpleNamespace(shipping_address={"name": "Ada Lovelace", "line1": "12 Main Street"}),
        "purchase": SimpleNamespace(number="PO-000012"),
        "lines": [SimpleNamespace(sku="BENCH-WALNUT-WIDE-XL", name="Walnut Bench, wide", quantity=120)],
        "packages": [],
        "problems": ["Say which carrier has it."],
    }
    html = supplier._templates.env.get_template("supplier.html").render(facts)
    await page.set_viewport_size({"width": 360, "height": 800})
    await page.set_content(html)
    await page.add_style_tag(path=FOLDER / "page.css")
    assert await page.evaluate(BROKEN) == []
    right = await page.evaluate(
        "Math.max(...[...document.querySelectorAll('input, button, td')].map((each) => each.getBoundingClientRect().right))"
    )
    assert right <= 340  # the column


@pytest.fixture(scope="session")
async def parcels(shop: Shop) -> Order:
    """An order with two parcels, cancelled units and a problem in delivery."""
    order = await shop.sell(("A", 2), ("B", 1))
    await order.cancel_lines("B", 1)
    shipment = await order.ship("RR123456789012345678901", "RR2")
    await order.track(shipment, 0, "FAILED_ATTEMPT")
    return order


async def _style(page: Page, selector: str, name: str, pseudo: str = "") -> str:
    found: str = await page.locator(selector).first.evaluate(
        "(element, [name, pseudo]) => getComputedStyle(element, pseudo || null)[name]", [name, pseudo]
    )
    return found

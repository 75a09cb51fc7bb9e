"""The examples of the widget's guide run in a browser, and its lists are complete."""

import re

import pytest
from playwright.async_api import Page

from tests.servers import ROOT
from tests.web.tracking.embedding import embed, is_live, shows
from tests.web.tracking.shop import Order

pytestmark = pytest.mark.divided

GUIDE = (ROOT / "docs" / "tracking-widget.md").read_text()
SOURCE = ROOT / "app" / "web" / "tracking" / "source"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.S)


def _filled(text: str, order: Order) -> str:
    text = text.replace("…the order's trackingToken…", order.token).replace(
        "…the order's trackingUrl…", order.url
    )
    return text.replace("https://orders.example.com", order.shop.server.url).replace(
        'token="…"', f'token="{order.token}"'
    )


async def test_the_first_example_shows_its_link_and_then_the_order(page: Page, order: Order):
    first = _blocks("html")[0]
    await embed(page, _filled(re.sub("<script.*?</script>", "", first), order))
    assert await page.get_by_role("link", name="Follow your order").get_attribute("href") == order.url
    await embed(page, _filled(first, order))
    await shows(page, "We have your order")
    assert await page.get_by_role("link", name="Follow your order").is_hidden()


async def test_the_examples_of_slots_and_texts_work(page: Page, order: Order):
    script = f'<script type="module" src="{order.shop.server.url}/static/order-tracking.js"></script>'
    await embed(page, script + _filled(_blocks("html")[1], order))
    await is_live(page)
    assert await page.get_by_role("link", name="Write to us").is_visible()
    (words,) = _blocks("js")
    element, some, french = words.strip().split("\n")
    await page.evaluate(f"{element}\n{some}")
    await shows(page, "Thank you! We have your order")
    await page.evaluate(f"{element}\n{french}")
    await shows(page, "Commande reçue")
    assert await page.locator("article").get_attribute("lang") == "fr-FR"


@pytest.mark.parametrize("sockets", [True, False])
async def test_the_content_security_policy_of_the_guide_is_sufficient(
    page: Page, order: Order, sockets: bool
):
    (policy,) = _blocks("text")
    server = order.shop.server.url
    policy = policy.replace("https://orders.example.com", server)
    policy = policy.replace("wss://orders.example.com", server.replace("http", "ws") if sockets else "")
    await embed(
        page, _filled(_blocks("html")[0], order), policy="default-src 'none'; " + " ".join(policy.split())
    )
    await shows(page, "We have your order")
    await is_live(page)


def test_the_guide_lists_every_attribute_property_event_part_and_slot():
    element, view = (SOURCE / "element.js").read_text(), (SOURCE / "view.js").read_text()
    reflected = re.search(r"const REFLECTED = \{(.*?)\};", element, re.S)
    assert reflected
    names = {*re.findall(r'(\w+): "', reflected[1]), *re.findall(r'"([\w-]+)"', reflected[1])}
    names |= set(re.findall(r'#fire\("([\w-]+)"', element))
    names |= set(re.findall(r'slot", \{ name: "(\w+)"', element))
    names |= set(re.findall(r"var\((--ot-[\w-]+)", (SOURCE / "style.css").read_text()))
    parts = re.findall(r'part: [`"]([^`"]+)[`"]', element + view)
    names |= {part for each in parts for part in each.split() if "$" not in part}
    assert {"title", "token", "--ot-mark", "footer", "order-tracking-update"} <= names
    assert [name for name in sorted(names) if f"`{name}`" not in GUIDE] == []

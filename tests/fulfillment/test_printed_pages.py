"""Printed pages fit A4 and labels of four by six inches, and their barcodes can be scanned."""

import base64
import re
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from playwright.async_api import Browser

from app.core.actor import SYSTEM
from app.customers.contact import AddressData
from app.inventory.locations import service as locations
from tests.ask import Api
from tests.fulfillment.test_carriers import BUY, SET
from tests.fulfillment.test_printing import LINKS, LIST, MANIFEST
from tests.journeys.life import Story

pytestmark = pytest.mark.divided

STYLE = (Path(__file__).parents[2] / "app/web/static/print.css").read_text()
SKUS = ("SKU-OF-17-CHARS-X", "SKU-OF-27-CHARACTERS-EXACTL", "SKU-OF-40-CHARACTERS-WITH-ALL-OF-THEM-40")
MUG = "كوب قهوة"
# For a picture in base64: its width, its height and its pixels in grey, one byte each.
GREY = """async (png) => {
  const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const canvas = new OffscreenCanvas(picture.width, picture.height), draw = canvas.getContext("2d");
  draw.drawImage(picture, 0, 0);
  const dots = draw.getImageData(0, 0, picture.width, picture.height).data;
  let grey = "";
  for (let at = 0; at < dots.length; at += 4) grey += String.fromCharCode(dots[at]);
  return [picture.width, picture.height, btoa(grey)];
}"""
PAPER = {"A4": 210.0, "4x6": 101.6}  # millimetres of width
MARGINS = 8.0


@pytest.fixture
async def pages(api: Api) -> dict[str, str]:
    """Each kind of printed page, as HTML."""
    story = await Story.begin(api)
    home = AddressData("Warehouse", "1 Depot Road", "Reno", "US", region="NV", postal_code="89501")
    await locations.update_location(SYSTEM, story.east.id, {"address": home})
    for sku in SKUS:
        await story.sell(sku, east=20, name=MUG if sku == SKUS[0] else "Mug")
    await story.staff.do(SET, input={"code": "courier", "name": "Courier", "kind": "LABELS"})
    number = await story.buy(*((sku, 2) for sku in SKUS))
    (work,) = await story.work(number)
    await story.release(work["id"])
    place = (await story.staff.ask('{ location(code: "web-main") { id } }'))["location"]["id"]
    urls = {"pick list": (await story.staff.do(LIST, input={"locationId": place}))["printUrl"]}
    await story.pick(work["id"])
    first = [{"sku": sku, "quantity": 1} for sku in SKUS]
    await story.pack(work["id"], packages=[{"contents": first, "weightGrams": 500}, {"weightGrams": 500}])
    bought = await story.staff.do(BUY, input={"id": work["id"], "carrier": "courier"})
    links = (await story.staff.ask(LINKS, id=work["id"]))["node"]
    urls |= {"packing slip": links["packingSlipUrl"], "label": links["packages"][0]["labelPrintUrl"]}
    await story.ship(work["id"])
    made = await story.staff.do(MANIFEST, input={"location": "web-main", "carrier": "courier"})
    urls["manifest"] = made["printUrl"]
    found = {name: (await story.staff.client.get(url)).text for name, url in urls.items()}
    return found | {
        "codes of pick list": "\n".join([*SKUS, "PL1"]),
        "codes of packing slip": f"{number}-1",
        "codes of label": bought["packages"][0]["trackingNumber"],
        "codes of manifest": made["number"],
    }


async def _printed(browser: Browser, html: str, width: float) -> tuple[Any, dict[str, float]]:
    """A page printed on paper of a width: a picture with 203 dots per inch, and its measures."""
    styled = re.sub(r'<link rel="stylesheet"[^>]*>', f"<style>{STYLE}</style>", html)
    context = await browser.new_context(
        viewport={"width": round((width - MARGINS) / 25.4 * 96), "height": 500}, device_scale_factor=203 / 96
    )
    page = await context.new_page()
    await page.emulate_media(media="print")
    await page.set_content(styled)
    measures = await page.evaluate(
        "({across: document.documentElement.scrollWidth, room: document.documentElement.clientWidth, "
        "shrunk: [...document.querySelectorAll('svg')].filter(each => Math.abs(each.getBoundingClientRect().width"
        " - each.width.baseVal.value) > 0.05).length})"
    )
    png = base64.b64encode(await page.screenshot(full_page=True)).decode()
    across, down, grey = await page.evaluate(GREY, png)
    await context.close()
    return memoryview(base64.b64decode(grey)).cast("B", (down, across)), measures


@pytest.mark.parametrize("paper", PAPER)
async def test_each_printed_page_fits_the_paper_and_its_barcodes_are_readable(
    browser: Browser, pages: dict[str, str], paper: str
):
    for name in ("pick list", "packing slip", "label", "manifest"):
        picture, measures = await _printed(browser, pages[name], PAPER[paper])
        assert measures["across"] <= measures["room"] and not measures["shrunk"], (name, measures)
        read = zxingcpp.read_barcodes(picture)
        assert sorted(found.text for found in read) == sorted(pages[f"codes of {name}"].split("\n")), name

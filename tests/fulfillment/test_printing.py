"""Printable pages with barcodes, behind links that are valid for an hour."""

import re
from datetime import timedelta
from typing import Any

import pytest

from app.core import clock
from tests import make
from tests.ask import Api
from tests.journeys.life import Story

LIST = """
mutation($input: PickListCreateInput!) { pickListCreate(input: $input) {
  __typename ... on PickList { id number printUrl } ... on UserError { message } } }
"""
LINKS = """
query($id: ID!) { node(id: $id) { ... on FulfillmentOrder { packingSlipUrl packages { labelPrintUrl } } } }
"""
MANIFEST = """
mutation($input: ManifestCreateInput!) { manifestCreate(input: $input) {
  __typename ... on Manifest { number packages weightGrams carrier printUrl shipments { number } }
  ... on UserError { message path } } }
"""


@pytest.fixture
async def story(api: Api) -> Story:
    story = await Story.begin(api)
    await story.sell("MUG", east=20, name="Mug <b>bold</b>")
    return story


async def _page(story: Story, url: str) -> str:
    answer = await story.staff.client.get(url)
    assert answer.status_code == 200, answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    return answer.text


async def _released(story: Story) -> tuple[str, dict[str, Any]]:
    number = await story.buy(("MUG", 2), note="Please ring <twice>", giftNote="For <you>\nAda")
    (work,) = await story.work(number)
    await story.release(work["id"])
    return number, work


async def test_a_printed_pick_list_contains_its_lines_and_barcodes(story: Story):
    number, _ = await _released(story)
    place = (await story.staff.ask('{ location(code: "web-main") { id } }'))["location"]["id"]
    made = await story.staff.do(LIST, input={"locationId": place})
    page = await _page(story, made["printUrl"])
    assert f"Pick list {made['number']}" in page and f"{number}-1" in page
    assert "Mug &lt;b&gt;bold&lt;/b&gt;" in page and "<b>bold" not in page
    assert page.count("<svg") == 2 and ">MUG<" in page


async def test_a_packing_slip_and_a_label_show_contents_address_and_tracking_number(story: Story):
    number, work = await _released(story)
    await story.pick(work["id"])
    await story.pack(work["id"], packages=[{"contents": [{"sku": "MUG", "quantity": 1}]}, {}])
    await story.ship(work["id"], carrier="postal", trackingNumbers=["RR1", "RR2"])
    links = (await story.staff.ask(LINKS, id=work["id"]))["node"]
    slip = await _page(story, links["packingSlipUrl"])
    assert number in slip and "12 Main Street" in slip and "In 2 packages" in slip
    assert "Please ring &lt;twice&gt;" in slip and "For &lt;you&gt;\nAda" in slip
    label = await _page(story, links["packages"][1]["labelPrintUrl"])
    assert "Ada Lovelace" in label and "RR2" in label and "RR1" not in label


async def test_a_manifest_contains_each_shipment_of_a_carrier_once(story: Story):
    numbers = []
    for carrier in ("postal", "postal", "courier"):
        number, work = await _released(story)
        await story.pick(work["id"])
        await story.pack(work["id"], packages=[{"weightGrams": 700}])
        await story.ship(work["id"], carrier=carrier)
        numbers.append(f"{number}-1")
    made = await story.staff.do(MANIFEST, input={"location": "web-main", "carrier": "postal"})
    assert [shipment["number"] for shipment in made["shipments"]] == numbers[:2]
    assert (made["packages"], made["weightGrams"]) == (2, 1400)
    page = await _page(story, made["printUrl"])
    assert numbers[0] in page and numbers[2] not in page and "1.4 kg" in page
    again = await story.staff.do(MANIFEST, input={"location": "web-main", "carrier": "postal"})
    assert again["path"] == ["input", "carrier"]
    found = await story.staff.ask('{ manifests(filter: {carrier: {eq: "postal"}}) { nodes { number } } }')
    assert found["manifests"]["nodes"] == [{"number": made["number"]}]


async def test_a_print_link_is_valid_for_one_document_and_one_hour(story: Story):
    _, work = await _released(story)
    url = (await story.staff.ask(LINKS, id=work["id"]))["node"]["packingSlipUrl"]
    client = story.staff.client
    with clock.shifted(timedelta(minutes=59)):
        assert (await client.get(url)).status_code == 200
    with clock.shifted(timedelta(minutes=61)):
        gone = await client.get(url)
    assert gone.status_code == 404 and "This page is gone" in gone.text
    until = re.search(r"until=(\d+)", url)
    assert until
    for other in (
        url.replace(until[1], str(int(until[1]) + 9)),
        url.replace("packing-slip", "label"),
        url.replace("packing-slip", "nothing"),
        url[:-1],
        url.partition("?")[0],
        url.replace("until=", "until=9"),
    ):
        assert (await client.get(other)).status_code == 404, other


async def test_creating_a_manifest_needs_permission_for_all_channels(story: Story):
    (work,) = await story.work(await story.buy(("MUG", 1)))
    await story.send(work["id"], carrier="postal")
    limited = story.staff.as_(await make.token(channels=[story.shop.channel]))
    input = {"location": "web-main", "carrier": "postal"}
    assert (await limited.error(MANIFEST, input=input))["extensions"] == {"code": "FORBIDDEN"}
    assert (await story.staff.do(MANIFEST, input=input))["__typename"] == "Manifest"

"""Whatever a carrier's server responds, errors are typed and no label is paid twice."""

import json
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.access import sealing
from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import fetch
from app.customers.contact import AddressData
from app.fulfillment import jobs
from app.fulfillment.carrier_adapters import Bought, asking
from app.fulfillment.carrier_adapters.kinds import CarrierKind
from app.fulfillment.models import CarrierAccount
from app.inventory.locations import service as locations
from tests import courier
from tests.ask import Api
from tests.courier import FAULTS, Courier, CourierServer
from tests.journeys.life import Story

SET = """
mutation($input: CarrierSetInput!) { carrierSet(input: $input) { __typename ... on UserError { message } } }
"""
BUY = """
mutation($input: FulfillmentLabelBuyInput!) { fulfillmentLabelBuy(input: $input) {
  __typename ... on FulfillmentOrder { id } ... on UserError { message path } } }
"""
VOID = "mutation($id: ID!) { fulfillmentLabelVoid(id: $id) { __typename } }"
RATES = """
query($id: ID!) { shippingRates(fulfillmentOrderId: $id, carrier: "co") {
  rates { service days amount { amount } } } }
"""
WORK = """
query($id: ID!) { node(id: $id) { ... on FulfillmentOrder {
  packages { trackingNumber label { status problem labelUrl cost { amount } } }
  shipments { packages { stage records { stage text place at } } } } } }
"""


@pytest.fixture
async def story(api: Api) -> Story:
    story = await Story.begin(api)
    home = AddressData("Warehouse", "1 Depot Road", "Reno", "US", region="NV", postal_code="89501")
    await locations.update_location(SYSTEM, story.east.id, {"address": home})
    await story.sell("MUG", east=20)
    return story


@pytest.fixture
async def server(story: Story, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[CourierServer]:
    monkeypatch.setattr(CarrierKind.EASYPOST, "adapter", Courier)
    async with courier.running() as server:
        assert (await story.staff.do(SET, input=_account(server)))["__typename"] == "Carrier"
        yield server


def _account(server: CourierServer, token: str = courier.TOKEN) -> dict[str, Any]:
    secrets = [{"name": "token", "value": token}, {"name": "webhook_secret", "value": courier.SECRET}]
    return {"code": "co", "name": "Courier", "kind": "EASYPOST", "apiUrl": server.url, "secrets": secrets}


async def _packed(story: Story) -> str:
    number = await story.buy(("MUG", 1))
    (work,) = await story.work(number)
    await story.release(work["id"])
    await story.pick(work["id"])
    await story.pack(work["id"], packages=[{"weightGrams": 900}])
    return work["id"]


async def _buy(story: Story, id: str) -> dict[str, Any]:
    return await story.staff.do(BUY, input={"id": id, "carrier": "co"})


async def _label(story: Story, id: str) -> dict[str, Any]:
    (package,) = (await story.staff.ask(WORK, id=id))["node"]["packages"]
    return package["label"] | {"number": package["trackingNumber"]}


async def _later(seconds: int) -> None:
    with clock.shifted(timedelta(seconds=seconds)):
        await jobs.process_labels()


@pytest.mark.once
@pytest.mark.parametrize(("step", "lost"), [("parcels", False), ("buy", True)])
async def test_a_label_is_bought_once_whatever_a_response_is(
    story: Story, server: CourierServer, step: str, lost: bool
):
    for fault in FAULTS:
        id = await _packed(story)
        before = len(server.sold)
        server.faults[step] = [(fault, lost)]
        unknown = await _buy(story, id)
        assert unknown["__typename"] == "CarrierNotResponding", (fault, unknown)
        assert (await _label(story, id))["status"] == "PENDING", fault
        assert not server.faults[step], "the fault was sent"
        await _later(200)
        label = await _label(story, id)
        assert (label["status"], label["cost"]) == ("BOUGHT", {"amount": "4.20"}), (fault, label)
        assert len(server.sold) == before + 1, fault
        await story.ship(id)
    assert server.voided == []


async def test_rates_that_cannot_be_read_are_a_typed_error_or_none(story: Story, server: CourierServer):
    id = await _packed(story)
    (package,) = (await story.staff.ask(RATES, id=id))["shippingRates"]
    assert [rate["service"] for rate in package["rates"]] == ["bike", "van"], "the cheapest first"
    for fault in FAULTS:
        server.faults["quotes"] = [(fault, False)] * 2  # two executors request them
        if fault in ("array", "nothing", "empty", "nulls", "nested"):
            assert (await story.staff.ask(RATES, id=id))["shippingRates"] == [{"rates": []}], fault
        else:
            error = await story.staff.error(RATES, id=id)
            assert error["extensions"]["code"] == "SERVICE_BUSY", (fault, error)


async def test_a_slow_server_is_not_waited_for_and_sells_once(
    story: Story, server: CourierServer, monkeypatch: pytest.MonkeyPatch
):
    id = await _packed(story)
    monkeypatch.setattr(asking, "TIMEOUT", 0.2)
    server.pause = 1.0
    assert (await _buy(story, id))["__typename"] == "CarrierNotResponding"
    assert (await story.staff.error(RATES, id=id))["extensions"]["code"] == "SERVICE_BUSY"
    monkeypatch.undo()
    monkeypatch.setattr(CarrierKind.EASYPOST, "adapter", Courier)
    server.pause = 0.0
    await _later(200)
    assert (await _label(story, id))["status"] == "BOUGHT" and len(server.sold) == 1


async def test_a_label_that_is_refused_after_a_lost_response_is_voided(story: Story, server: CourierServer):
    id = await _packed(story)
    server.faults["buy"] = [("gateway", True)]
    assert (await _buy(story, id))["__typename"] == "CarrierNotResponding"
    server.token = "another"  # the token was replaced at the carrier
    await _later(200)
    refused = await _label(story, id)
    assert (refused["status"], refused["problem"]) == ("VOIDING", "The token is not known.")
    await story.staff.do(SET, input=_account(server, "another"))
    assert (await _buy(story, id))["__typename"] == "FulfillmentOrder"
    await _later(400)
    await _later(40_000)
    assert server.sold == ["p/1", "p/2"] and server.voided == ["p/1"], "one label is left to pay"
    label = await _label(story, id)
    assert (label["status"], label["number"]) == ("BOUGHT", "CO000002")


async def test_a_label_that_is_bought_after_a_void_is_another_one(story: Story, server: CourierServer):
    id = await _packed(story)
    await _buy(story, id)
    await story.staff.do(VOID, id=id)
    assert (await _buy(story, id))["__typename"] == "FulfillmentOrder"
    await _later(200)
    assert server.voided == ["p/1"] and server.sold == ["p/1", "p/2"]
    assert (await _label(story, id))["number"] == "CO000002"


@pytest.mark.parametrize("fault", ["error", "busy", "page", "number"])
async def test_a_void_is_repeated_until_it_is_done_or_there_is_nothing_to_void(
    story: Story, server: CourierServer, fault: str
):
    id = await _packed(story)
    await _buy(story, id)
    server.faults["void"] = [(fault, True)]  # it is voided, and the response is lost
    await story.staff.do(VOID, id=id)
    await _later(10)
    assert (await _label(story, id))["status"] == "VOIDING"
    await _later(300)  # 404 with a text that is not JSON
    assert (await _label(story, id))["status"] == "VOIDED"
    assert server.voided == server.sold == ["p/1"]


@pytest.mark.parametrize(
    ("sent", "cost", "url"),
    [
        ({"price": "4.205"}, None, "https://courier.example/l.pdf"),
        ({"price": -1}, None, "https://courier.example/l.pdf"),
        ({"price": "1e999999999"}, None, "https://courier.example/l.pdf"),
        ({"currency": "XXL"}, None, "https://courier.example/l.pdf"),
        ({"label_url": "javascript:alert(1)"}, {"amount": "4.20"}, None),
        ({"label_url": "https://courier.example/" + "x" * 600}, {"amount": "4.20"}, None),
        ({"label_url": ["x"]}, {"amount": "4.20"}, None),
    ],
)
async def test_a_label_is_stored_without_values_that_cannot_be_read(
    story: Story, server: CourierServer, sent: dict[str, Any], cost: Any, url: str | None
):
    id = await _packed(story)
    server.label = sent
    assert (await _buy(story, id))["__typename"] == "FulfillmentOrder"
    label = await _label(story, id)
    assert (label["status"], label["cost"], label["labelUrl"]) == ("BOUGHT", cost, url)


async def test_an_error_of_an_adapter_is_logged_and_the_label_is_bought_later(
    story: Story, server: CourierServer, monkeypatch: pytest.MonkeyPatch
):
    id = await _packed(story)
    real = Courier.buy

    async def buy(self: Courier, reference: str, service: str) -> Bought:
        await real(self, reference, service)
        raise KeyError("a name that was always there")

    monkeypatch.setattr(Courier, "buy", buy)
    unknown = await _buy(story, id)
    assert unknown["__typename"] == "CarrierNotResponding" and "(KeyError)" in unknown["message"]
    monkeypatch.setattr(Courier, "buy", real)
    await _later(200)
    assert (await _label(story, id))["status"] == "BOUGHT" and len(server.sold) == 1


@pytest.mark.parametrize("reference", ["", "x" * 121])
async def test_a_reference_that_cannot_be_stored_is_refused(
    story: Story, server: CourierServer, monkeypatch: pytest.MonkeyPatch, reference: str
):
    id = await _packed(story)

    async def prepare(self: Courier, parcel: object) -> str:
        return reference

    monkeypatch.setattr(Courier, "prepare", prepare)
    refused = await _buy(story, id)
    assert refused["__typename"] == "CarrierRejected" and "1 to 120 characters" in refused["message"]
    assert server.sold == []


@pytest.mark.parametrize("token", ["a-token ", "a-tökén", "a-\u2028token"])
async def test_a_token_that_a_header_cannot_have_is_refused_and_not_shown(
    story: Story, server: CourierServer, token: str
):
    id = await _packed(story)
    row = await CarrierAccount.get(code="co")
    row.secrets = sealing.seal({"token": token, "webhook_secret": courier.SECRET})
    await row.save(update_fields=["secrets"])
    refused = await _buy(story, id)
    assert refused["__typename"] == "CarrierRejected" and "header Authorization" in refused["message"]
    assert "a-t" not in refused["message"] and server.heard == []


async def test_a_token_is_in_no_log_and_no_row(
    story: Story, server: CourierServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    caplog.set_level(logging.DEBUG)
    id = await _packed(story)
    server.faults["buy"] = [("page", True)]
    await _buy(story, id)
    await _later(200)
    server.token = "another"
    await story.staff.do(VOID, id=id)
    await _later(300)
    assert server.heard == ["parcels", "buy", "buy", "void"]
    rows = [await fetch(f"SELECT * FROM {table}") for table in ("carrier_label", "journal_entry")]
    said = capfd.readouterr()
    assert courier.TOKEN not in f"{caplog.text}{said.out}{said.err}{rows}"
    assert "parcels" in caplog.text, "requests are logged"


async def _call(
    story: Story, event: Any, secret: str = courier.SECRET, given: bytes | None = None
) -> httpx.Response:
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    sent = {b"x-signature": courier.signature(body, secret).encode() if given is None else given}
    return await story.staff.client.post("/carriers/co/events", content=body, headers=sent)


async def test_webhooks_are_authentic_stored_once_and_fit(story: Story, server: CourierServer):
    id = await _packed(story)
    await _buy(story, id)
    await story.ship(id)
    moving = {"id": 7, "number": "co-000 001", "status": "moving", "at": "2031-01-02T08:00:00"}
    for refused in (
        await _call(story, moving, "another"), await _call(story, moving, ""),
        await _call(story, moving, given=b""), await _call(story, moving, given=b"\xe9"),
    ):  # fmt: skip
        assert refused.status_code == 401
    for junk in (b"", b"x", b"[]", b"null", b'{"status": "moving"}', b'{"status": ["moving"], "number": 1}'):
        assert (await _call(story, junk)).status_code == 401, junk
    assert (await _call(story, {"status": "polished"})).json() == {"received": True, "new": False}
    answers = [(await _call(story, moving)).json()["new"] for _ in range(3)]
    assert answers == [True, False, False]
    unnamed = {
        "number": "CO000001",
        "status": "moving",
        "text": "x" * 900,
        "place": "y" * 900,
        "by": "z" * 900,
    }
    for event in (unnamed, unnamed, unnamed | {"id": None, "text": "Sorted"}, unnamed | {"at": "soon"}):
        assert (await _call(story, event)).status_code == 200
    there = {"id": "x" * 500, "number": "CO000001", "status": "there", "at": "0001-01-01T00:00:00"}
    assert (await _call(story, there)).json()["new"] is True
    (shipment,) = (await story.staff.ask(WORK, id=id))["node"]["shipments"]
    (package,) = shipment["packages"]
    assert package["stage"] == "DELIVERED"
    assert len([each for each in package["records"] if each["text"] == "Sorted"]) == 1
    assert max(len(each["text"] or "") for each in package["records"]) == 300
    waiting = await fetch("SELECT id FROM carrier_message WHERE done_at IS NULL")
    assert waiting == []

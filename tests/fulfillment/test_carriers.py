"""Labels are bought and voided; carrier webhooks are authenticated, stored once and applied to packages."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from app.access.permissions import Permission
from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import fetch
from app.customers.contact import AddressData
from app.fulfillment import jobs
from app.fulfillment.carrier_adapters import Bought, Parcel, own_labels
from app.fulfillment.carrier_adapters.easypost import GRAMS_PER_OUNCE, EasyPost
from app.fulfillment.models import CarrierAccount
from app.inventory.locations import service as locations
from app.settings import Environment, settings
from tests import easypost, make
from tests.ask import Api
from tests.core.test_outgoing import MALFORMED, spellings
from tests.easypost import EasyPostStandIn
from tests.journeys.life import FULFILLMENT, Story, books_add_up
from tests.names import SOMEWHERE, Names

SET = """
mutation($input: CarrierSetInput!) { carrierSet(input: $input) {
  __typename ... on Carrier { carrier: code name kind hasSecrets version } ... on UserError { errorCode message path }
  ... on ValidationFailed { problems { message path } } } }
"""
LABELS = "packages { carrierCode: label { carrier { code } } trackingNumber trackingUrl label { status service problem labelUrl cost { amount currency } } }"
BUY = (
    "mutation($input: FulfillmentLabelBuyInput!) { fulfillmentLabelBuy(input: $input) {"
    "__typename ... on FulfillmentOrder { id status " + LABELS + " }"
    "... on UserError { errorCode message path } ... on ValidationFailed { problems { message path } } } }"
)
VOID = "mutation($id: ID!) { fulfillmentLabelVoid(id: $id) {" + FULFILLMENT + "} }"
UNPACK = "mutation($id: ID!) { fulfillmentUnpack(id: $id) {" + FULFILLMENT + "} }"
RATES = """
query($id: ID!) { shippingRates(fulfillmentOrderId: $id, carrier: "easypost") {
  position rates { service days amount { amount currency } } } }
"""
WORK = (
    "query($id: ID!) { node(id: $id) { ... on FulfillmentOrder { carrier "
    + LABELS
    + """
  shipments { carrier service cost { amount } packages { stage signedBy records { stage text place source } } } } } }"""
)

TRACK = """
mutation($input: ShipmentTrackingRecordInput!) { shipmentTrackingRecord(input: $input) {
  __typename ... on UserError { message path } } }
"""
STUCK = "{ reports { stuck { stage oldest { fulfillmentOrder { id } } } } }"


EXPECTED = """
query($id: ID!) { node(id: $id) { ... on FulfillmentOrder { shipments { expectedOn } } } }
"""


@pytest.fixture
async def story(api: Api) -> Story:
    story = await Story.begin(api)
    home = AddressData("Warehouse", "1 Depot Road", "Reno", "US", region="NV", postal_code="89501")
    await locations.update_location(SYSTEM, story.east.id, {"address": home})
    await story.sell("MUG", east=20)
    return story


@pytest.fixture
async def post(story: Story) -> AsyncIterator[EasyPostStandIn]:
    async with easypost.running() as stand_in:
        made = await story.staff.do(SET, input=_account(stand_in))
        assert made == {
            "__typename": "Carrier", "carrier": "easypost", "name": "EasyPost", "kind": "EASYPOST",
            "hasSecrets": True, "version": 1,
        }  # fmt: skip
        yield stand_in


def _account(stand_in: EasyPostStandIn, **more: Any) -> dict[str, Any]:
    return {
        "code": "easypost",
        "name": "EasyPost",
        "kind": "EASYPOST",
        "apiUrl": stand_in.url,
        "secrets": [
            {"name": "api_key", "value": easypost.API_KEY},
            {"name": "webhook_secret", "value": easypost.WEBHOOK_SECRET},
        ],
        **more,
    }


async def _packed(story: Story, *packages: dict[str, Any]) -> tuple[str, str]:
    number = await story.buy(("MUG", 2))
    (work,) = await story.work(number)
    await story.release(work["id"])
    await story.pick(work["id"])
    box = {"weightGrams": 900, "lengthMm": 254, "widthMm": 200, "heightMm": 100}
    assert (await story.pack(work["id"], packages=list(packages) or [box]))["status"] == "PACKED"
    return number, work["id"]


async def _buy(story: Story, id: str, carrier: str = "easypost", service: str = "") -> dict[str, Any]:
    return await story.staff.do(BUY, input={"id": id, "carrier": carrier, "service": service})


async def _call(story: Story, body: bytes, **headers: str) -> httpx.Response:
    sent = {"x-hmac-signature": easypost.signature(body)} | headers
    return await story.staff.client.post("/carriers/easypost/events", content=body, headers=sent)


async def _later(seconds: int) -> None:
    with clock.shifted(timedelta(seconds=seconds)):
        await jobs.process_labels()


async def test_creating_a_carrier_or_box_reports_all_missing_fields(story: Story):
    carrier = await story.staff.do(SET, input={"code": "van"})
    assert [each["path"][1] for each in carrier["problems"]] == ["name", "kind"]
    query = """mutation { boxSet(input: {code: "s", name: "Small"}) {
      __typename ... on ValidationFailed { problems { code path } } } }"""
    box = await story.staff.do(query)
    lacking = ["lengthMm", "widthMm", "heightMm", "mostGrams"]
    assert box["problems"] == [{"code": "REQUIRED", "path": ["input", name]} for name in lacking]


async def test_shipping_rates_are_listed_and_the_cheapest_label_is_bought_and_shipped(
    story: Story, post: EasyPostStandIn
):
    number, id = await _packed(story)
    (rates,) = (await story.staff.ask(RATES, id=id))["shippingRates"]
    assert [(rate["service"], rate["amount"]["amount"], rate["days"]) for rate in rates["rates"]] == [
        ("USPS/GroundAdvantage", "6.07", 4), ("USPS/Priority", "9.45", 2), ("FedEx/2Day", "21.10", 2),
    ]  # fmt: skip
    bought = await _buy(story, id)
    (package,) = bought["packages"]
    assert package["label"] == {
        "status": "BOUGHT", "service": "USPS/GroundAdvantage", "problem": None,
        "labelUrl": "https://labels.example/9400100000000000000001.png",
        "cost": {"amount": "6.07", "currency": "USD"},
    }  # fmt: skip
    sent = post.shipments[post.bought[0]]
    assert sent["to_address"]["street1"] == "12 Main Street" and sent["from_address"]["city"] == "Reno"
    assert sent["parcel"]["length"] == 10.0 and sent["parcel"]["weight"] == round(
        900 / float(GRAMS_PER_OUNCE), 1
    )
    shipped = await story.ship(id)
    assert shipped["status"] == "SHIPPED"
    shipment = (await story.staff.ask(WORK, id=id))["node"]["shipments"][0]
    assert shipment["carrier"] == "easypost" and shipment["service"] == "USPS/GroundAdvantage"
    assert shipment["cost"] == {"amount": "6.07"}
    page = await story.page(number)
    assert page["packages"][0]["trackingUrl"] == "https://track.example/9400100000000000000001"
    events = await story.events(number)
    assert events.count("fulfillment_label_bought") == 1
    await books_add_up()


async def test_concurrent_and_repeated_requests_buy_a_label_once(story: Story, post: EasyPostStandIn):
    _, id = await _packed(story)
    answers = await asyncio.gather(*(_buy(story, id, service="FedEx/2Day") for _ in range(5)))
    assert len(post.bought) == 1
    assert {answer["__typename"] for answer in answers} <= {
        "FulfillmentOrder",
        "InvalidInput",
        "CarrierNotResponding",
    }
    again = await _buy(story, id)
    assert again["__typename"] == "FulfillmentOrder"
    assert len(post.bought) == 1


async def test_a_label_is_bought_once_after_the_carrier_failed_to_respond(
    story: Story, post: EasyPostStandIn
):
    _, id = await _packed(story)
    post.silent = True
    unknown = await _buy(story, id)
    assert unknown["__typename"] == "CarrierNotResponding" and "503" in unknown["message"]
    assert (await story.ship(id))["message"].startswith("A label is being bought")
    post.silent, post.lost = False, True
    await _later(100)  # the label is bought, and the response is lost
    assert len(post.bought) == 1
    post.lost = False
    await _later(300)
    (package,) = (await story.staff.ask(WORK, id=id))["node"]["packages"]
    assert package["label"]["status"] == "BOUGHT" and package["trackingNumber"]
    assert len(post.bought) == 1, "the label that was bought is looked up, not bought again"


async def test_a_refusal_shows_the_carriers_message_and_can_be_retried(story: Story, post: EasyPostStandIn):
    _, id = await _packed(story)
    post.refuses = "Unable to verify address."
    refused = await _buy(story, id)
    assert (refused["__typename"], refused["message"]) == ("CarrierRejected", "Unable to verify address.")
    assert refused["path"] == ["input", "carrier"]
    (package,) = (await story.staff.ask(WORK, id=id))["node"]["packages"]
    assert package["label"]["status"] == "FAILED"
    post.refuses = ""
    unknown = await _buy(story, id, service="UPS/Ground")
    assert "Available services: FedEx/2Day, USPS/GroundAdvantage, USPS/Priority." in unknown["message"]
    assert (await _buy(story, id))["packages"][0]["label"]["status"] == "BOUGHT"


async def test_labels_of_voided_unpacked_and_cancelled_packages_are_refunded(
    story: Story, post: EasyPostStandIn
):
    number, id = await _packed(story)
    await _buy(story, id)
    assert (await story.staff.do(VOID, id=id))["status"] == "PACKED"
    await _later(10)
    assert post.refunded == post.bought
    await _buy(story, id)
    assert (await story.staff.do(UNPACK, id=id))["status"] == "PICKED"
    await story.pack(id, packages=[{"weightGrams": 500}])
    await _buy(story, id)
    await story.cancel(number)
    post.silent = True
    await _later(10)
    post.silent = False
    await _later(300)
    assert sorted(post.refunded) == sorted(post.bought) and len(post.bought) == 3
    rows = await fetch("SELECT status FROM carrier_label")
    assert {row["status"] for row in rows} == {"voided"}
    await books_add_up()


async def test_webhook_events_are_stored_once_and_late_ones_do_not_move_the_stage_back(
    story: Story, post: EasyPostStandIn
):
    number, id = await _packed(story)
    await _buy(story, id)
    code = post.shipments[post.bought[0]]["tracking_code"]
    early = easypost.event("evt_1", code, ("pre_transit", "2026-01-01T08:00:00Z", "Label created"))
    assert (await _call(story, early)).json() == {"received": True, "new": True}
    await story.ship(id)
    shipment = (await story.staff.ask(WORK, id=id))["node"]["shipments"][0]
    assert [record["text"] for record in shipment["packages"][0]["records"]] == ["Label created"], (
        "the event was stored until shipping"
    )
    details = [
        ("in_transit", "2026-01-02T08:00:00Z", "Arrived at facility"),
        ("out_for_delivery", "2026-01-03T07:00:00Z", "Out for delivery"),
    ]
    on_its_way = easypost.event("evt_2", code, *details)
    assert (await _call(story, on_its_way)).json()["new"] is True
    assert (await _call(story, on_its_way)).json()["new"] is False, "a repeated event is not new"
    assert (await story.page(number))["stage"] == "OUT_FOR_DELIVERY"
    there = easypost.event("evt_4", code, *details, ("delivered", "2026-01-03T11:00:00Z", "Delivered"))
    await _call(story, there)
    late = easypost.event("evt_3", code, ("in_transit", "2026-01-02T20:00:00Z", "Departed"))
    await _call(story, late)
    assert (await story.page(number))["stage"] == "DELIVERED"
    (package,) = (await story.staff.ask(WORK, id=id))["node"]["shipments"][0]["packages"]
    assert package["stage"] == "DELIVERED" and package["signedBy"] == "A LOVELACE"
    assert [record["text"] for record in package["records"]] == [
        "Label created", "Arrived at facility", "Departed", "Out for delivery", "Delivered",
    ]  # fmt: skip
    assert package["records"][0]["place"] == "CHARLESTON, SC, US"
    assert {record["source"] for record in package["records"]} == {"easypost"}
    await books_add_up()


async def test_a_webhook_with_a_missing_or_wrong_signature_is_refused_and_changes_nothing(
    story: Story, post: EasyPostStandIn
):
    number, id = await _packed(story)
    await _buy(story, id)
    await story.ship(id)
    before = await story.events(number)
    code = post.shipments[post.bought[0]]["tracking_code"]
    body = easypost.event("evt_1", code, ("delivered", "2026-01-03T11:00:00Z", "Delivered"))
    assert (await _call(story, body, **{"x-hmac-signature": ""})).status_code == 401
    forged = easypost.signature(body, "another secret")
    assert (await _call(story, body, **{"x-hmac-signature": forged})).status_code == 401
    assert (
        await _call(story, body + b" ", **{"x-hmac-signature": easypost.signature(body)})
    ).status_code == 401
    for junk in (b"", b"null", b"[]", b'{"description": "tracker.updated"}'):
        assert (await _call(story, junk)).status_code == 401
    assert (await _call(story, b'{"description": "batch.updated", "id": "evt_9"}')).json()["new"] is False
    other = await story.staff.client.post("/carriers/nobody/events", content=body)
    assert other.status_code == 404
    assert (await _call(story, b"x" * 300_000)).status_code == 413
    assert await story.events(number) == before


async def test_twenty_concurrent_calls_with_one_event_store_it_once(story: Story, post: EasyPostStandIn):
    number, id = await _packed(story)
    await _buy(story, id)
    await story.ship(id)
    code = post.shipments[post.bought[0]]["tracking_code"]
    body = easypost.event("evt_1", code, ("delivered", "2026-01-03T11:00:00Z", "Delivered"))
    answers = await asyncio.gather(*(_call(story, body) for _ in range(20)))
    assert sum(answer.json()["new"] for answer in answers) == 1
    assert (await story.events(number)).count("fulfillment_delivered") == 1


async def test_a_failed_delivery_and_a_return_to_sender_are_shown_to_the_buyer(
    story: Story, post: EasyPostStandIn
):
    number, id = await _packed(story)
    await _buy(story, id)
    await story.ship(id)
    code = post.shipments[post.bought[0]]["tracking_code"]
    failed = ("failure", "2026-01-03T11:00:00Z", "No access to the building")
    await _call(story, easypost.event("evt_1", code, failed, status_detail="delivery_exception"))
    assert (await story.page(number))["packages"][0]["stage"] == "FAILED_ATTEMPT"
    back = ("return_to_sender", "2026-01-06T11:00:00Z", "Returned")
    await _call(story, easypost.event("evt_2", code, back))
    assert (await story.page(number))["packages"][0]["stage"] == "RETURNED_TO_SENDER"


async def test_own_labels_have_numbers_with_a_check_digit(story: Story):
    await story.staff.do(
        SET,
        input={
            "code": "van",
            "name": "Our van",
            "kind": "LABELS",
            "trackingUrl": "https://van.example/{number}",
        },
    )
    number, id = await _packed(story, {"contents": [{"sku": "MUG", "quantity": 1}]}, {})
    bought = await _buy(story, id, "van")
    first, second = (package["trackingNumber"] for package in bought["packages"])
    assert first != second and first.startswith("VAN") and len(first) == 20
    digits = [int(digit) for digit in first[3:]]
    assert sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits))) % 10 == 0
    assert (
        own_labels.number_of("van", "x")
        == own_labels.number_of("van", "x")
        != own_labels.number_of("van", "y")
    )
    await story.ship(id, carrier="van")
    assert (await story.page(number))["packages"][0]["trackingUrl"] == f"https://van.example/{first}"


async def test_shipping_with_another_carrier_than_that_of_the_labels_is_refused(story: Story):
    await story.staff.do(SET, input={"code": "van", "name": "Our van", "kind": "LABELS"})
    _, id = await _packed(story)
    await _buy(story, id, "van")
    refused = await story.ship(id, carrier="postal")
    assert refused["path"] == ["input", "carrier"] and "fulfillmentLabelVoid" in refused["message"]


async def test_buying_a_label_that_is_not_possible_is_refused_with_a_reason(
    story: Story, post: EasyPostStandIn
):
    await story.staff.do(SET, input={"code": "desk", "name": "Counter", "kind": "MANUAL"})
    _, id = await _packed(story, {})
    unweighed = await _buy(story, id)
    assert unweighed["problems"][0]["message"].startswith("Package 1 has no weight")
    assert (await _buy(story, id, "desk"))["path"] == ["input", "carrier"]
    assert (await _buy(story, id, "nobody"))["errorCode"] == "NOT_FOUND"
    number = await story.buy(("MUG", 1))
    (work,) = await story.work(number)
    assert (await _buy(story, work["id"]))["__typename"] == "IllegalTransition"
    assert post.shipments == {}


async def test_credentials_of_a_carrier_are_encrypted_and_never_shown(story: Story, post: EasyPostStandIn):
    (row,) = await fetch("SELECT * FROM carrier_account")
    assert easypost.API_KEY not in str(dict(row)) and easypost.WEBHOOK_SECRET not in str(dict(row))
    events = await fetch("SELECT payload FROM journal_entry WHERE subject_kind = 'carrier'")
    assert len(events) == 1 and "key" not in str(events[0]["payload"])
    updated = await story.staff.do(SET, input=_account(post, name="EasyPost 2", secrets=None))
    assert updated["name"] == "EasyPost 2" and updated["hasSecrets"] and updated["version"] == 2
    _, id = await _packed(story)
    assert (await _buy(story, id))["__typename"] == "FulfillmentOrder"
    nobody = story.staff.as_(await make.token(*_all_but_carriers_manage()))
    assert (await nobody.error(SET, input=_account(post)))["extensions"]["code"] == "FORBIDDEN"


def _all_but_carriers_manage() -> list[Any]:
    from app.access.permissions import Permission

    return [each for each in Permission if each is not Permission.CARRIERS_MANAGE]


async def test_invalid_settings_of_a_carrier_are_all_reported(story: Story, post: EasyPostStandIn):
    bad = _account(
        post, code="Bad Code", name=" ", apiUrl="http://example.com", trackingUrl="ftp://x", secrets=[]
    )
    refused = await story.staff.do(SET, input=bad)
    assert [problem["path"][1] for problem in refused["problems"]] == [
        "code", "name", "trackingUrl", "apiUrl", "secrets",
    ]  # fmt: skip
    for url in (
        "https://user:pass@api.example",
        "https://api.example/?x=1",
        "file:///etc/passwd",
        "http://10.0.0.1",
    ):
        refused = await story.staff.do(SET, input=_account(post, apiUrl=url))
        assert refused["problems"][0]["path"] == ["input", "apiUrl"], url
    changed = await story.staff.do(SET, input=_account(post, kind="MANUAL", secrets=None))
    assert changed["path"] == ["input", "kind"]


async def test_a_label_voided_before_the_carrier_responds_is_not_bought(
    story: Story, post: EasyPostStandIn, monkeypatch: pytest.MonkeyPatch
):
    _, id = await _packed(story)
    entered, proceed, real = asyncio.Event(), asyncio.Event(), EasyPost.prepare

    async def prepare(self: EasyPost, parcel: Parcel) -> str:
        entered.set()
        await proceed.wait()
        return await real(self, parcel)

    monkeypatch.setattr(EasyPost, "prepare", prepare)
    buying = asyncio.create_task(_buy(story, id))
    await entered.wait()
    assert (await story.staff.do(VOID, id=id))["status"] == "PACKED"
    await _later(100)
    proceed.set()
    await buying
    await _later(10_000)
    assert post.bought == []
    assert {row["status"] for row in await fetch("SELECT status FROM carrier_label")} == {"voided"}


async def test_a_label_voided_while_it_is_being_bought_is_refunded(
    story: Story, post: EasyPostStandIn, monkeypatch: pytest.MonkeyPatch
):
    _, id = await _packed(story)
    entered, proceed, real = asyncio.Event(), asyncio.Event(), EasyPost.buy

    async def buy(self: EasyPost, reference: str, service: str) -> Bought:
        bought = await real(self, reference, service)
        entered.set()
        await proceed.wait()  # the label is bought, and the response is delayed
        return bought

    monkeypatch.setattr(EasyPost, "buy", buy)
    buying = asyncio.create_task(_buy(story, id))
    await entered.wait()
    await story.staff.do(VOID, id=id)
    proceed.set()
    await buying
    await _later(10)
    await _later(10_000)
    assert post.refunded == post.bought and len(post.bought) == 1
    (package,) = (await story.staff.ask(WORK, id=id))["node"]["packages"]
    assert package["label"]["status"] == "VOIDED" and package["trackingNumber"] is None


async def test_an_unexpected_error_with_one_label_does_not_delay_the_others(
    story: Story, post: EasyPostStandIn, monkeypatch: pytest.MonkeyPatch
):
    _, strange = await _packed(story)
    _, plain = await _packed(story)
    post.silent = True
    await _buy(story, strange)
    await _buy(story, plain)
    post.silent = False
    first = (await fetch("SELECT carrier_reference FROM carrier_label ORDER BY created_at, id LIMIT 1"))[0]
    assert first["carrier_reference"] == ""
    real, calls = EasyPost.prepare, 0

    async def prepare(self: EasyPost, parcel: Parcel) -> str:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise KeyError("a field that was always there")
        return await real(self, parcel)

    monkeypatch.setattr(EasyPost, "prepare", prepare)
    await _later(100)
    assert sorted(row["status"] for row in await fetch("SELECT status FROM carrier_label")) == [
        "bought",
        "pending",
    ]


async def test_buying_a_label_is_retried_with_growing_delays_and_reported_as_stuck(
    story: Story, post: EasyPostStandIn
):
    _, id = await _packed(story)
    post.silent = True
    await _buy(story, id)
    for hours in range(1, 30):
        await _later(hours * 3600)
    (row,) = await fetch("SELECT attempts FROM carrier_label")
    assert 8 <= row["attempts"] <= 14
    with clock.shifted(timedelta(hours=30)):
        groups = (await story.staff.ask(STUCK))["reports"]["stuck"]
    (group,) = [group for group in groups if group["stage"] == "LABEL"]
    assert group["oldest"][0]["fulfillmentOrder"]["id"] == id
    post.silent = False
    await _later(40 * 3600)
    assert len(post.bought) == 1


async def test_a_label_of_another_carrier_needs_voiding_the_first(story: Story, post: EasyPostStandIn):
    await story.staff.do(SET, input={"code": "own", "name": "Own", "kind": "LABELS"})
    _, id = await _packed(story)
    await _buy(story, id)
    refused = await _buy(story, id, carrier="own")
    assert refused["__typename"] == "InvalidInput" and "another carrier" in refused["message"]
    await story.staff.do(VOID, id=id)
    assert (await _buy(story, id, carrier="own"))["__typename"] == "FulfillmentOrder"


async def test_voiding_labels_preserves_tracking_numbers_entered_by_hand(story: Story):
    _, id = await _packed(story, {"weightGrams": 400, "trackingNumber": "HAND-1"})
    await story.staff.do(VOID, id=id)
    (package,) = (await story.staff.ask(WORK, id=id))["node"]["packages"]
    assert package["trackingNumber"] == "HAND1"


async def test_changing_the_address_of_a_carrier_needs_new_credentials(
    story: Story, post: EasyPostStandIn, names: Names
):
    names["elsewhere.example"] = [[SOMEWHERE]]
    setter = story.staff.as_(await make.token(Permission.CARRIERS_MANAGE))
    moved = _account(post, apiUrl="https://elsewhere.example")
    del moved["secrets"]
    refused = await setter.do(SET, input=moved)
    assert refused["path"] == ["input", "secrets"]
    for non_public in (
        "https://169.254.169.254/latest", "https://10.0.0.1", "http://internal.example", "http://[::1",
        "https://x.example:abc", "https://",
    ):  # fmt: skip
        refused = await story.staff.do(SET, input=_account(post, apiUrl=non_public))
        assert refused["__typename"] != "Carrier", non_public


SEEN = "{ carriers { nodes { version } } }"


@pytest.mark.parametrize("env", list(Environment))
async def test_a_non_public_carrier_address_is_refused_in_every_notation(
    story: Story, post: EasyPostStandIn, monkeypatch: pytest.MonkeyPatch, names: Names, env: Environment
):
    known = settings().model_copy(update={"env": env})
    monkeypatch.setattr("app.fulfillment.service.carriers.accounts.settings", lambda: known)
    port = post.url.rpartition(":")[2]
    hosts = [host for address in ("127.0.0.1", "169.254.169.254", "192.0.0.8") for host in spellings(address)]
    urls = [f"https://{host}" for host in hosts] + [f"https://{host}:{port}/" for host in hosts] + MALFORMED
    if env is Environment.DEVELOPMENT:  # where requests to this machine are allowed, by its usual name
        urls = [url for url in urls if not url.startswith(("https://127.0.0.1", "https://１２７"))]
    accepted = []
    for url in (url for url in urls if url == url.strip()):  # surrounding spaces are stripped
        answer = await story.staff.do(SET, input=_account(post, apiUrl=url))
        if "path" not in answer or answer["path"] != ["input", "apiUrl"]:
            accepted.append((url, answer))
    assert accepted == [] and names.asked == []
    assert (await story.staff.ask(SEEN))["carriers"]["nodes"] == [{"version": 1}]


@pytest.mark.parametrize(
    "answer",
    [
        ["127.0.0.1"],
        ["8.8.8.8", "10.0.0.1"],
        ["::ffff:8.8.8.8"],
        [],
        OSError("no name server"),
        TimeoutError(),
    ],
)
async def test_a_carrier_host_that_resolves_to_non_public_or_no_addresses_is_refused_at_set_up(
    story: Story, post: EasyPostStandIn, names: Names, answer: list[str] | Exception
):
    names["ship.example.com"] = [answer]
    refused = await story.staff.do(SET, input=_account(post, apiUrl="https://ship.example.com"))
    assert refused["path"] == ["input", "apiUrl"] and names.asked == ["ship.example.com"]
    assert (await story.staff.ask(SEEN))["carriers"]["nodes"] == [{"version": 1}]


async def test_a_stored_carrier_with_a_non_public_address_gets_no_requests_and_can_be_deactivated(
    story: Story, post: EasyPostStandIn
):
    _, id = await _packed(story)
    await CarrierAccount.filter(code="easypost").update(api_url="https://127.1", tracking_url="https://a@b")
    refused = await _buy(story, id)
    assert refused["__typename"] == "CarrierRejected" and "IPv4 address" in refused["message"]
    off = await story.staff.do(SET, input={"code": "easypost", "isActive": False})
    assert off["__typename"] == "Carrier"


async def test_no_name_is_resolved_for_a_caller_without_carriers_manage(
    story: Story, post: EasyPostStandIn, names: Names
):
    nobody = story.staff.as_(await make.token(*_all_but_carriers_manage()))
    sent = _account(post, apiUrl="https://ship.example.com")
    assert (await nobody.error(SET, input=sent))["extensions"]["code"] == "FORBIDDEN"
    assert names.asked == []


async def test_a_carrier_host_that_later_resolves_to_a_non_public_address_gets_no_requests(
    story: Story, post: EasyPostStandIn, names: Names
):
    _, id = await _packed(story)
    port = post.url.rpartition(":")[2]
    names["ship.example.com"] = [[SOMEWHERE], ["127.0.0.1"]]
    moved = _account(post, apiUrl=f"https://ship.example.com:{port}")
    assert (await story.staff.do(SET, input=moved))["__typename"] == "Carrier"
    refused = await _buy(story, id)
    assert refused["__typename"] == "CarrierRejected" and refused["path"] == ["input", "carrier"]
    assert "on the public internet" in refused["message"] and "127.0.0.1" not in refused["message"]
    names["ship.example.com"] = [OSError("no name server")]
    assert (await _buy(story, id))["__typename"] == "CarrierNotResponding"
    assert post.shipments == {}
    assert (await story.staff.do(SET, input=_account(post)))["__typename"] == "Carrier"
    await _later(300)
    (package,) = (await story.staff.ask(WORK, id=id))["node"]["packages"]
    assert package["label"]["status"] == "BOUGHT"


async def test_control_characters_in_texts_of_a_carrier_are_removed(story: Story, post: EasyPostStandIn):
    _, id = await _packed(story)
    post.refuses = "No\x1b[2J such\n\u202eaddress"
    refused = await _buy(story, id)
    assert refused["message"] == "No [2J such address"
    post.refuses = ""
    await _buy(story, id)
    await story.ship(id)
    code = post.shipments[post.bought[0]]["tracking_code"]
    text = "Left\u202e at the\r\ndoor\ue000\x07"
    event = easypost.event("evt_\n1", code, ("in_transit", "2026-01-02T08:00:00Z", text))
    assert (await _call(story, event)).json()["new"] is True
    (package,) = (await story.staff.ask(WORK, id=id))["node"]["shipments"][0]["packages"]
    assert [record["text"] for record in package["records"]] == ["Left at the\ndoor "]


@pytest.mark.parametrize(
    "when", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]
)
async def test_a_webhook_event_with_an_implausible_time_does_not_block_delivery(
    story: Story, post: EasyPostStandIn, when: str
):
    number, id = await _packed(story)
    await _buy(story, id)
    shipped = await story.ship(id)
    code = (await fetch("SELECT tracking_number FROM package"))[0]["tracking_number"]
    response = await _call(story, easypost.event("evt_1", code, ("in_transit", when, "A\0B")))
    assert response.json() == {"received": True, "new": True}
    await story.deliver(shipped["shipments"][0]["id"])
    assert (await story.order(number))["fulfillmentStatus"] == "DELIVERED"


@pytest.mark.parametrize("code", ["%00", "x" * 3_000, "easypost%0a"])
async def test_a_webhook_for_an_invalid_carrier_code_is_not_found(
    story: Story, post: EasyPostStandIn, code: str
):
    assert (await story.staff.client.post(f"/carriers/{code}/events", content=b"{}")).status_code == 404


async def test_tracking_with_an_implausible_time_is_refused(story: Story):
    _, id = await _packed(story)
    shipped = await story.ship(id, carrier="postal")
    report = {"shipmentId": shipped["shipments"][0]["id"], "stage": "EXCEPTION", "at": "0001-01-01T00:00:00Z"}
    refused = await story.staff.do(TRACK, input=report)
    assert refused["__typename"] == "ValidationFailed" and refused["path"] == ["input", "at"]


async def test_the_promised_date_follows_later_estimates_of_the_carrier(story: Story, post: EasyPostStandIn):
    number, id = await _packed(story)
    await _buy(story, id)
    await story.ship(id)
    promised = date.fromisoformat((await story.order(number))["promisedOn"])
    code = post.shipments[post.bought[0]]["tracking_code"]
    moved = ("in_transit", "2026-01-02T08:00:00Z", "Arrived at facility")

    async def estimate_arrival(event: str, day: date | str) -> tuple[str, bool, str]:
        estimate = {"est_delivery_date": f"{day}T00:00:00Z" if isinstance(day, date) else day}
        response = await _call(story, easypost.event(event, code, moved, **estimate))
        assert response.json()["received"] is True
        page = await story.page(number)
        (shipment,) = (await story.staff.ask(EXPECTED, id=id))["node"]["shipments"]
        return page["promisedOn"], page["isDelayed"], shipment["expectedOn"]

    late = promised + timedelta(days=4)
    assert await estimate_arrival("evt_1", late) == (late.isoformat(), True, late.isoformat())
    sooner = promised + timedelta(days=1)
    assert await estimate_arrival("evt_2", sooner) == (sooner.isoformat(), True, sooner.isoformat())
    early = promised - timedelta(days=1)
    assert await estimate_arrival("evt_3", early) == (promised.isoformat(), False, early.isoformat()), (
        "an earlier estimate does not move the promise"
    )
    assert await estimate_arrival("evt_4", "9999-99-99") == (promised.isoformat(), False, early.isoformat())
    assert await estimate_arrival("evt_5", date(2099, 1, 1)) == (
        promised.isoformat(),
        False,
        early.isoformat(),
    )
    names = await story.events(number)
    assert (names.count("order_delayed"), names.count("order_promised")) == (1, 2)

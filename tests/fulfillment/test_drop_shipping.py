"""Drop shipping: suppliers get requests by e-mail and answer with the link or their own token."""

import re
from datetime import timedelta
from typing import Any

import pytest

from app.access.permissions import Permission
from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import fetch
from app.core.journal.entry import JournalEntry
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import service as locations
from app.notifications import jobs
from app.notifications import service as notifications
from app.notifications.lifecycle import MessageKind
from app.notifications.models import Message
from app.notifications.wording import worded
from app.suppliers import queries as suppliers
from tests import make
from tests.ask import Api
from tests.journeys.life import CANCEL, FULFILLMENT, Story, books_add_up
from tests.letterbox import Letterbox

SUPPLIER = """
mutation($input: SupplierCreateInput!) { supplierCreate(input: $input) {
  __typename ... on Supplier { id location { id } } ... on UserError { message path }
  ... on ValidationFailed { problems { message path } } } }
"""
ITEMS = """
mutation($input: SupplierItemsSetInput!) { supplierItemsSet(input: $input) {
  __typename ... on UserError { message path } } }
"""
PURCHASES = """
{ purchaseOrders { nodes { number status isDropShip total { amount } lines { quantity received } receivedAt } } }
"""
MESSAGES = """
{ messages(filter: {kind: [SUPPLIER_REQUEST, SUPPLIER_CALL_OFF]}) { nodes { kind address status attempts problem } } }
"""
ACCEPT = "mutation($input: DropShipAcceptInput!) { dropShipAccept(input: $input) {" + FULFILLMENT + "} }"
REJECT = "mutation($input: DropShipRejectInput!) { dropShipReject(input: $input) {" + FULFILLMENT + "} }"
SHIP = "mutation($input: DropShipShipInput!) { dropShipShip(input: $input) {" + FULFILLMENT + "} }"
TOKEN = """
mutation($input: ApiTokenCreateInput!) { apiTokenCreate(input: $input) {
  __typename ... on ApiTokenWithSecret { secret } ... on UserError { message path } } }
"""


@pytest.fixture
async def story(api: Api) -> Story:
    """LAMPs are stocked by the supplier only, MUGs at an own location."""
    story = await Story.begin(api)
    data = locations.LocationData(code="maker", name="Maker", kind=LocationKind.DROP_SHIP)
    story.maker = await locations.create_location(SYSTEM, data)  # type: ignore[attr-defined]
    places = [story.east, story.west, story.maker]  # type: ignore[attr-defined]
    await locations.set_channel_locations(SYSTEM, story.shop.channel, places)
    await story.sell("LAMP")
    await story.shop.stock("LAMP", 5, story.maker)  # type: ignore[attr-defined]
    made = await story.staff.do(
        SUPPLIER,
        input={
            "code": "maker", "name": "Lamp Makers Ltd", "currency": "USD", "email": "desk@maker.example",
            "location": "maker",
        },
    )  # fmt: skip
    assert made["__typename"] == "Supplier", made
    await story.staff.do(
        ITEMS,
        input={
            "supplier": "maker",
            "items": [
                {"sku": "LAMP", "supplierSku": "L-100", "unitCost": {"amount": "4.00", "currency": "USD"}}
            ],
        },
    )
    return story


async def _submitted(story: Story) -> tuple[str, str]:
    number = await story.buy(("LAMP", 2))
    (work,) = await story.work(number)
    assert (await story.release(work["id"]))["status"] == "SUBMITTED"
    return number, work["id"]


def _mails(post: Letterbox) -> list[Any]:
    """The mails to the supplier."""
    return [mail for mail in post.mails if mail["To"] == "desk@maker.example"]


async def _link(post: Letterbox) -> str:
    await jobs.send_messages()
    found = re.search(r"http://test(/supplier/\S+)", _mails(post)[-1].get_content())
    assert found
    return found[1]


async def _purchase(story: Story) -> dict[str, Any]:
    return (await story.staff.ask(PURCHASES))["purchaseOrders"]["nodes"][0]  # type: ignore[no-any-return]


async def test_a_supplier_accepts_and_ships_with_the_link_in_the_request_mail(story: Story, post: Letterbox):
    number, _ = await _submitted(story)
    purchase = await _purchase(story)
    assert (purchase["status"], purchase["isDropShip"], purchase["total"]) == (
        "SENT",
        True,
        {"amount": "8.00"},
    )
    link = await _link(post)
    (mail,) = _mails(post)
    assert mail["To"] == "desk@maker.example" and mail["From"] == "Orders <orders@shop.example>"
    assert purchase["number"] in mail["Subject"]
    assert "2 x L-100 (our LAMP)" in mail.get_content() and "12 Main Street" in mail.get_content()
    assert (await story.staff.ask(MESSAGES))["messages"]["nodes"] == [
        {
            "kind": "SUPPLIER_REQUEST",
            "address": "desk@maker.example",
            "status": "SENT",
            "attempts": 1,
            "problem": None,
        }
    ]
    page = await story.staff.client.get(link)
    assert page.status_code == 200 and "Will you send this by" in page.text and "12 Main Street" in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    day = clock.now().date() + timedelta(days=3)
    done = await story.staff.client.post(link, data={"answer": "accept", "ships_on": day.isoformat()})
    assert done.status_code == 303
    assert (await story.work(number))[0]["status"] == "ACCEPTED"
    assert (await _purchase(story))["status"] == "CONFIRMED"
    assert f"To be sent by {day:%A, %B} {day.day}, {day.year}" in (await story.staff.client.get(link)).text
    sent = {"answer": "ship", "carrier": "postal", "tracking_numbers": "RR1"}
    assert (await story.staff.client.post(link, data=sent)).status_code == 303
    assert "on its way" in (await story.staff.client.get(link)).text
    assert (await story.order(number))["fulfillmentStatus"] == "SHIPPED"
    assert (await story.page(number))["packages"][0]["trackingNumber"] == "RR1"
    purchase = await _purchase(story)
    assert purchase["status"] == "RECEIVED" and purchase["receivedAt"]
    assert await story.stock("LAMP") == {"web-main": (0, 0), "maker": (3, 0)}
    accepted = [event for event in await _events(story, number) if event["name"] == "fulfillment_accepted"]
    assert accepted[0]["actor"] == "Lamp Makers Ltd"
    again = await story.staff.client.post(link, data=sent)
    assert again.status_code == 422 and "in the status shipped" in again.text
    await books_add_up()


async def _events(story: Story, number: str) -> list[dict[str, Any]]:
    found = await story.staff.ask(
        "query($n: String!) { order(number: $n) { events { name actor } } }", n=number
    )
    return found["order"]["events"]  # type: ignore[no-any-return]


async def test_shipping_a_drop_shipment_receives_only_its_purchase_order(story: Story, post: Letterbox):
    await _submitted(story)
    link = await _link(post)
    first = (await _purchase(story))["number"]
    await _submitted(story)
    for answer in ({"answer": "accept"}, {"answer": "ship", "carrier": "postal", "tracking_numbers": "RR1"}):
        assert (await story.staff.client.post(link, data=answer)).status_code == 303
    asked = "{ purchaseOrders { nodes { number status receivedAt lines { quantity received } } } }"
    found = {each.pop("number"): each for each in (await story.staff.ask(asked))["purchaseOrders"]["nodes"]}
    received = found.pop(first)
    assert received.pop("receivedAt") is not None
    assert received == {"status": "RECEIVED", "lines": [{"quantity": 2, "received": 2}]}
    assert list(found.values()) == [
        {"status": "SENT", "receivedAt": None, "lines": [{"quantity": 2, "received": 0}]}
    ]
    (event,) = await JournalEntry.filter(name="purchase_order_received")
    assert (event.payload["number"], event.payload["units"], event.payload["is_complete"]) == (first, 2, True)
    await books_add_up()


async def test_a_rejected_request_is_reallocated_to_a_location_with_stock(story: Story, post: Letterbox):
    number, _ = await _submitted(story)
    link = await _link(post)
    await story.shop.stock("LAMP", 4, story.west)
    await story.staff.client.post(link, data={"answer": "reject", "reason": "Out of <b>lamps</b>"})
    maker, west = await story.work(number)
    assert (maker["status"], west["location"], west["units"]) == ("REJECTED", {"code": "west"}, 2)
    assert (await _purchase(story))["status"] == "CANCELLED"
    assert "This is not to be sent" in (await story.staff.client.get(link)).text
    await story.deliver(await story.send(west["id"]))
    assert (await story.order(number))["fulfillmentStatus"] == "DELIVERED"
    await books_add_up()


async def test_cancelling_an_order_cancels_the_request_with_a_mail_to_the_supplier(
    story: Story, post: Letterbox
):
    number, _ = await _submitted(story)
    link = await _link(post)
    assert (await story.cancel(number))["status"] == "CANCELLED"
    await jobs.send_messages()
    assert "please do not send it" in _mails(post)[-1]["Subject"] and len(_mails(post)) == 2
    assert (await _purchase(story))["status"] == "CANCELLED"
    refused = await story.staff.client.post(link, data={"answer": "accept"})
    assert refused.status_code == 422 and "in the status cancelled" in refused.text
    await books_add_up()


async def test_an_invalid_answer_of_a_supplier_shows_the_problem_and_changes_nothing(
    story: Story, post: Letterbox
):
    number, _ = await _submitted(story)
    link = await _link(post)
    before = await story.events(number)
    for form, message in (
        ({"answer": "accept", "ships_on": "soon"}, "Enter the date in the format"),
        ({"answer": "accept", "ships_on": "2001-01-01"}, "is in the past"),
        ({"answer": "ship", "carrier": ""}, "Enter the carrier"),
        ({"answer": "reject", "reason": "x" * 600}, "500 characters"),
        ({"answer": "reject", "reason": "Charge 4111 1111 1111 1111 12/27"}, "number of a payment card"),
        ({"answer": "burn"}, "Choose one"),
        ({}, "Choose one"),
    ):
        refused = await story.staff.client.post(link, data=form)
        assert refused.status_code == 422 and message in refused.text, form
    assert (await story.staff.client.get("/supplier/nobody")).status_code == 404
    assert (await story.staff.client.post("/supplier/nobody", data={"answer": "accept"})).status_code == 404
    assert await story.events(number) == before


async def test_a_suppliers_token_sees_and_answers_requests_of_its_own_location_only(story: Story):
    await story.sell("MUG", east=5)
    theirs_number, theirs = await _submitted(story)
    ours_number = await story.buy(("MUG", 1))
    (ours,) = await story.work(ours_number)
    place = (await story.staff.ask('{ location(code: "maker") { id } }'))["location"]["id"]
    made = await story.staff.do(
        TOKEN,
        input={
            "name": "Maker", "permissions": ["FULFILLMENT_VIEW", "DROP_SHIP_ANSWER"], "locationIds": [place],
        },
    )  # fmt: skip
    maker = story.staff.as_(made["secret"])
    seen = await maker.ask(
        "{ fulfillmentOrders { nodes { id number order { number } shipTo { line1 } lines { sku quantity } } } }"
    )
    assert seen["fulfillmentOrders"]["nodes"] == [
        {
            "id": theirs, "number": f"{theirs_number}-1", "order": None, "shipTo": {"line1": "12 Main Street"},
            "lines": [{"sku": "LAMP", "quantity": 2}],
        }
    ]  # fmt: skip
    assert (await maker.ask("query($id: ID!) { node(id: $id) { id } }", id=ours["id"]))["node"] is None
    assert (await maker.do(ACCEPT, input={"id": ours["id"]}))["errorCode"] == "NOT_FOUND"
    assert (await maker.ask("{ orders { nodes { id } } }"))["orders"]["nodes"] == []
    release = "mutation($id: ID!) { fulfillmentRelease(id: $id) { __typename } }"
    assert (await maker.error(release, id=theirs))["extensions"]["code"] == "FORBIDDEN"
    assert (await maker.do(ACCEPT, input={"id": theirs}))["status"] == "ACCEPTED"
    shipped = await maker.do(SHIP, input={"id": theirs, "carrier": "postal", "trackingNumbers": ["RR2"]})
    assert shipped["status"] == "SHIPPED"
    staff_ship = await story.staff.do(SHIP, input={"id": ours["id"], "carrier": "postal"})
    assert "fulfillmentShip" in staff_ship["message"]
    await books_add_up()


async def test_a_token_cannot_create_tokens_for_locations_that_it_lacks(story: Story):
    places = {
        code: (await story.staff.ask("query($c: String) { location(code: $c) { id } }", c=code))["location"][
            "id"
        ]
        for code in ("maker", "west")
    }
    made = await story.staff.do(
        TOKEN,
        input={
            "name": "Maker", "permissions": ["ACCESS_MANAGE", "FULFILLMENT_VIEW"], "locationIds": [places["maker"]],
        },
    )  # fmt: skip
    maker = story.staff.as_(made["secret"])
    for wanted in (None, [places["west"]], [places["maker"], places["west"]]):
        refused = await maker.error(
            TOKEN, input={"name": "x", "permissions": ["FULFILLMENT_VIEW"], "locationIds": wanted}
        )
        assert refused["extensions"]["code"] == "FORBIDDEN"


async def test_a_request_for_a_variant_without_a_supplier_price_is_refused(story: Story):
    await story.sell("VASE")
    await story.shop.stock("VASE", 5, story.maker)  # type: ignore[attr-defined]
    number = await story.buy(("VASE", 1))
    (work,) = await story.work(number)
    refused = await story.release(work["id"])
    assert refused["errorCode"] == "INVALID" and "supplierItemsSet" in refused["message"]
    assert (await story.work(number))[0]["status"] == "OPEN"
    assert (await story.staff.ask(PURCHASES))["purchaseOrders"]["nodes"] == []


async def test_a_drop_ship_purchase_order_cannot_be_received_manually(story: Story):
    await _submitted(story)
    (purchase,) = await suppliers.orders_visible_to(SYSTEM).all()
    from app.core.ids import to_global

    receive = """mutation($id: ID!) { purchaseOrderReceive(input: {id: $id}) {
      __typename ... on UserError { message } } }"""
    refused = await story.staff.do(receive, id=to_global("PurchaseOrder", purchase.id))
    assert "follows its fulfillment order" in refused["message"]
    assert await story.stock("LAMP") == {"web-main": (0, 0), "maker": (5, 2)}


async def test_a_refused_mail_is_retried_with_delays_and_finally_marked_as_failed(
    story: Story, post: Letterbox
):
    await _submitted(story)
    post.refuses = True
    await jobs.send_messages()
    (message,) = (await story.staff.ask(MESSAGES))["messages"]["nodes"]
    assert (message["status"], message["attempts"]) == ("QUEUED", 1) and "451" in message["problem"]
    await jobs.send_messages()
    assert (await story.staff.ask(MESSAGES))["messages"]["nodes"][0]["attempts"] == 1, (
        "not retried before its delay"
    )
    waited = timedelta()
    for pause in notifications.TRY_AGAIN_AFTER:
        waited += pause + timedelta(seconds=1)
        with clock.shifted(waited):
            await jobs.send_messages()
    (message,) = (await story.staff.ask(MESSAGES))["messages"]["nodes"]
    assert (message["status"], message["attempts"]) == ("FAILED", 8)
    assert _mails(post) == []


async def test_the_secret_of_a_supplier_link_is_not_stored(story: Story, post: Letterbox):
    await _submitted(story)
    secret = (await _link(post)).rpartition("/")[2]
    for table in ("message", "journal_entry", "fulfillment_order", "purchase_order"):
        assert secret not in str([dict(row) for row in await fetch(f"SELECT * FROM {table}")])


async def test_a_supplier_needs_a_drop_ship_location_that_no_other_supplier_has(story: Story):
    given = {"code": "other", "name": "Other", "currency": "USD"}
    refused = await story.staff.do(SUPPLIER, input=given | {"location": "west"})
    assert refused["problems"][0]["path"] == ["input", "location"]
    taken = await story.staff.do(SUPPLIER, input=given | {"location": "maker"})
    assert taken["__typename"] == "AlreadyExists"
    viewer = story.staff.as_(await make.token(Permission.PURCHASING_VIEW))
    assert (await viewer.error(SUPPLIER, input=given))["extensions"]["code"] == "FORBIDDEN"


async def test_a_token_limited_to_a_location_cannot_work_on_fulfillment_orders_elsewhere(story: Story):
    await story.sell("MUG", east=5, west=5)
    number = await story.buy(("MUG", 1))
    (ours,) = await story.work(number)
    places = {
        code: (await story.staff.ask("query($c: String) { location(code: $c) { id } }", c=code))["location"][
            "id"
        ]
        for code in ("web-main", "west")
    }
    permissions = ["FULFILLMENT_VIEW", "FULFILLMENT_MANAGE", "STOCK_VIEW", "ORDERS_VIEW"]
    made = await story.staff.do(
        TOKEN, input={"name": "West", "permissions": permissions, "locationIds": [places["west"]]}
    )
    west = story.staff.as_(made["secret"])
    release = (
        "mutation($id: ID!) { fulfillmentRelease(id: $id) { __typename ... on UserError { errorCode } } }"
    )
    assert (await west.do(release, id=ours["id"]))["errorCode"] == "NOT_FOUND"
    await story.release(ours["id"])
    listed = "mutation($id: ID!) { pickListCreate(input: {locationId: $id}) { __typename ... on UserError { errorCode path } } }"
    assert await west.do(listed, id=places["web-main"]) == {
        "__typename": "NotFound", "errorCode": "NOT_FOUND", "path": ["input", "locationId"],
    }  # fmt: skip
    manifest = 'mutation { manifestCreate(input: {location: "web-main", carrier: "manual"}) { ... on UserError { errorCode } } }'
    assert (await west.do(manifest))["errorCode"] == "NOT_FOUND"
    shipped = await story.ship(ours["id"])
    deliver = (
        "mutation($id: ID!) { shipmentDeliver(input: {shipmentId: $id}) { ... on UserError { errorCode } } }"
    )
    assert (await west.do(deliver, id=shipped["shipments"][0]["id"]))["errorCode"] == "NOT_FOUND"
    assert (await west.ask("{ shipments { nodes { id } } }"))["shipments"]["nodes"] == []


async def test_no_cancellation_mail_is_sent_if_the_request_mail_was_never_sent(story: Story, post: Letterbox):
    number, _ = await _submitted(story)
    post.refuses = True
    await jobs.send_messages()
    post.refuses = False
    await story.cancel(number)
    for minutes in (0, 2, 60):
        with clock.shifted(timedelta(minutes=minutes)):
            await jobs.send_messages()
    assert _mails(post) == []
    messages = (await story.staff.ask(MESSAGES))["messages"]["nodes"]
    assert {message["status"] for message in messages} == {"DROPPED"}


async def test_the_cancellation_mail_does_not_contain_the_reason(story: Story, post: Letterbox):
    number, _ = await _submitted(story)
    await jobs.send_messages()
    order = await story.order(number)
    await story.staff.do(CANCEL, input={"id": order["id"], "reason": "FRAUD", "note": "A stolen card."})
    await jobs.send_messages()
    request, cancellation = _mails(post)
    assert "called off" in cancellation.get_content()
    assert not re.search("fraud|stolen", cancellation.get_content(), re.IGNORECASE)
    assert request["Message-ID"] != cancellation["Message-ID"]


async def test_retries_of_a_mail_have_the_same_message_id(story: Story, post: Letterbox):
    await _submitted(story)
    row = await Message.get(kind=MessageKind.SUPPLIER_REQUEST)
    once, again = await worded(row), await worded(row)
    assert once and again and once["Message-ID"] == again["Message-ID"] == f"<{row.id.hex}@shop.example>"


async def test_a_token_limited_to_a_location_sees_only_its_part_of_an_order(story: Story):
    await story.sell("MUG", east=5)
    number = await story.buy(("MUG", 1), ("LAMP", 1))
    (elsewhere,) = [work for work in await story.work(number) if work["location"]["code"] == "web-main"]
    await story.send(elsewhere["id"], carrier="postal")
    assert await story.buy(("MUG", 1))  # an order without units of the maker
    place = (await story.staff.ask('{ location(code: "maker") { id } }'))["location"]["id"]
    permissions = ["FULFILLMENT_VIEW", "FULFILLMENT_MANAGE", "ORDERS_VIEW", "STOCK_VIEW"]
    made = await story.staff.do(
        TOKEN, input={"name": "Maker", "permissions": permissions, "locationIds": [place]}
    )
    seen = await story.staff.as_(made["secret"]).ask(
        "{ orders { nodes { number fulfillmentOrders { location { code } } shipments { id } } } }"
    )
    own = {"number": number, "fulfillmentOrders": [{"location": {"code": "maker"}}], "shipments": []}
    assert seen["orders"]["nodes"] == [own]


async def test_a_malformed_or_overlong_form_is_refused_with_a_message(story: Story, post: Letterbox):
    await _submitted(story)
    link = await _link(post)
    for body, problem in (
        (b"answer=reject&reason=" + b"x" * 30_000, "text is too long"),
        (b"answer=%ff\xff", "does not match the form"),
        (b"&".join(b"a%d=1" % n for n in range(50)), "does not match the form"),
    ):
        answer = await story.staff.client.post(link, content=body)
        assert answer.status_code == 422 and problem in answer.text
    assert (await _purchase(story))["status"] == "SENT"


async def test_answers_by_link_are_recorded_for_the_supplier_that_got_the_request(
    story: Story, post: Letterbox
):
    await _submitted(story)
    link = await _link(post)
    supplier = (await story.staff.ask("{ suppliers { nodes { id } } }"))["suppliers"]["nodes"][0]["id"]
    await story.staff.do(
        "mutation($input: SupplierUpdateInput!) { supplierUpdate(input: $input) { __typename } }",
        input={"id": supplier, "location": None},
    )
    rival = {"code": "rival", "name": "Rival", "currency": "USD", "location": "maker"}
    assert (await story.staff.do(SUPPLIER, input=rival))["__typename"] == "Supplier"
    await story.staff.client.post(link, data={"answer": "accept"})
    work = (await story.staff.ask("{ orders { nodes { events { name actor } } } }"))["orders"]["nodes"][0]
    accepted = [event for event in work["events"] if event["name"] == "fulfillment_accepted"]
    assert [event["actor"] for event in accepted] == ["Lamp Makers Ltd"]


async def test_a_supplier_enters_a_tracking_number_for_each_parcel(story: Story, post: Letterbox):
    number, _ = await _submitted(story)
    link = await _link(post)
    await story.staff.client.post(
        link, data={"answer": "ship", "carrier": "fedex", "tracking_numbers": "a1;\r\n A 2 \r\n"}
    )
    (shipment,) = (await story.work(number))[0]["shipments"]
    for tracked in ("A1", "A2"):
        assert any(package["trackingNumber"] == tracked for package in (await story.page(number))["packages"])
    await story.deliver(shipment["id"])
    assert (await story.order(number))["fulfillmentStatus"] == "DELIVERED"
    await books_add_up()


@pytest.mark.parametrize("numbers", [3, 40])
async def test_a_supplier_cannot_enter_more_parcels_than_units(story: Story, post: Letterbox, numbers: int):
    number, _ = await _submitted(story)
    sent = {
        "answer": "ship",
        "carrier": "ups",
        "tracking_numbers": ", ".join(f"A{n}" for n in range(numbers)),
    }
    page = await story.staff.client.post(await _link(post), data=sent)
    assert page.status_code == 422 and "at most 2 packages" in page.text
    (work,) = await story.work(number)
    assert (work["status"], work["shipments"]) == ("SUBMITTED", [])


async def test_a_tracking_number_with_spaces_is_one_parcel(story: Story, post: Letterbox):
    number, _ = await _submitted(story)
    sent = {"answer": "ship", "carrier": "ups", "tracking_numbers": "1Z 999 AA1 01 2345 6784"}
    assert (await story.staff.client.post(await _link(post), data=sent)).status_code == 303
    (package,) = (await story.page(number))["packages"]
    assert package["trackingNumber"] == "1Z999AA10123456784"


async def test_next_steps_are_possible_for_a_supplier_token_and_its_location_is_found(story: Story):
    _, id = await _submitted(story)
    place = (await story.staff.ask('{ location(code: "maker") { id } }'))["location"]["id"]
    permissions = ["FULFILLMENT_VIEW", "DROP_SHIP_ANSWER"]
    made = await story.staff.do(
        TOKEN, input={"name": "Maker", "permissions": permissions, "locationIds": [place]}
    )
    steps = "query($id: ID!) { node(id: $id) { ... on FulfillmentOrder { nextSteps { step isPossible } } } }"
    seen = (await story.staff.as_(made["secret"]).ask(steps, id=id))["node"]["nextSteps"]
    assert {"step": "ACCEPT", "isPossible": True} in seen and {"step": "REJECT", "isPossible": True} in seen
    made = await story.staff.do(
        TOKEN,
        input={
            "name": "Picker", "permissions": ["FULFILLMENT_VIEW", "FULFILLMENT_MANAGE"], "locationIds": [place]
        },
    )  # fmt: skip
    listing = "mutation($place: ID!) { pickListCreate(input: {locationId: $place}) { ... on UserError { message } } }"
    answer = await story.staff.as_(made["secret"]).do(listing, place=place)
    assert answer["message"] == "There are no released units that are not on a pick list yet."


async def test_a_token_with_empty_lists_of_locations_or_channels_is_refused(story: Story):
    for name in ("locationIds", "channelIds"):
        refused = await story.staff.do(
            TOKEN, input={"name": "Nobody", "permissions": ["FULFILLMENT_VIEW"], name: []}
        )
        assert refused["path"] == ["input", name]


async def test_a_rejected_request_can_be_cancelled_in_part_and_submitted_again(story: Story):
    number = await story.buy(("LAMP", 3))
    (work,) = await story.work(number)
    await story.release(work["id"])
    order = await story.order(number)
    line = order["lines"]["nodes"][0]["id"]
    fewer = {"id": order["id"], "lines": [{"lineId": line, "quantity": 1}]}
    refused = await story.staff.do(CANCEL, input=fewer)
    assert refused["errorCode"] == "ILLEGAL_TRANSITION" and "mayResubmit" in refused["message"]
    await story.staff.do(REJECT, input={"id": work["id"], "mayResubmit": True})
    gone, again = await story.work(number)
    assert (gone["status"], again["status"], again["units"]) == ("REJECTED", "OPEN", 3)
    assert (await story.stock("LAMP"))["maker"] == (5, 3)  # the supplier's stock is unchanged
    await story.staff.do(CANCEL, input=fewer)
    _, again = await story.work(number)
    assert (await story.release(again["id"]))["status"] == "SUBMITTED"
    bought = (await story.staff.ask(PURCHASES))["purchaseOrders"]["nodes"]
    assert sorted((each["status"], each["lines"][0]["quantity"]) for each in bought) == [
        ("CANCELLED", 3),
        ("SENT", 2),
    ]
    assert (await story.stock("LAMP"))["maker"] == (5, 2)
    await books_add_up()

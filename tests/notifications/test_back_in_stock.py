"""Buyers ask to be told when a variant is available again, and are told once."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.lifecycle import ProductStatus
from app.catalog.models import Product
from app.core import clock
from app.core.actor import SYSTEM
from app.core.ids import new_id, to_global
from app.customers import deleting
from app.customers.lifecycle import DeletionStatus
from app.customers.models import AccountDeletion, Customer
from app.inventory.locations import service as locations
from app.inventory.locations.models import ChannelLocation
from app.notifications import jobs
from app.notifications.back_in_stock import telling
from app.notifications.back_in_stock.slots import token_of
from app.notifications.lifecycle import BackInStockStatus, MessageStatus
from app.notifications.models import BackInStockRequest, Message
from tests import make
from tests.ask import PLACE, Api, order_input
from tests.letterbox import Letterbox
from tests.statements import statements

PROBLEMS = "... on UserError { errorCode path } ... on InvalidInput { problems { code path } }"
ASK = (
    "mutation($i: BackInStockRequestCreateInput!) { backInStockRequestCreate(input: $i) { __typename "
    "... on BackInStockRequestReceived { email request { id status email variant { sku } channel { code } } } "
    + PROBLEMS
    + " } }"
)
CONFIRM = (
    "mutation($t: String!) { backInStockRequestConfirm(token: $t) { __typename "
    "... on UserError { message } " + PROBLEMS + " } }"
)
WITHDRAW = (
    "mutation($id: ID!) { backInStockRequestWithdraw(id: $id) { __typename "
    "... on BackInStockRequest { status } " + PROBLEMS + " } }"
)
MINE = "{ me { customer { backInStockRequests { nodes { id status variant { sku } } } } } }"
LIST = """query($f: BackInStockRequestFilter) { backInStockRequests(filter: $f) {
  nodes { email status language variant { sku } } } }"""
DEMAND = '{ variant(sku: "MUG") { backInStockDemand all: backInStockDemand(channel: "web") } }'
S = BackInStockStatus


@pytest.fixture
async def shop() -> make.Shop:
    shop = await make.shop()
    await shop.sell("MUG", name="Stone Mug", stock=0)
    return shop


async def ask(api: Api, email: str | None = None, sku: str = "MUG", **more: str) -> dict[str, Any]:
    said = {"channel": "web", "sku": sku, **more} | ({"email": email} if email else {})
    return await api.do(ASK, i=said)  # type: ignore[no-any-return]


async def confirmed(api: Api, *emails: str, **more: str) -> None:
    """Requests of guests who confirm their address."""
    for email in emails:
        await ask(api, email, **more)
        row = await BackInStockRequest.filter(email=email, status=S.UNCONFIRMED).get()
        assert (await api.do(CONFIRM, t=token_of(row.id)))["__typename"] == "Done"


async def told(post: Letterbox) -> list[str]:
    """Who was told since the last call."""
    await jobs.tell_available()
    await jobs.send_messages()
    found = sorted(mail["To"] for mail in post.mails if mail["Subject"].endswith("is available again"))
    post.mails.clear()
    return found


async def statuses_of_all() -> list[str]:
    return [row.status.value for row in await BackInStockRequest.all().order_by("created_at", "id")]


async def test_a_guest_confirms_by_mail_and_is_told_once(api: Api, shop: make.Shop, post: Letterbox):
    received = await ask(api, "Ada@Example.com ")
    assert received == {
        "__typename": "BackInStockRequestReceived", "email": "ada@example.com", "request": None,
    }  # fmt: skip
    await jobs.send_messages()
    (mail,) = post.mails
    assert (mail["To"], mail["Subject"]) == (
        "ada@example.com", "Shall we tell you when Stone Mug is available?",
    )  # fmt: skip
    link = re.search(r"http://test(/back-in-stock/\S+)", mail.get_content())
    assert link is not None
    await shop.stock("MUG", 5)
    assert await told(post) == []  # it is not confirmed
    page = await api.client.get(link[1])
    assert page.status_code == 200 and "Stone Mug" in page.text and "ada@" not in page.text
    assert await statuses_of_all() == ["unconfirmed"]  # reading the page changes nothing
    done = await api.client.post(link[1], data={"answer": "confirm"}, follow_redirects=True)
    assert done.status_code == 200 and "one email" in done.text
    assert await told(post) == ["ada@example.com"]
    assert await told(post) == []
    assert await statuses_of_all() == ["told"]


async def test_a_customer_needs_no_confirmation_and_sees_and_withdraws_requests(
    api: Api, shop: make.Shop, post: Letterbox
):
    ada = api.as_(await make.account("ada@example.com"))
    eve = api.as_(await make.account("eve@example.com"))
    made = (await ask(ada))["request"]
    assert made["status"] == "WAITING" and made["email"] == "ada@example.com"
    assert (made["variant"], made["channel"]) == ({"sku": "MUG"}, {"code": "web"})
    assert (await ask(ada))["request"]["id"] == made["id"]  # it waits already
    (mine,) = (await ada.ask(MINE))["me"]["customer"]["backInStockRequests"]["nodes"]
    assert mine["id"] == made["id"]
    assert (await eve.ask(MINE))["me"]["customer"]["backInStockRequests"]["nodes"] == []
    assert (await eve.do(WITHDRAW, id=made["id"]))["__typename"] == "NotFound"
    assert (await eve.ask("query($id: ID!) { node(id: $id) { id } }", id=made["id"]))["node"] is None
    for _ in range(2):
        assert (await ada.do(WITHDRAW, id=made["id"]))["status"] == "WITHDRAWN"
    await shop.stock("MUG", 5)
    assert await told(post) == []


async def test_outsiders_do_not_learn_who_has_asked(api: Api, shop: make.Shop, post: Letterbox):
    await make.account("ada@example.com")
    await confirmed(api, "bob@example.com")
    answers = [await ask(api, email) for email in ("ada@example.com", "bob@example.com", "new@example.com")]
    assert [{**each, "email": ""} for each in answers] == [{**answers[0], "email": ""}] * 3
    with statements() as first:
        await ask(api, "bob@example.com")
    with statements() as second:
        await ask(api, "other@example.com")
    assert len(first) == len(second)


async def test_an_address_waits_once_for_a_variant_in_a_channel(api: Api, shop: make.Shop, post: Letterbox):
    await confirmed(api, "bob@example.com", "bob@example.com")
    assert await statuses_of_all() == ["waiting", "withdrawn"]
    await shop.stock("MUG", 5)
    assert await told(post) == ["bob@example.com"]
    await shop.stock("MUG", 0)
    await confirmed(api, "bob@example.com")  # asks anew
    await shop.stock("MUG", 5)
    assert await told(post) == ["bob@example.com"]


async def test_a_mailbox_gets_few_mails_to_confirm(api: Api, shop: make.Shop, post: Letterbox):
    for number in range(5):
        assert (await ask(api, f"ada+{number}@example.com"))["__typename"] == "BackInStockRequestReceived"
    await jobs.send_messages()
    assert len(post.mails) == 3


async def test_a_person_has_at_most_fifty_waiting_requests(
    api: Api, shop: make.Shop, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("app.notifications.back_in_stock.requesting.MOST_WAITING", 1)
    await shop.sell("CUP", stock=0)
    ada = api.as_(await make.account("ada@example.com"))
    assert (await ask(ada))["request"]["status"] == "WAITING"
    assert (await ask(ada, sku="CUP"))["problems"] == [{"code": "TOO_MANY", "path": ["input", "sku"]}]
    assert (await ask(ada))["request"]["status"] == "WAITING"
    await confirmed(api, "bob@example.com")
    await ask(api, "bob@example.com", sku="CUP")
    row = await BackInStockRequest.filter(email="bob@example.com", status=S.UNCONFIRMED).get()
    refused = await api.do(CONFIRM, t=token_of(row.id))
    assert refused["problems"] == [{"code": "TOO_MANY", "path": ["token"]}]


@pytest.mark.parametrize(
    ("said", "code", "path"),
    [
        ({"sku": "NONE"}, "NOT_SOLD", "sku"),
        ({"sku": "HERE"}, "NOT_POSSIBLE_NOW", "sku"),
        ({"email": ""}, "REQUIRED", "email"),
        ({"email": "nobody"}, "MALFORMED_EMAIL", "email"),
        ({"language": "no language"}, "MALFORMED", "language"),
    ],
)
async def test_requests_that_make_no_sense_are_refused(
    api: Api, shop: make.Shop, said: dict[str, str], code: str, path: str
):
    await shop.sell("HERE", stock=1)
    done = await api.do(ASK, i={"channel": "web", "sku": "MUG", "email": "ada@example.com"} | said)
    assert done["problems"] == [{"code": code, "path": ["input", path]}]


async def test_customers_do_not_enter_an_address(api: Api, shop: make.Shop):
    ada = api.as_(await make.account("ada@example.com"))
    refused = await ask(ada, "bob@example.com")
    assert refused["problems"] == [{"code": "NOT_APPLICABLE", "path": ["input", "email"]}]


async def test_a_channel_that_switched_the_messages_off_takes_no_requests_and_sends_none(
    api: Api, shop: make.Shop, post: Letterbox
):
    await confirmed(api, "bob@example.com")
    staff = api.as_(await make.token())
    switch = (
        'mutation($on: Boolean!) { messageRuleSet(input: {channel: "web", kind: BACK_IN_STOCK, isActive: $on})'
        " { __typename } }"
    )
    assert (await staff.do(switch, on=False))["__typename"] == "Channel"
    await shop.stock("MUG", 5)
    assert await told(post) == []
    await shop.stock("MUG", 0)
    assert (await ask(api, "eve@example.com"))["problems"] == [
        {"code": "NOT_APPLICABLE", "path": ["input", "channel"]}
    ]
    await shop.stock("MUG", 5)
    await staff.do(switch, on=True)
    assert await told(post) == ["bob@example.com"]


async def test_whatever_makes_units_available_is_told(api: Api, shop: make.Shop, post: Letterbox):
    staff = api.as_(await make.token())
    await shop.stock("MUG", 1)
    order = await staff.do(PLACE, input=order_input(("MUG", 1)))
    await confirmed(api, "ada@example.com")
    assert await told(post) == []
    cancel = "mutation($id: ID!) { orderCancel(input: {id: $id, reason: CUSTOMER}) { __typename } }"
    await staff.do(cancel, id=order["id"])
    assert await told(post) == ["ada@example.com"]
    # A location that the channel begins to sell from.
    await shop.stock("MUG", 0)
    other = await make.location("other")
    await shop.stock("MUG", 3, other)
    await confirmed(api, "bob@example.com")
    assert await told(post) == []
    await locations.set_channel_locations(SYSTEM, shop.channel, [shop.location, other])
    assert await told(post) == ["bob@example.com"]
    # A location that is closed and opened again.
    await locations.set_channel_locations(SYSTEM, shop.channel, [shop.location])
    await confirmed(api, "eve@example.com")
    await ChannelLocation.filter(location_id=shop.location.id).update(location_id=other.id)
    assert await told(post) == ["eve@example.com"]


async def test_a_bundle_is_told_when_all_of_its_parts_are_there(api: Api, shop: make.Shop, post: Letterbox):
    await shop.sell("LID", stock=4)
    await shop.sell("SET", stock=None)
    await make.bundle("SET", MUG=2, LID=1)
    await confirmed(api, "ada@example.com", sku="SET")
    await shop.stock("MUG", 1)
    assert await told(post) == []
    await shop.stock("MUG", 2)
    assert await told(post) == ["ada@example.com"]


async def test_units_that_are_gone_again_are_not_told_and_the_request_waits(
    api: Api, shop: make.Shop, post: Letterbox
):
    await confirmed(api, "ada@example.com")
    await shop.stock("MUG", 1)
    await jobs.tell_available()
    assert await statuses_of_all() == ["told"]
    await shop.stock("MUG", 0)
    assert await told(post) == []
    assert await statuses_of_all() == ["waiting"]
    (message,) = await Message.filter(kind="back_in_stock")
    assert message.status is MessageStatus.DROPPED and "waits again" in message.problem
    await shop.stock("MUG", 1)
    assert await told(post) == ["ada@example.com"]


async def test_archived_products_are_not_told(api: Api, shop: make.Shop, post: Letterbox):
    await confirmed(api, "ada@example.com")
    variant = await catalog.variant_by_sku("MUG")
    assert variant is not None
    await Product.filter(id=variant.product_id).update(status=ProductStatus.ARCHIVED)
    await shop.stock("MUG", 1)
    assert await told(post) == []
    await Product.filter(id=variant.product_id).update(status=ProductStatus.PUBLISHED)
    assert await told(post) == ["ada@example.com"]


async def test_three_people_are_told_for_each_unit_in_a_day_and_the_first_first(
    api: Api, shop: make.Shop, post: Letterbox
):
    people = [f"{name}@example.com" for name in ("ada", "bob", "cyd", "dan", "eve")]
    await confirmed(api, *people)
    await shop.stock("MUG", 1)
    assert await told(post) == people[:3]
    assert await told(post) == []
    with clock.shifted(timedelta(hours=25)):
        assert await told(post) == people[3:]


async def test_the_mail_is_in_the_language_of_the_request_and_can_be_stopped_by_a_mail_program(
    api: Api, shop: make.Shop, post: Letterbox
):
    await shop.sell("CUP", stock=0)
    await confirmed(api, "ada@example.com", language="de-AT")
    await confirmed(api, "ada@example.com", sku="CUP", language="de")
    await shop.stock("MUG", 1)
    await jobs.tell_available()
    await jobs.send_messages()
    mail = post.mails[-1]
    assert mail["Subject"] == "Stone Mug ist wieder erhältlich"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = mail["List-Unsubscribe"].strip("<>").removeprefix("http://test")
    assert path in mail.get_content()
    assert "Stone Mug" in (await api.client.get(path)).text
    assert await statuses_of_all() == ["told", "waiting"]  # the page alone changes nothing
    for _ in range(2):
        stopped = await api.client.post(path, data={"List-Unsubscribe": "One-Click"})
        assert stopped.status_code == 200
        assert await statuses_of_all() == ["told", "withdrawn"]


async def test_unknown_and_expired_links_do_nothing(api: Api, shop: make.Shop):
    await ask(api, "ada@example.com")
    row = await BackInStockRequest.get()
    assert (await api.client.get("/back-in-stock/unknown")).status_code == 404
    assert (await api.client.post("/back-in-stock/unknown")).status_code == 404
    invalid = [{"code": "LINK_NOT_VALID", "path": ["token"]}]
    assert (await api.do(CONFIRM, t="unknown"))["problems"] == invalid
    with clock.shifted(timedelta(days=3)):
        assert (await api.do(CONFIRM, t=token_of(row.id)))["problems"] == invalid
        assert (await api.client.get(f"/back-in-stock/{token_of(row.id)}")).status_code == 404
        assert await jobs.forget_back_in_stock() == 1
    assert await statuses_of_all() == []


async def test_requests_are_deleted_a_month_after_they_ended(api: Api, shop: make.Shop, post: Letterbox):
    await confirmed(api, "ada@example.com", "bob@example.com")
    await BackInStockRequest.filter(email="bob@example.com").update(status=S.WITHDRAWN, ended_at=clock.now())
    await shop.stock("MUG", 1)
    assert await told(post) == ["ada@example.com"]
    with clock.shifted(timedelta(days=29)):
        assert await jobs.forget_back_in_stock() == 0
    with clock.shifted(timedelta(days=31)):
        assert await jobs.forget_back_in_stock() == 2


async def test_staff_see_the_requests_and_the_demand_in_their_channels(api: Api, shop: make.Shop):
    other = await make.shop("other")
    await other.price("MUG", 900)
    await confirmed(api, "ada@example.com", "bob@example.com")
    await confirmed(api, "eve@example.com", channel="other")
    everywhere = api.as_(await make.token())
    assert (await everywhere.ask(DEMAND))["variant"] == {"backInStockDemand": 3, "all": 2}
    of_other = api.as_(
        await make.token(Permission.STOCK_VIEW, Permission.CUSTOMERS_VIEW, channels=[other.channel])
    )
    assert (await of_other.ask(DEMAND.replace("all:", "no:")))["variant"] == {
        "backInStockDemand": 1, "no": None,
    }  # fmt: skip
    assert (await api.ask(DEMAND))["variant"] == {"backInStockDemand": None, "all": None}
    seen = (await of_other.ask(LIST))["backInStockRequests"]["nodes"]
    assert [row["email"] for row in seen] == ["eve@example.com"]
    for given, emails in (
        ({"sku": {"eq": "MUG"}, "channel": ["web"]}, {"ada@example.com", "bob@example.com"}),
        ({"status": ["TOLD"]}, set[str]()),
    ):
        found = (await everywhere.ask(LIST, f=given))["backInStockRequests"]["nodes"]
        assert {row["email"] for row in found} == emails
    assert (await api.error(LIST))["extensions"]["code"] == "UNAUTHENTICATED"


async def test_staff_withdraw_requests_in_their_channels(api: Api, shop: make.Shop):
    other = await make.shop("other")
    await confirmed(api, "ada@example.com")
    everywhere = api.as_(await make.token())
    ids = "{ backInStockRequests { nodes { id } } }"
    (row,) = (await everywhere.ask(ids))["backInStockRequests"]["nodes"]
    viewer = api.as_(await make.token(Permission.CUSTOMERS_VIEW))
    assert (await viewer.error(WITHDRAW, id=row["id"]))["extensions"]["code"] == "FORBIDDEN"
    both = (Permission.CUSTOMERS_VIEW, Permission.CUSTOMERS_MANAGE)
    elsewhere = api.as_(await make.token(*both, channels=[other.channel]))
    assert (await elsewhere.do(WITHDRAW, id=row["id"]))["__typename"] == "NotFound"
    assert (await everywhere.do(WITHDRAW, id=row["id"]))["status"] == "WITHDRAWN"


async def test_requests_follow_the_customer(api: Api, shop: make.Shop, post: Letterbox):
    await shop.sell("CUP", stock=0)
    await confirmed(api, "ada@example.com")
    ada = api.as_(await make.account("ada@example.com"))
    await ask(ada)
    await ask(ada, sku="CUP")
    # An address that is confirmed and belongs to a customer makes the request the customer's.
    await confirmed(api, "ada@example.com")
    assert await statuses_of_all() == ["waiting", "waiting", "waiting", "withdrawn"]
    bob = api.as_(await make.account("bob@example.com"))
    await ask(bob)
    staff = api.as_(await make.token())
    found = "query($e: String!) { customer(email: $e) { id version } }"
    gone = (await staff.ask(found, e="ada@example.com"))["customer"]
    kept = (await staff.ask(found, e="bob@example.com"))["customer"]
    merge = "mutation($i: CustomerMergeInput!) { customerMerge(input: $i) { __typename } }"
    said = {"fromId": gone["id"], "intoId": kept["id"], "fromVersion": gone["version"]}
    assert (await staff.do(merge, i=said))["__typename"] == "Customer"
    mine = (await bob.ask(MINE))["me"]["customer"]["backInStockRequests"]["nodes"]
    assert sorted(row["variant"]["sku"] for row in mine if row["status"] == "WAITING") == ["CUP", "MUG"]
    await shop.stock("CUP", 1)
    assert await told(post) == ["bob@example.com"]


async def test_a_deleted_account_has_no_requests(api: Api, shop: make.Shop):
    await ask(api.as_(await make.account("ada@example.com")))
    customer = await Customer.get(email="ada@example.com")
    deletion = await AccountDeletion.create(
        id=new_id(), customer_id=customer.id, status=DeletionStatus.OPEN, requested_at=clock.now()
    )
    await deleting.complete(SYSTEM, deletion.id)
    assert await statuses_of_all() == []


async def test_processes_that_check_at_the_same_time_tell_nobody_twice_and_not_too_many(
    api: Api, shop: make.Shop, post: Letterbox
):
    people = [f"{number}@example.com" for number in range(7)]
    await confirmed(api, *people)
    await shop.stock("MUG", 2)
    found = await asyncio.gather(*(telling.tell_available() for _ in range(4)))
    assert sum(found) == 6
    assert await told(post) == people[:6]


async def test_a_customer_who_asks_twice_at_once_has_one_request(api: Api, shop: make.Shop):
    ada = api.as_(await make.account("ada@example.com"))
    answers = await asyncio.gather(*(ask(ada) for _ in range(4)))
    assert len({each["request"]["id"] for each in answers}) == 1
    assert await statuses_of_all() == ["waiting"]


async def test_a_receipt_costs_the_same_with_requests_as_without(api: Api, shop: make.Shop):
    async def receive(sku: str) -> int:
        with statements() as found:
            await shop.stock(sku, 5)
        return len(found)

    await shop.sell("CUP", stock=0)
    await confirmed(api, *(f"{number}@example.com" for number in range(4)))
    assert await receive("MUG") == await receive("CUP")


async def test_the_check_reads_all_pairs_with_few_statements(
    api: Api, shop: make.Shop, monkeypatch: pytest.MonkeyPatch
):
    skus = [await shop.sell(f"S{number}", stock=0) for number in range(6)]
    ada = api.as_(await make.account("ada@example.com"))
    for sku in skus:
        await ask(ada, sku=sku)
    with statements() as found:
        assert await jobs.tell_available() == 0
    assert len(found) <= 5
    monkeypatch.setattr(telling, "PAIRS_AT_ONCE", 2)
    await shop.stock("S3", 1)
    await shop.stock("S5", 1)
    assert await jobs.tell_available() == 2


async def test_nobody_is_told_who_withdraws_while_the_message_is_queued(
    api: Api, shop: make.Shop, post: Letterbox
):
    await confirmed(api, "ada@example.com", "bob@example.com")
    ada, bob = await BackInStockRequest.all().order_by("created_at")
    await shop.stock("MUG", 5)
    await jobs.tell_available()
    assert await statuses_of_all() == ["told", "told"]
    answer = await api.client.post(f"/back-in-stock/{token_of(ada.id)}", data={"answer": "withdraw"})
    assert answer.status_code == 200 and "are withdrawn" in answer.text and "<button" not in answer.text
    staff = api.as_(await make.token())
    gone = await staff.do(WITHDRAW, id=to_global("BackInStockRequest", bob.id))
    assert gone["status"] == "WITHDRAWN"
    assert await told(post) == []
    assert {row.status for row in await Message.filter(kind="back_in_stock")} == {MessageStatus.DROPPED}


async def test_a_withdrawn_request_does_not_wait_again_when_the_units_are_gone(
    api: Api, shop: make.Shop, post: Letterbox
):
    await confirmed(api, "ada@example.com")
    row = await BackInStockRequest.get()
    await shop.stock("MUG", 1)
    await jobs.tell_available()
    await api.client.post(f"/back-in-stock/{token_of(row.id)}")
    await shop.stock("MUG", 0)
    assert await told(post) == []
    await shop.stock("MUG", 1)
    assert await told(post) == []
    assert await statuses_of_all() == ["withdrawn"]


async def test_confirming_a_second_mail_about_the_same_variant_says_that_the_first_request_waits(
    api: Api, shop: make.Shop, post: Letterbox
):
    await ask(api, "ada@example.com")
    await ask(api, "ada@example.com")
    first, second = [token_of(row.id) for row in await BackInStockRequest.all().order_by("created_at")]
    for token in (first, second, second, first):
        assert (await api.do(CONFIRM, t=token))["__typename"] == "Done"
        assert "We will send you one email" in (await api.client.get(f"/back-in-stock/{token}")).text
    await shop.stock("MUG", 1)
    assert await told(post) == ["ada@example.com"]
    assert "We have sent you an email" in (await api.client.get(f"/back-in-stock/{second}")).text
    assert (await api.do(CONFIRM, t=second))["__typename"] == "Done"
    assert await told(post) == []


async def test_a_withdrawn_link_is_not_confirmed_and_the_page_says_what_to_do(api: Api, shop: make.Shop):
    await confirmed(api, "ada@example.com")
    path = f"/back-in-stock/{token_of((await BackInStockRequest.get()).id)}"
    await api.client.post(path, data={"answer": "withdraw"})
    refused = await api.client.post(path, data={"answer": "confirm"})
    assert refused.status_code == 422
    assert "ask again on the page of the product" in refused.text and "Too many" not in refused.text
    assert await statuses_of_all() == ["withdrawn"]


async def test_a_link_that_was_not_confirmed_withdraws_all_requests_of_the_person_in_the_channel(
    api: Api, shop: make.Shop
):
    await shop.sell("CUP", stock=0)
    other = await make.shop("other")
    await other.price("MUG", 900)
    await confirmed(api, "ada@example.com", "bob@example.com")
    await confirmed(api, "ada@example.com", channel="other")
    ada = api.as_(await make.account("ada@example.com"))
    assert (await ask(ada, sku="CUP"))["request"]["status"] == "WAITING"
    await ask(api, "ada@example.com", sku="CUP")
    last = await BackInStockRequest.get(status=S.UNCONFIRMED)
    answer = await api.client.post(f"/back-in-stock/{token_of(last.id)}", data={"answer": "withdraw"})
    assert "are withdrawn" in answer.text
    assert await statuses_of_all() == ["withdrawn", "waiting", "waiting", "withdrawn", "withdrawn"]


async def test_the_page_acknowledges_a_withdrawal_after_the_message_was_sent(
    api: Api, shop: make.Shop, post: Letterbox
):
    await confirmed(api, "ada@example.com")
    row = await BackInStockRequest.get()
    await shop.stock("MUG", 1)
    assert await told(post) == ["ada@example.com"]
    answer = await api.client.post(f"/back-in-stock/{token_of(row.id)}", data={"answer": "withdraw"})
    assert "are withdrawn" in answer.text and "<button" not in answer.text
    assert await statuses_of_all() == ["told"]

"""A role can limit what its staff refund of one order, in each currency."""

import asyncio
from collections import Counter as Counted
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access import service
from app.access.refund_limits import RefundLimits, refuse_higher_limits
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.refusals import Forbidden
from app.payments.conditions import left_to_refund
from app.payments.gateways.protocol import RefundState
from tests.ask import Api
from tests.journeys.life import Story, books_add_up
from tests.letterbox import Letterbox
from tests.payments.desk import Desk, desk_for
from tests.payments.scripted import World
from tests.stored_value.buying import Counter
from tests.stored_value.test_refunding_purchases import REFUND as REFUND_CARDS

CREATE = """mutation($i: RoleCreateInput!) { roleCreate(input: $i) { __typename
  ... on Role { id code permissions refundLimits { amount currency } } ... on UserError { message path errorCode } } }"""
UPDATE = """mutation($i: RoleUpdateInput!) { roleUpdate(input: $i) { __typename
  ... on Role { id refundLimits { amount currency } permissions } ... on UserError { message path errorCode } } }"""
ROLES = "{ roles { nodes { id code refundLimits { amount currency } } } }"
TOKEN = """mutation($p: [Permission!]!) { apiTokenCreate(input: {name: "till", permissions: $p}) {
  ... on ApiTokenWithSecret { secret } } }"""
REFUND = """mutation($i: PaymentRefundInput!) { paymentRefund(input: $i) { __typename
  ... on PaymentTransaction { status amount { amount } parts { amount { amount } } }
  ... on UserError { errorCode message path } } }"""
SEEN = """query($n: String!) { order(number: $n) { id payments { id refundable { amount }
  nextSteps { step isPossible reasonCode reason } } } }"""
INVITE = """mutation($i: StaffInviteInput!) { staffInvite(input: $i) { __typename } }"""
RIGHTS = ["ORDERS_VIEW", "PAYMENTS_REFUND"]


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


@dataclass
class Clerk:
    """A member of staff of a role, at the payments of one order."""

    api: Api
    number: str

    async def refund(self, amount: str, currency: str = "USD", **more: Any) -> dict[str, Any]:
        order = (await self.api.ask(SEEN, n=self.number))["order"]["id"]
        return await self.api.do(
            REFUND, i={"orderId": order, "amount": {"amount": amount, "currency": currency}, **more}
        )

    async def sees(self) -> tuple[list[str], list[tuple[bool, str | None]]]:
        """What is refundable of each payment, and whether the step REFUND is possible."""
        payments = (await self.api.ask(SEEN, n=self.number))["order"]["payments"]
        steps = [step for each in payments for step in each["nextSteps"] if step["step"] == "REFUND"]
        return (
            [each["refundable"]["amount"] for each in payments],
            [(step["isPossible"], step["reasonCode"]) for step in steps],
        )


async def role(staff: Api, *limits: dict[str, str], code: str = "clerk", rights: list[str] = RIGHTS) -> str:
    given = {"code": code, "name": code.title(), "permissions": rights, "refundLimits": list(limits)}
    made = await staff.do(CREATE, i=given)
    assert made["__typename"] == "Role", made
    return str(made["id"])


async def signed_in(api: Api, name: str, code: str = "clerk") -> Api:
    staff = await service.add_staff(
        SYSTEM, email=f"{name}@example.com", name=name, role_code=code, password="a long password"
    )
    session = await service.open_session(Actor(ActorKind.STAFF, staff.id, name))
    return api.as_(session.access_token)


@pytest.fixture
async def desk(api: Api) -> Desk:
    """An order of 65.00 that is paid."""
    story = await Story.begin(api)
    desk = await desk_for(story, units=6)
    await desk.record("65.00")
    return desk


async def test_ten_small_refunds_do_not_exceed_the_limit_of_an_order(desk: Desk, api: Api):
    await role(desk.story.staff, usd("50.00"))
    clerk = Clerk(await signed_in(api, "Ann"), desk.number)
    refused = await clerk.refund("50.01", preview=True)
    assert (refused["__typename"], refused["path"]) == ("AmountTooLarge", ["input", "amount"])
    assert refused["message"].startswith(
        "Your role permits refunds of $50.00 for an order, and $50.00 of that"
    )
    assert await clerk.refund("50.01") == refused
    assert await clerk.sees() == (["50.00"], [(True, None)])
    assert (await clerk.refund("30.00", preview=True))["__typename"] == "PaymentTransaction"
    assert (await clerk.refund("30.00"))["status"] == "SUCCEEDED"
    assert (await clerk.refund("20.01"))["message"].startswith(
        "Your role permits refunds of $50.00 for an order, and $20.00"
    )
    assert (await clerk.refund("20.00"))["status"] == "SUCCEEDED"
    assert await clerk.sees() == (["0.00"], [(False, "LIMIT_REACHED")])
    refused = await clerk.refund("0.01")
    assert refused["message"].startswith(
        "Your role permits refunds of $50.00 for an order, and you have refunded that"
    )
    assert (await desk.seen())["amountRefunded"] == {"amount": "50.00"}
    other = Clerk(await signed_in(api, "Ben"), desk.number)
    assert await other.sees() == (["15.00"], [(True, None)])
    assert (await other.refund("15.00"))["status"] == "SUCCEEDED"
    await books_add_up()


async def test_a_role_without_limits_refunds_any_amount_and_one_without_the_permission_none(
    desk: Desk, api: Api
):
    await role(desk.story.staff, code="chief")
    await role(desk.story.staff, code="viewer", rights=["ORDERS_VIEW", "PAYMENTS_MANAGE"])
    viewer = Clerk(await signed_in(api, "Vic", "viewer"), desk.number)
    assert await viewer.sees() == (["65.00"], [(False, "FORBIDDEN")])
    order = (await desk.seen())["id"]
    answer = (await viewer.api.post(REFUND, {"i": {"orderId": order, "amount": usd("1")}})).json()
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    chief = Clerk(await signed_in(api, "Cleo", "chief"), desk.number)
    assert (await chief.refund("65.00"))["status"] == "SUCCEEDED"


async def test_a_currency_without_a_limit_is_not_refunded_by_a_role_with_limits(desk: Desk, api: Api):
    await role(desk.story.staff, {"amount": "9000", "currency": "JPY"}, usd("0"), code="zero")
    await role(desk.story.staff, {"amount": "9.000", "currency": "KWD"}, code="other")
    for name in ("zero", "other"):
        clerk = Clerk(await signed_in(api, name, name), desk.number)
        refused = await clerk.refund("0.01")
        assert refused["message"].startswith("Your role permits no refunds in USD."), refused
        assert await clerk.sees() == (["0.00"], [(False, "LIMIT_REACHED")])
    assert (await desk.seen())["amountRefunded"] == {"amount": "0.00"}


async def test_tokens_of_a_clerk_share_the_limit_of_the_clerk_as_it_is_now(desk: Desk, api: Api):
    rights = [*RIGHTS, "ACCESS_MANAGE"]
    clerks = await role(desk.story.staff, usd("50.00"), rights=rights)
    person = await signed_in(api, "Ann")
    first = api.as_((await person.do(TOKEN, p=rights))["secret"])
    second = api.as_((await first.do(TOKEN, p=rights))["secret"])  # made with the first
    assert (await Clerk(person, desk.number).refund("20.00"))["status"] == "SUCCEEDED"
    assert (await Clerk(first, desk.number).refund("20.00"))["status"] == "SUCCEEDED"
    refused = await Clerk(second, desk.number).refund("10.01")
    assert refused["message"].startswith("Your role permits refunds of $50.00 for an order, and $10.00")
    await desk.story.staff.do(UPDATE, i={"id": clerks, "refundLimits": [usd("45.00")]})
    refused = await Clerk(second, desk.number).refund("10.00")
    assert refused["message"].startswith("Your role permits refunds of $45.00 for an order, and $5.00")
    assert (await Clerk(second, desk.number).refund("5.00"))["status"] == "SUCCEEDED"
    assert (await desk.refund("20.00"))["status"] == "SUCCEEDED"  # a token of the operator


async def test_a_clerk_and_their_token_at_the_same_time_do_not_exceed_the_limit(desk: Desk, api: Api):
    rights = [*RIGHTS, "ACCESS_MANAGE"]
    await role(desk.story.staff, usd("50.00"), rights=rights)
    person = await signed_in(api, "Ann")
    token = api.as_((await person.do(TOKEN, p=rights))["secret"])
    other = Clerk(await signed_in(api, "Ben"), desk.number)
    clerks = [Clerk(who, desk.number) for who in (person, token) for _ in range(8)]
    answers = await asyncio.gather(*(each.refund("10.00") for each in clerks), other.refund("5.00"))
    assert answers[-1]["status"] == "SUCCEEDED"
    kinds = Counted(each["__typename"] for each in answers[:-1])
    assert kinds == {"PaymentTransaction": 5, "AmountTooLarge": 11}
    assert (await desk.seen())["amountRefunded"] == {"amount": "55.00"}
    await books_add_up()


async def test_a_refund_that_is_split_counts_as_one_amount(desk: Desk, api: Api):
    story = desk.story
    number = await story.buy(("MUG", 3))
    split = Desk(story, number)
    await split.record("20.00")
    await split.authorize("15.00")
    await split.capture(at=1)
    await role(story.staff, usd("30.00"))
    clerk = Clerk(await signed_in(api, "Ann"), number)
    assert (await clerk.refund("30.01"))["__typename"] == "AmountTooLarge"
    done = await clerk.refund("30.00")
    assert sorted(each["amount"]["amount"] for each in done["parts"]) == ["15.00", "15.00"]
    assert (await clerk.refund("0.01"))["__typename"] == "AmountTooLarge"


async def test_a_refund_that_failed_does_not_count_and_one_that_waits_does(
    card_desk: Desk, world: World, api: Api
):
    await card_desk.pay("ok")
    await card_desk.capture()
    await role(card_desk.story.staff, usd("15.00"))
    clerk = Clerk(await signed_in(api, "Ann"), card_desk.number)
    world.refunds_later = True
    assert (await clerk.refund("15.00"))["status"] == "PENDING"
    assert (await clerk.refund("1.00"))["__typename"] == "AmountTooLarge"
    world.settle_refund((await card_desk.payments())[0]["reference"], "ref_1", RefundState.FAILED)
    await card_desk.sync()
    assert await clerk.sees() == (["15.00"], [(True, None)])
    assert (await clerk.refund("15.00"))["status"] == "PENDING"


async def test_refunds_of_gift_card_purchases_and_of_the_rest_count_together(api: Api, post: Letterbox):
    shop = await Counter.open(api, post)
    number = await shop.buy_paid(("GIFT-25", 2), ("MUG", 1), amount="66.50")
    await role(shop.story.staff, usd("40.00"))
    clerk = Clerk(await signed_in(api, "Ann"), number)
    order = (await shop.seen(number))["id"]
    refused = await clerk.api.do(REFUND_CARDS, i={"orderId": order})
    assert (refused["__typename"], refused["path"]) == ("AmountTooLarge", ["input", "giftCardIds"])
    assert {each["giftCard"]["balance"]["amount"] for each in await shop.cards(number)} == {"25.00"}
    one = (await shop.cards(number))[0]["giftCard"]["id"]
    done = await clerk.api.do(REFUND_CARDS, i={"orderId": order, "giftCardIds": [one]})
    assert done["amount"] == {"amount": "25.00"}, done
    assert (await clerk.refund("15.01"))["message"].startswith(
        "Your role permits refunds of $40.00 for an order, and $15.00"
    )
    assert (await clerk.refund("15.00"))["status"] == "SUCCEEDED"
    await books_add_up()


async def test_the_refund_of_a_cancelled_order_does_not_count(card_desk: Desk, world: World, api: Api):
    await card_desk.pay("ok")
    await card_desk.capture("20.00")
    staff = card_desk.story.staff
    await role(staff, usd("5.00"), rights=[*RIGHTS, "ORDERS_CANCEL"])
    clerk = Clerk(await signed_in(api, "Ann"), card_desk.number)
    cancel = "mutation($i: OrderCancelInput!) { orderCancel(input: $i) { __typename ... on UserError { message } } }"
    order = (await card_desk.seen())["id"]
    done = await clerk.api.do(cancel, i={"id": order, "reason": "CUSTOMER"})
    assert done["__typename"] != "InvalidInput", done
    await card_desk.sync()
    assert (await card_desk.seen())["amountRefunded"] == {"amount": "20.00"}


async def test_limits_are_set_kept_and_lifted(desk: Desk):
    staff = desk.story.staff
    id = await role(staff, {"amount": "5", "currency": "jpy"}, usd("50.00"))
    shown = [{"amount": "5", "currency": "JPY"}, {"amount": "50.00", "currency": "USD"}]
    assert (await staff.do(UPDATE, i={"id": id, "name": "Clerks"}))["refundLimits"] == shown
    found = (await staff.ask(ROLES))["roles"]["nodes"]
    assert [each["refundLimits"] for each in found if each["id"] == id] == [shown]
    assert (await staff.do(UPDATE, i={"id": id, "refundLimits": None}))["refundLimits"] is None
    assert (await staff.do(UPDATE, i={"id": id, "refundLimits": [usd("0")]}))["refundLimits"] == [usd("0.00")]
    assert (await staff.do(UPDATE, i={"id": id, "refundLimits": []}))["refundLimits"] is None


@pytest.mark.parametrize(
    ("limits", "path"),
    [
        ([usd("-1")], ["0", "amount"]),
        ([usd("1.001")], ["0", "amount"]),
        ([usd("1"), {"amount": "2", "currency": "usd"}], ["1", "currency"]),
        ([{"amount": "2", "currency": "XXY"}], ["0", "currency"]),
    ],
)
async def test_a_limit_that_cannot_be_stored_is_refused_with_its_place(
    desk: Desk, limits: Any, path: list[str]
):
    staff = desk.story.staff
    id = await role(staff, usd("50.00"))
    refused = await staff.do(UPDATE, i={"id": id, "refundLimits": limits})
    assert refused["path"] == ["input", "refundLimits", *path], refused
    assert (await staff.do(UPDATE, i={"id": id, "name": "Same"}))["refundLimits"] == [usd("50.00")]


async def test_a_manager_of_access_grants_no_higher_limits_than_their_own(desk: Desk, api: Api):
    staff = desk.story.staff
    rights = [*RIGHTS, "ACCESS_MANAGE"]
    low = await role(staff, usd("10.00"), code="low")
    high = await role(staff, usd("60.00"), code="high")
    own = await role(staff, usd("50.00"), code="lead", rights=rights)
    lead = await signed_in(api, "Lea", "lead")
    for limits in (None, [], [usd("50.01")], [usd("50.00"), {"amount": "1", "currency": "EUR"}]):
        given = {"code": "more", "name": "More", "permissions": RIGHTS, "refundLimits": limits}
        assert await _is_forbidden(lead, CREATE, given), limits
        assert await _is_forbidden(lead, UPDATE, {"id": low, "refundLimits": limits}), limits
    assert await _is_forbidden(lead, UPDATE, {"id": high, "name": "Higher"})
    assert await _is_forbidden(lead, UPDATE, {"id": own, "refundLimits": [usd("1.00")]})
    invited = {"email": "new@example.com", "name": "New", "role": "high"}
    assert await _is_forbidden(lead, INVITE, invited)
    assert (await lead.do(INVITE, i=invited | {"role": "low"}))["__typename"] == "Staff"
    assert (await lead.do(UPDATE, i={"id": low, "refundLimits": [usd("50.00")]}))["__typename"] == "Role"
    token = api.as_((await lead.do(TOKEN, p=rights))["secret"])
    assert await _is_forbidden(token, UPDATE, {"id": low, "refundLimits": [usd("50.01")]})


async def _is_forbidden(who: Api, document: str, given: dict[str, Any]) -> bool:
    answer = (await who.post(document, {"i": given})).json()
    return "errors" in answer and answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


AMOUNTS = st.dictionaries(st.sampled_from(["USD", "JPY", "KWD"]), st.integers(0, 9), max_size=3)


@given(own=AMOUNTS, wanted=st.none() | AMOUNTS)
def test_granted_limits_permit_no_refund_that_the_grantor_may_not_make(own: Any, wanted: Any):
    limits = RefundLimits(None, own)
    granted = RefundLimits(None, wanted or None)
    is_refused = False
    try:
        refuse_higher_limits(limits, ["payments_refund"], wanted)
    except Forbidden:
        is_refused = True
    more = granted.amounts is None or any(
        (granted.of(currency) or 0) > (limits.of(currency) or 0)
        for currency in ("USD", "JPY", "KWD", "EUR")
        if currency in granted.amounts
    )
    assert is_refused == more


@given(limit=st.integers(0, 10**9), refunded=st.lists(st.integers(1, 10**8), max_size=9))
def test_what_is_left_of_a_limit_and_what_was_refunded_are_the_limit(limit: int, refunded: list[int]):
    given = sum(refunded)
    left = left_to_refund(limit, given)
    assert left + min(given, limit) == limit and left >= 0

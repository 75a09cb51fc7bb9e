"""Payment gateways that take payments in some channels only."""

from typing import Any

import pytest

from app.access.permissions import Permission
from tests import make
from tests.ask import PLACE, Api, order_input
from tests.journeys.life import Story, books_add_up
from tests.payments.desk import Desk, desk_for
from tests.payments.scripted import SET, World, secrets

LIMIT = """mutation($i: PaymentGatewaySetInput!) { paymentGatewaySet(input: $i) { __typename
  ... on PaymentGateway { code version isActive channels { code } }
  ... on UserError { errorCode message path } ... on ValidationFailed { problems { code path } }
  ... on InvalidInput { problems { code path } } } }"""
LIST = "{ paymentGateways { nodes { id code channels { code } } } }"
OPTIONS = '{ a: channel(code: "web") { paymentOptions { gateway } } b: channel(code: "eu") { paymentOptions { gateway } } }'
NODE = "query($id: ID!) { node(id: $id) { ... on PaymentGateway { code channels { code } } } }"
BEGIN = """mutation($i: OrderDraftCreateInput!) { orderDraftCreate(input: $i) { __typename
  ... on Order { id trackingToken paymentGateway warnings { code path values { given } } }
  ... on ValidationFailed { problems { code path values { choices } } } } }"""
CHANGE = BEGIN.replace("Create", "Update")
DUE = "query($t: String!) { trackOrder(token: $t) { isPaymentDue } }"


@pytest.fixture
async def desk(card_desk: Desk) -> Desk:
    """An order in the channel `web`, beside a channel `eu`."""
    await make.shop("eu", currency="EUR", confirms_at_once=True)
    return card_desk


async def limit(desk: Desk, *channels: str) -> dict[str, Any]:
    return await desk.story.staff.do(LIMIT, i={"code": "card", "channels": list(channels)})


async def options(desk: Desk) -> tuple[list[str], list[str]]:
    found = await Api(desk.story.staff.client).ask(OPTIONS)
    web, eu = ([each["gateway"] for each in found[name]["paymentOptions"]] for name in "ab")
    return web, eu


async def test_a_gateway_serves_all_channels_until_it_is_limited_and_again_with_null(desk: Desk):
    assert await options(desk) == (["card"], ["card"])
    limited = await limit(desk, "eu")
    assert limited["channels"] == [{"code": "eu"}]
    assert await options(desk) == ([], ["card"])
    renamed = await desk.story.staff.do(LIMIT, i={"code": "card", "name": "Credit cards"})
    assert renamed["channels"] == [{"code": "eu"}]  # left out: unchanged
    both = await limit(desk, "web", "eu")
    assert [each["code"] for each in both["channels"]] == ["eu", "web"]
    assert await options(desk) == (["card"], ["card"])
    everywhere = await desk.story.staff.do(LIMIT, i={"code": "card", "channels": None})
    assert everywhere["channels"] is None and everywhere["version"] == renamed["version"] + 2
    await make.shop("uk", currency="GBP")
    found = await Api(desk.story.staff.client).ask('{ channel(code: "uk") { paymentOptions { gateway } } }')
    assert found["channel"]["paymentOptions"] == [{"gateway": "card"}]


@pytest.mark.parametrize(
    ("channels", "problems"),
    [
        ([], [("TOO_FEW", ["input", "channels"])]),
        (["eu", "uk"], [("NOT_FOUND", ["input", "channels", "1"])]),
        (["eu", "web", "eu"], [("REPEATED", ["input", "channels", "2"])]),
    ],
)
async def test_channels_that_cannot_be_are_refused_and_nothing_changes(
    desk: Desk, channels: list[str], problems: list[tuple[str, list[str]]]
):
    await limit(desk, "eu")
    refused = await desk.story.staff.do(LIMIT, i={"code": "card", "name": "Other", "channels": channels})
    assert [(each["code"], each["path"]) for each in refused["problems"]] == problems
    (row,) = (await desk.story.staff.ask(LIST))["paymentGateways"]["nodes"]
    assert row["channels"] == [{"code": "eu"}]


async def test_a_new_gateway_can_be_limited_at_once(desk: Desk):
    given = {"code": "eucard", "name": "Cards", "kind": "STRIPE", "secrets": secrets(), "channels": ["eu"]}
    made = await desk.story.staff.do(LIMIT, i=given)
    assert made["channels"] == [{"code": "eu"}]
    assert await options(desk) == (["card"], ["card", "eucard"])


async def test_an_order_with_a_gateway_of_another_channel_is_refused_with_the_choices(desk: Desk):
    await limit(desk, "eu")
    query = PLACE.replace(
        "... on UserError",
        "... on ValidationFailed { problems { code path values { choices } } } ... on UserError",
        1,
    )
    refused = await desk.story.staff.do(query, input=order_input(("MUG", 1), payment={"gateway": "card"}))
    assert refused["problems"][0] | {"message": ""} == {
        "code": "UNKNOWN_CHOICE",
        "message": "",
        "path": ["input", "payment", "gateway"],
        "values": {"choices": ["manual"]},
    }


async def test_payments_with_a_gateway_of_another_channel_are_refused(desk: Desk, world: World):
    await limit(desk, "eu")
    refused = await desk.pay("ok")
    assert (refused["__typename"], refused["path"]) == ("InvalidInput", ["input", "gateway"])
    assert "channel" in refused["message"]
    order = await desk.seen()
    refused = await desk.do(
        "paymentAuthorize", orderId=order["id"], amount=desk.money("25.00"), gateway="card", token="ok"
    )
    assert (refused["__typename"], refused["path"]) == ("InvalidInput", ["input", "gateway"])
    assert await desk.payments() == [] and world.calls == []


async def test_payments_made_before_can_be_captured_refunded_and_voided(desk: Desk, world: World):
    await desk.pay("ok")
    await limit(desk, "eu")
    assert (await desk.capture("10.00"))["status"] == "SUCCEEDED"
    assert (await desk.refund("4.00"))["status"] == "SUCCEEDED"
    assert (await desk.void())["status"] == "SUCCEEDED"
    order = await desk.seen()
    assert (order["amountPaid"]["amount"], order["amountAuthorized"]["amount"]) == ("6.00", "0.00")
    await books_add_up()


async def test_an_attempt_that_waits_is_completed_after_the_change(desk: Desk, world: World):
    waiting = await desk.pay("3ds")
    assert waiting["paymentAttempt"]["status"] == "PENDING"
    await limit(desk, "eu")
    (payment,) = await desk.payments()
    world.authorize(payment["reference"])
    assert (await desk.sync())["status"] == "AUTHORIZED"
    assert (await desk.seen())["amountAuthorized"]["amount"] == "25.00"


async def test_an_authorization_is_not_raised_in_a_channel_without_the_gateway(desk: Desk, world: World):
    world.can_increase = True
    await desk.pay("ok")
    order = await desk.story.order(desk.number)
    edit = "mutation($i: OrderEditInput!) { orderEdit(input: $i) { __typename } }"
    line = order["lines"]["nodes"][0]["id"]
    await desk.story.staff.do(edit, i={"id": order["id"], "lines": [{"lineId": line, "quantity": 3}]})
    await limit(desk, "eu")
    assert (await desk.pay())["path"] == ["input", "gateway"]
    assert (await desk.payments())[0]["authorizedAmount"]["amount"] == "25.00"


async def test_the_pay_link_offers_no_payment_where_the_gateway_is_not_offered(desk: Desk, world: World):
    desk.number = await desk.story.buy(("MUG", 2), payment={"gateway": "card"})
    visitor = Api(desk.story.staff.client)
    token = (await desk.story.order(desk.number))["trackingToken"]
    assert (await visitor.ask(DUE, t=token))["trackOrder"]["isPaymentDue"]
    await limit(desk, "eu")
    assert not (await visitor.ask(DUE, t=token))["trackOrder"]["isPaymentDue"]
    begun = await visitor.client.post(f"/track/{token}/pay")
    assert begun.status_code == 409 and await desk.payments() == []


async def test_a_cart_sets_its_gateway_aside_while_it_is_not_offered(desk: Desk):
    buyer = Api(desk.story.staff.client)
    given = {"channel": "web", "lines": [{"sku": "MUG", "quantity": 1}], "payment": {"gateway": "card"}}
    cart = await buyer.do(BEGIN, i=given)
    assert (cart["paymentGateway"], cart["warnings"]) == ("card", [])
    await limit(desk, "eu")
    change = {"id": cart["id"], "draftToken": cart["trackingToken"]}
    fewer = await buyer.do(CHANGE, i=change | {"lines": [{"sku": "MUG", "quantity": 2}]})
    assert (fewer["paymentGateway"], fewer["warnings"]) == (
        None,
        [{"code": "PAYMENT_GATEWAY_UNKNOWN", "path": ["paymentGateway"], "values": {"given": "card"}}],
    )
    await limit(desk, "web")
    again = await buyer.do(CHANGE, i=change | {"lines": [{"sku": "MUG", "quantity": 3}]})
    assert (again["paymentGateway"], again["warnings"]) == ("card", [])
    other = await buyer.do(CHANGE, i=change | {"payment": {"gateway": "manual"}})
    assert (other["paymentGateway"], other["warnings"]) == ("manual", [])
    await limit(desk, "eu")
    refused = await buyer.do(CHANGE, i=change | {"payment": {"gateway": "card"}})
    assert refused["problems"][0]["path"] == ["input", "payment", "gateway"]


async def test_staff_of_a_channel_see_its_gateways_and_change_none(desk: Desk, world: World):
    eu = (await desk.story.staff.ask('{ channel(code: "eu") { id } }'))["channel"]["id"]
    staff = Api(
        desk.story.staff.client,
        await make.token(Permission.PAYMENTS_MANAGE, channels=[desk.story.shop.channel]),
    )
    listed = (await staff.ask(LIST))["paymentGateways"]["nodes"]
    assert [(each["code"], each["channels"]) for each in listed] == [("card", None)]
    await limit(desk, "eu")
    assert (await staff.ask(LIST))["paymentGateways"]["nodes"] == []
    assert (await staff.ask(NODE, id=listed[0]["id"]))["node"] is None
    await limit(desk, "web", "eu")
    update = "mutation($i: ChannelUpdateInput!) { channelUpdate(input: $i) { __typename } }"
    await desk.story.staff.do(update, i={"id": eu, "isPublic": False})
    (seen,) = (await staff.ask(LIST))["paymentGateways"]["nodes"]
    assert seen["channels"] == [{"code": "web"}]  # the private channel is not theirs
    refused = await staff.error(LIMIT, i={"code": "card", "channels": ["web"]})
    assert refused["extensions"]["code"] == "FORBIDDEN"
    assert len((await desk.story.staff.ask(LIST))["paymentGateways"]["nodes"][0]["channels"]) == 2


async def test_another_order_in_the_channel_of_the_gateway_is_paid(api: Api, world: World):
    story = await Story.begin(api)
    await make.shop("eu", currency="EUR")
    await story.staff.do(
        SET,
        i={"code": "card", "name": "Cards", "kind": "STRIPE", "secrets": secrets(), "channels": ["web"]},
    )
    desk = await desk_for(story)
    assert (await desk.pay("ok"))["paymentStatus"] == "AUTHORIZED"

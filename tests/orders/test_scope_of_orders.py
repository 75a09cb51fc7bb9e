"""Orders are visible in the scope of ORDERS_VIEW, and can be changed in the scope of the permission for the
change.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from strawberry.utils.str_converters import to_camel_case

from app.access import service as access
from app.access.permissions import Permission
from app.core import clock
from app.core.actor import Actor, ActorKind, grants_of
from app.core.ids import fingerprint, new_id, to_global
from app.schema import schema
from tests import make
from tests.ask import Api, order_input
from tests.database import rows_of_all_tables
from tests.journeys.life import Story

P = Permission
ANSWER = "{ __typename ... on UserError { errorCode message path } }"
# Each mutation of an order with its permission.
MUTATIONS = {
    "orderConfirm": (P.ORDERS_MANAGE, 'orderConfirm(id: "{order}")'),
    "orderHold": (P.ORDERS_MANAGE, 'orderHold(input: {{id: "{order}", reason: "mine"}})'),
    "orderRelease": (P.ORDERS_MANAGE, 'orderRelease(input: {{id: "{order}"}})'),
    "orderUpdate": (P.ORDERS_MANAGE, 'orderUpdate(input: {{id: "{order}", priority: 9}})'),
    "orderNoteAdd": (P.ORDERS_MANAGE, 'orderNoteAdd(id: "{order}", text: "mine")'),
    "orderEdit": (P.ORDERS_MANAGE, 'orderEdit(input: {{id: "{order}", discountCodes: []}})'),
    "orderReschedule": (P.ORDERS_MANAGE, 'orderReschedule(input: {{id: "{order}", promisedOn: "{day}"}})'),
    "orderDraftUpdate": (P.ORDERS_MANAGE, 'orderDraftUpdate(input: {{id: "{draft}", note: "mine"}})'),
    "orderDraftLineAdd": (
        P.ORDERS_MANAGE,
        'orderDraftLineAdd(input: {{id: "{draft}", lines: [{{sku: "A"}}]}})',
    ),
    "orderDraftLineUpdate": (
        P.ORDERS_MANAGE,
        'orderDraftLineUpdate(input: {{id: "{draft}", lines: [{{lineId: "{line}", quantity: 2}}]}})',
    ),
    "orderDraftLineRemove": (
        P.ORDERS_MANAGE,
        'orderDraftLineRemove(input: {{id: "{draft}", lineIds: ["{line}"]}})',
    ),
    "orderDraftMerge": (P.ORDERS_MANAGE, 'orderDraftMerge(input: {{id: "{draft}"}})'),
    "orderReorder": (P.ORDERS_MANAGE, 'orderReorder(input: {{id: "{order}"}})'),
    "orderDraftDelete": (P.ORDERS_MANAGE, 'orderDraftDelete(input: {{id: "{draft}"}})'),
    "orderPlace": (P.ORDERS_MANAGE, 'orderPlace(input: {{draftId: "{draft}"}})'),
    "orderLinkRevoke": (P.ORDERS_MANAGE, 'orderLinkRevoke(input: {{id: "{order}"}})'),
    "orderCancelRequest": (P.ORDERS_MANAGE, 'orderCancelRequest(input: {{id: "{order}"}})'),
    "orderCancelRequestGrant": (P.ORDERS_CANCEL, 'orderCancelRequestGrant(input: {{id: "{request}"}})'),
    "orderCancelRequestDecline": (P.ORDERS_CANCEL, 'orderCancelRequestDecline(input: {{id: "{request}"}})'),
    "orderCancel": (P.ORDERS_CANCEL, 'orderCancel(input: {{id: "{order}"}})'),
    "paymentRecord": (
        P.PAYMENTS_MANAGE,
        'paymentRecord(input: {{orderId: "{order}", amount: {{amount: "1", currency: "USD"}}}})',
    ),
    "paymentRefund": (
        P.PAYMENTS_REFUND,
        'paymentRefund(input: {{orderId: "{paid}", amount: {{amount: "1", currency: "USD"}}}})',
    ),
    "paymentAuthorize": (
        P.PAYMENTS_MANAGE,
        'paymentAuthorize(input: {{orderId: "{order}", amount: {{amount: "1", currency: "USD"}}, '
        'reference: "t-9"}})',
    ),
    "paymentReverse": (
        P.PAYMENTS_MANAGE,
        'paymentReverse(input: {{transactionId: "{receipt}", reason: "Returned"}})',
    ),
    "disputeRecord": (
        P.DISPUTES_MANAGE,
        'disputeRecord(input: {{paymentId: "{received}", amount: {{amount: "1", currency: "USD"}}, reference: "{day}"}})',
    ),
    "disputeRespond": (P.DISPUTES_MANAGE, 'disputeRespond(input: {{id: "{dispute}"}})'),
    "disputeClose": (P.DISPUTES_MANAGE, 'disputeClose(input: {{id: "{dispute}", outcome: WON}})'),
    "storedValueApply": (P.PAYMENTS_MANAGE, 'storedValueApply(input: {{orderId: "{order}"}})'),
    "paymentCapture": (P.PAYMENTS_MANAGE, 'paymentCapture(input: {{paymentId: "{payment}"}})'),
    "paymentContinue": (P.PAYMENTS_MANAGE, 'paymentContinue(input: {{orderId: "{order}", gateway: "card", token: "t"}})'),
    "paymentCancel": (P.PAYMENTS_MANAGE, 'paymentCancel(input: {{orderId: "{unpaid}"}})'),
    "paymentSync": (P.PAYMENTS_MANAGE, 'paymentSync(paymentId: "{waiting}")'),
    "paymentVoid": (P.PAYMENTS_MANAGE, 'paymentVoid(input: {{paymentId: "{payment}"}})'),
}  # fmt: skip
# Nothing listens at its address.
GATEWAY = (
    'paymentGatewaySet(input: {code: "card", name: "Cards", kind: STRIPE, apiUrl: "http://127.0.0.1:9", '
    'secrets: [{name: "secret_key", value: "k"}, {name: "webhook_secret", value: "w"}]})'
)
KINDS = {
    "order": "Order",
    "paid": "Order",
    "draft": "Order",
    "request": "OrderCancelRequest",
    "payment": "Payment",
}
PARTS = "query($id: ID!) { node(id: $id) { ... on Order { id payments { id } holds { id } } } }"
SEEN = """query($ids: [ID!]!) { nodes(ids: $ids) { id }
  orders { totalCount } orderCancelRequests { totalCount } holds: orderHolds { totalCount } }"""
DRAFT = (
    'mutation($c: String!) { orderDraftCreate(input: {channel: $c, email: "ada@example.com", '
    'lines: [{sku: "A", quantity: 1}]}) { ... on Order { id lines { nodes { id } } } } }'
)


@dataclass
class World:
    api: Api
    staff: Api
    shops: dict[str, make.Shop]
    named: dict[str, dict[str, str]]  # by channel: what names an order, a draft, …

    async def limited(self, *permissions: Permission, **limits: Any) -> Api:
        return self.api.as_(await make.token(*permissions, **limits))


async def _orders_of(staff: Api, code: str) -> dict[str, str]:
    named = {}
    for name in ("order", "paid", "requested", "unpaid"):
        named[name] = to_global("Order", (await make.order(("A", 1), channel=code)).id)
    paid = MUTATIONS["paymentRecord"][1].format(order=named["paid"])
    await staff.do(f"mutation {{ {paid} {ANSWER} }}")
    received = "query($id: ID!) { order(id: $id) { payments { id transactions { id } } } }"
    payment = (await staff.ask(received, id=named["paid"]))["order"]["payments"][0]
    named["received"], named["receipt"] = payment["id"], payment["transactions"][0]["id"]
    money = '{amount: "1", currency: "USD"}'
    inquiry = f'disputeRecord(input: {{paymentId: "{named["received"]}", amount: {money}, reference: "{code}", isInquiry: true}})'
    named["dispute"] = (await staff.do(f"mutation {{ {inquiry} {{ ... on Node {{ id }} }} }}"))["id"]
    authorized = MUTATIONS["paymentAuthorize"][1].format(order=named["paid"])
    answer = "{ ... on PaymentTransaction { payment { id } } }"
    named["payment"] = (await staff.do(f"mutation {{ {authorized} {answer} }}"))["payment"]["id"]
    paying = f'paymentContinue(input: {{orderId: "{named["unpaid"]}", gateway: "card", token: "t"}})'
    seen = "{ ... on Order { payments { id } } }"
    named["waiting"] = (await staff.do(f"mutation {{ {paying} {seen} }}"))["payments"][0]["id"]
    asked = f'orderCancelRequest(input: {{id: "{named["requested"]}"}})'
    named["request"] = (await staff.do(f"mutation {{ {asked} {{ ... on Node {{ id }} }} }}"))["id"]
    named["day"] = f"{clock.now() + timedelta(days=30):%Y-%m-%d}"
    draft = await staff.do(DRAFT, c=code)
    named["draft"], named["line"] = draft["id"], draft["lines"]["nodes"][0]["id"]
    return named


@pytest.fixture
async def world(api: Api) -> World:
    shops = {code: await make.shop(code, confirms_at_once=True) for code in ("own", "other")}
    await shops["own"].sell("A")
    await shops["other"].stock("A", 10)
    await shops["other"].price("A", 900)
    staff = api.as_(await make.token())
    await staff.do(f"mutation {{ {GATEWAY} {{ __typename }} }}")
    return World(api, staff, shops, {code: await _orders_of(staff, code) for code in shops})


def test_every_mutation_of_orders_is_covered():
    names = {to_camel_case(each.python_name) for each in schema.get_type_by_name("Mutation").fields}
    tried = {*MUTATIONS, "orderBulkCancel", "orderDraftCreate", "orderRuleSet", "paymentGatewaySet"}
    assert {
        name for name in names if name.startswith(("order", "payment", "dispute", "storedValueApply"))
    } == tried


async def _is_not_found(caller: Api, mutation: str, named: dict[str, str]) -> None:
    before = await rows_of_all_tables()
    refused = await caller.do(f"mutation {{ {mutation.format(**named)} {ANSWER} }}")
    assert await rows_of_all_tables() == before, mutation
    unknown = named | {name: to_global(kind, new_id()) for name, kind in KINDS.items()}
    assert refused == await caller.do(f"mutation {{ {mutation.format(**unknown)} {ANSWER} }}"), mutation
    assert refused["errorCode"] == "NOT_FOUND", mutation


async def test_no_mutation_finds_an_order_of_another_channel_or_location(world: World):
    own, other = world.shops["own"], world.named["other"]
    for limits in ({"channels": [own.channel]}, {"locations": [own.location]}):
        caller = await world.limited(**limits)
        for _, mutation in MUTATIONS.values():
            await _is_not_found(caller, mutation, other)


async def test_every_mutation_finds_orders_of_the_callers_channel(world: World):
    caller = await world.limited(channels=[world.shops["own"].channel])
    for name, (_, mutation) in MUTATIONS.items():
        answer = await caller.do(f"mutation {{ {mutation.format(**world.named['own'])} {ANSWER} }}")
        assert answer.get("errorCode") != "NOT_FOUND", (name, answer)


def _as(api: Api, actor: Actor) -> Api:
    """A caller whose token belongs to an actor, which may hold several grants."""
    access._remembered[fingerprint("both")] = (clock.now().timestamp(), actor)
    return api.as_("both")


async def test_a_mutation_needs_the_view_and_the_change_permission_for_the_orders_channel(world: World):
    """The view permission for one channel and the change permission for another do not suffice."""
    channels = {code: frozenset({shop.channel.id}) for code, shop in world.shops.items()}
    for name, (permission, mutation) in MUTATIONS.items():
        besides = [each for each in Permission if each is not permission and each is not P.ORDERS_VIEW]
        for seen, changed in ((None, channels["own"]), (channels["own"], None)):
            grants = (
                *grants_of([P.ORDERS_VIEW], seen),
                *grants_of([permission], changed),
                *grants_of(besides),
            )
            caller = _as(world.api, Actor(ActorKind.STAFF, new_id(), name, grants))
            await _is_not_found(caller, mutation, world.named["other"])


async def test_payments_holds_and_requests_are_visible_only_with_their_order(world: World):
    caller = await world.limited(channels=[world.shops["own"].channel])
    things = {}
    for code, named in world.named.items():
        order = (await world.staff.ask(PARTS, id=named["order"]))["node"]
        requested = (await world.staff.ask(PARTS, id=named["requested"]))["node"]
        paid = (await world.staff.ask(PARTS, id=named["paid"]))["node"]
        things[code] = [
            *(named[name] for name in KINDS),
            paid["payments"][0]["id"],
            requested["holds"][0]["id"],
            order["id"],
        ]
    found = await caller.ask(SEEN, ids=things["own"] + things["other"])
    assert [bool(node) for node in found["nodes"]] == [True] * len(things["own"]) + [False] * len(
        things["other"]
    )
    everything = await world.staff.ask(SEEN, ids=[])
    for name in ("orders", "orderCancelRequests", "holds"):
        assert 0 < found[name]["totalCount"] == everything[name]["totalCount"] // 2, name


async def test_a_caller_limited_to_a_location_sees_the_orders_with_fulfillment_there(api: Api):
    story = await Story.begin(api)
    await story.sell("EAST", east=5)
    await story.sell("WEST", east=None, west=5)
    numbers = [await story.buy((sku, 1)) for sku in ("EAST", "WEST")]
    both = await story.buy(("EAST", 1), ("WEST", 1))
    at_west = api.as_(await make.token(locations=[story.west]))
    listed = await at_west.ask("{ orders { totalCount nodes { number } } }")
    assert sorted(node["number"] for node in listed["orders"]["nodes"]) == sorted([numbers[1], both])
    by_number = "query($n: String!) { order(number: $n) { number } }"
    assert [bool((await at_west.ask(by_number, n=n))["order"]) for n in (*numbers, both)] == [
        False,
        True,
        True,
    ]


async def test_staff_see_an_order_outside_their_scope_as_a_buyer_does(world: World):
    """An order that they placed in a public channel, or read with its token: fields for staff are null."""
    caller = await world.limited(channels=[world.shops["own"].channel])
    fields = (
        "tags priority privateMetadata holds { id } ruleWarnings { rule } edits { id } payments { id } "
        "events { name facts actor } lines { nodes { adjustments { reason } } } customer { id } "
        "channel { orderRules { code } } cancellations { note } cancelRequests { answeredBy }"
    )
    place = f"mutation($i: OrderPlaceInput!) {{ orderPlace(input: $i) {{ ... on Order {{ id accessToken {fields} }} }} }}"
    read = f"query($id: ID!, $t: String!) {{ order(id: $id, token: $t) {{ {fields} }} }}"
    own = await caller.do(place, i=order_input(("A", 1), channel="own"))
    assert own["tags"] == [] and own["priority"] == 0 and own["holds"] == [] and own["channel"]["orderRules"]
    other = await caller.do(place, i=order_input(("A", 1), channel="other"))
    again = (await caller.ask(read, id=other["id"], t=other["accessToken"]))["order"]
    guest = (await world.api.ask(read, id=other["id"], t=other["accessToken"]))["order"]
    assert again == guest == {name: value for name, value in other.items() if name in guest}
    assert again["tags"] is again["priority"] is again["holds"] is again["channel"]["orderRules"] is None

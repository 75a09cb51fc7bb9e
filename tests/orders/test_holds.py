"""Holds: put by rules and by staff, released by staff, by time and by resolving their cause."""

from datetime import timedelta

import pytest

from app.access.permissions import Permission
from app.core import clock
from app.core.actor import SYSTEM
from app.orders import jobs
from app.orders.lifecycle import CancelReason
from app.orders.service import cancelling
from tests import make
from tests.ask import PLACE, Api, order_input

HOLDS = """
  __typename
  ... on Order {
    id status isOnHold version ruleWarnings { rule reason }
    holds { id kind rule reason placedBy releasedBy releaseNote releasedAt hours }
    events { name }
  }
  ... on UserError { errorCode message path }
"""
HOLD = "mutation($input: OrderHoldInput!, $v: Int) { orderHold(input: $input, expectedVersion: $v) {" + HOLDS
HOLD += "} }"
RELEASE = "mutation($input: OrderReleaseInput!) { orderRelease(input: $input) {" + HOLDS + "} }"
CONFIRM = "mutation($id: ID!) { orderConfirm(id: $id) {" + HOLDS + "... on OrderOnHold { kinds } } }"
SHOW = "query($n: String!) { order(number: $n) {" + HOLDS.split("... on UserError")[0] + "} }"
RULE = """
mutation($input: OrderRuleSetInput!) {
  orderRuleSet(input: $input) {
    __typename
    ... on Channel { orderRules { code outcome isChanged limits { name value } releaseAfterMinutes } }
    ... on ValidationFailed { problems { message path } }
  }
}
"""
BLOCK = """
mutation($email: String!, $reason: String!) {
  buyerBlock(email: $email, reason: $reason) {
    __typename ... on BlockedBuyer { email } ... on UserError { errorCode path }
  }
}
"""


@pytest.fixture
async def staff(api: Api) -> Api:
    return api.as_(await make.token())


@pytest.fixture
async def shop() -> make.Shop:
    opened = await make.shop(confirms_at_once=True)
    await opened.sell("MUG", stock=50)
    return opened


async def _show(staff: Api, number: str) -> dict:
    return (await staff.ask(SHOW, n=number))["order"]


def _names(order: dict) -> list[str]:
    """The events of the order itself, without fulfillment."""
    return [event["name"] for event in order["events"] if event["name"].startswith("order_")]


async def test_an_order_without_holds_is_confirmed_when_it_is_placed(staff: Api, shop: make.Shop):
    placed = await staff.do(PLACE, input=order_input(("MUG", 1)))
    assert placed["status"] == "CONFIRMED" and placed["trackingStage"] == "CONFIRMED"
    shown = await _show(staff, placed["number"])
    assert _names(shown) == ["order_placed", "order_confirmed"]
    assert shown["isOnHold"] is False and shown["holds"] == [] and shown["ruleWarnings"] == []


async def test_an_order_of_a_blocked_buyer_is_held_until_an_approver_releases_it(
    staff: Api, shop: make.Shop, api: Api
):
    blocked = await staff.do(BLOCK, email="@Example.com", reason="chargebacks")
    assert blocked == {"__typename": "BlockedBuyer", "email": "@example.com"}
    placed = await api.do(PLACE, input=order_input(("MUG", 1)))
    assert placed["status"] == "PLACED"
    shown = await _show(staff, placed["number"])
    (hold,) = shown["holds"]
    assert (hold["kind"], hold["rule"], hold["placedBy"]) == ("FRAUD", "blocked_buyer", "validation")
    assert "chargebacks" in hold["reason"] and hold["releasedAt"] is None
    refused = await staff.do(CONFIRM, id=placed["id"])
    assert refused["__typename"] == "OrderOnHold" and refused["kinds"] == ["FRAUD"]
    service_desk = api.as_(await make.token(Permission.ORDERS_VIEW, Permission.ORDERS_MANAGE))
    forbidden = await service_desk.error(RELEASE, input={"id": placed["id"]})
    assert forbidden["extensions"]["code"] == "FORBIDDEN"
    done = await staff.do(RELEASE, input={"id": placed["id"], "note": "Called them: fine."})
    assert done["status"] == "CONFIRMED" and done["isOnHold"] is False
    assert (done["holds"][0]["releasedBy"], done["holds"][0]["releaseNote"]) == ("test", "Called them: fine.")
    names = ["order_placed", "order_held", "order_released", "order_confirmed"]
    assert _names(done) == names
    gone = await staff.do('mutation { buyerUnblock(email: "@example.com") { __typename } }')
    assert gone["__typename"] == "BlockedBuyer"
    assert (await api.do(PLACE, input=order_input(("MUG", 2))))["status"] == "CONFIRMED"


async def test_an_order_whose_email_changes_to_a_blocked_buyers_is_held(staff: Api, shop: make.Shop):
    await staff.do(BLOCK, email="crook@example.org", reason="chargebacks")
    placed = await staff.do(PLACE, input=order_input(("MUG", 1)))
    update = "mutation($i: OrderUpdateInput!) { orderUpdate(input: $i) { __typename } }"
    for email, rules in (
        ("eve@example.org", []),
        ("crook@example.org", ["blocked_buyer"]),
        ("eve@example.org", ["blocked_buyer"]),  # changing the e-mail back does not release the hold
    ):
        done = await staff.do(update, i={"id": placed["id"], "email": email})
        assert done["__typename"] == "Order"
        shown = await _show(staff, placed["number"])
        assert [hold["rule"] for hold in shown["holds"] if hold["releasedAt"] is None] == rules
        assert shown["isOnHold"] is bool(rules)


async def test_an_order_assigned_to_a_customer_counts_against_the_credit_limit(staff: Api, shop: make.Shop):
    made = await staff.do(
        """mutation { customerCreate(input: {email: "ann@example.com",
             creditLimit: {amount: "0.01", currency: "USD"}}) { ... on Customer { id } } }"""
    )
    placed = await staff.do(PLACE, input=order_input(("MUG", 1)))
    update = "mutation($i: OrderUpdateInput!) { orderUpdate(input: $i) { __typename } }"
    await staff.do(update, i={"id": placed["id"], "customerId": made["id"]})
    shown = await _show(staff, placed["number"])
    assert [hold["rule"] for hold in shown["holds"]] == ["credit_limit"] and shown["isOnHold"] is True


async def test_several_holds_are_released_one_by_one_and_the_last_confirms_the_order(
    staff: Api, shop: make.Shop
):
    for rule, limits in (("unpaid", []), ("amount_limit", [{"name": "amount_minor", "value": 100}])):
        wanted = {"channel": "web", "rule": rule, "outcome": "HOLD", "limits": limits}
        assert (await staff.do(RULE, input=wanted))["__typename"] == "Channel"
    placed = await staff.do(PLACE, input=order_input(("MUG", 1)))
    held = await staff.do(HOLD, input={"id": placed["id"], "reason": "Wants gift wrapping."})
    kinds = {hold["kind"]: hold["id"] for hold in held["holds"]}
    assert set(kinds) == {"PAYMENT", "FRAUD", "MANUAL"} and held["status"] == "PLACED"
    for kind in ("FRAUD", "MANUAL"):
        left = await staff.do(RELEASE, input={"id": placed["id"], "holdIds": [kinds[kind]]})
        assert left["status"] == "PLACED" and left["isOnHold"] is True
    twice = await staff.do(RELEASE, input={"id": placed["id"], "holdIds": [kinds["FRAUD"]]})
    assert twice["path"] == ["input", "holdIds", "0"]
    assert (await staff.do(RELEASE, input={"id": placed["id"]}))["status"] == "CONFIRMED"
    nothing = await staff.do(RELEASE, input={"id": placed["id"]})
    assert nothing["errorCode"] == "INVALID" and "no open holds" in nothing["message"]


async def test_a_rule_warning_is_recorded_and_the_order_is_confirmed(staff: Api, shop: make.Shop):
    first = await staff.do(PLACE, input=order_input(("MUG", 1)))
    second = await staff.do(PLACE, input=order_input(("MUG", 1)))
    assert second["status"] == "CONFIRMED"
    (warning,) = (await _show(staff, second["number"]))["ruleWarnings"]
    assert warning["rule"] == "duplicate_order" and first["number"] in warning["reason"]


async def test_a_hold_is_released_when_its_time_is_over(staff: Api, shop: make.Shop, monkeypatch):
    wanted = {"channel": "web", "rule": "unpaid", "outcome": "HOLD", "releaseAfterMinutes": 30}
    await staff.do(RULE, input=wanted)
    placed = await staff.do(PLACE, input=order_input(("MUG", 1)))
    assert await jobs.release_due_holds() == 0
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=31))
    assert await jobs.release_due_holds() == 1
    shown = await _show(staff, placed["number"])
    assert shown["status"] == "CONFIRMED" and shown["holds"][0]["releasedBy"] == "system"
    assert shown["holds"][0]["hours"] == pytest.approx(0.52, abs=0.01)


async def test_a_hold_of_a_confirmed_order_does_not_unconfirm_it(staff: Api, shop: make.Shop):
    placed = await staff.do(PLACE, input=order_input(("MUG", 1)))
    held = await staff.do(HOLD, input={"id": placed["id"], "reason": "Wait.", "kind": "ADDRESS"})
    assert held["status"] == "CONFIRMED" and held["isOnHold"] is True
    assert (await staff.do(RELEASE, input={"id": placed["id"]}))["status"] == "CONFIRMED"


async def test_releasing_a_manual_hold_does_not_confirm_an_order_that_staff_must_confirm(staff: Api):
    shop = await make.shop()
    await shop.sell("MUG")
    placed = await staff.do(PLACE, input=order_input(("MUG", 1)))
    await staff.do(HOLD, input={"id": placed["id"], "reason": "Wait."})
    assert (await staff.do(RELEASE, input={"id": placed["id"]}))["status"] == "PLACED"
    assert (await staff.do(CONFIRM, id=placed["id"]))["status"] == "CONFIRMED"


async def test_an_order_held_on_confirming_is_confirmed_when_the_hold_is_released(staff: Api):
    shop = await make.shop()
    await shop.sell("MUG")
    await staff.do(RULE, input={"channel": "web", "rule": "unpaid", "outcome": "HOLD"})
    placed = await staff.do(PLACE, input=order_input(("MUG", 1)))
    held = await staff.do(CONFIRM, id=placed["id"])
    assert held["status"] == "PLACED" and held["holds"][0]["rule"] == "unpaid"
    assert (await staff.do(RELEASE, input={"id": placed["id"]}))["status"] == "CONFIRMED"


async def test_age_limits_and_barred_countries_of_products_hold_an_order(staff: Api, shop: make.Shop):
    await shop.sell("WINE", minimum_age=21)
    await shop.sell("SEEDS", barred_countries=["us"])
    placed = await staff.do(PLACE, input=order_input(("WINE", 1), ("SEEDS", 1)))
    holds = (await _show(staff, placed["number"]))["holds"]
    assert sorted(hold["rule"] for hold in holds) == ["age", "restricted_country"]
    assert {hold["kind"] for hold in holds} == {"COMPLIANCE"}


async def test_an_order_over_the_customers_credit_limit_is_held(staff: Api, shop: make.Shop):
    limit = {"amount": "30.00", "currency": "USD"}
    created = await staff.do(
        "mutation($i: CustomerCreateInput!) { customerCreate(input: $i) { ... on Customer { id creditLimit { amount } } } }",
        i={"email": "buyer@example.com", "creditLimit": limit},
    )
    assert created["creditLimit"] == {"amount": "30.00"}
    first = await staff.do(PLACE, input=order_input(("MUG", 1), customerId=created["id"]))
    assert first["status"] == "CONFIRMED"  # 15.00 with shipping
    second = await staff.do(PLACE, input=order_input(("MUG", 2), customerId=created["id"]))
    assert second["status"] == "PLACED"
    assert [hold["kind"] for hold in (await _show(staff, second["number"]))["holds"]] == ["CREDIT"]


async def test_invalid_input_for_holds_rules_and_blocks_is_refused_with_its_path(staff: Api, shop: make.Shop):
    placed = await staff.do(PLACE, input=order_input(("MUG", 1)))
    empty = await staff.do(HOLD, input={"id": placed["id"], "reason": "  "})
    assert empty["path"] == ["input", "reason"]
    long = await staff.do(HOLD, input={"id": placed["id"], "reason": "x" * 501})
    assert long["path"] == ["input", "reason"]
    past = await staff.do(
        HOLD, input={"id": placed["id"], "reason": "x", "releaseAt": "2020-01-01T00:00:00Z"}
    )
    assert past["path"] == ["input", "releaseAt"]
    stale = await staff.do(HOLD, input={"id": placed["id"], "reason": "x"}, v=99)
    assert stale["errorCode"] == "STALE_VERSION"
    bad = await staff.do(
        RULE,
        input={
            "channel": "web",
            "rule": "velocity",
            "outcome": "HOLD",
            "limits": [{"name": "orders", "value": 0}, {"name": "hours", "value": 1}],
            "releaseAfterMinutes": 0,
        },
    )
    assert [problem["path"] for problem in bad["problems"]] == [
        ["input", "limits", "0", "value"],
        ["input", "limits", "1", "name"],
        ["input", "releaseAfterMinutes"],
    ]
    unknown = await staff.do(RULE, input={"channel": "web", "rule": "nope", "outcome": "HOLD"})
    assert unknown["problems"][0]["path"] == ["input", "rule"]
    nobody = await staff.do(BLOCK, email="not an address", reason="x")
    assert nobody["path"] == ["email"]
    order = await make.order(("MUG", 1))
    await cancelling.cancel(SYSTEM, order.id, reason=CancelReason.CUSTOMER)
    shown = await _show(staff, order.number or "")
    late = await staff.do(HOLD, input={"id": shown["id"], "reason": "x"})
    assert late["errorCode"] == "ILLEGAL_TRANSITION"


async def test_holds_and_rules_are_visible_only_to_staff_and_orders_are_filtered_by_hold(
    staff: Api, shop: make.Shop, api: Api
):
    placed = await staff.do(PLACE, input=order_input(("MUG", 1)))
    await staff.do(HOLD, input={"id": placed["id"], "reason": "Wait."})
    found = await staff.ask(
        """{ held: orders(filter: {isOnHold: true}) { nodes { number } }
             kind: orders(filter: {holdKind: [FRAUD]}) { nodes { number } }
             free: orders(filter: {isOnHold: false}) { nodes { number } }
             orderHolds(filter: {isOpen: true}) { nodes { id kind order { number } } } }"""
    )
    assert found["held"]["nodes"] == [{"number": placed["number"]}]
    assert found["kind"]["nodes"] == found["free"]["nodes"] == []
    (hold,) = found["orderHolds"]["nodes"]
    assert hold["order"] == {"number": placed["number"]}
    node = await staff.ask("query($id: ID!) { node(id: $id) { ... on OrderHold { reason } } }", id=hold["id"])
    assert node["node"] == {"reason": "Wait."}
    assert (await api.error("{ orderHolds { nodes { id } } }"))["extensions"]["code"] == "UNAUTHENTICATED"
    rules = await api.post('{ channel(code: "web") { orderRules { code } } }')
    assert "errors" in rules.json() or rules.json()["data"]["channel"]["orderRules"] is None
    hidden = await api.ask("query($id: ID!) { node(id: $id) { __typename } }", id=hold["id"])
    assert hidden["node"] is None


async def test_an_order_is_confirmed_whether_its_rule_hold_or_its_manual_hold_is_released_last(
    staff: Api, shop: make.Shop
):
    await staff.do(BLOCK, email="@example.com", reason="chargebacks")
    for rule_released_first in (True, False):
        placed = await staff.do(PLACE, input=order_input(("MUG", 1)))
        order = await staff.do(HOLD, input={"id": placed["id"], "reason": "They rang."})
        by_rule = next(hold["id"] for hold in order["holds"] if hold["rule"])
        by_hand = next(hold["id"] for hold in order["holds"] if not hold["rule"])
        first, last = (by_rule, by_hand) if rule_released_first else (by_hand, by_rule)
        held = await staff.do(RELEASE, input={"id": placed["id"], "holdIds": [first]})
        assert (held["status"], held["isOnHold"]) == ("PLACED", True)
        confirmed = await staff.do(RELEASE, input={"id": placed["id"], "holdIds": [last]})
        assert (confirmed["status"], confirmed["isOnHold"]) == ("CONFIRMED", False)

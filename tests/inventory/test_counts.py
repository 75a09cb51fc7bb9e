"""Stock counts while orders are placed and shipped."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from app.access.permissions import Permission
from app.core import clock
from app.core.actor import SYSTEM
from app.core.money import Money
from app.inventory.counts.models import StockCount
from app.inventory.counts.schema import mutations as count_mutations
from app.inventory.counts.service import cancel_count, start
from app.inventory.locations import queries as locations
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.stock import queries
from app.inventory.stock.service import shipping
from tests import make
from tests.ask import Api

pytestmark = pytest.mark.usefixtures("clean")

START = """
mutation($input: StockCountStartInput!) { stockCountStart(input: $input) { __typename ... on UserError { message path }
  ... on StockCount { id status version lines { expected counted variant { sku } } } } }
"""
SUBMIT = """
mutation($input: StockCountSubmitInput!) { stockCountSubmit(input: $input) { __typename ... on UserError { message path }
  ... on ValidationFailed { problems { path } } ... on IllegalTransition { current }
  ... on StockCount { id status nextSteps { step } lines { expected counted difference value { amount } } } } }
"""
APPROVE = "mutation($id: ID!) { stockCountApprove(id: $id) { __typename ... on StockCount { status } ... on UserError { message } } }"
REJECT = "mutation($id: ID!) { stockCountReject(id: $id) { __typename ... on StockCount { status lines { counted } } } }"
ON_HAND = '{ stockLevels(filter: {sku: {eq: "A"}}) { nodes { onHand reserved } } }'


@pytest.fixture
async def shop(api: Api) -> make.Shop:
    shop = await make.shop()
    await shop.sell("A", stock=0)
    await receiving_service.receive_one(
        SYSTEM, sku="A", location=shop.location, quantity=20, cost=Cost(250, "USD")
    )
    return shop


@pytest.fixture
async def staff(api: Api, shop: make.Shop) -> Api:
    return api.as_(await make.token())


async def _start(staff: Api, **more: object) -> str:
    made = await staff.do(START, input={"location": "web-main", "skus": ["A"], **more})
    assert made["status"] == "OPEN", made
    return made["id"]


async def _on_hand(staff: Api) -> dict:
    return (await staff.ask(ON_HAND))["stockLevels"]["nodes"][0]


async def test_a_count_is_compared_with_the_stock_at_the_time_of_counting(staff: Api):
    order = await make.order(("A", 3))
    count = await _start(staff)
    counted_at = clock.now()
    # 20 are expected, 19 are counted. Before the count is submitted, an order ships and goods are received.
    with clock.shifted(timedelta(minutes=5)):
        await shipping.ship(SYSTEM, claimant=order.id)
        location = await locations.location(SYSTEM, code="web-main")
        await receiving_service.receive_one(SYSTEM, sku="A", location=location, quantity=6)
        lines = [{"sku": "A", "quantity": 19, "countedAt": counted_at.isoformat()}]
        done = await staff.do(SUBMIT, input={"countId": count, "lines": lines})
    assert done["status"] == "COMPLETED" and done["nextSteps"] == []
    assert done["lines"] == [{"expected": 20, "counted": 19, "difference": -1, "value": {"amount": "-2.50"}}]
    assert (await _on_hand(staff))["onHand"] == 20 - 3 + 6 - 1
    assert await queries.differences() == []


async def test_a_difference_above_the_limit_of_units_needs_approval(staff: Api, api: Api):
    count = await _start(staff, approvalAboveUnits=2)
    clerk = api.as_(await make.token(Permission.STOCK_VIEW, Permission.STOCK_MANAGE))
    lines = [{"sku": "A", "quantity": 15}]
    done = await clerk.do(SUBMIT, input={"countId": count, "lines": lines})
    assert done["status"] == "SUBMITTED" and (await _on_hand(staff))["onHand"] == 20
    assert (await clerk.error(APPROVE, id=count))["extensions"]["code"] == "FORBIDDEN"
    again = await staff.do(REJECT, id=count)
    assert again["status"] == "OPEN" and again["lines"] == [{"counted": None}]
    await clerk.do(SUBMIT, input={"countId": count, "lines": lines})
    assert (await staff.do(APPROVE, id=count))["status"] == "COMPLETED"
    assert (await _on_hand(staff))["onHand"] == 15
    assert (await staff.do(APPROVE, id=count))["__typename"] == "IllegalTransition"


async def test_a_difference_above_the_limit_of_value_needs_approval(staff: Api):
    count = await _start(
        staff, approvalAboveUnits=100, approvalAboveValue={"amount": "5.00", "currency": "USD"}
    )
    done = await staff.do(SUBMIT, input={"countId": count, "lines": [{"sku": "A", "quantity": 17}]})
    assert done["status"] == "SUBMITTED" and done["lines"][0]["value"]["amount"] == "-7.50"


@pytest.mark.parametrize(("currency", "minor"), [("USD", 10_000), ("JPY", 100), ("KWD", 100_000)])
async def test_the_default_value_that_requires_approval_is_100_units_of_the_currency(
    staff: Api, api: Api, shop: make.Shop, currency: str, minor: int, monkeypatch: pytest.MonkeyPatch
):
    chosen = SimpleNamespace(cost_currency=currency)
    monkeypatch.setattr(start, "settings", lambda: chosen)
    monkeypatch.setattr(count_mutations, "settings", lambda: chosen)
    made = await start.start_count(SYSTEM, shop.location, skus=["A"])
    assert made.approval_minor == minor
    await cancel_count(SYSTEM, made.id)
    id = await _start(staff)
    assert await StockCount.filter(approval_minor=minor).count() == 2
    await staff.do("mutation($id: ID!) { stockCountCancel(id: $id) { __typename } }", id=id)
    clerk = api.as_(await make.token(Permission.STOCK_VIEW, Permission.STOCK_MANAGE))
    for value in (str(Money(minor, currency).amount), str(Money(minor + 1, currency).amount)):
        limit = {"amount": value, "currency": currency}
        answer = await clerk.do(
            START, input={"location": "web-main", "skus": ["A"], "approvalAboveValue": limit}
        )
        is_refused = answer["__typename"] == "InvalidInput"
        assert is_refused is (value != str(Money(minor, currency).amount)), answer
        assert not is_refused or answer["path"] == ["input", "approvalAboveValue", "amount"]


async def test_expected_quantities_are_hidden_from_staff_who_count_blind(staff: Api, api: Api):
    clerk = api.as_(await make.token(Permission.STOCK_VIEW, Permission.STOCK_MANAGE))
    blind = await clerk.do(START, input={"location": "web-main", "skus": ["A"]})
    assert blind["lines"] == [{"expected": None, "counted": None, "variant": {"sku": "A"}}]
    seen = await staff.ask("{ stockCounts { nodes { lines { expected } } } }")
    assert seen["stockCounts"]["nodes"][0]["lines"] == [{"expected": 20}]


async def test_a_count_below_the_reserved_quantity_backorders_the_latest_reservation(staff: Api):
    first, second = await make.order(("A", 8)), await make.order(("A", 8))
    count = await _start(staff)
    done = await staff.do(SUBMIT, input={"countId": count, "lines": [{"sku": "A", "quantity": 13}]})
    assert done["status"] == "COMPLETED"
    assert await _on_hand(staff) == {"onHand": 13, "reserved": 13}
    held = [await queries.reservations_of(order.id) for order in (first, second)]
    assert [sum(row.quantity for row in rows) for rows in held] == [8, 5]  # the later order lost units
    assert await queries.differences() == []


async def test_a_second_open_count_of_the_same_level_is_refused(staff: Api):
    await _start(staff)
    refused = await staff.do(START, input={"location": "web-main"})
    assert refused["__typename"] == "InvalidInput" and refused["path"] == ["input", "skus"]


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ({"sku": "NOPE", "quantity": 1}, "sku"),
        ({"sku": "A", "quantity": -1}, "quantity"),
        ({"sku": "A", "quantity": 1, "countedAt": "2001-01-01T00:00:00Z"}, "countedAt"),
    ],
)
async def test_an_invalid_count_line_is_reported_with_its_path(staff: Api, line: dict, path: str):
    count = await _start(staff)
    refused = await staff.do(SUBMIT, input={"countId": count, "lines": [line]})
    assert refused["problems"] == [{"path": ["input", "lines", "0", path]}]

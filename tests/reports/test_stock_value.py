"""The value of stock by location, state and period, and its reconciliation."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.core import clock
from app.core.actor import SYSTEM
from app.inventory.receiving import queries as receiving_queries
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.stock import valuation
from app.inventory.stock.lifecycle import StockBucket, StockReason
from app.inventory.stock.service import adjusting, inbound, returns, shipping
from app.inventory.transfers import service as transfers
from app.inventory.transfers.service.arrivals import Arrived
from app.inventory.transfers.service.drafts import TransferData, TransferItem
from app.orders.lifecycle import CancelReason
from app.orders.service import cancelling
from tests import make
from tests.ask import Api

AMOUNT = "{ quantity value { amount } }"
VALUE = f"""query($at: DateTime, $l: String) {{ reports {{ stockValue(at: $at, location: $l) {{ total {AMOUNT} inTransit {AMOUNT}
  locations {{ location {{ code }} total {AMOUNT} available {AMOUNT} committed {AMOUNT} damaged {AMOUNT}
  quarantined {AMOUNT} inQualityCheck {AMOUNT} }} }} }} }}"""
LEDGER = f"""query($from: DateTime!, $to: DateTime, $l: String) {{ reports {{ stockLedger(from: $from, to: $to, location: $l) {{
  isReconciled opening {AMOUNT} closing {AMOUNT} lines {{ line amount {AMOUNT} }} }} }} }}"""
MOVES = f"""query($from: DateTime!) {{ reports {{ stockBucketMoves(from: $from) {{ reason fromBucket toBucket amount {AMOUNT} }}
  stockCommitted {{ month amount {AMOUNT} }} stockCommitmentShifts(from: $from) {{ fromMonth toMonth amount {AMOUNT} }} }} }}"""


def of(amount: dict[str, Any]) -> tuple[int, str]:
    return amount["quantity"], amount["value"]["amount"]


@pytest.fixture
async def shop(api: Api) -> make.Shop:
    """Ten at 1.00 and ten at 3.00."""
    shop = await make.shop()
    await shop.sell("A", stock=0)
    for cost in (100, 300):
        await receiving_service.receive_one(
            SYSTEM, sku="A", location=shop.location, quantity=10, cost=Cost(cost, "USD")
        )
    return shop


@pytest.fixture
async def staff(api: Api, shop: make.Shop) -> Api:
    return api.as_(await make.token())


async def _value(staff: Api, **variables: Any) -> dict[str, Any]:
    return (await staff.ask(VALUE, **variables))["reports"]["stockValue"]


async def test_value_is_shown_by_location_and_state_and_adds_up(staff: Api, shop: make.Shop):
    await make.order(("A", 3))
    await adjusting.set_aside(SYSTEM, sku="A", location=shop.location, quantity=2, to=StockBucket.DAMAGED)
    await adjusting.adjust(SYSTEM, sku="A", location=shop.location, change=-1, reason=StockReason.LOSS)
    seen = await _value(staff)
    (row,) = seen["locations"]
    assert of(seen["total"]) == of(row["total"]) == (19, "39.00")
    assert of(row["committed"]) == (3, "6.16") and of(row["damaged"]) == (2, "4.10")
    assert of(row["available"]) == (14, "28.74")
    parts = [row[name] for name in ("available", "committed", "damaged", "quarantined", "inQualityCheck")]
    assert sum(float(part["value"]["amount"]) for part in parts) == 39.00


async def test_value_at_a_past_time_is_the_value_at_that_time(staff: Api, shop: make.Shop):
    before = clock.now()
    with clock.shifted(timedelta(hours=1)):
        order = await make.order(("A", 12))
        await shipping.ship(SYSTEM, claimant=order.id)
        assert of((await _value(staff))["total"]) == (8, "24.00")  # ten at 1.00 and two at 3.00 have left
        then = await _value(staff, at=before.isoformat())
        assert of(then["total"]) == (20, "40.00") and of(then["locations"][0]["committed"]) == (0, "0.00")


async def test_units_between_two_locations_are_in_transit(staff: Api, shop: make.Shop):
    second = await make.location("second")
    made = await transfers.create_transfer(
        SYSTEM, TransferData(shop.location, second, [TransferItem("A", 4)])
    )
    await transfers.ship_transfer(SYSTEM, made.id)
    seen = await _value(staff)
    assert of(seen["inTransit"]) == (4, "4.00") and of(seen["total"]) == (16, "36.00")
    await transfers.receive_transfer(SYSTEM, made.id, arrived=[Arrived("A", received=3)])
    seen = await _value(staff)
    assert of(seen["inTransit"]) == (0, "0.00") and of(seen["total"]) == (19, "39.00")
    assert of((await _value(staff, l="second"))["total"]) == (3, "3.00")


async def test_opening_value_plus_changes_equals_closing_value(staff: Api, shop: make.Shop):
    start = clock.now() + timedelta(seconds=1)
    variant = await catalog.variant_by_sku("A")
    with clock.shifted(timedelta(hours=1)):
        order = await make.order(("A", 12))
        await shipping.ship(SYSTEM, claimant=order.id)
        await returns.take_back(
            SYSTEM, variant=variant, location=shop.location, quantity=2, claimant=order.id
        )
        await adjusting.adjust(SYSTEM, sku="A", location=shop.location, change=-1, reason=StockReason.LOSS)
        await receiving_service.receive_one(
            SYSTEM, sku="A", location=shop.location, quantity=1, cost=Cost(500, "USD")
        )
        receipt = (await receiving_queries.receipts_visible_to(SYSTEM).order_by("at"))[0]
        await receiving_service.correct_cost(SYSTEM, receipt.id, position=1, cost=Cost(110, "USD"))
        seen = (await staff.ask(LEDGER, **{"from": start.isoformat()}))["reports"]["stockLedger"]
    assert seen["isReconciled"] is True and of(seen["opening"]) == (20, "40.00")
    lines = {line["line"]: of(line["amount"]) for line in seen["lines"] if of(line["amount"]) != (0, "0.00")}
    # Twelve shipped at 16.00, later corrected to 17.00; two were returned at 17.00 × 2 ÷ 12.
    assert lines["SALES"] == (-12, "-17.00") and lines["RETURNS"] == (2, "2.83")
    assert lines["REVALUED"] == (0, "1.00")
    assert lines["RECEIPTS"] == (1, "5.00") and lines["WRITE_OFFS"][0] == -1
    total = sum(float(value) for _, value in lines.values()) + 40.00
    assert of(seen["closing"]) == (10, f"{total:.2f}")


async def test_reservations_cancellations_and_delays_are_shown_as_moves_between_buckets(
    staff: Api, shop: make.Shop
):
    start = clock.now() + timedelta(seconds=1)
    with clock.shifted(timedelta(hours=1)):
        order = await make.order(("A", 5))
        await cancelling.cancel(SYSTEM, order.id, reason=CancelReason.CUSTOMER)
        await shop.stock("A", 20, backorder_limit=50)
        coming = await inbound.expect(
            SYSTEM,
            sku="A",
            location=shop.location,
            quantity=9,
            expected_on=datetime(2031, 3, 5, tzinfo=UTC).date(),
        )
        await make.order(("A", 25))
        await inbound.change_incoming(SYSTEM, coming.id, expected_on=datetime(2031, 4, 5, tzinfo=UTC).date())
        seen = (await staff.ask(MOVES, **{"from": start.isoformat()}))["reports"]
    moves = {(m["reason"], m["fromBucket"], m["toBucket"]): of(m["amount"]) for m in seen["stockBucketMoves"]}
    assert moves["RESERVATION", "AVAILABLE", "RESERVED"] == (30, "50.00")
    assert moves["RELEASE", "RESERVED", "AVAILABLE"] == (5, "10.00")
    assert [(c["month"], of(c["amount"])) for c in seen["stockCommitted"]] == [("2031-04", (25, "40.00"))]
    (shift,) = seen["stockCommitmentShifts"]
    assert (shift["fromMonth"], shift["toMonth"]) == ("2031-03", "2031-04")
    assert of(shift["amount"]) == (25, "40.00")


async def test_stock_value_needs_the_permission_for_costs(api: Api, shop: make.Shop):
    clerk = api.as_(await make.token(Permission.STOCK_VIEW))
    assert (await clerk.ask(VALUE))["reports"]["stockValue"] is None
    assert (await Api(api.client).error(VALUE))["extensions"]["code"] == "UNAUTHENTICATED"
    accountant = api.as_(await make.token(Permission.STOCK_VIEW, Permission.STOCK_COSTS))
    assert of((await _value(accountant))["total"]) == (20, "40.00")
    error = await accountant.error(VALUE, l="nowhere")
    assert error["extensions"]["code"] == "NOT_FOUND"
    late = {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
    assert (await accountant.error(LEDGER, **late))["extensions"]["code"] == "INVALID"


# --- valuation rules, without a database ---


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 10_000)), min_size=1, max_size=8),
    st.lists(st.integers(1, 40), max_size=12),
)
def test_drawing_cost_layers_in_any_quantities_loses_no_cent(receipts, draws):
    at = datetime(2026, 1, 1, tzinfo=UTC)
    layers = [valuation.Layer(index, at, units, value) for index, (units, value) in enumerate(receipts)]
    put_in, taken = sum(value for _, value in receipts), 0
    for quantity in draws:
        there, _ = valuation.total(layers)
        if quantity > there:
            with pytest.raises(ValueError, match="fewer"):
                valuation.draw(layers, quantity)
            continue
        taken += sum(each.value_minor for each in valuation.draw(layers, quantity))
    assert taken + valuation.total(layers)[1] == put_in
    assert all(layer.value_minor == 0 for layer in layers if layer.quantity == 0)

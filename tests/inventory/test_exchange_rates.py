"""Costs in other currencies: each currency has its own decimals, and a rate applies to major units."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import Money, converted, decimals_of
from app.inventory.stock import queries
from tests import make
from tests.ask import Api

# Unit cost and rate in a currency, and the value of ten units in dollars.
COSTS = [
    ("JPY", "10000", "0.0065", "650.00"),
    ("KWD", "10.000", "3.25", "325.00"),
    ("EUR", "10.00", "1.1", "110.00"),
    ("IQD", "1300.000", "0.00076", "9.88"),
]
WRONG = "__typename ... on UserError { message path }"


@pytest.fixture
async def staff(api: Api) -> Api:
    shop = await make.shop()
    await shop.sell("A", stock=0)
    return api.as_(await make.token())


async def value_of(staff: Api) -> str:
    seen = await staff.ask("{ stockLevels { nodes { value { amount } } } }")
    assert await queries.differences() == []
    return seen["stockLevels"]["nodes"][0]["value"]["amount"]


async def receive(staff: Api, unit_cost: dict[str, str], rate: str | None) -> str:
    """Receive ten units with a receipt; returns the receipt's id."""
    made = await staff.do(
        f"mutation($i: StockReceiptCreateInput!) {{ stockReceiptCreate(input: $i) {{ {WRONG} ... on StockReceipt {{ id }} }} }}",
        i={
            "location": "web-main",
            "lines": [{"sku": "A", "quantity": 10, "unitCost": unit_cost, "exchangeRate": rate}],
        },
    )
    return made["id"]


async def receive_one(staff: Api, cost: dict[str, str], rate: str) -> None:
    await staff.do(
        f"mutation($i: StockReceiveInput!) {{ stockReceive(input: $i) {{ {WRONG} }} }}",
        i={"sku": "A", "location": "web-main", "quantity": 10, "unitCost": cost, "exchangeRate": rate},
    )


async def receive_delivery(staff: Api, cost: dict[str, str], rate: str) -> None:
    await receive(staff, cost, rate)


async def correct(staff: Api, cost: dict[str, str], rate: str) -> None:
    id = await receive(staff, {"amount": "1.00", "currency": "USD"}, None)
    await staff.do(
        f"mutation($i: StockCostCorrectInput!) {{ stockCostCorrect(input: $i) {{ {WRONG} }} }}",
        i={"receiptId": id, "line": 1, "unitCost": cost, "exchangeRate": rate},
    )


async def receive_purchase(staff: Api, cost: dict[str, str], rate: str) -> None:
    supplier = {"code": "abroad", "name": "Abroad", "currency": cost["currency"]}
    await staff.do(
        f"mutation($i: SupplierCreateInput!) {{ supplierCreate(input: $i) {{ {WRONG} }} }}", i=supplier
    )
    order: dict[str, Any] = {
        "supplier": "abroad",
        "location": "web-main",
        "lines": [{"sku": "A", "quantity": 10, "unitCost": cost}],
    }
    made = await staff.do(
        f"mutation($i: PurchaseOrderCreateInput!) {{ purchaseOrderCreate(input: $i) {{ {WRONG} ... on PurchaseOrder {{ id }} }} }}",
        i=order,
    )
    await staff.do(f"mutation($id: ID!) {{ purchaseOrderSend(id: $id) {{ {WRONG} }} }}", id=made["id"])
    await staff.do(
        f"mutation($i: PurchaseOrderReceiveInput!) {{ purchaseOrderReceive(input: $i) {{ {WRONG} }} }}",
        i={"id": made["id"], "exchangeRate": rate},
    )


@pytest.mark.parametrize(("currency", "each", "rate", "worth"), COSTS)
@pytest.mark.parametrize("way", [receive_one, receive_delivery, correct, receive_purchase])
async def test_a_cost_in_another_currency_is_converted_with_the_decimals_of_both(
    staff: Api, way: Any, currency: str, each: str, rate: str, worth: str
):
    await way(staff, {"amount": each, "currency": currency}, rate)
    assert await value_of(staff) == worth


@given(
    st.integers(0, 10**15),
    st.sampled_from(["USD", "EUR", "JPY", "KWD", "CLF"]),
    st.sampled_from(["USD", "JPY", "KWD"]),
    st.decimals("0.000001", "999999", places=6),
)
def test_a_converted_amount_is_the_amount_times_the_rate_rounded_once(minor, currency, into, rate):
    cent = Decimal(1).scaleb(-decimals_of(into))
    exact = Money(minor, currency).amount * rate
    assert Money(converted(minor, currency, into, rate), into).amount == exact.quantize(cent, ROUND_HALF_UP)


async def test_a_rate_without_a_cost_is_refused(staff: Api):
    units = {"sku": "A", "quantity": 10, "exchangeRate": "1.1"}
    asked = f"mutation($i: StockReceiveInput!) {{ stockReceive(input: $i) {{ {WRONG} }} }}"
    refused = await staff.do(asked, i={**units, "location": "web-main"})
    assert (refused["__typename"], refused["path"]) == ("InvalidInput", ["input", "exchangeRate"])
    asked = f"mutation($i: StockReceiptCreateInput!) {{ stockReceiptCreate(input: $i) {{ {WRONG} }} }}"
    refused = await staff.do(asked, i={"location": "web-main", "lines": [units]})
    assert (refused["__typename"], refused["path"]) == (
        "InvalidInput",
        ["input", "lines", "0", "exchangeRate"],
    )
    (level,) = (await staff.ask("{ stockLevels { nodes { onHand } } }"))["stockLevels"]["nodes"]
    assert level == {"onHand": 0}

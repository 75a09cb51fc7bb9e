"""Receiving goods, their costs, and later effects."""

import pytest

from app.access.permissions import Permission
from app.core.actor import SYSTEM
from app.core.database import fetch
from app.inventory.stock import queries
from app.inventory.stock.service import shipping
from tests import make
from tests.ask import Api

pytestmark = pytest.mark.usefixtures("clean")

RECEIVE = """
mutation($input: StockReceiptCreateInput!, $key: String) { stockReceiptCreate(input: $input, idempotencyKey: $key) {
  __typename ... on UserError { message path }
  ... on StockReceipt { id reference lines { quantity isEstimated cost { amount } landedCost { amount } variant { sku } } }
} }
"""
VALUES = "{ stockLevels { nodes { onHand value { amount currency } variant { sku } } } }"


def usd(amount: str) -> dict:
    return {"amount": amount, "currency": "USD"}


@pytest.fixture
async def shop(clean: None) -> make.Shop:
    shop = await make.shop()
    for sku in ("A", "B"):
        await shop.sell(sku, stock=0)
    return shop


@pytest.fixture
async def staff(api: Api, shop: make.Shop) -> Api:
    return api.as_(await make.token())


async def _values(staff: Api) -> dict[str, str]:
    levels = (await staff.ask(VALUES))["stockLevels"]["nodes"]
    return {level["variant"]["sku"]: level["value"]["amount"] for level in levels}


async def test_landed_cost_is_split_over_the_lines_of_a_receipt_without_losing_a_cent(staff: Api):
    lines = [
        {"sku": "A", "quantity": 10, "unitCost": usd("2.00")},
        {"sku": "B", "quantity": 3, "totalCost": usd("10.00")},
    ]
    costs = [
        {"name": "freight", "amount": usd("5.00"), "by": "VALUE"},
        {"name": "unloading", "amount": usd("1.00"), "by": "QUANTITY"},
    ]
    wanted = {"location": "web-main", "reference": "DN-7", "lines": lines, "landedCosts": costs}
    done = await staff.do(RECEIVE, input=wanted, key="one")
    # Freight is split by value 20 : 10, unloading by quantity 10 : 3.
    assert [line["landedCost"]["amount"] for line in done["lines"]] == ["4.10", "1.90"]
    assert await _values(staff) == {"A": "24.10", "B": "11.90"}
    again = await staff.do(RECEIVE, input=wanted, key="one")
    assert again == done and (await _values(staff))["A"] == "24.10"


async def test_splitting_landed_cost_by_weight_names_the_variant_without_a_weight(staff: Api):
    cost = {"name": "freight", "amount": usd("5.00"), "by": "WEIGHT"}
    lines = [{"sku": "A", "quantity": 1, "unitCost": usd("1")}]
    done = await staff.do(RECEIVE, input={"location": "web-main", "lines": lines, "landedCosts": [cost]})
    assert done["__typename"] == "InvalidInput" and "A" in done["message"]
    assert done["path"] == ["input", "landedCosts", "0", "by"]
    assert (await fetch("SELECT count(*) AS n FROM receipt"))[0]["n"] == 0


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ({"sku": "NOPE", "quantity": 1}, ["lines", "1", "sku"]),
        ({"sku": "B", "quantity": 0}, ["lines", "1", "quantity"]),
        ({"sku": "B", "quantity": 1, "unitCost": {"amount": "-1", "currency": "USD"}}, ["lines", "1", "unitCost", "amount"]),
        ({"sku": "B", "quantity": 1, "unitCost": {"amount": "1", "currency": "EUR"}}, ["lines", "1", "unitCost", "currency"]),
        ({"sku": "B", "quantity": 1, "unitCost": usd("1"), "totalCost": usd("1")}, ["lines", "1", "totalCost"]),
        ({"sku": "B", "quantity": 1, "bucket": "RESERVED"}, ["lines", "1", "bucket"]),
    ],
)  # fmt: skip
async def test_an_invalid_receipt_line_is_reported_with_its_path_and_nothing_is_received(
    staff: Api, line: dict, path: list[str]
):
    lines = [{"sku": "A", "quantity": 1, "unitCost": usd("1")}, line]
    query = RECEIVE.replace("message path }", "message path } ... on ValidationFailed { problems { path } }")
    done = await staff.do(query, input={"location": "web-main", "lines": lines})
    named = done["problems"][0]["path"] if done["__typename"] == "ValidationFailed" else done["path"]
    assert named == ["input", *path]
    assert (await fetch("SELECT SUM(on_hand) AS n FROM stock_level"))[0]["n"] == 0


async def test_a_cost_in_another_currency_is_converted_at_the_given_rate(staff: Api):
    line = {
        "sku": "A",
        "quantity": 3,
        "unitCost": {"amount": "10.00", "currency": "EUR"},
        "exchangeRate": "1.1555",
    }
    await staff.do(RECEIVE, input={"location": "web-main", "lines": [line]})
    assert (await _values(staff))["A"] == "34.67"  # 30.00 × 1.1555 = 34.665, rounded once


async def test_a_missing_unit_cost_is_estimated_from_the_last_receipt_and_can_be_corrected(staff: Api):
    await staff.do(
        RECEIVE,
        input={"location": "web-main", "lines": [{"sku": "A", "quantity": 4, "unitCost": usd("2.50")}]},
    )
    done = await staff.do(RECEIVE, input={"location": "web-main", "lines": [{"sku": "A", "quantity": 2}]})
    assert done["lines"][0]["isEstimated"] is True and done["lines"][0]["cost"]["amount"] == "5.00"
    correct = """mutation($id: ID!) { stockCostCorrect(input: {receiptId: $id, line: 1, unitCost: {amount: "4.00", currency: "USD"}})
      { __typename ... on StockReceipt { lines { cost { amount } isEstimated } } ... on UserError { message path } } }"""
    done = await staff.do(correct, id=done["id"])
    assert done["lines"] == [{"cost": {"amount": "8.00"}, "isEstimated": False}]
    assert (await _values(staff))["A"] == "18.00"


async def test_a_late_landed_cost_is_divided_between_remaining_and_sold_units(staff: Api, shop: make.Shop):
    line = {"sku": "A", "quantity": 10, "unitCost": usd("1.00")}
    receipt = await staff.do(RECEIVE, input={"location": "web-main", "lines": [line]})
    order = await make.order(("A", 4))
    (left,) = await shipping.ship(SYSTEM, claimant=order.id)
    assert left.quantity == 4
    add = """mutation($id: ID!) { stockLandedCostAdd(input: {receiptId: $id, cost: {name: "duty",
      amount: {amount: "5.00", currency: "USD"}}}) { __typename ... on StockReceipt { landedCosts { name amount { amount } by } } } }"""
    done = await staff.do(add, id=receipt["id"])
    assert done["landedCosts"] == [{"name": "duty", "amount": {"amount": "5.00"}, "by": "VALUE"}]
    assert (await _values(staff))["A"] == "9.00"  # 6 of 10 units remain: 6.00 + 3.00
    rows = await fetch("SELECT SUM(amount_minor) AS n FROM value_entry WHERE to_account = 'cost_of_sales'")
    assert int(rows[0]["n"]) == 600  # 4.00 + 2.00
    assert await queries.differences() == []


async def test_costs_are_hidden_without_the_stock_costs_permission(staff: Api, api: Api):
    await staff.do(
        RECEIVE,
        input={"location": "web-main", "lines": [{"sku": "A", "quantity": 4, "unitCost": usd("2.50")}]},
    )
    seller = api.as_(await make.token(Permission.STOCK_VIEW, Permission.STOCK_MANAGE))
    query = "{ stockLevels { nodes { onHand value { amount } } } stockMovements { nodes { unitCost { amount } } } stockReceipts { nodes { landedCosts { name } lines { quantity cost { amount } } } } }"
    seen = await seller.ask(query)
    assert {level["value"] for level in seen["stockLevels"]["nodes"]} == {None}
    assert seen["stockMovements"]["nodes"][0]["unitCost"] is None
    assert seen["stockReceipts"]["nodes"][0]["lines"] == [{"quantity": 4, "cost": None}]
    correct = 'mutation { stockCostCorrect(input: {receiptId: "x", line: 1}) { __typename } }'
    assert (await seller.error(correct))["extensions"]["code"] == "FORBIDDEN"

"""The stock ledger: validation of entries, and detection of inconsistencies."""

import pytest

from app.core.actor import SYSTEM
from app.core.database import execute, fetch
from app.core.refusals import Refusal
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.stock import queries
from app.inventory.stock.service import releasing
from tests import make
from tests.ask import Api
from tests.database import feed_has_read_all
from tests.watching import until_waiting

pytestmark = pytest.mark.usefixtures("clean")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("UPDATE stock_level SET on_hand = on_hand + 1", "on hand 8 (ledger 7)"),
        (
            "UPDATE stock_level SET reserved = reserved - 1",
            "1 units reserved, but the sum of its reservations is 2",
        ),
        ("DELETE FROM reservation", "the sum of its reservations is 0"),
        ("DELETE FROM stock_movement WHERE reason = 'receipt'", "on hand 7 (ledger 5)"),
        ("UPDATE cost_layer SET remaining = remaining - 1 WHERE remaining = 2", "its cost layers contain 6"),
        ("UPDATE cost_layer SET remaining_minor = remaining_minor + 1", "600 in the value ledger"),
        ("UPDATE value_entry SET amount_minor = 0", "is 600, but 0 in the value ledger"),
        ("UPDATE cost_layer SET is_open = FALSE WHERE remaining = 2", "marked as open"),
    ],
)
async def test_verify_reports_a_planted_inconsistency(fault: str, message: str):
    shop = await make.shop()
    await shop.sell("A", stock=5)
    cost = Cost(300, "USD")
    await receiving_service.receive_one(SYSTEM, sku="A", location=shop.location, quantity=2, cost=cost)
    await make.order(("A", 2))
    assert await queries.differences() == []
    await execute(fault)
    assert message in "\n".join(await queries.differences())


async def test_check_constraints_of_the_database_prevent_overselling():
    shop = await make.shop()
    await shop.sell("A", stock=5)
    with pytest.raises(Exception, match=r"(?i)not_oversold"):
        await execute("UPDATE stock_level SET reserved = 6")
    with pytest.raises(Exception, match=r"(?i)on_hand_not_negative|unavailable_adds_up"):
        await execute("UPDATE stock_level SET on_hand = -1, backorder_limit = 5")


async def test_a_loss_of_reserved_stock_backorders_the_order_and_cannot_exceed_the_stock(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=5)
    order = await make.order(("A", 4))
    staff = api.as_(await make.token())
    adjust = (
        'mutation($c: Int!, $r: StockReason!) { stockAdjust(input: {sku: "A", location: "web-main", change: $c, reason: $r}) '
        "{ __typename ... on StockLevel { onHand available } ... on UserError { message path } } }"
    )
    refused = await staff.do(adjust, c=-6, r="LOSS")
    assert refused["__typename"] == "InvalidInput" and "Only 5" in refused["message"]
    lost = await staff.do(adjust, c=-2, r="LOSS")
    assert (lost["onHand"], lost["available"]) == (3, 0)
    assert [row.quantity for row in await queries.backlog_of(order.id)] == [1]
    wrong = await staff.do(adjust, c=1, r="LOSS")
    assert wrong["path"] == ["input", "reason"]


async def test_reserving_and_releasing_change_the_version_of_a_level_but_not_updated_at():
    shop = await make.shop()
    await shop.sell("A", stock=5)
    seen = "SELECT updated_at, version, reserved FROM stock_level"
    (before,) = await fetch(seen)
    order = await make.order(("A", 4))
    (variant_id,) = await queries.reserved_by_variant(order.id)
    await releasing.release(SYSTEM, claimant=order.id, demand={variant_id: 1})
    (in_part,) = await fetch(seen)
    await releasing.release(SYSTEM, claimant=order.id)
    (whole,) = await fetch(seen)
    assert [row["reserved"] for row in (before, in_part, whole)] == [0, 3, 0]
    assert before["updated_at"] == in_part["updated_at"] == whole["updated_at"]
    assert before["version"] < in_part["version"] < whole["version"]
    await shop.stock("A", 6)
    (counted,) = await fetch(seen)
    assert counted["updated_at"] > whole["updated_at"]


async def test_safety_stock_reduces_and_a_backorder_limit_increases_the_available_quantity(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=5)
    await shop.stock("A", 5, safety_stock=2)
    query = '{ variant(sku: "A", channel: "web") { available } }'
    assert (await api.ask(query))["variant"]["available"] == 3
    await shop.stock("A", 5, safety_stock=0, backorder_limit=4)
    assert (await api.ask(query))["variant"]["available"] == 9
    await make.order(("A", 9))
    with pytest.raises(Refusal):
        await make.order(("A", 1))
    assert await queries.differences() == []


async def test_a_bulk_update_reports_each_row_and_reject_all_writes_nothing(api: Api):
    shop = await make.shop()
    for sku in ("A", "B", "C"):
        await shop.sell(sku, stock=5)
    staff = api.as_(await make.token())
    bulk = (
        "mutation($rows: [StockRowInput!]!, $p: ErrorPolicy! = REJECT_FAILED) { stockBulkSet(input: $rows, errorPolicy: $p) "
        "{ ... on BulkResult { written failed rows { index status error { errorCode path } } } } }"
    )
    rows = [
        {"sku": "A", "location": "web-main", "onHand": 7, "expectedOnHand": 5},
        {"sku": "NOPE", "location": "web-main", "onHand": 7},
        {"sku": "B", "location": "web-main", "onHand": -1},
        {"sku": "C", "location": "web-main", "onHand": 8, "expectedOnHand": 4},
        {"sku": "A", "location": "web-main", "onHand": 9},
    ]
    rejected = await staff.do(bulk, rows=rows, p="REJECT_ALL")
    assert [row["status"] for row in rejected["rows"]] == ["ROLLED_BACK", *["FAILED"] * 4]
    assert {row["on_hand"] for row in await fetch("SELECT on_hand FROM stock_level")} == {5}
    done = await staff.do(bulk, rows=rows)
    assert [row["status"] for row in done["rows"]] == ["UPDATED", *["FAILED"] * 4]
    codes = [row["error"]["errorCode"] for row in done["rows"][1:]]
    assert codes == ["NOT_FOUND", "INVALID", "STALE_VERSION", "INVALID"]  # the last row repeats a level
    assert done["rows"][1]["error"]["path"] == ["sku"]
    assert await queries.differences() == []


async def test_a_subscription_to_stock_levels_delivers_changes(api: Api):
    import asyncio

    from app.schema import schema
    from tests.context import context_of

    shop = await make.shop()
    await shop.sell("A", stock=5)
    await feed_has_read_all()
    context = await context_of(await make.token())
    stream = await schema.stream(
        'subscription { stockLevelUpdated(filter: {sku: {eq: "A"}}) { reserved available } }',
        context_value=context,
    )
    reading = asyncio.create_task(anext(stream))
    await until_waiting()
    await make.order(("A", 2))
    result = await asyncio.wait_for(reading, 30)
    assert result.data == {"stockLevelUpdated": {"reserved": 2, "available": 3}}
    await stream.aclose()


async def test_a_subscription_to_low_stock_delivers_a_level_that_reaches_its_reorder_point(api: Api):
    import asyncio

    from app.schema import schema
    from tests.context import context_of

    shop = await make.shop()
    await shop.sell("A", stock=9)
    await shop.stock("A", 9, reorder_point=5)
    await shop.sell("B", stock=9)
    await feed_has_read_all()
    stream = await schema.stream(
        "subscription { stockLevelUpdated(filter: {isLow: {eq: true}}) { available isLow variant { sku } } }",
        context_value=await context_of(await make.token()),
    )
    reading = asyncio.create_task(anext(stream))
    await until_waiting()
    for sku, quantity in (
        ("A", 3),
        ("B", 8),
        ("A", 1),
    ):  # A has six left; B has no reorder point; A has five left
        await make.order((sku, quantity))
    result = await asyncio.wait_for(reading, 30)
    assert result.data == {"stockLevelUpdated": {"available": 5, "isLow": True, "variant": {"sku": "A"}}}
    await stream.aclose()


async def test_a_receipt_that_exceeds_the_maximum_of_a_level_is_refused(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=100_000_000)
    receive = 'mutation { stockReceive(input: {sku: "A", location: "web-main", quantity: 1}) { __typename } }'
    assert (await api.as_(await make.token()).do(receive))["__typename"] == "InvalidInput"
    assert await queries.differences() == []


BULK_SET = (
    "mutation($rows: [StockRowInput!]!) { stockBulkSet(input: $rows) "
    "{ ... on BulkResult { rows { status error { path message } } } } }"
)


async def test_on_hand_and_backorder_limit_of_a_row_are_validated_together(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=0)
    await shop.stock("A", 0, backorder_limit=10)
    await make.order(("A", 10))
    staff = api.as_(await make.token())
    row = {"sku": "A", "location": "web-main"}
    # 10 are reserved: with 10 on hand no backorder is needed, with 0 on hand a limit of 10 is needed.
    done = await staff.do(BULK_SET, rows=[row | {"onHand": 10, "backorderLimit": 0}])
    assert done["rows"][0]["status"] == "UPDATED"
    done = await staff.do(BULK_SET, rows=[row | {"onHand": 0, "backorderLimit": 10}])
    assert done["rows"][0]["status"] == "UPDATED"
    done = await staff.do(BULK_SET, rows=[row | {"onHand": 5, "backorderLimit": 4}])
    assert done["rows"][0]["error"]["path"] == ["backorderLimit"]
    assert await queries.differences() == []


@pytest.mark.parametrize(
    ("mutation", "path"),
    [
        (
            'stockAdjust(input: {sku: "A", location: "web-main", change: -9, reason: LOSS})',
            ["input", "change"],
        ),
        (
            'stockAdjust(input: {sku: "A", location: "web-main", change: 1, reason: FOUND, note: "%s"})',
            ["input", "note"],
        ),
        ('stockReceive(input: {sku: "A", location: "web-main", quantity: 1, note: "%s"})', ["input", "note"]),
        (
            'stockReceive(input: {sku: "A", location: "web-main", quantity: 1, unitCost: {amount: "-1", currency: "USD"}})',
            ["input", "unitCost", "amount"],
        ),
    ],
)
async def test_an_invalid_adjustment_or_receipt_is_reported_with_its_path(
    api: Api, mutation: str, path: list[str]
):
    shop = await make.shop()
    await shop.sell("A", stock=5)
    sent = "mutation { " + mutation.replace("%s", "n" * 501) + " { ... on UserError { path } } }"
    assert (await api.as_(await make.token()).do(sent))["path"] == path
    assert (await fetch("SELECT on_hand FROM stock_level"))[0]["on_hand"] == 5


async def test_stock_levels_are_filtered_by_low_stock_and_available_quantity(api: Api):
    shop = await make.shop()
    for sku, on_hand, point in (("A", 9, 5), ("B", 4, 5), ("C", 3, None)):
        await shop.sell(sku, stock=on_hand)
        if point is not None:
            await shop.stock(sku, on_hand, reorder_point=point, reorder_up_to=20)
    staff = api.as_(await make.token())
    query = "query($f: StockLevelFilter) { stockLevels(filter: $f) { nodes { isLow available variant { sku } } } }"

    async def found(**filter: object) -> list[str]:
        nodes = (await staff.ask(query, f=filter))["stockLevels"]["nodes"]
        return sorted(node["variant"]["sku"] for node in nodes)

    assert await found(isLow={"eq": True}) == ["B"]
    assert await found(isLow={"eq": False}) == ["A", "C"]
    assert await found(available={"gte": 4}) == ["A", "B"] and await found(available={"eq": 3}) == ["C"]
    assert await found(**{"not": {"available": {"lte": 3}}}) == ["A", "B"]
    await make.order(("A", 4))
    assert await found(isLow={"eq": True}) == ["A", "B"]
    bad = [{"sku": "A", "location": "web-main", "onHand": 9, "reorderUpTo": 2}]
    done = await staff.do(BULK_SET, rows=bad)
    assert done["rows"][0]["error"]["path"] == ["reorderUpTo"]


async def test_a_stock_level_lists_its_movements(api: Api):
    shop = await make.shop()
    await shop.sell("A", stock=9)
    await make.order(("A", 4))
    history = "{ stockLevels { nodes { movements(first: 1) { totalCount nodes { reason quantity fromBucket toBucket } } } } }"
    (level,) = (await api.as_(await make.token()).ask(history))["stockLevels"]["nodes"]
    assert level["movements"]["totalCount"] == 2
    moved = {"reason": "RESERVATION", "quantity": 4, "fromBucket": "AVAILABLE", "toBucket": "RESERVED"}
    assert level["movements"]["nodes"] == [moved]

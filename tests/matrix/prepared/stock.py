"""Stock of two lots and in several states, and documents of it: receipts, transfers, counts and a plan."""

from datetime import timedelta
from typing import Any

from app.core import clock
from app.core.ids import from_global, new_id
from app.inventory.counts.models import StockCount
from app.inventory.stock.lifecycle import StockBucket, StockReason
from app.inventory.stock.models import StockLevel, StockMovement
from tests.matrix.prepared.requests import EUR, MAIN, NEAR, Base, Field, Values, both, given, named
from tests.preparing import Preparing

_LOTS = '[{number: "M1", quantity: 20}, {number: "M2", quantity: 20}]'


async def prepare(to: Preparing) -> None:
    for sku in ("M", "N"):
        await to.do(f'stockReceive(input: {{sku: "{sku}", location: "{MAIN}", quantity: 40, lots: {_LOTS}}})')
    for place, quantity in ((MAIN, 300), (NEAR, 30)):
        await to.do(f'stockReceive(input: {{sku: "U", location: "{place}", quantity: {quantity}}})')
    await to.do(f'stockSetAside(input: {{sku: "U", location: "{MAIN}", quantity: 20, to: DAMAGED}})')
    lines = '[{sku: "U", quantity: 5}, {sku: "A", quantity: 5}]'
    to.named["receipt of two lines"] = await to.do(
        f'stockReceiptCreate(input: {{location: "{MAIN}", lines: {lines}}})'
    )
    lots = '[{number: "M1", quantity: 2}, {number: "M2", quantity: 2}]'
    to.named["receipt of lots"] = await to.do(
        f'stockReceiptCreate(input: {{location: "{MAIN}", lines: [{{sku: "M", quantity: 4, lots: {lots}}}]}})'
    )
    await _transfers(to)
    await _counts(to)
    await _sales(to)


async def _transfers(to: Preparing) -> None:
    lines = '[{sku: "U", quantity: 12}, {sku: "M", quantity: 4}, {sku: "N", quantity: 4}]'
    for name in ("transfer to ship", "transfer on its way"):
        to.named[name] = await to.do(
            f'stockTransferCreate(input: {{source: "{MAIN}", destination: "{NEAR}", lines: {lines}}})'
        )
    lots = '[{number: "M1", quantity: 2}, {number: "M2", quantity: 2}]'
    await to.do(
        f'stockTransferShip(input: {{id: $id, picked: [{{sku: "M", lots: {lots}}}]}})',
        id=to.named["transfer on its way"],
    )


async def _counts(to: Preparing) -> None:
    count = await to.do('stockCountStart(input: {location: "web-north", skus: ["U", "A", "M"]})')
    to.named["count of several"] = count
    await StockCount.filter(id=from_global(count)[1]).update(created_at=clock.now() - timedelta(days=5))


async def _sales(to: Preparing) -> None:
    """Twenty weeks of sales of a SKU that can be transferred from another location."""
    for place, quantity in ((MAIN, 1), (NEAR, 9000)):
        await to.do(f'stockReceive(input: {{sku: "P", location: "{place}", quantity: {quantity}}})')
    level = await StockLevel.get(variant__sku="P", location__code=MAIN)
    at = clock.now()
    for week in range(20):
        await StockMovement.create(
            id=new_id(),
            level_id=level.id,
            from_bucket=StockBucket.AVAILABLE,
            to_bucket=StockBucket.OUTSIDE,
            quantity=10 + week % 5 * 7 + week,
            reason=StockReason.SALE,
            actor_kind="system",
            at=at - timedelta(weeks=week, hours=1),
        )


def _lots(*numbers: str, quantity: int = 1) -> list[dict[str, Any]]:
    return [{"number": number, "quantity": quantity} for number in numbers]


def _arrived(**line: Any) -> Base:
    return both(named(id="transfer on its way"), given(isComplete=False, lines=[line]))


def _counted(**line: Any) -> Base:
    return both(named(countId="count of several"), given(isComplete=False, lines=[line]))


_EITHER_LOT = [_lots("M1"), _lots("M2")]
_UNIT = [None, "carton"]
_PLAN = given(skus=["P"], locations=[MAIN], rules={})
BASES: dict[Field, Base] = {
    ("StockAdjustInput", "lots"): given(sku="M", location=MAIN, change=1, reason="FOUND", lots=_lots("M1")),
    ("StockAssembleInput", "sku"): given(sku="K", location=MAIN, quantity=1),
    ("StockAssembleInput", "lots"): given(sku="KL", location=MAIN, quantity=1, lots=_lots("M1")),
    ("StockSetAsideInput", "from"): given(sku="U", location=MAIN, quantity=1, to="QUARANTINED"),
    ("StockSetAsideInput", "lots"): given(sku="M", location=MAIN, quantity=1, to="DAMAGED", lots=_lots("M1")),
    ("StockReceiveInput", "unit"): given(sku="U", location=MAIN, quantity=2),
    ("StockReceiptLineInput", "unit"): given(location=MAIN, lines=[{"sku": "U", "quantity": 2}]),
    ("StockReceiptLineInput", "exchangeRate"): given(
        location=MAIN, lines=[{"sku": "U", "quantity": 2, "unitCost": EUR, "exchangeRate": "3"}]
    ),
    ("StockReceiptReverseLineInput", "lots"): both(
        named(receiptId="receipt of lots"), given(lines=[{"line": 1, "quantity": 1, "lots": _lots("M1")}])
    ),
    ("StockCostCorrectInput", "line"): both(
        named(receiptId="receipt of two lines"), given(line=1, unitCost={"amount": "9", "currency": "USD"})
    ),
    ("StockCostCorrectInput", "exchangeRate"): both(
        named(receiptId="receipt of two lines"), given(line=1, unitCost=EUR, exchangeRate="3")
    ),
    ("StockCountStartInput", "location"): given(location=MAIN, skus=["U"]),
    ("StockCountSubmitInput", "lines"): _counted(sku="U", quantity=1),
    ("StockCountLineInput", "sku"): _counted(sku="U", quantity=1),
    ("StockCountLineInput", "countedAt"): _counted(sku="U", quantity=1),
    ("StockCountLineInput", "lots"): _counted(sku="M", quantity=1, lots=_lots("M1")),
    ("StockTransferLineInput", "unit"): given(
        source=MAIN, destination=NEAR, lines=[{"sku": "U", "quantity": 2}]
    ),
    ("StockTransferShipInput", "lines"): named(id="transfer to ship"),
    ("StockTransferShipInput", "picked"): named(id="transfer to ship"),
    ("StockPickedInput", "sku"): both(
        named(id="transfer to ship"), given(picked=[{"sku": "M", "lots": _lots("M2", quantity=4)}])
    ),
    ("StockPickedInput", "lots"): both(
        named(id="transfer to ship"), given(picked=[{"sku": "M", "lots": _lots("M2", quantity=4)}])
    ),
    ("StockTransferReceiveInput", "isComplete"): _arrived(sku="U", received=1),
    ("StockTransferReceiveInput", "acceptOverReceipt"): _arrived(sku="U", received=50),
    ("StockTransferArrivalInput", "missing"): _arrived(sku="U", received=1),
    ("StockTransferArrivalInput", "lots"): _arrived(sku="M", received=1, lots=_lots("M1")),
    ("StockTransferArrivalInput", "damagedLots"): _arrived(sku="M", damaged=1, damagedLots=_lots("M1")),
    ("ReplenishmentRunInput", "rules"): _PLAN,
    **{
        ("PlanningRulesInput", name): _PLAN
        for name in (
            "serviceLevel", "reviewDays", "weeks", "method", "leadDays", "deadAfterDays", "mostCoverDays",
        )
    },
}  # fmt: skip
VALUES: dict[Field, Values] = {
    ("StockAdjustInput", "lots"): _EITHER_LOT,
    ("StockAssembleInput", "sku"): ["K", "KA"],
    ("StockAssembleInput", "lots"): _EITHER_LOT,
    ("StockSetAsideInput", "lots"): _EITHER_LOT,
    ("StockReceiveInput", "unit"): _UNIT,
    ("StockReceiptLineInput", "unit"): _UNIT,
    ("StockReceiptReverseLineInput", "lots"): _EITHER_LOT,
    ("StockCostCorrectInput", "line"): [1, 2],
    ("StockCountStartInput", "location"): ["web-main", "web-side"],
    ("StockCountSubmitInput", "lines"): [[{"sku": "U", "quantity": quantity}] for quantity in (1, 2)],
    ("StockCountLineInput", "sku"): ["U", "A"],
    ("StockCountLineInput", "countedAt"): lambda side: [
        (clock.now() - timedelta(days=days)).isoformat() for days in (1, 2)
    ],
    ("StockCountLineInput", "lots"): _EITHER_LOT,
    ("StockTransferLineInput", "unit"): _UNIT,
    ("StockTransferShipInput", "lines"): [[{"sku": "U", "quantity": quantity}] for quantity in (6, 12)],
    ("StockTransferShipInput", "picked"): [
        [{"sku": "M", "lots": _lots(number, quantity=4)}] for number in ("M1", "M2")
    ],
    ("StockPickedInput", "sku"): ["M", "N"],
    ("StockPickedInput", "lots"): [_lots("M1", quantity=4), _lots("M2", quantity=4)],
    ("StockTransferArrivalInput", "lots"): _EITHER_LOT,
    ("StockTransferArrivalInput", "damagedLots"): _EITHER_LOT,
    ("ReplenishmentRunInput", "rules"): [{"reviewDays": 7}, {"reviewDays": 90}],
    ("PlanningRulesInput", "serviceLevel"): [0.9, 0.99],
    ("PlanningRulesInput", "weeks"): [6, 20],
    ("PlanningRulesInput", "deadAfterDays"): [30, 0],
    ("PlanningRulesInput", "mostCoverDays"): [30, 0],
}

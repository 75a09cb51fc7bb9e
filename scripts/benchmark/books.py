"""The checks of `ordergraph verify` over a ledger of a million postings, on PostgreSQL."""

import time
from datetime import date
from uuid import UUID

from app.accounting import queries as accounting
from app.core.actor import SYSTEM
from app.core.database import execute, number_of
from app.core.money import Money
from app.fulfillment import queries as fulfillment
from app.fulfillment.service.warehouse import packing, picking, releasing, shipping
from app.fulfillment.service.warehouse.packing import PackageData
from app.fulfillment.service.warehouse.picking import PickData
from app.fulfillment.service.warehouse.shipping import ShipData
from app.payments.lifecycle import PayoutLineKind
from app.payments.payouts import Line as PaidOut
from app.payments.service import payouts, record
from app.payments.service.payouts import PayoutData
from benchmark.report import Line
from benchmark.stock import unhurried
from tests import make

NAME = "verify the ledger, a million postings"
POSTINGS = 1_000_000
GOAL = 10  # seconds
# What is copied of an order and its payout, with the columns that refer to other copies. A copied id is made
# from the id and the number of the copy, so the copies refer to each other as the originals do.
COPIED = (
    ("sales_order", ("id",), "TRUE"),
    ("order_line", ("id", "order_id"), "TRUE"),
    ("payment", ("id", "order_id"), "TRUE"),
    ("payment_transaction", ("id", "order_id", "payment_id"), "TRUE"),
    ("payout", ("id",), "TRUE"),
    ("payout_line", ("id", "payout_id", "transaction_id"), "TRUE"),
    ("ledger_label", ("id", "order_id"), "TRUE"),
    ("ledger_entry", ("id", "order_id", "subject_id"), "t.kind IN ('payment', 'revenue', 'payout')"),
    (
        "ledger_posting", ("id", "entry_id", "order_id"),
        "t.entry_id IN (SELECT id FROM ledger_entry WHERE kind IN ('payment', 'revenue', 'payout'))",
    ),
)  # fmt: skip
TEXTS = ("number", "reference", "tracking_hash")  # other columns that must differ


async def verifying() -> Line:
    """Duration of the checks of the ledger: an order that was paid, shipped and paid out, many times."""
    async with unhurried():
        await _one_order()
        own = await number_of("SELECT COUNT(*) FROM ledger_posting WHERE account NOT IN ('inventory')")
        for table, columns, condition in COPIED:
            await _copy(table, columns, condition, POSTINGS // own + 1)
        await execute("ANALYZE")
        count = await number_of("SELECT COUNT(*) FROM ledger_posting")
        start = time.perf_counter()
        found = await accounting.differences()
        seconds = time.perf_counter() - start
    fine = not found and seconds < GOAL
    remark = f"{seconds:.1f} s for {count:,} postings (< {GOAL} s)"
    return Line(NAME, errors=len(found), remark=remark, reached=fine, example="; ".join(found)[:300])


async def _one_order() -> None:
    shop = await make.shop(confirms_at_once=True)
    await make.tax()
    await shop.sell("MUG", stock=5)
    order = await make.order(("MUG", 2))
    await record(SYSTEM, order.id, Money(order.total_minor, "USD"), reference="T-1")
    (work,) = await fulfillment.of_order(order.id)
    await _ship(work.id)
    line = PaidOut(PayoutLineKind.PAYMENT, "T-1", order.total_minor, 59)
    data = PayoutData("terminal", "po_1", "USD", date(2026, 1, 5), line.net_minor, [line])
    await payouts.import_payout(SYSTEM, data)


async def _ship(id: UUID) -> None:
    await releasing.release(SYSTEM, id)
    await picking.pick(SYSTEM, id, PickData())
    await packing.pack(SYSTEM, id, [PackageData()])
    await shipping.ship(SYSTEM, id, ShipData())


async def _copy(table: str, columns: tuple[str, ...], condition: str, copies: int) -> None:
    """Copy rows, without the triggers of the table, which check each row."""
    changes = [f"'{name}', md5(t.{name}::text || ':' || n)::uuid" for name in columns]
    changes += [f"'{name}', left(t.{name}, 40) || '-' || n" for name in TEXTS if await _has(table, name)]
    await execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await execute(
        f"INSERT INTO {table} SELECT r.* FROM {table} t, generate_series(1, {copies}) n, "
        f"LATERAL jsonb_populate_record(t, jsonb_build_object({', '.join(changes)})) r WHERE {condition}"
    )
    await execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


async def _has(table: str, column: str) -> bool:
    counted = "SELECT COUNT(*) FROM information_schema.columns WHERE table_name = $1 AND column_name = $2"
    return bool(await number_of(counted, table, column))

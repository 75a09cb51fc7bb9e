"""Existing payments become transactions of one payment an order; the totals stay the same."""

from pathlib import Path

import pytest

from tests.migrations import database_at
from tests.orders.test_migrated_orders import ID, _shop, order
from tests.test_migrations import AT

pytestmark = pytest.mark.on_both

COLUMNS = "id, order_id, kind, gateway, amount_minor, currency, reference, note, recorded_by, at, created_at"


def transaction(number: int, of: int, kind: str, amount: int, reference: str | None = None) -> str:
    said = f"'{reference}'" if reference else "NULL"
    return (
        f"INSERT INTO payment_transaction ({COLUMNS}) VALUES ('{ID}b{number}', '{ID}a{of}', '{kind}', 'manual', "
        f"{amount}, 'EUR', {said}, '', 'Ada', '{AT}', '{AT}')"
    )


TOTALS = """
SELECT o.number, o.paid_minor, o.refunded_minor, COUNT(t.id) AS transactions,
       SUM(CASE t.kind WHEN 'capture' THEN t.amount_minor ELSE 0 END) AS captured,
       SUM(CASE t.kind WHEN 'refund' THEN t.amount_minor ELSE 0 END) AS refunded
FROM sales_order o LEFT JOIN payment_transaction t ON t.order_id = o.id GROUP BY o.number, o.paid_minor,
     o.refunded_minor ORDER BY o.number
"""


async def test_existing_transactions_become_those_of_one_payment_an_order_with_the_same_totals(
    tmp_path: Path,
):
    async with database_at("0056_message_templates", tmp_path) as old:
        await _shop(old)
        await old.run(
            order(1, "[]", paid=4_700),
            order(2, "[]", paid=700, refunded=4_000),
            order(3, "[]", paid=0, refunded=1_000),
            order(4, "[]"),
            transaction(1, 1, "capture", 4_000, "bank-1"),
            transaction(2, 1, "capture", 700, "bank-2"),
            transaction(3, 2, "capture", 4_700),
            transaction(4, 2, "refund", 4_000, "bank-1"),
            transaction(5, 3, "capture", 1_000),
            transaction(6, 3, "refund", 1_000),
        )
        before = await old.rows(TOTALS)
        await old.bring_to("0057_payments_and_tenders")
        assert await old.rows(TOTALS) == before
        payments = await old.rows(
            "SELECT order_id, position, gateway, status, authorized_minor, captured_minor, refunded_minor, "
            "captured_pending_minor, currency FROM payment ORDER BY order_id"
        )
        found = [(*row.values(),) for row in payments]
        assert [(str(id)[-2:], *rest) for id, *rest in found] == [
            ("a1", 1, "manual", "captured", 4_700, 4_700, 0, 0, "EUR"),
            ("a2", 1, "manual", "captured", 4_700, 4_700, 4_000, 0, "EUR"),
            ("a3", 1, "manual", "refunded", 1_000, 1_000, 1_000, 0, "EUR"),
        ]
        rows = await old.rows("SELECT status, payment_id, order_id FROM payment_transaction")
        assert {row["status"] for row in rows} == {"succeeded"}
        assert all(row["payment_id"] == row["order_id"] for row in rows) and len(rows) == 6
        assert {
            row["authorized_minor"] for row in await old.rows("SELECT authorized_minor FROM sales_order")
        } == {0}


async def test_placed_orders_keep_the_capture_rule_that_their_channel_has(tmp_path: Path):
    async with database_at("0056_message_templates", tmp_path) as old:
        await _shop(old)
        await old.run(order(1, "[]"), order(2, "[]"))
        await old.bring_to("0072_refund_limits")
        await old.run(
            "UPDATE channel SET capture = 'at_shipment'",
            f"UPDATE sales_order SET placed_at = '{AT}' WHERE id = '{ID}a1'",
            f"UPDATE sales_order SET placed_at = NULL, status = 'draft' WHERE id = '{ID}a2'",
        )
        await old.bring_to("0073_disputed_gift_cards")
        rows = await old.rows("SELECT capture_rule, ships_nothing FROM sales_order ORDER BY id")
        assert [(row["capture_rule"], bool(row["ships_nothing"])) for row in rows] == [
            ("at_shipment", False),
            (None, False),
        ]

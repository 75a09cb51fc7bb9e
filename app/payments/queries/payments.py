"""Queries of payments and their transactions, and the check of their sums."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.database import among, fetch, read, read_locked, rows_by_id, uuid_of
from app.core.loading import grouped
from app.orders import queries as orders
from app.orders.lifecycle import OrderStatus
from app.payments.lifecycle import PaymentKind, TenderStatus, TransactionStatus
from app.payments.models import Payment, PaymentTransaction
from app.payments.queries.gift_cards import gift_card_differences
from app.payments.queries.payouts import payout_differences


def visible_to(actor: Actor) -> QuerySet[PaymentTransaction]:
    """The transactions of the orders that an actor may see."""
    if actor.scope_of(Permission.ORDERS_VIEW).is_everywhere:
        return PaymentTransaction.all()
    return PaymentTransaction.filter(order_id__in=Subquery(orders.visible_to(actor).values("id")))


def payments_visible_to(actor: Actor) -> QuerySet[Payment]:
    """The payments of the orders that an actor may see."""
    if actor.scope_of(Permission.ORDERS_VIEW).is_everywhere:
        return Payment.all()
    return Payment.filter(order_id__in=Subquery(orders.visible_to(actor).values("id")))


async def by_id(ids: list[UUID]) -> Sequence[Payment | None]:
    """Batch: payments by id."""
    found = await rows_by_id(Payment, ids)
    return [found.get(id) for id in ids]


async def payments_by_order(ids: list[UUID]) -> list[list[Payment]]:
    """Batch: the payments of each order, in the order in which they were made."""
    rows = await read(Payment, f"{among('order_id', 1)} ORDER BY order_id, position", ids)
    return grouped(ids, rows, "order_id")


async def locked_of(order_id: UUID) -> list[Payment]:
    """The payments of a locked order, locked, in the order in which they were made."""
    return await read_locked(Payment, "order_id = $1 ORDER BY position", order_id)


async def transactions_by_payment(ids: list[UUID]) -> list[list[PaymentTransaction]]:
    """Batch: the transactions of each payment, oldest first."""
    rows = await read(
        PaymentTransaction, f"{among('payment_id', 1)} ORDER BY payment_id, created_at, id", ids
    )
    return grouped(ids, rows, "payment_id")


async def transactions_by_id(ids: list[UUID]) -> list[PaymentTransaction | None]:
    """Batch: transactions."""
    found = await rows_by_id(PaymentTransaction, ids)
    return [found.get(id) for id in ids]


async def transactions_by_refund(ids: list[UUID]) -> list[list[PaymentTransaction]]:
    """Batch: the transactions of each refund that was distributed over payments."""
    rows = await read(PaymentTransaction, f"{among('refund_id', 1)} ORDER BY refund_id, id", ids)
    return grouped(ids, rows, "refund_id")


async def refunded_by_staff(keys: list[tuple[UUID, UUID]]) -> list[int]:
    """Batch: what was refunded of an order by a staff member, in minor units, for pairs of both; what failed
    or was sent back is left out."""
    rows = await fetch(
        "SELECT order_id, refunded_by_id, SUM(amount_minor) AS refunded FROM payment_transaction "  # noqa: S608
        f"WHERE {among('order_id', 1)} AND {among('refunded_by_id', 2)} AND kind = 'refund' "
        "AND status IN ('pending', 'succeeded') GROUP BY order_id, refunded_by_id",
        list({order_id for order_id, _ in keys}),
        list({staff_id for _, staff_id in keys}),
    )
    found = {(uuid_of(row["order_id"]), uuid_of(row["refunded_by_id"])): int(row["refunded"]) for row in rows}
    return [found.get(key, 0) for key in keys]


async def is_known(order_id: UUID, kind: PaymentKind, reference: str) -> bool:
    return await PaymentTransaction.filter(order_id=order_id, kind=kind, reference=reference).exists()


async def captures_of(order_id: UUID) -> list[PaymentTransaction]:
    """The captures and recorded payments of an order that have happened, in the order in which the money
    moved."""
    return await read(
        PaymentTransaction,
        "order_id = $1 AND kind = $2 AND status = $3 ORDER BY at, created_at, id",
        order_id,
        PaymentKind.CAPTURE.value,
        TransactionStatus.SUCCEEDED.value,
    )


async def expiring(at: datetime, before: datetime, limit: int) -> list[Payment]:
    """Payments with an authorized amount that can be captured now and expires before a time, of open orders
    with an amount due, unless the order was held for it."""
    return await read(
        Payment,
        "status = $1 AND capture_before > $2 AND capture_before <= $3 AND warned_at IS NULL "
        "AND authorized_minor > captured_minor + captured_pending_minor "
        "AND EXISTS (SELECT 1 FROM sales_order o WHERE o.id = payment.order_id AND o.status IN ($4, $5) "
        "AND o.total_minor - o.cancelled_minor - o.credited_minor > o.paid_minor) "
        "ORDER BY capture_before, id LIMIT $6",
        TenderStatus.AUTHORIZED.value,
        at,
        before,
        OrderStatus.PLACED.value,
        OrderStatus.CONFIRMED.value,
        limit,
    )


async def unpaid_since(channel_id: UUID, placed_before: datetime, limit: int) -> list[UUID]:
    """Open orders of a channel that were placed in the week before a time, are neither paid nor authorized,
    and are not released to a location. An order of which a bank took money back is left to staff."""
    rows = await fetch(
        """
        SELECT id FROM sales_order
        WHERE channel_id = $1 AND placed_at <= $2 AND placed_at > $3 AND status IN ('placed', 'confirmed')
          AND fulfillment_status IN ('unallocated', 'backordered', 'allocated')
          AND payment_status NOT IN ('authorized', 'on_terms')
          AND total_minor - cancelled_minor - credited_minor > paid_minor + authorized_minor
          AND NOT EXISTS (
              SELECT 1 FROM payment_transaction t WHERE t.order_id = sales_order.id
              AND (t.kind = 'chargeback' OR (t.kind = 'capture' AND t.status = 'reversed'))
          )
        ORDER BY placed_at, id LIMIT $4
        """,
        channel_id,
        placed_before,
        placed_before - timedelta(days=7),
        limit,
    )
    return [uuid_of(row["id"]) for row in rows]


async def expired(at: datetime, limit: int) -> list[Payment]:
    """Payments with an authorized amount that can no longer be captured."""
    return await read(
        Payment,
        "status = $1 AND capture_before <= $2 AND captured_pending_minor = 0 AND NOT is_unwanted "
        "AND authorized_minor > captured_minor ORDER BY capture_before, id LIMIT $3",
        TenderStatus.AUTHORIZED.value,
        at,
        limit,
    )


async def differences() -> list[str]:
    """The orders whose amounts differ from the sums of their payments, the payments whose amounts differ from
    the sums of their transactions, those of which gift cards or store credit have another amount, the lines
    whose gift cards were not issued as delivered, and the payouts that differ from their lines."""
    return [
        *await _of_orders(),
        *await _of_payments(),
        *await _of_stored_value(),
        *await gift_card_differences(),
        *await payout_differences(),
    ]


async def _of_orders() -> list[str]:
    rows = await fetch(
        """
        SELECT o.number, o.paid_minor, o.refunded_minor, o.authorized_minor, COALESCE(p.paid, 0) AS paid,
               COALESCE(p.refunded, 0) AS refunded, COALESCE(p.authorized, 0) AS authorized
        FROM sales_order o
        LEFT JOIN (
            SELECT order_id, SUM(captured_minor - refunded_minor - charged_back_minor) AS paid,
                   SUM(refunded_minor) AS refunded,
                   SUM(CASE WHEN authorized_minor > captured_minor THEN authorized_minor - captured_minor
                       ELSE 0 END) AS authorized
            FROM payment GROUP BY order_id
        ) p ON p.order_id = o.id
        WHERE o.paid_minor <> COALESCE(p.paid, 0) OR o.refunded_minor <> COALESCE(p.refunded, 0)
           OR o.authorized_minor <> COALESCE(p.authorized, 0)
        """
    )
    return [
        (
            f"order {row['number']}: {row['authorized_minor']} authorized, {row['paid_minor']} paid and "
            f"{row['refunded_minor']} refunded, but {row['authorized']}, {row['paid']} and "
            f"{row['refunded']} in its payments"
        )
        for row in rows
    ]


_DIFFERENT_PAYMENTS = """
SELECT o.number, p.position, p.authorized_minor, p.authorized_pending_minor, p.captured_minor,
       p.captured_pending_minor, p.refunded_minor, p.refunded_pending_minor,
       COALESCE(t.authorized, 0) AS authorized, COALESCE(t.authorizing, 0) AS authorizing,
       COALESCE(t.captured, 0) AS captured,
       COALESCE(t.capturing, 0) AS capturing, COALESCE(t.refunded, 0) AS refunded,
       COALESCE(t.refunding, 0) AS refunding,
       p.charged_back_minor, COALESCE(t.charged_back, 0) AS charged_back,
       p.disputed_minor, COALESCE(d.disputed, 0) AS disputed
FROM payment p
JOIN sales_order o ON o.id = p.order_id
LEFT JOIN (
    SELECT payment_id, MIN(currency) AS lowest, MAX(currency) AS highest,
           SUM(CASE WHEN kind = 'capture' AND status = 'reversed' AND was_authorized THEN -amount_minor
                    WHEN status <> 'succeeded' THEN 0
                    WHEN kind = 'authorize' THEN amount_minor
                    WHEN kind = 'void' THEN -amount_minor
                    WHEN kind = 'capture' AND NOT was_authorized THEN amount_minor
                    ELSE 0 END) AS authorized,
           SUM(CASE WHEN kind = 'chargeback' AND status = 'succeeded' THEN amount_minor ELSE 0 END)
               AS charged_back,
           SUM(CASE WHEN kind = 'authorize' AND status = 'pending' THEN amount_minor ELSE 0 END)
               AS authorizing,
           SUM(CASE WHEN kind = 'capture' AND status = 'succeeded' THEN amount_minor ELSE 0 END)
               AS captured,
           SUM(CASE WHEN kind = 'capture' AND status = 'pending' THEN amount_minor ELSE 0 END)
               AS capturing,
           SUM(CASE WHEN kind = 'refund' AND status = 'succeeded' THEN amount_minor ELSE 0 END)
               AS refunded,
           SUM(CASE WHEN kind = 'refund' AND status = 'pending' THEN amount_minor ELSE 0 END)
               AS refunding
    FROM (
        SELECT each_one.*, EXISTS (
            SELECT 1 FROM payment_transaction a
            WHERE a.payment_id = each_one.payment_id AND a.kind = 'authorize'
        ) AS was_authorized
        FROM payment_transaction each_one
    ) known GROUP BY payment_id
) t ON t.payment_id = p.id
LEFT JOIN (SELECT payment_id, SUM(blocked_minor) AS disputed FROM dispute GROUP BY payment_id) d
    ON d.payment_id = p.id
WHERE p.authorized_minor <> COALESCE(t.authorized, 0)
   OR p.authorized_pending_minor <> COALESCE(t.authorizing, 0)
   OR p.captured_minor <> COALESCE(t.captured, 0) OR p.refunded_minor <> COALESCE(t.refunded, 0)
   OR p.captured_pending_minor <> COALESCE(t.capturing, 0)
   OR p.charged_back_minor <> COALESCE(t.charged_back, 0) OR p.disputed_minor <> COALESCE(d.disputed, 0)
   OR p.refunded_pending_minor <> COALESCE(t.refunding, 0)
   OR p.currency <> COALESCE(t.lowest, p.currency) OR p.currency <> COALESCE(t.highest, p.currency)
   OR p.currency <> o.currency
"""


async def _of_payments() -> list[str]:
    rows = await fetch(_DIFFERENT_PAYMENTS)
    return [
        (
            f"payment {row['position']} of order {row['number']}: {row['authorized_minor']} "
            f"(+{row['authorized_pending_minor']}) authorized, {row['charged_back_minor']} charged back, "
            f"{row['disputed_minor']} disputed, {row['captured_minor']} "
            f"(+{row['captured_pending_minor']}) captured and {row['refunded_minor']} "
            f"(+{row['refunded_pending_minor']}) refunded, but {row['authorized']} (+{row['authorizing']}), "
            f"{row['charged_back']}, {row['disputed']}, "
            f"{row['captured']} (+{row['capturing']}) and {row['refunded']} (+{row['refunding']}) in its "
            "transactions, or another currency"
        )
        for row in rows
    ]


async def _of_stored_value() -> list[str]:
    rows = await fetch(
        """
        SELECT o.number, p.position, p.captured_minor - p.refunded_minor AS kept,
               COALESCE(SUM(-e.amount_minor), 0) AS spent
        FROM payment p
        JOIN sales_order o ON o.id = p.order_id
        LEFT JOIN payment_transaction t ON t.payment_id = p.id
        LEFT JOIN stored_value_entry e ON e.transaction_id = t.id AND e.account_id = p.stored_value_id
        WHERE p.stored_value_id IS NOT NULL
        GROUP BY p.id, o.number, p.position, p.captured_minor, p.refunded_minor
        HAVING p.captured_minor - p.refunded_minor <> COALESCE(SUM(-e.amount_minor), 0)
        """
    )
    unknown = await fetch(
        """
        SELECT COUNT(*) AS entries FROM stored_value_entry e WHERE e.transaction_id IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM payment_transaction t WHERE t.id = e.transaction_id)
        """
    )
    found = [
        (
            f"payment {row['position']} of order {row['number']}: {row['kept']} received and not refunded, "
            f"but {row['spent']} taken off its gift card or store credit"
        )
        for row in rows
    ]
    if unknown[0]["entries"]:
        found.append(f"{unknown[0]['entries']} entries of gift cards or store credit without their payment")
    return found

"""Queries of payment transactions, and the check of their sums."""

from uuid import UUID

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.database import among, fetch, read
from app.core.loading import grouped
from app.orders import queries as orders
from app.payments.lifecycle import PaymentKind
from app.payments.models import PaymentTransaction


def visible_to(actor: Actor) -> QuerySet[PaymentTransaction]:
    """The transactions of the orders that an actor may see."""
    if actor.scope_of(Permission.ORDERS_VIEW).is_everywhere:
        return PaymentTransaction.all()
    return PaymentTransaction.filter(order_id__in=Subquery(orders.visible_to(actor).values("id")))


async def transactions_by_order(ids: list[UUID]) -> list[list[PaymentTransaction]]:
    """Batch: the transactions of each order, oldest first."""
    rows = await read(PaymentTransaction, f"{among('order_id', 1)} ORDER BY order_id, created_at, id", ids)
    return grouped(ids, rows, "order_id")


async def is_known(order_id: UUID, kind: PaymentKind, reference: str) -> bool:
    return await PaymentTransaction.filter(order_id=order_id, kind=kind, reference=reference).exists()


async def differences() -> list[str]:
    """The orders whose amounts differ from the sums of their transactions."""
    rows = await fetch(
        """
        SELECT o.number, o.paid_minor, o.refunded_minor, COALESCE(t.paid, 0) AS paid,
               COALESCE(t.refunded, 0) AS refunded
        FROM sales_order o
        LEFT JOIN (
            SELECT order_id,
                   SUM(CASE kind WHEN 'capture' THEN amount_minor ELSE -amount_minor END) AS paid,
                   SUM(CASE kind WHEN 'refund' THEN amount_minor ELSE 0 END) AS refunded
            FROM payment_transaction GROUP BY order_id
        ) t ON t.order_id = o.id
        WHERE o.paid_minor <> COALESCE(t.paid, 0) OR o.refunded_minor <> COALESCE(t.refunded, 0)
        """
    )
    return [
        (
            f"order {row['number']}: {row['paid_minor']} paid and {row['refunded_minor']} "
            f"refunded, but {row['paid']} and {row['refunded']} in its transactions"
        )
        for row in rows
    ]

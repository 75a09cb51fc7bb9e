"""Queries of gift cards that orders have bought."""

from uuid import UUID

from app.core.database import fetch, read, read_locked
from app.core.loading import grouped
from app.payments.models import PaymentTransaction, PurchasedGiftCard


async def has_gift_cards(order_id: UUID) -> bool:
    """Whether a line of an order is a gift card."""
    return bool(
        await fetch("SELECT 1 FROM order_line WHERE order_id = $1 AND is_gift_card LIMIT 1", order_id)
    )


async def purchased(order_id: UUID) -> list[PurchasedGiftCard]:
    """The gift cards that an order has bought, in the order of its lines and units."""
    rows = await read(PurchasedGiftCard, "order_id = $1 ORDER BY order_line_id, unit", order_id)
    return list(rows)


async def purchased_locked(order_id: UUID) -> list[PurchasedGiftCard]:
    """The same, locked until the transaction ends."""
    rows = await read_locked(PurchasedGiftCard, "order_id = $1 ORDER BY order_line_id, unit", order_id)
    return list(rows)


async def purchased_by_line(ids: list[UUID]) -> list[list[PurchasedGiftCard]]:
    """Batch: the gift cards of each order line."""
    rows = await PurchasedGiftCard.filter(order_line_id__in=ids).order_by("unit")
    return grouped(ids, rows, "order_line_id")


async def refunded_by(transaction_ids: list[UUID]) -> list[list[PurchasedGiftCard]]:
    """Batch: the gift cards whose purchase was refunded last with each transaction."""
    rows = await PurchasedGiftCard.filter(refund_transaction_id__in=transaction_ids).order_by("id")
    return grouped(transaction_ids, rows, "refund_transaction_id")


async def card_refunds_of(order_id: UUID) -> list[PaymentTransaction]:
    """The transactions of the refunds of an order's gift cards, whatever their status, oldest first."""
    condition = "order_id = $1 AND is_credit AND kind = 'refund' ORDER BY created_at, id"
    return list(await read(PaymentTransaction, condition, order_id))


async def kept_for_gift_cards(order_id: UUID) -> int:
    """What was paid for gift cards of an order and not refunded, in minor units."""
    (row,) = await fetch(
        "SELECT COALESCE(SUM(price_minor - refunded_minor), 0) AS kept FROM purchased_gift_card "
        "WHERE order_id = $1",
        order_id,
    )
    return int(row["kept"])


async def gift_card_differences() -> list[str]:
    """The lines whose delivered units are not the gift cards that were issued for them."""
    rows = await fetch(
        """
        SELECT o.number, l.sku, l.quantity_delivered, COUNT(p.id) AS issued FROM order_line l
        JOIN sales_order o ON o.id = l.order_id
        LEFT JOIN purchased_gift_card p ON p.order_line_id = l.id
        WHERE l.is_gift_card
        GROUP BY o.number, l.id, l.sku, l.quantity_delivered
        HAVING l.quantity_delivered <> COUNT(p.id)
        """
    )
    return [
        f"order {row['number']}: {row['quantity_delivered']} gift cards {row['sku']} are delivered, but "
        f"{row['issued']} were issued"
        for row in rows
    ]

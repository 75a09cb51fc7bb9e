"""The checks of orders in `ordergraph verify`."""

from app.core.database import fetch
from app.inventory.stock.queries import sums
from app.orders.components import sent_of
from app.orders.models import OrderLine


async def differences() -> list[str]:
    """The orders whose amounts differ from those of their lines or
    cancellations, or whose events have gaps.
    """
    totals = await fetch(
        """
        SELECT o.number, o.total_minor, o.subtotal_minor FROM sales_order o
        JOIN (
            SELECT order_id, SUM(quantity * unit_price_minor) AS subtotal, SUM(discount_minor) AS discount,
                   SUM(total_minor) AS total
            FROM order_line GROUP BY order_id
        ) l ON l.order_id = o.id
        WHERE o.subtotal_minor <> l.subtotal OR o.discount_minor <> l.discount
           OR o.total_minor <> l.total + o.shipping_minor
              + CASE WHEN o.prices_include_tax THEN 0 ELSE o.shipping_tax_minor END
        """
    )
    cancelled = await fetch(
        """
        SELECT o.number, o.cancelled_minor, COALESCE(c.cancelled, 0) AS cancelled FROM sales_order o
        LEFT JOIN (
            SELECT order_id, SUM(amount_minor) AS cancelled FROM order_cancellation GROUP BY order_id
        ) c ON c.order_id = o.id
        WHERE o.cancelled_minor <> COALESCE(c.cancelled, 0) OR o.cancelled_minor > o.total_minor
        """
    )
    gaps = await fetch(
        "SELECT subject_id, COUNT(*) AS events, MAX(number) AS last FROM journal_entry "
        "GROUP BY subject_id HAVING COUNT(*) <> MAX(number) OR MIN(number) <> 1"
    )
    unreserved = await fetch(
        f"""
        SELECT o.number, l.wanted, COALESCE(c.units, 0) AS kept FROM sales_order o
        JOIN (
            SELECT ol.order_id,
                   SUM((ol.quantity - ol.quantity_cancelled - ol.quantity_shipped) * ol.stock_units) AS wanted
            FROM order_line ol JOIN variant v ON v.id = ol.variant_id
            WHERE v.tracks_stock GROUP BY ol.order_id
        ) l ON l.order_id = o.id
        LEFT JOIN {sums.claimed_units()} c ON c.claimant_id = o.id
        WHERE o.status IN ('placed', 'confirmed')
          AND NOT EXISTS (SELECT 1 FROM deferred_task e WHERE e.subject_id = o.id)
          AND (l.wanted <> COALESCE(c.units, 0) OR o.id IN (
              SELECT order_id FROM order_line WHERE parts_shipped IS NOT NULL))
        """  # noqa: S608  # names of ours
    )
    ahead = await _sent_of_bundles()
    unreserved = [
        {**row, "wanted": row["wanted"] - ahead.get(row["number"], 0)} for row in map(dict, unreserved)
    ]
    return [
        *(
            f"order {row['number']}: the total {row['total_minor']} is not the sum of its lines"
            for row in totals
        ),
        *(
            (
                f"order {row['number']}: amount cancelled {row['cancelled_minor']}, but "
                f"{row['cancelled']} in its cancellations"
            )
            for row in cancelled
        ),
        *(
            (f"journal of {row['subject_id']}: {row['events']} events, but the last number is {row['last']}")
            for row in gaps
        ),
        *(
            (
                f"order {row['number']}: needs {row['wanted']} units, but {row['kept']} are "
                "reserved or on backorder"
            )
            for row in unreserved
            if row["wanted"] != row["kept"]
        ),
    ]


async def _sent_of_bundles() -> dict[str, int]:
    """Shipped units of components beyond whole bundles, by order number."""
    rows = await OrderLine.filter(parts_shipped__isnull=False).select_related("order")
    sent: dict[str, int] = {}
    for line in rows:
        units = sum(sent_of(line).values()) - line.quantity_shipped * line.stock_units
        sent[line.order.number] = sent.get(line.order.number, 0) + units
    return sent

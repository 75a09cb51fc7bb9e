"""The checks of fulfillment in `ordergraph verify`."""

from app.core.database import fetch
from app.inventory.stock.queries import sums

_AHEAD = "('open', 'released', 'picking', 'picked', 'packed', 'ready', 'submitted', 'accepted')"
# Their units are in hand: if stock is corrected meanwhile, shipping reports it.
_IN_HAND = "('picking', 'picked', 'packed', 'ready')"
_GONE = "('shipped', 'delivered')"


async def differences() -> list[str]:
    """Inconsistencies between work and reservations, between work and orders, and in delivered and returned
    units.
    """
    return [
        *await _unlike_reservations(),
        *await _promised_from_totes(),
        *await _unlike_units(),
        *await _unlike_orders(),
        *await _arrived_and_put_away(),
        *await _counted_twice(),
        *await _restocked(),
    ]


async def _unlike_reservations() -> list[str]:
    rows = await fetch(
        f"""
        SELECT o.number, l.sku, f.location_id, SUM(l.quantity) AS working, COALESCE(MAX(r.ready), 0) AS ready,
               COALESCE(MAX(r.reserved), 0) AS kept
        FROM fulfillment_line l
        JOIN fulfillment_order f ON f.id = l.fulfillment_order_id AND f.status IN {_AHEAD}
        JOIN sales_order o ON o.id = f.order_id
        LEFT JOIN {sums.reserved_by_location()} r
            ON r.claimant_id = o.id AND r.location_id = f.location_id AND r.variant_id = l.variant_id
        WHERE l.tracks_stock
          AND NOT EXISTS (SELECT 1 FROM deferred_task e WHERE e.subject_id = o.id)
        GROUP BY o.number, l.sku, f.location_id
        HAVING SUM(l.quantity) > COALESCE(MAX(r.reserved), 0)
            OR SUM(l.quantity) < COALESCE(MAX(r.ready), 0)
            OR (MAX(CASE WHEN f.status IN {_IN_HAND} THEN 1 ELSE 0 END) = 0
                AND SUM(l.quantity) <> COALESCE(MAX(r.ready), 0))
        """  # noqa: S608  # words of ours
    )
    return [
        (
            f"order {row['number']}: a location works on {row['working']} units of {row['sku']}, "
            f"but {row['ready']} are reserved and on hand there"
        )
        for row in rows
    ]


async def _promised_from_totes() -> list[str]:
    """Picked units of one order are not allocated to another one."""
    rows = await fetch(
        f"""
        SELECT v.sku, s.location_id, s.units AS shelf, SUM(c.units) AS units
        FROM (
            SELECT b.claimant_id, b.level_id,
                   CASE WHEN SUM(b.ready) > SUM(b.in_hand) THEN SUM(b.ready) ELSE SUM(b.in_hand) END AS units
            FROM (
                SELECT claimant_id, level_id, ready, 0 AS in_hand FROM {sums.ready_by_level()} ready
                UNION ALL
                SELECT f.order_id, s.level_id, 0, l.picked
                FROM fulfillment_line l
                JOIN fulfillment_order f ON f.id = l.fulfillment_order_id AND f.status IN {_IN_HAND}
                JOIN {sums.shelves()} s ON s.location_id = f.location_id AND s.variant_id = l.variant_id
                WHERE l.tracks_stock
            ) b
            GROUP BY b.claimant_id, b.level_id
        ) c
        JOIN {sums.shelves()} s ON s.level_id = c.level_id
        JOIN variant v ON v.id = s.variant_id
        WHERE NOT EXISTS (
            SELECT 1 FROM deferred_task e JOIN {sums.ready_by_level()} r ON r.claimant_id = e.subject_id
            WHERE r.level_id = s.level_id
        )
        GROUP BY v.sku, s.level_id, s.location_id, s.units
        HAVING SUM(c.units) > s.units
           AND SUM(c.units) > 0
        """  # noqa: S608  # words of ours
    )
    return [
        (
            f"{row['sku']}: {row['units']} units are picked or reserved at location "
            f"{row['location_id']}, but {row['shelf']} are on hand"
        )
        for row in rows
    ]


async def _unlike_units() -> list[str]:
    rows = await fetch(
        "SELECT f.number, f.units, COALESCE(SUM(l.quantity), 0) AS lines FROM fulfillment_order f "
        "LEFT JOIN fulfillment_line l ON l.fulfillment_order_id = f.id "
        "GROUP BY f.id, f.number, f.units HAVING f.units <> COALESCE(SUM(l.quantity), 0)"
    )
    return [f"{row['number']}: {row['units']} units, but its lines have {row['lines']}" for row in rows]


async def _unlike_orders() -> list[str]:
    """For lines other than bundles: the shipped units of a line are those of
    its shipped fulfillment orders.
    """
    rows = await fetch(
        f"""
        SELECT o.number, l.sku, l.quantity_shipped, l.quantity_delivered,
               COALESCE(w.gone, 0) AS gone, COALESCE(w.there, 0) AS there
        FROM order_line l
        JOIN sales_order o ON o.id = l.order_id
        JOIN (
            SELECT p.order_line_id,
                   SUM(CASE WHEN f.status IN {_GONE} THEN p.quantity - p.returned ELSE 0 END) AS gone,
                   SUM(p.delivered) AS there
            FROM fulfillment_line p JOIN fulfillment_order f ON f.id = p.fulfillment_order_id
            GROUP BY p.order_line_id
        ) w ON w.order_line_id = l.id
        WHERE l.components IS NULL AND (l.quantity_shipped <> w.gone OR l.quantity_delivered <> w.there)
        """  # noqa: S608  # words of ours
    )
    return [
        (
            f"order {row['number']}: the line {row['sku']} has {row['quantity_shipped']} units "
            f"shipped and {row['quantity_delivered']} delivered, but its fulfillment orders have "
            f"{row['gone']} and {row['there']}"
        )
        for row in rows
    ]


async def _arrived_and_put_away() -> list[str]:
    """The units of a delivered parcel are delivered, or returned and put away."""
    rows = await fetch(
        """
        SELECT f.number, p.position FROM package p
        JOIN fulfillment_order f ON f.id = p.fulfillment_order_id
        WHERE p.received_back_at IS NOT NULL AND p.stage <> 'returned_to_sender'
        """
    )
    return [
        (f"{row['number']}: package {row['position']} was not returned, but its contents were put away")
        for row in rows
    ]


async def _counted_twice() -> list[str]:
    """No shipped unit is both delivered and returned; when all parcels are delivered, all units are."""
    rows = await fetch(
        """
        SELECT f.number, f.status, l.sku, l.quantity, l.delivered, l.returned FROM fulfillment_line l
        JOIN fulfillment_order f ON f.id = l.fulfillment_order_id
        WHERE l.delivered < 0 OR l.returned < 0 OR l.delivered + l.returned > l.quantity
           OR (f.status IN ('delivered', 'returned') AND l.delivered + l.returned <> l.quantity)
           OR (f.status = 'returned' AND l.delivered <> 0)
           OR (f.status NOT IN ('shipped', 'delivered', 'returned') AND l.delivered + l.returned <> 0)
        """
    )
    return [
        f"{row['number']} is {row['status']}: of {row['quantity']} of {row['sku']} {row['delivered']} "
        f"arrived and {row['returned']} came back"
        for row in rows
    ]


async def _restocked() -> list[str]:
    """An order's restocked units do not exceed those returned in its parcels."""
    rows = await fetch(
        f"""
        SELECT o.number, m.variant_id, m.units, COALESCE(p.returned, 0) AS returned
        FROM {sums.returned_to_stock()} m
        JOIN sales_order o ON o.id = m.order_id
        LEFT JOIN (
            SELECT f.order_id, l.variant_id, SUM(l.returned) AS returned
            FROM fulfillment_line l JOIN fulfillment_order f ON f.id = l.fulfillment_order_id
            GROUP BY f.order_id, l.variant_id
        ) p ON p.order_id = m.order_id AND p.variant_id = m.variant_id
        WHERE m.units <> COALESCE(p.returned, 0)
        """  # noqa: S608  # names of ours
    )
    return [
        (
            f"order {row['number']}: {row['units']} units of variant {row['variant_id']} were "
            f"returned to stock, but {row['returned']} are recorded as returned in its packages"
        )
        for row in rows
    ]

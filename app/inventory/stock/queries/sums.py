"""Sums of stock as SQL: derived tables that statements of higher layers join.

Only inventory names its own tables; the columns of each derived table are listed in its description.
"""


def claimed_units() -> str:
    """`claimant_id`, `units`: units of each claimant that are reserved or on the backlog."""
    return """(
        SELECT claimant_id, SUM(quantity) AS units FROM (
            SELECT claimant_id, quantity FROM reservation
            UNION ALL SELECT claimant_id, quantity FROM backlog
        ) claims GROUP BY claimant_id
    )"""


def reserved_by_location() -> str:
    """`claimant_id`, `location_id`, `variant_id`, `reserved`, `ready`: `ready` units are on the shelf."""
    return """(
        SELECT r.claimant_id, s.location_id, s.variant_id, SUM(r.quantity) AS reserved,
               SUM(r.quantity - r.waiting) AS ready
        FROM reservation r JOIN stock_level s ON s.id = r.level_id
        GROUP BY r.claimant_id, s.location_id, s.variant_id
    )"""


def reserved_in_channel(channel: str, at: str) -> str:
    """`claimant_id`, `variant_id`, `quantity`: reservations for a time in the active locations of a channel.

    `channel` and `at` are parameters of the statement; reservations that have expired then are left out.
    """
    return f"""(
        SELECT r.claimant_id, s.variant_id, r.quantity
        FROM stock_level s
        JOIN channel_location c ON c.location_id = s.location_id AND c.channel_id = {channel}
        JOIN location l ON l.id = s.location_id AND l.is_active
        JOIN reservation r ON r.level_id = s.id AND r.expires_at > {at}
    )"""  # noqa: S608  # parameters


def ready_by_level() -> str:
    """`claimant_id`, `level_id`, `ready`: reserved units that are on the shelf."""
    return "(SELECT claimant_id, level_id, quantity - waiting AS ready FROM reservation)"


def shelves() -> str:
    """`level_id`, `location_id`, `variant_id`, `units`: units of each level that are on the shelf."""
    return "(SELECT id AS level_id, location_id, variant_id, on_hand - unavailable AS units FROM stock_level)"


def returned_to_stock() -> str:
    """`order_id`, `variant_id`, `units`: returned units of each order."""
    return """(
        SELECT m.reference_id AS order_id, s.variant_id, SUM(m.quantity) AS units
        FROM stock_movement m JOIN stock_level s ON s.id = m.level_id
        WHERE m.reason = 'return' AND m.reference_kind = 'order'
        GROUP BY m.reference_id, s.variant_id
    )"""

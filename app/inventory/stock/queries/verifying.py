"""Checks of the books. Each check is one statement, so it sees a consistent state and blocks no writes."""

from app.core.database import fetch
from app.inventory.stock.lifecycle import COUNTED
from app.inventory.stock.queries.costs import IS_SUPPLIERS

_SIGNED = "CASE WHEN {to} THEN quantity ELSE 0 END - CASE WHEN {frm} THEN quantity ELSE 0 END"


def _total(bucket: str) -> str:
    return _SIGNED.format(to=f"to_bucket = '{bucket}'", frm=f"from_bucket = '{bucket}'")


async def differences() -> list[str]:
    """All inconsistencies of stock, reservations and value; an empty list if there are none."""
    return [
        *await _levels_and_movements(),
        *await _levels_and_reservations(),
        *await _layers_and_levels(),
        *await _layers_and_entries(),
        *await _flows_and_layers(),
        *await _suppliers_goods(),
        *await _kits(),
        *await _incoming(),
        *await _lots_and_levels(),
        *await _lots_and_movements(),
        *await _lots_and_allocations(),
        *await _serials(),
    ]


async def _levels_and_movements() -> list[str]:
    """A level is the sum of its movements in each bucket."""
    on_hand = _SIGNED.format(to="to_bucket <> 'outside'", frm="from_bucket <> 'outside'")
    sums = ", ".join(f"SUM({_total(bucket)}) AS {bucket}" for bucket in COUNTED)
    differ = " OR ".join(f"l.{bucket} <> COALESCE(m.{bucket}, 0)" for bucket in COUNTED)
    moved = ", ".join(f"COALESCE(m.{bucket}, 0) AS moved_{bucket}" for bucket in COUNTED)
    rows = await fetch(
        f"""
        SELECT l.*, COALESCE(m.on_hand, 0) AS moved_on_hand, {moved}
        FROM stock_level l
        LEFT JOIN (
            SELECT level_id, SUM({on_hand}) AS on_hand, {sums} FROM stock_movement GROUP BY level_id
        ) m ON m.level_id = l.id
        WHERE l.on_hand <> COALESCE(m.on_hand, 0) OR {differ}
           OR l.unavailable <> l.damaged + l.quarantined + l.in_quality_check
           OR l.reserved + l.unavailable > l.on_hand + l.backorder_limit
        """  # noqa: S608  # only our own bucket names are put in
    )
    names = ("on_hand", *COUNTED)
    return [
        f"level {row['id']}: "
        + ", ".join(f"{name.replace('_', ' ')} {row[name]} (ledger {row['moved_' + name]})" for name in names)
        for row in rows
    ]


async def _levels_and_reservations() -> list[str]:
    """The reserved quantity of a level is the sum of its reservations."""
    rows = await fetch(
        """
        SELECT l.id, l.reserved, COALESCE(r.quantity, 0) AS claimed FROM stock_level l
        LEFT JOIN (SELECT level_id, SUM(quantity) AS quantity FROM reservation GROUP BY level_id) r
            ON r.level_id = l.id
        WHERE l.reserved <> COALESCE(r.quantity, 0)
        """
    )
    return [
        (
            f"level {row['id']}: {row['reserved']} units reserved, but the sum of its "
            f"reservations is {row['claimed']}"
        )
        for row in rows
    ]


async def _layers_and_levels() -> list[str]:
    """The cost layers of a level contain as many units as are on hand."""
    rows = await fetch(
        """
        SELECT l.id, l.on_hand, COALESCE(c.units, 0) AS units FROM stock_level l
        LEFT JOIN (
            SELECT level_id, SUM(remaining) AS units FROM cost_layer WHERE is_open AND NOT in_transit
            GROUP BY level_id
        ) c ON c.level_id = l.id
        WHERE l.on_hand <> COALESCE(c.units, 0)
        """
    )
    found = [
        (f"level {row['id']}: {row['on_hand']} units on hand, but its cost layers contain {row['units']}")
        for row in rows
    ]
    rows = await fetch("SELECT id FROM cost_layer WHERE is_open <> (remaining > 0)")
    return found + [
        (f"cost layer {row['id']}: marked as open without units, or as closed with units") for row in rows
    ]


async def _layers_and_entries() -> list[str]:
    """The value of a level's layers is the sum of its entries in the value ledger, including transit."""
    found = []
    for account, transit in (("asset", "NOT in_transit"), ("in_transit", "in_transit")):
        place = _place(account)
        rows = await fetch(
            f"""
            SELECT id, SUM(value) AS value, SUM(entered) AS entered FROM (
                SELECT {place} AS id, remaining_minor AS value, 0 AS entered FROM cost_layer
                WHERE is_open AND {transit}
                UNION ALL
                SELECT {place}, 0, CASE WHEN to_account = '{account}' THEN amount_minor ELSE -amount_minor END
                FROM value_entry WHERE from_account = '{account}' OR to_account = '{account}'
            ) both_books GROUP BY id HAVING SUM(value) <> SUM(entered)
            """  # noqa: S608  # names of ours
        )
        found += [
            (
                f"{row['id'] if account == 'in_transit' else 'level ' + str(row['id'])}: the "
                f"value of its cost layers is {row['value']}, but {row['entered']} in the value "
                "ledger"
            )
            for row in rows
        ]
    return found


async def _flows_and_layers() -> list[str]:
    """The remaining units and value of a cost layer are what came in less what left."""
    rows = await fetch(
        """
        SELECT c.id, c.remaining, c.remaining_minor,
               COALESCE(f.units, 0) AS units, COALESCE(f.value, 0) AS value
        FROM cost_layer c LEFT JOIN (
            SELECT layer_id, SUM(quantity) AS units,
                   SUM(CASE WHEN quantity > 0 THEN value_minor ELSE -value_minor END) AS value
            FROM cost_flow GROUP BY layer_id
        ) f ON f.layer_id = c.id
        WHERE c.remaining <> COALESCE(f.units, 0) OR c.remaining_minor <> COALESCE(f.value, 0)
        """
    )
    return [
        (
            f"cost layer {row['id']}: {row['remaining']} units worth {row['remaining_minor']}, "
            f"but the ledger has {row['units']} units worth {row['value']}"
        )
        for row in rows
    ]


async def _suppliers_goods() -> list[str]:
    """Stock that belongs to a supplier has no value."""
    rows = await fetch(
        f"""
        SELECT s.id, l.code, SUM(c.remaining_minor) AS value FROM cost_layer c
        JOIN stock_level s ON s.id = c.level_id JOIN location l ON l.id = s.location_id
        WHERE {IS_SUPPLIERS} AND NOT c.in_transit AND c.remaining_minor <> 0 GROUP BY s.id, l.code
        """  # noqa: S608  # a kind of ours
    )
    return [
        (
            f"level {row['id']}: stock of the supplier at {row['code']} has a value of "
            f"{row['value']} instead of 0"
        )
        for row in rows
    ]


def _place(account: str) -> str:
    """How an account is summed: on hand by level; in transit over all levels."""
    return "'in transit'" if account == "in_transit" else "level_id"


async def _kits() -> list[str]:
    """The value of kits is the value of their components."""
    rows = await fetch(
        """
        SELECT reference_id,
               SUM(CASE WHEN to_account = 'assembly' THEN amount_minor ELSE -amount_minor END) AS rest
        FROM value_entry WHERE from_account = 'assembly' OR to_account = 'assembly'
        GROUP BY reference_id
        HAVING SUM(CASE WHEN to_account = 'assembly' THEN amount_minor ELSE -amount_minor END) <> 0
        """
    )
    return [
        (f"assembly {row['reference_id']}: the value of components and kits differs by {row['rest']}")
        for row in rows
    ]


async def _incoming() -> list[str]:
    """The incoming quantity of a level is the sum of its open incoming stock."""
    rows = await fetch(
        """
        SELECT l.id, l.incoming, COALESCE(i.open_units, 0) AS expected FROM stock_level l
        LEFT JOIN (
            SELECT level_id, SUM(quantity - received) AS open_units
            FROM incoming_stock WHERE is_open GROUP BY level_id
        ) i ON i.level_id = l.id
        WHERE l.incoming <> COALESCE(i.open_units, 0)
        """
    )
    return [
        f"level {row['id']}: {row['incoming']} units incoming, but {row['expected']} are expected"
        for row in rows
    ]


_LOT_STATES = ("on_hand", "damaged", "quarantined", "in_quality_check")


async def _lots_and_levels() -> list[str]:
    """The lots of a tracked level add up to it in each state."""
    sums = ", ".join(f"SUM({name}) AS {name}" for name in _LOT_STATES)
    differ = " OR ".join(f"l.{name} <> COALESCE(t.{name}, 0)" for name in _LOT_STATES)
    rows = await fetch(
        f"""
        SELECT l.id, l.on_hand, COALESCE(t.on_hand, 0) AS in_lots FROM stock_level l
        LEFT JOIN (SELECT level_id, {sums} FROM lot_level GROUP BY level_id) t ON t.level_id = l.id
        WHERE (l.is_tracked AND ({differ})) OR (NOT l.is_tracked AND COALESCE(t.on_hand, 0) <> 0)
        """  # noqa: S608  # names of ours
    )
    return [
        (
            f"level {row['id']}: {row['on_hand']} units on hand, but its lots have "
            f"{row['in_lots']}, or the stock states differ"
        )
        for row in rows
    ]


async def _lots_and_movements() -> list[str]:
    """A lot at a level is the sum of its movements there in each state."""
    sums = []
    for name in _LOT_STATES:
        to, frm = (
            ("m.to_bucket <> 'outside'", "m.from_bucket <> 'outside'")
            if name == "on_hand"
            else (f"m.to_bucket = '{name}'", f"m.from_bucket = '{name}'")
        )
        sums.append(
            f"SUM(CASE WHEN {to} THEN t.quantity ELSE 0 END) "
            f"- SUM(CASE WHEN {frm} THEN t.quantity ELSE 0 END) AS {name}"
        )
    differ = " OR ".join(f"l.{name} <> COALESCE(s.{name}, 0)" for name in _LOT_STATES)
    rows = await fetch(
        f"""
        SELECT l.lot_id, l.level_id, l.on_hand, COALESCE(s.on_hand, 0) AS moved FROM lot_level l
        LEFT JOIN (
            SELECT t.lot_id, t.level_id, {", ".join(sums)}
            FROM lot_movement t JOIN stock_movement m ON m.id = t.movement_id GROUP BY t.lot_id, t.level_id
        ) s ON s.lot_id = l.lot_id AND s.level_id = l.level_id
        WHERE {differ}
        """  # noqa: S608  # names of ours
    )
    return [
        (
            f"lot {row['lot_id']} in level {row['level_id']}: {row['on_hand']} units on hand, but "
            f"{row['moved']} in the ledger, or the stock states differ"
        )
        for row in rows
    ]


async def _lots_and_allocations() -> list[str]:
    """Allocations belong to reservations and never exceed them."""
    rows = await fetch(
        """
        SELECT l.lot_id, l.level_id, l.allocated, COALESCE(a.quantity, 0) AS kept FROM lot_level l
        LEFT JOIN (
            SELECT lot_id, level_id, SUM(quantity) AS quantity FROM lot_allocation GROUP BY lot_id, level_id
        ) a ON a.lot_id = l.lot_id AND a.level_id = l.level_id
        WHERE l.allocated <> COALESCE(a.quantity, 0)
        """
    )
    found = [
        f"lot {row['lot_id']} in level {row['level_id']}: {row['allocated']} allocated, {row['kept']} kept"
        for row in rows
    ]
    rows = await fetch(
        """
        SELECT a.reservation_id, SUM(a.quantity) AS kept, MAX(r.quantity) AS reserved
        FROM lot_allocation a LEFT JOIN reservation r ON r.id = a.reservation_id
        GROUP BY a.reservation_id HAVING SUM(a.quantity) > COALESCE(MAX(r.quantity), 0)
        """
    )
    return found + [
        (
            f"reservation {row['reservation_id']}: {row['kept']} units of lots allocated, "
            f"{row['reserved'] or 0} units reserved"
        )
        for row in rows
    ]


async def _serials() -> list[str]:
    """A serial number is on hand at most once."""
    rows = await fetch(
        """
        SELECT l.id, l.units, COALESCE(s.on_hand, 0) AS on_hand FROM lot l
        LEFT JOIN (SELECT lot_id, SUM(on_hand) AS on_hand FROM lot_level GROUP BY lot_id) s ON s.lot_id = l.id
        WHERE l.is_serial AND l.units <> COALESCE(s.on_hand, 0)
        """
    )
    return [f"serial {row['id']}: {row['units']} noted, {row['on_hand']} on hand" for row in rows]

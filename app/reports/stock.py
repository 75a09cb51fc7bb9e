"""Value of stock, its location, and its changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.database import among, fetch, uuid_of
from app.core.described import Described
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import queries as location_queries
from app.inventory.stock import queries as inventory
from app.inventory.stock.valuation import by_bucket, share

BUCKETS = ("available", "reserved", "damaged", "quarantined", "in_quality_check")


@dataclass(slots=True)
class Amount:
    """Units, and their value in minor units of the currency of stock valuation."""

    quantity: int = 0
    value_minor: int = 0

    def add(self, quantity: int, value_minor: int) -> None:
        self.quantity += quantity
        self.value_minor += value_minor


@dataclass(slots=True)
class LocationValue:
    """The stock of a location by state."""

    location_id: UUID
    total: Amount
    buckets: dict[str, Amount]


async def locations_seen_by(actor: Actor, code: str | None) -> list[UUID]:
    """The own locations of a report: one, or all for which the actor may see costs.

    Stock in locations of kind DROP_SHIP belongs to suppliers and is in no report.

    Raises:
        NotFound: the location does not exist, or the actor may not see its costs.
    """
    if code is not None:
        chosen = await location_queries.location_for(Permission.STOCK_COSTS, actor, "location", code=code)
        return [] if chosen.kind is LocationKind.DROP_SHIP else [chosen.id]
    ours = location_queries.locations_with(Permission.STOCK_COSTS, actor).exclude(kind=LocationKind.DROP_SHIP)
    return list(await ours.values_list("id", flat=True))  # type: ignore[arg-type]


async def value_of(locations: Sequence[UUID], at: datetime) -> tuple[list[LocationValue], Amount]:
    """The stock of each location at a time by state, and what was in transit to them.

    Quantities are the sum of the movements until then, values that of the value ledger; a level's value is
    distributed over its states by quantity, exactly. Backordered units have no value yet.
    """
    found = {id: LocationValue(id, Amount(), {name: Amount() for name in BUCKETS}) for id in locations}
    values = {row["level_id"]: int(row["value"] or 0) for row in await _asset_by_level(locations, at)}
    for row in await _quantities_by_level(locations, at):
        place, value = found[uuid_of(row["location_id"])], values.get(row["level_id"], 0)
        on_hand = int(row["on_hand"])
        aside = [int(row[name]) for name in BUCKETS[2:]]
        reserved = min(int(row["reserved"]), on_hand - sum(aside))
        units = [on_hand - sum(aside) - reserved, reserved, *aside]
        place.total.add(on_hand, value)
        for name, quantity, part in zip(BUCKETS, units, by_bucket(value, units), strict=True):
            place.buckets[name].add(quantity, part)
    return list(found.values()), await _in_transit(locations, at)


async def _asset_by_level(locations: Sequence[UUID], at: datetime) -> list[Any]:
    return await fetch(
        f"""
        SELECT e.level_id, SUM(CASE WHEN e.to_account = 'asset' THEN e.amount_minor ELSE 0 END)
            - SUM(CASE WHEN e.from_account = 'asset' THEN e.amount_minor ELSE 0 END) AS value
        FROM value_entry e JOIN stock_level s ON s.id = e.level_id
        WHERE {among("s.location_id", 1)} AND e.at <= $2 GROUP BY e.level_id
        """,  # noqa: S608  # a column of ours
        list(locations),
        at,
    )


async def _quantities_by_level(locations: Sequence[UUID], at: datetime) -> list[Any]:
    sums = ", ".join(
        f"SUM(CASE WHEN m.to_bucket = '{name}' THEN m.quantity ELSE 0 END) "
        f"- SUM(CASE WHEN m.from_bucket = '{name}' THEN m.quantity ELSE 0 END) AS {name}"
        for name in BUCKETS[1:]
    )
    return await fetch(
        f"""
        SELECT m.level_id, s.location_id, {sums},
               SUM(CASE WHEN m.to_bucket <> 'outside' THEN m.quantity ELSE 0 END)
               - SUM(CASE WHEN m.from_bucket <> 'outside' THEN m.quantity ELSE 0 END) AS on_hand
        FROM stock_movement m JOIN stock_level s ON s.id = m.level_id
        WHERE {among("s.location_id", 1)} AND m.at <= $2 GROUP BY m.level_id, s.location_id
        """,  # noqa: S608  # only our own names are put in
        list(locations),
        at,
    )


async def _in_transit(locations: Sequence[UUID], at: datetime) -> Amount:
    """What was in transit to or from these locations."""
    rows = await fetch(
        f"""
        SELECT SUM(CASE e.to_account WHEN 'in_transit' THEN e.quantity ELSE -e.quantity END) AS units,
               SUM(CASE e.to_account WHEN 'in_transit' THEN e.amount_minor ELSE -e.amount_minor END) AS value
        FROM value_entry e JOIN stock_level s ON s.id = e.level_id
        WHERE (e.to_account = 'in_transit' OR e.from_account = 'in_transit') AND e.at <= $2
          AND e.reference_id IN (
              SELECT id FROM transfer WHERE {among("source_id", 1)} OR {among("destination_id", 1)}
          )
        """,  # noqa: S608  # columns of ours
        list(locations),
        at,
    )
    return Amount(int(rows[0]["units"] or 0), int(rows[0]["value"] or 0))


class LedgerLine(Described):
    """Reason for a change of the stock value."""

    RECEIPTS = "receipts", "Purchased goods, including landed costs."
    RETURNS = "returns", "Customer returns, at cost."
    TRANSFERS_IN = "transfers_in", "Transfers from other locations."
    GAINS = "gains", "Found units and positive count differences."
    ASSEMBLED = "assembled", "Assembled kits, and components recovered from disassembled kits."
    REVALUED = "revalued", "Cost corrections, positive or negative."
    SALES = "sales", "Goods shipped to buyers: the cost of goods sold."
    TRANSFERS_OUT = "transfers_out", "Transfers to other locations."
    WRITE_OFFS = "write_offs", "Lost or damaged units and negative count differences."
    USED = "used", "Components used for kits, and kits that were disassembled."


_IN = {
    "suppliers": LedgerLine.RECEIPTS,
    "cost_of_sales": LedgerLine.RETURNS,
    "in_transit": LedgerLine.TRANSFERS_IN,
    "gain": LedgerLine.GAINS,
    "assembly": LedgerLine.ASSEMBLED,
    "revaluation": LedgerLine.REVALUED,
    "write_off": LedgerLine.GAINS,
}
_OUT = {
    "cost_of_sales": LedgerLine.SALES,
    "in_transit": LedgerLine.TRANSFERS_OUT,
    "write_off": LedgerLine.WRITE_OFFS,
    "assembly": LedgerLine.USED,
    "revaluation": LedgerLine.REVALUED,
    "suppliers": LedgerLine.RECEIPTS,
    "gain": LedgerLine.WRITE_OFFS,
}


# A later correction of a cost is shown with what it belongs to, in either direction.
_LATER = {
    "sale": LedgerLine.SALES,
    "return": LedgerLine.RETURNS,
    "transfer_in": LedgerLine.TRANSFERS_IN,
    "transfer_out": LedgerLine.TRANSFERS_OUT,
}


def _line_of(source: str, target: str, reason: str, units: int) -> LedgerLine:
    if not units and reason in _LATER:
        return _LATER[reason]
    if not units and "write_off" in (source, target):
        return LedgerLine.WRITE_OFFS
    return _IN[source] if target == "asset" else _OUT[target]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Opening value, changes, and closing value, which is calculated independently."""

    opening: Amount
    lines: Mapping[LedgerLine, Amount]
    closing: Amount


async def ledger_of(locations: Sequence[UUID], start: datetime, end: datetime) -> Ledger:
    """The changes in stock value of some locations from `start` to before `end`."""
    lines = {line: Amount() for line in LedgerLine}
    rows = await fetch(
        f"""
        SELECT e.from_account, e.to_account, e.reason,
               SUM(e.quantity) AS units, SUM(e.amount_minor) AS value
        FROM value_entry e JOIN stock_level s ON s.id = e.level_id
        WHERE {among("s.location_id", 1)} AND e.at >= $2 AND e.at < $3
          AND (e.from_account = 'asset' OR e.to_account = 'asset')
        GROUP BY e.from_account, e.to_account, e.reason, e.quantity = 0
        """,  # noqa: S608  # a column of ours
        list(locations),
        start,
        end,
    )
    for row in rows:
        line = _line_of(row["from_account"], row["to_account"], row["reason"], int(row["units"]))
        sign = 1 if row["to_account"] == "asset" else -1
        lines[line].add(sign * int(row["units"]), sign * int(row["value"]))
    return Ledger(await _asset_until(locations, start), lines, await _asset_until(locations, end))


async def _asset_until(locations: Sequence[UUID], moment: datetime) -> Amount:
    rows = await fetch(
        f"""
        SELECT SUM(CASE WHEN e.to_account = 'asset' THEN e.quantity ELSE -e.quantity END) AS units,
               SUM(CASE WHEN e.to_account = 'asset' THEN e.amount_minor ELSE -e.amount_minor END) AS value
        FROM value_entry e JOIN stock_level s ON s.id = e.level_id
        WHERE {among("s.location_id", 1)} AND e.at < $2
          AND (e.from_account = 'asset' OR e.to_account = 'asset')
        """,  # noqa: S608  # a column of ours
        list(locations),
        moment,
    )
    return Amount(int(rows[0]["units"] or 0), int(rows[0]["value"] or 0))


@dataclass(frozen=True, slots=True)
class BucketMove:
    """Units that changed their state for a reason, and their value then."""

    reason: str
    from_bucket: str
    to_bucket: str
    amount: Amount


async def bucket_moves(locations: Sequence[UUID], start: datetime, end: datetime) -> list[BucketMove]:
    """The units that changed their state in a period: reserved, released, set aside, sold, returned, lost.

    Valued at the average unit value of their level at that time.
    """
    rows = await fetch(
        f"""
        SELECT m.reason, m.from_bucket, m.to_bucket, m.quantity,
               e.amount_minor, b.balance_quantity, b.balance_minor
        FROM stock_movement m
        JOIN stock_level s ON s.id = m.level_id
        LEFT JOIN value_entry e ON e.level_id = m.level_id AND e.movement_id = m.id
        LEFT JOIN value_entry b ON b.id = (
            SELECT x.id FROM value_entry x WHERE x.level_id = m.level_id AND x.at <= m.at
            ORDER BY x.at DESC, x.id DESC LIMIT 1
        )
        WHERE {among("s.location_id", 1)} AND m.at >= $2 AND m.at < $3
        """,  # noqa: S608  # a column of ours
        list(locations),
        start,
        end,
    )
    found: dict[tuple[str, str, str], Amount] = {}
    for row in rows:
        key = (row["reason"], row["from_bucket"], row["to_bucket"])
        found.setdefault(key, Amount()).add(int(row["quantity"]), _worth(row))
    return [BucketMove(*key, amount) for key, amount in sorted(found.items())]


def _worth(row: Mapping[str, Any]) -> int:
    if row["amount_minor"] is not None:
        return int(row["amount_minor"])
    there = int(row["balance_quantity"] or 0)
    moved = min(int(row["quantity"]), there)
    return share(int(row["balance_minor"]), moved, there) if there else 0


@dataclass(frozen=True, slots=True)
class Commitment:
    """What is committed and due to ship in a month (`2026-05`); None: unknown."""

    month: str | None
    amount: Amount


async def committed(locations: Sequence[UUID]) -> list[Commitment]:
    """The current commitments by the month in which they are due to ship; backordered units have no value
    yet.
    """
    rows = await fetch(
        f"""
        SELECT r.level_id, r.due_on, r.quantity, r.waiting FROM reservation r
        JOIN stock_level s ON s.id = r.level_id WHERE {among("s.location_id", 1)}
        """,  # noqa: S608  # a column of ours
        list(locations),
    )
    values = await inventory.level_values({uuid_of(row["level_id"]) for row in rows})
    found: dict[str | None, Amount] = {}
    for row in rows:
        units, worth = values[uuid_of(row["level_id"])]
        here = min(int(row["quantity"]) - int(row["waiting"]), units)
        amount = share(worth, here, units) if units else 0
        found.setdefault(_month(row["due_on"]), Amount()).add(int(row["quantity"]), amount)
    return [Commitment(month, found[month]) for month in sorted(found, key=lambda month: month or "9999")]


@dataclass(frozen=True, slots=True)
class CommitmentShift:
    """Committed value that moved from one month to another."""

    from_month: str | None
    to_month: str | None
    amount: Amount


async def commitment_shifts(
    locations: Sequence[UUID], start: datetime, end: datetime
) -> list[CommitmentShift]:
    """The committed value that delays and earlier arrivals moved from month to month in a period."""
    rows = await fetch(
        f"""
        SELECT c.from_on, c.to_on, c.quantity, c.amount_minor FROM commitment_move c
        JOIN stock_level s ON s.id = c.level_id
        WHERE {among("s.location_id", 1)} AND c.at >= $2 AND c.at < $3
        """,  # noqa: S608  # a column of ours
        list(locations),
        start,
        end,
    )
    found: dict[tuple[str | None, str | None], Amount] = {}
    for row in rows:
        key = (_month(row["from_on"]), _month(row["to_on"]))
        if key[0] != key[1]:
            found.setdefault(key, Amount()).add(int(row["quantity"]), int(row["amount_minor"]))
    order = sorted(found, key=lambda key: (key[0] or "9999", key[1] or "9999"))
    return [CommitmentShift(*key, found[key]) for key in order]


def _month(day: date | str | None) -> str | None:
    return None if day is None else str(day)[:7]

"""Value of stock, its location, and its changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.database import uuid_of
from app.core.described import Described
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import queries as location_queries
from app.inventory.stock import queries as inventory
from app.inventory.stock.lifecycle import ON_HAND, UNAVAILABLE
from app.inventory.stock.queries import value_reports
from app.inventory.stock.valuation import by_bucket, share
from app.inventory.transfers import queries as transfers


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
    found = {id: LocationValue(id, Amount(), {name: Amount() for name in ON_HAND}) for id in locations}
    values = {
        row["level_id"]: int(row["value"] or 0) for row in await value_reports.value_by_level(locations, at)
    }
    for row in await value_reports.units_by_level(locations, at):
        place, value = found[uuid_of(row["location_id"])], values.get(row["level_id"], 0)
        on_hand = int(row["on_hand"])
        aside = [int(row[name]) for name in UNAVAILABLE]
        reserved = min(int(row["reserved"]), on_hand - sum(aside))
        units = [on_hand - sum(aside) - reserved, reserved, *aside]
        place.total.add(on_hand, value)
        for name, quantity, part in zip(ON_HAND, units, by_bucket(value, units), strict=True):
            place.buckets[name].add(quantity, part)
    return list(found.values()), Amount(*await transfers.value_in_transit(locations, at))


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
    rows = await value_reports.entries_between(locations, start, end)
    for row in rows:
        line = _line_of(row["from_account"], row["to_account"], row["reason"], int(row["units"]))
        sign = 1 if row["to_account"] == "asset" else -1
        lines[line].add(sign * int(row["units"]), sign * int(row["value"]))
    opening = Amount(*await value_reports.value_until(locations, start))
    closing = Amount(*await value_reports.value_until(locations, end))
    return Ledger(opening, lines, closing)


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
    rows = await value_reports.moves_between(locations, start, end)
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
    rows = await value_reports.reserved_units(locations)
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
    rows = await value_reports.commitment_moves(locations, start, end)
    found: dict[tuple[str | None, str | None], Amount] = {}
    for row in rows:
        key = (_month(row["from_on"]), _month(row["to_on"]))
        if key[0] != key[1]:
            found.setdefault(key, Amount()).add(int(row["quantity"]), int(row["amount_minor"]))
    order = sorted(found, key=lambda key: (key[0] or "9999", key[1] or "9999"))
    return [CommitmentShift(*key, found[key]) for key in order]


def _month(day: date | str | None) -> str | None:
    return None if day is None else str(day)[:7]

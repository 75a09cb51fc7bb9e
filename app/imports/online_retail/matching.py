"""Which sale each cancellation belongs to: the file does not say, so it is worked out.

A credit row cancels units of the same SKU that the same customer bought before, the latest sale first,
over several sales if it must. A row for which that many were never sold is refused whole.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from app.imports.online_retail.reading import Contents, Refused, Row, month_of


@dataclass(slots=True)
class Cancelled:
    """What one credit takes back of one sale. `units` is by the position of the sale's row."""

    credit: str
    at: datetime
    units: dict[int, int] = field(default_factory=dict)
    amounts: dict[int, int] = field(default_factory=dict)

    @property
    def amount_minor(self) -> int:
        return sum(self.amounts.values())


@dataclass(slots=True)
class _Sold:
    invoice: str
    position: int
    at: datetime
    left: int


@dataclass(slots=True)
class Matched:
    """By sale: its cancellations in the order of time; and the rows that match no sale."""

    by_sale: dict[str, list[Cancelled]]
    unmatched: list[Refused]


def match(contents: Contents) -> Matched:
    """Match every credit row of the file; the same file always gives the same answer."""
    sold = _sold(contents)
    by_sale: dict[str, dict[str, Cancelled]] = defaultdict(dict)
    unmatched = []
    for credit in sorted(contents.credits.values(), key=lambda invoice: (invoice.at, invoice.number)):
        for row in credit.rows:
            takes = _taken(sold[row.customer or f"guest of {row.country}", row.sku], row)
            if not takes:
                unmatched.append(_refused(row, contents))
                continue
            for lot, quantity in takes:
                lot.left -= quantity
                mine = by_sale[lot.invoice].setdefault(credit.number, Cancelled(credit.number, credit.at))
                mine.units[lot.position] = mine.units.get(lot.position, 0) + quantity
                mine.amounts[lot.position] = mine.amounts.get(lot.position, 0) + quantity * row.unit_minor
    return Matched({sale: list(credits.values()) for sale, credits in by_sale.items()}, unmatched)


def goods(rows: list[Row]) -> list[Row]:
    """The rows of a sale that become lines; postage becomes the order's shipping."""
    return [row for row in rows if not row.is_shipping]


def _sold(contents: Contents) -> dict[tuple[str, str], list[_Sold]]:
    sold: dict[tuple[str, str], list[_Sold]] = defaultdict(list)
    for sale in contents.sales.values():
        for position, row in enumerate(goods(sale.rows), start=1):
            key = (sale.customer or f"guest of {sale.country}", row.sku)
            sold[key].append(_Sold(sale.number, position, sale.at, row.quantity))
    for lots in sold.values():
        lots.sort(key=lambda lot: (lot.at, lot.invoice, lot.position), reverse=True)
    return sold


def _taken(lots: list[_Sold], row: Row) -> list[tuple[_Sold, int]]:
    takes, wanted = [], row.quantity
    for lot in lots:
        if lot.at > row.at or lot.left == 0:
            continue
        quantity = min(lot.left, wanted)
        takes.append((lot, quantity))
        wanted -= quantity
        if wanted == 0:
            return takes
    return []


def _refused(row: Row, contents: Contents) -> Refused:
    cells = [
        row.invoice, row.sku, row.description, str(-row.quantity), row.at.isoformat(),
        str(Decimal(row.unit_minor) / 100), row.customer, row.country,
    ]  # fmt: skip
    reason = "a cancellation without the sale that it belongs to"
    month = month_of(contents.credits[row.invoice].at)
    return Refused(row.line, reason, cells, month, Decimal(row.amount_minor) / 100, is_credit=True)

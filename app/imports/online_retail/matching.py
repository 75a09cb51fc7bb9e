"""Matches cancellations to sales, because the file does not contain the relation.

A credit row cancels units of the same SKU that the same customer bought before, the latest sale first, over
several sales if necessary. A row is refused as a whole if not enough units were sold, or if it would return
more than was paid for the sales.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from app.imports.online_retail.reading import Contents, Invoice, Refused, Row, month_of, refused


@dataclass(slots=True)
class Cancelled:
    """What one credit returns of one sale. `units` is by the position of the sale's row."""

    credit: str
    at: datetime
    units: dict[int, int] = field(default_factory=dict)
    amounts: dict[int, int] = field(default_factory=dict)
    parts: list[tuple[Row, int]] = field(default_factory=list)  # rows of the credit, and their amounts here

    @property
    def amount_minor(self) -> int:
        return sum(self.amounts.values())


@dataclass(slots=True)
class _Sale:
    """A sale, and the amount that was not returned."""

    invoice: Invoice
    left_minor: int


@dataclass(slots=True)
class _Sold:
    """Units of one row of a sale; `left` were not returned."""

    sale: _Sale
    position: int
    left: int


@dataclass(slots=True)
class Matched:
    """By sale, its cancellations in chronological order; and the rows that match no sale."""

    by_sale: dict[str, list[Cancelled]]
    unmatched: list[Refused]


def match(contents: Contents) -> Matched:
    """Match every credit row of the file, deterministically."""
    sold = _sold(contents)
    by_sale: dict[str, dict[str, Cancelled]] = defaultdict(dict)
    unmatched = []
    for credit in sorted(contents.credits.values(), key=lambda invoice: (invoice.at, invoice.number)):
        for row in credit.rows:
            lots = sold[_buyer(row), row.sku]
            takes = _taken(lots, row)
            if not takes:
                unmatched.append(refused(row, _why_not(lots, row), month_of(credit.at)))
                continue
            for lot, quantity in takes:
                amount = quantity * row.unit_minor
                lot.left -= quantity
                lot.sale.left_minor -= amount
                mine = by_sale[lot.sale.invoice.number].setdefault(
                    credit.number, Cancelled(credit.number, credit.at)
                )
                mine.units[lot.position] = mine.units.get(lot.position, 0) + quantity
                mine.amounts[lot.position] = mine.amounts.get(lot.position, 0) + amount
                mine.parts.append((row, amount))
    return Matched({sale: list(credits.values()) for sale, credits in by_sale.items()}, unmatched)


def goods(rows: list[Row]) -> list[Row]:
    """The rows of a sale that become lines; postage becomes the order's shipping."""
    return [row for row in rows if not row.is_shipping]


def _buyer(of: Row | Invoice) -> tuple[str, str]:
    """The customer; for guests only the country is known."""
    return (of.customer, "") if of.customer else ("", of.country)


def _sold(contents: Contents) -> dict[tuple[tuple[str, str], str], list[_Sold]]:
    sold: dict[tuple[tuple[str, str], str], list[_Sold]] = defaultdict(list)
    for invoice in contents.sales.values():
        sale = _Sale(invoice, invoice.amount_minor)
        for position, row in enumerate(goods(invoice.rows), start=1):
            sold[_buyer(invoice), row.sku].append(_Sold(sale, position, row.quantity))
    for lots in sold.values():
        lots.sort(key=lambda lot: (lot.sale.invoice.at, lot.sale.invoice.number, lot.position), reverse=True)
    return sold


def _taken(lots: list[_Sold], row: Row) -> list[tuple[_Sold, int]]:
    takes, wanted = [], row.quantity
    given_back: dict[str, int] = {}  # by sale, for this row
    for lot in lots:
        if lot.sale.invoice.at > row.at:
            continue
        number = lot.sale.invoice.number
        quantity = min(lot.left, wanted)
        if row.unit_minor:
            room = (lot.sale.left_minor - given_back.get(number, 0)) // row.unit_minor
            quantity = min(quantity, room)
        if quantity <= 0:
            continue
        takes.append((lot, quantity))
        given_back[number] = given_back.get(number, 0) + quantity * row.unit_minor
        wanted -= quantity
        if wanted == 0:
            return takes
    return []


def _why_not(lots: list[_Sold], row: Row) -> str:
    earlier = [lot for lot in lots if lot.sale.invoice.at <= row.at]
    if sum(lot.left for lot in earlier) < row.quantity:
        return "a cancellation without a matching sale"
    return "a cancellation with a larger amount than remains of its sales"

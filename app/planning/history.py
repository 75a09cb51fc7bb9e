"""Daily sales of each SKU, from the stock ledger or from a file."""

import csv
import gzip
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from app.core import clock
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.inventory.stock.queries import sales

DAY = timedelta(days=1)


async def from_ledger() -> dict[str, list[int]]:
    """Units of each SKU by day, from the first sale until yesterday."""
    first = await sales.first_sale()
    if first is None:
        return {}
    start = first.replace(hour=0, minute=0, second=0, microsecond=0)
    end = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    sold = await sales.days_sold(start, end)
    return _filled(sold, (end - start).days)


def from_file(path: Path) -> dict[str, list[int]]:
    """The same from a CSV file, optionally gzipped, with the columns `day` (2026-05-04), `sku` and `units`.

    Raises:
        Invalid: an unreadable row, with its line number.
    """
    rows: list[tuple[date, str, int]] = []
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        reader = csv.DictReader(lines)
        for row in reader:
            try:
                rows.append((date.fromisoformat(row["day"]), row["sku"], int(row["units"])))
            except (KeyError, TypeError, ValueError) as error:
                message = (
                    f"Line {reader.line_num} must contain a date (2026-05-04), a SKU and a number of units."
                )
                raise Invalid(message, "file", code=ProblemCode.MALFORMED) from error
    if not rows:
        return {}
    first, last = min(day for day, _, _ in rows), max(day for day, _, _ in rows)
    sold: dict[str, dict[int, int]] = {}
    for day, sku, units in rows:
        days = sold.setdefault(sku, {})
        at = (day - first).days
        days[at] = days.get(at, 0) + units
    return _filled(sold, (last - first).days + 1)


def _filled(sold: Mapping[str, Mapping[int, int]], days: int) -> dict[str, list[int]]:
    return {sku: [units.get(day, 0) for day in range(days)] for sku, units in sorted(sold.items())}

"""The importer of the Online Retail data set, on a small file with every irregularity of the real one."""

import csv
import gzip
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from app.core.database import fetch
from app.imports.online_retail import load, loading
from app.imports.online_retail.matching import match
from app.imports.online_retail.reading import read
from app.orders import queries as orders

pytestmark = pytest.mark.usefixtures("clean")

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
ROWS = """\
536365,85123A,WHITE HEART,6,2010-12-01T08:26:00,2.55,17850,United Kingdom
536365,71053,LANTERN,6,2010-12-01T08:26:00,3.39,17850,United Kingdom
536365,POST,POSTAGE,1,2010-12-01T08:26:00,18.00,17850,United Kingdom
536366,85123a,WHITE HEART T-LIGHT,4,2010-12-31T23:50:00,2.55,17850,United Kingdom
536366,85123A,WHITE HEART,1,2010-12-31T23:50:00,2.55,17850,United Kingdom
536367,22728,CLOCK,2,2011-01-02T10:00:00,3.75,,Germany
536368,21777,?,10,2011-01-02T11:00:00,0,,United Kingdom
536369,21777,damaged,-5,2011-01-02T12:00:00,0,,United Kingdom
536370,21777,GIFT,1,2011-01-03T12:00:00,0,12583,France
536371,PADS,PADS,1,2011-01-03T13:00:00,0.001,12583,France
A563185,B,Adjust bad debt,1,2011-01-04T13:00:00,11062.06,,United Kingdom
A563186,B,Adjust bad debt,1,2011-01-04T13:00:00,-11062.06,,United Kingdom
C536372,85123A,WHITE HEART,-7,2011-02-01T10:00:00,2.55,17850,United Kingdom
C536373,22728,CLOCK,-1,2011-02-02T10:00:00,3.75,,Germany
C536374,22728,CLOCK,-5,2011-02-03T10:00:00,3.75,,Germany
C536375,D,Discount,-1,2011-02-03T10:00:00,27.50,14527,United Kingdom
536376,22728,CLOCK,two,2011-02-04T10:00:00,3.75,,Germany
536377,22728,CLOCK
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "retail.csv.gz"
    path.write_bytes(gzip.compress(f"{HEADER}\n{ROWS}".encode()))
    return path


QUIET = Console(quiet=True)


async def _counts() -> dict[str, int]:
    tables = (
        "sales_order",
        "order_line",
        "order_cancellation",
        "customer",
        "product",
        "variant",
        "journal_entry",
    )
    return {t: (await fetch(f"SELECT COUNT(*) AS n FROM {t}"))[0]["n"] for t in tables}


async def test_valid_rows_are_loaded_with_correct_totals_and_statuses(file: Path, tmp_path: Path):
    assert await load(file, tmp_path / "refused.csv", QUIET)
    counts = await _counts()
    assert (counts["sales_order"], counts["order_line"]) == (4, 6)
    assert counts["customer"] == 2
    rows = await fetch(
        "SELECT external_reference, total_minor, shipping_minor, status FROM sales_order ORDER BY external_reference"
    )
    assert [(r["external_reference"], r["total_minor"], r["shipping_minor"], r["status"]) for r in rows] == [
        ("536365", 6 * 255 + 6 * 339 + 1800, 1800, "completed"),
        ("536366", 5 * 255, 0, "cancelled"),
        ("536367", 750, 0, "completed"),
        ("536370", 0, 0, "completed"),
    ]
    assert await orders.differences() == []


async def test_refused_rows_are_reported_with_line_and_reason(file: Path, tmp_path: Path):
    await load(file, tmp_path / "refused.csv", QUIET)
    with (tmp_path / "refused.csv").open() as report:
        found = {int(row["Line"]): row["Reason"] for row in csv.DictReader(report)}
    assert set(found) == {8, 9, 11, 12, 13, 16, 17, 18, 19}
    assert "stock adjustment" in found[8] and "write-off" in found[9] and "two decimal places" in found[11]
    assert "without a matching sale" in found[16] and "without a matching sale" in found[17]
    assert "cannot be read" in found[18] and "columns" in found[19]


async def test_a_cancellation_is_matched_to_the_latest_sales_first(file: Path):
    matched = match(read(file))
    assert {sale: credit[0].units for sale, credit in matched.by_sale.items()} == {
        "536366": {1: 4, 2: 1},
        "536365": {1: 2},
        "536367": {1: 1},
    }


async def test_loading_twice_changes_nothing(file: Path, tmp_path: Path):
    await load(file, tmp_path / "a.csv", QUIET)
    before = await _counts()
    assert await load(file, tmp_path / "b.csv", QUIET)
    assert await _counts() == before
    assert (tmp_path / "a.csv").read_text() == (tmp_path / "b.csv").read_text()


async def test_an_interrupted_import_is_completed_by_the_next_one(file: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(loading, "INVOICES_AT_ONCE", 1)
    written = loading._write_orders
    calls = 0

    async def fails_at_the_third(*arguments, **named):
        nonlocal calls
        calls += 1
        if calls == 3:
            raise RuntimeError("interrupted")
        return await written(*arguments, **named)

    monkeypatch.setattr(loading, "_write_orders", fails_at_the_third)
    with pytest.raises(RuntimeError, match="interrupted"):
        await load(file, tmp_path / "a.csv", QUIET)
    monkeypatch.setattr(loading, "_write_orders", written)
    assert (await _counts())["sales_order"] == 2
    assert await load(file, tmp_path / "a.csv", QUIET)
    assert (await _counts())["sales_order"] == 4


async def test_a_month_whose_total_differs_from_the_file_is_an_error(file: Path, tmp_path: Path):
    from app.core.database import execute

    await load(file, tmp_path / "a.csv", QUIET)
    await execute("UPDATE sales_order SET total_minor = total_minor + 1 WHERE external_reference = '536365'")
    assert not await load(file, tmp_path / "a.csv", QUIET)


def test_monthly_totals_use_the_time_zone_of_the_shop(file: Path):
    contents = read(file)
    assert contents.sales_by_month["2010-12"] == Decimal("66.39")  # 23:50 on New Year's Eve is December
    assert contents.invoices == 15

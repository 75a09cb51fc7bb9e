"""Import of irregular files: each row is loaded, or refused with its line and reason."""

import csv
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from app.core.database import fetch
from app.core.refusals import Invalid
from app.imports.online_retail import load, loading
from app.imports.online_retail.cells import DateOrder, moment_of, number_of
from app.imports.online_retail.reading import LOCAL, read
from app.orders import queries as orders
from app.payments import queries as payments
from tests.imports.irregular_files import FORMS, HEADER, Form, IrregularFile

QUIET = Console(quiet=True)
SALE = "536365,85123A,LANTERN,6,{date},2.55,17850,United Kingdom\n"


def _file(folder: Path, *rows: str) -> Path:
    path = folder / "retail.csv"
    path.write_text("\n".join([",".join(HEADER), *rows]) + "\n")
    return path


def _reasons(report: Path) -> dict[int, str]:
    with report.open(newline="", encoding="utf-8") as file:
        return {int(row["Line"]): row["Reason"] for row in csv.DictReader(file)}


def _instant(value: object) -> datetime:
    at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return at if at.tzinfo else at.replace(tzinfo=UTC)


async def _by_month(statement: str) -> dict[str, int]:
    found: Counter[str] = Counter()
    for row in await fetch(statement):
        found[_instant(row["at"]).astimezone(LOCAL).strftime("%Y-%m")] += row["minor"]
    return {month: minor for month, minor in found.items() if minor}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
async def test_each_row_is_loaded_or_refused_as_expected_and_monthly_totals_agree(
    form: Form, seed: int, tmp_path: Path, clean: None
):
    data, expected_rows = IrregularFile(form, seed).written()
    (tmp_path / "retail.csv").write_bytes(data)
    assert await load(tmp_path / "retail.csv", tmp_path / "refused.csv", QUIET)
    reasons = _reasons(tmp_path / "refused.csv")
    assert all(reasons.values())
    assert {row.line for row in expected_rows if row.must == "refuse"} <= set(reasons)
    assert not {row.line for row in expected_rows if row.must == "load"} & set(reasons)
    assert set(reasons) <= {row.line for row in expected_rows}
    sales: Counter[str] = Counter()
    credits: Counter[str] = Counter()
    for row in expected_rows:
        if row.line not in reasons and row.pence:
            (credits if row.is_credit else sales)[row.month] += row.pence
    assert await _by_month("SELECT placed_at AS at, total_minor AS minor FROM sales_order") == sales
    assert await _by_month("SELECT at, amount_minor AS minor FROM order_cancellation") == credits
    assert [*await orders.differences(), *await payments.differences()] == []


@pytest.mark.usefixtures("clean")
async def test_a_credit_for_more_than_its_sale_is_refused_and_the_other_rows_are_loaded(tmp_path: Path):
    file = _file(
        tmp_path,
        "590001,22423,CAKESTAND,5,2011-03-01T10:00:00,0.80,17001,United Kingdom",
        "C590002,22423,CAKESTAND,-5,2011-03-02T10:00:00,1.00,17001,United Kingdom",
        "590003,85123A,LANTERN,6,2011-03-03T10:05:00,2.55,17002,United Kingdom",
    )
    assert await load(file, tmp_path / "refused.csv", QUIET)
    assert _reasons(tmp_path / "refused.csv") == {
        3: "a cancellation with a larger amount than remains of its sales"
    }
    assert await _by_month("SELECT placed_at AS at, total_minor AS minor FROM sales_order") == {
        "2011-03": 1930
    }
    paid = await fetch("SELECT amount_minor FROM payment_transaction ORDER BY amount_minor")
    assert [row["amount_minor"] for row in paid] == [400, 1530]


@pytest.mark.usefixtures("clean")
async def test_a_file_without_any_valid_row_is_reported_as_a_failure(tmp_path: Path, capsys):
    file = _file(tmp_path, "536365,85123A,LANTERN,6,yesterday,2.55,17850,United Kingdom")
    console = Console(width=80, no_color=True)
    assert not await load(file, tmp_path / "refused.csv", console)
    printed = capsys.readouterr().out
    assert "Nothing was loaded" in printed
    assert "1 × the date cannot be read" in printed
    assert "agrees" not in printed
    assert await fetch("SELECT id FROM channel") == []


@pytest.mark.usefixtures("clean")
async def test_unreadable_rows_are_counted_in_the_report(tmp_path: Path, capsys):
    file = _file(
        tmp_path, SALE.format(date="2010-12-01T08:26:00") + "536366,85123A,LANTERN,six,2010-12-01,1,1,EIRE"
    )
    assert await load(file, tmp_path / "refused.csv", Console(width=80, no_color=True))
    assert "1 rejected rows cannot be read" in capsys.readouterr().out


@pytest.mark.usefixtures("clean")
async def test_a_second_file_is_reconciled_with_its_own_orders_only(tmp_path: Path):
    december = _file(tmp_path, SALE.format(date="2010-12-01T08:26:00"))
    assert await load(december, tmp_path / "refused.csv", QUIET)
    january = _file(tmp_path, "536999,85123A,LANTERN,1,2010-12-31T08:26:00,2.55,17850,United Kingdom")
    assert await load(january, tmp_path / "refused.csv", QUIET)
    assert len(await fetch("SELECT id FROM sales_order")) == 2


@pytest.mark.usefixtures("clean")
async def test_a_credit_for_an_order_loaded_earlier_is_refused(tmp_path: Path):
    sale = SALE.format(date="2010-12-01T08:26:00").strip()
    assert await load(_file(tmp_path, sale), tmp_path / "refused.csv", QUIET)
    later = _file(tmp_path, sale, "C536999,85123A,LANTERN,-1,2010-12-02T08:26:00,2.55,17850,United Kingdom")
    assert await load(later, tmp_path / "refused.csv", QUIET)
    assert _reasons(tmp_path / "refused.csv") == {3: "its order was loaded before, without this row"}
    assert await fetch("SELECT id FROM order_cancellation") == []


@pytest.mark.usefixtures("clean")
async def test_an_invoice_that_the_database_refuses_is_refused_with_its_credits_only(tmp_path: Path):
    first = _file(tmp_path, SALE.format(date="2010-12-01T08:26:00").strip())
    assert await load(first, tmp_path / "refused.csv", QUIET)
    await fetch(
        "UPDATE sales_order SET external_reference = 'else' RETURNING id"
    )  # its number is still taken
    both = _file(
        tmp_path,
        SALE.format(date="2010-12-01T08:26:00").strip(),
        "C536370,85123A,LANTERN,-1,2010-12-02T08:26:00,2.55,17850,United Kingdom",
        "536366,85123A,LANTERN,1,2010-12-03T08:26:00,2.55,17850,United Kingdom",
    )
    assert await load(both, tmp_path / "refused.csv", QUIET)
    reasons = _reasons(tmp_path / "refused.csv")
    assert set(reasons) == {2, 3}
    assert "already exists" in reasons[2]
    assert "its sale is not loaded" in reasons[3]
    assert [row["number"] for row in await fetch("SELECT number FROM sales_order ORDER BY number")] == [
        "OR-536365",
        "OR-536366",
    ]


@pytest.mark.usefixtures("clean")
async def test_codes_with_the_same_slug_and_codes_of_inactive_variants_are_loaded(tmp_path: Path):
    rows = ["1,A B,X,1,2010-12-01,1,1,EIRE", "1,A_B,X,1,2010-12-01,1,1,EIRE", "1,A-B,X,1,2010-12-01,1,1,EIRE"]
    assert await load(_file(tmp_path, *rows), tmp_path / "refused.csv", QUIET)
    await fetch("UPDATE variant SET is_active = FALSE RETURNING id")
    again = _file(tmp_path, *[row.replace("1,", "2,", 1) for row in rows])
    assert await load(again, tmp_path / "refused.csv", QUIET)
    assert _reasons(tmp_path / "refused.csv") == {}
    assert len(await fetch("SELECT id FROM order_line")) == 6


@pytest.mark.usefixtures("clean")
async def test_a_row_with_another_customer_on_the_same_invoice_is_refused(tmp_path: Path):
    rows = ["1,A,X,1,2010-12-01,1,17001,EIRE", "1,B,X,1,2010-12-01,1,17002,EIRE"]
    assert await load(_file(tmp_path, *rows), tmp_path / "refused.csv", QUIET)
    assert _reasons(tmp_path / "refused.csv") == {3: ("line 2 of the same invoice has customer 17001")}


def test_ambiguous_dates_need_the_dates_option(tmp_path: Path):
    file = _file(tmp_path, SALE.format(date="12/1/2010 8:26"))
    with pytest.raises(Invalid, match=r"12/1/2010 8:26 in line 2.*--dates mdy"):
        read(file)
    assert list(read(file, DateOrder.MDY).sales_by_month) == ["2010-12"]
    assert list(read(file, DateOrder.DMY).sales_by_month) == ["2010-01"]


def test_one_unambiguous_date_determines_the_date_order_of_the_file(tmp_path: Path):
    rows = [SALE.format(date=date).strip() for date in ("2/1/2011 8:26", "1/13/2011 8:26")]
    assert list(read(_file(tmp_path, *rows)).sales_by_month) == ["2011-02"]
    rows = [SALE.format(date=date).strip() for date in ("2/1/2011 8:26", "13/1/2011 8:26")]
    assert list(read(_file(tmp_path, *rows)).sales_by_month) == ["2011-01"]


def test_contradicting_dates_need_the_dates_option_but_a_single_one_is_refused(tmp_path: Path):
    both = [SALE.format(date=f"{day}/1/2011").strip() for day in (13, 14)]
    both += [SALE.format(date=f"1/{day}/2011").strip() for day in (13, 14)]
    with pytest.raises(Invalid, match=r"13/1/2011 in line 2.*1/13/2011 in line 4"):
        read(_file(tmp_path, *both))
    assert [row.line for row in read(_file(tmp_path, *both), DateOrder.DMY).refused] == [4, 5]
    assert [row.line for row in read(_file(tmp_path, *both[:3])).refused] == [4]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a CSV file"),
        (b"PK\x03\x04whatever", "is an Excel workbook"),
        (b"\x00\x01\x02\x03", "not a CSV file"),
        (b"A,B,C\n1,2,3\n", "must contain the column names"),
        (b"\x1f\x8b\x08\x00broken", "is damaged"),
    ],
)
def test_a_file_that_is_not_a_csv_export_is_refused_with_a_reason(data: bytes, message: str, tmp_path: Path):
    path = tmp_path / "retail.csv"
    path.write_bytes(data)
    with pytest.raises(Invalid, match=message):
        read(path)


def test_an_overlong_cell_refuses_only_its_row(tmp_path: Path):
    rows = [
        SALE.format(date="2010-12-01").strip(),
        "536366,85123A," + "x" * 200_000 + ",6,2010-12-01,1,1,EIRE",
    ]
    rows += [
        "536367,85123A," + "y" * 3_000_000 + ",6,2010-12-01,1,1,EIRE",
        SALE.format(date="2010-12-02").strip(),
    ]
    contents = read(_file(tmp_path, *rows))
    assert [(row.line, row.reason) for row in contents.refused] == [
        (3, "a cell has more than 100,000 characters"),
        (4, "a cell has more than 100,000 characters"),
    ]
    assert [row.line for row in contents.sales["536365"].rows] == [2, 5]


@pytest.mark.parametrize(
    ("text", "mark", "number"),
    [
        ("1,250", ".", "1250"),
        ("1,250.50", ".", "1250.50"),
        ("1.250", ".", "1.250"),
        ("1.250", ",", "1250"),
        ("1 250,5", ",", "1250.5"),
        ("£2.55", ".", "2.55"),
        ("-6", ".", "-6"),
        (".5", ".", "0.5"),
        ("6.0", ".", "6"),
        ("2,55", ".", None),
        ("12,34,567", ".", None),
        ("1e3", ".", None),
        ("٦", ".", None),
        ("NaN", ".", None),
        ("-", ".", None),
        ("1234567890123456", ".", None),
    ],
)
def test_numbers_are_parsed_with_their_decimal_and_thousands_marks(text: str, mark: str, number: str | None):
    assert number_of(text, mark) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2010-12-01T08:26:00", "2010-12-01T08:26:00"),
        ("2011-07-01 08:26", "2011-07-01T07:26:00"),  # summer time
        ("2011-07-01T08:26:00+02:00", "2011-07-01T06:26:00"),
        ("2011-07-01T08:26:00Z", "2011-07-01T08:26:00"),
        ("3/4/2011", "2011-04-02T23:00:00"),
        ("3.4.2011 8:26", "2011-04-03T07:26:00"),
        ("1-12-10 12:05 AM", "2010-12-01T00:05:00"),
        ("1/12/2010, 1:05:30 p.m.", "2010-12-01T13:05:30"),
        ("30/2/2011", None),
        ("1/12/2010 13:05 PM", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("40513.35", None),
    ],
)
def test_dates_are_parsed_in_the_formats_of_spreadsheets(text: str, utc: str | None):
    wanted = None if utc is None else datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert moment_of(text, DateOrder.DMY) == wanted


def test_the_report_of_refused_rows_cannot_overwrite_the_imported_file(tmp_path: Path):
    file = _file(tmp_path, SALE.format(date="2010-12-01").strip())
    with pytest.raises(Invalid, match="is the file to import"):
        loading._write_report(file, file, [])
    assert SALE.format(date="2010-12-01") in file.read_text()

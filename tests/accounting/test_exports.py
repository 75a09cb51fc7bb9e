"""Exports of the ledger, read by other programs."""

import csv
import io
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access.permissions import Permission
from app.accounting.chart import ChartAccount
from app.accounting.exporting.as_beancount import names_of
from app.accounting.exporting.as_datev import COLUMNS, Datev, paired
from app.accounting.exporting.formats import ExportedEntry, ExportedPosting, Period, decimal
from app.accounting.lifecycle import AccountKind, LedgerEntryKind, LedgerSide
from app.accounting.models import LedgerPosting
from app.accounting.postings import Account
from app.core import clock
from tests import make
from tests.accounting.books import balances
from tests.accounting.test_chart import set_account
from tests.accounting.test_history import busy_shop
from tests.accounting.test_verifying import unguarded
from tests.journeys.life import Story

TODAY = date(2026, 6, 15)
# Numbers of a chart of accounts of four digits.
CHART = {kind: str(1000 + 10 * index) for index, kind in enumerate(AccountKind)}


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """Within a year and a day, whenever the tests run."""
    with clock.shifted(datetime.combine(TODAY, time(12), UTC) - clock.now()):
        yield


async def download(story: Story, format: str, **more: Any) -> httpx.Response:
    start = date(TODAY.year, 1, 1)
    given = {"format": format, "from": start.isoformat(), "until": TODAY.isoformat(), **more}
    headers = {"authorization": f"Bearer {story.staff.token}"}
    return await story.staff.client.get("/exports/ledger", params=given, headers=headers)


def bean_check(path: Path) -> str:
    """What bean-check says about a file; empty if it is right."""
    program = Path(sys.executable).with_name("bean-check")
    done = subprocess.run([program, path], capture_output=True, text=True, timeout=60, check=False)
    return (done.stdout + done.stderr).strip()


@pytest.fixture
async def shop(story: Story) -> Story:
    await busy_shop(story)
    return story


async def test_a_csv_file_has_a_line_for_each_posting(shop: Story):
    answer = await download(shop, "csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "ledger-" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == await LedgerPosting.all().count()
    sums: dict[str, float] = {}
    for row in rows:
        name = f"{row['account'].upper()} {row['detail']}".strip()
        sums[name] = round(sums.get(name, 0) + float(row["debit"] or 0) - float(row["credit"] or 0), 2)
    assert {name: f"{total:.2f}" for name, total in sums.items() if total} == await balances(shop.staff)


async def test_names_that_look_like_formulas_are_quoted(shop: Story):
    await set_account(shop, "SALES", "8400", name='=HYPERLINK("http://x")')
    assert ",\"'=HYPERLINK(" in (await download(shop, "csv")).text


async def test_bean_check_accepts_the_ledger_and_its_balances(shop: Story, tmp_path: Path):
    answer = await download(shop, "beancount")
    file = tmp_path / "ledger.beancount"
    file.write_text(answer.text)
    assert bean_check(file) == ""
    asserted = [line.split() for line in answer.text.splitlines() if " balance " in line]
    known = await balances(shop.staff)
    assert sorted(line[3] for line in asserted if line[3] != "0.00") == sorted(known.values())


@pytest.mark.parametrize("fault", ["side", "missing"])
async def test_bean_check_finds_a_planted_fault(shop: Story, tmp_path: Path, fault: str):
    row = (await LedgerPosting.filter(account="sales"))[0]
    async with unguarded():
        if fault == "side":
            await LedgerPosting.filter(id=row.id).update(side=LedgerSide.DEBIT)
        else:
            await LedgerPosting.filter(id=row.id).delete()
    file = tmp_path / "ledger.beancount"
    file.write_text((await download(shop, "beancount")).text)
    assert "Transaction does not balance" in bean_check(file)


async def mapped(story: Story) -> None:
    for kind, number in CHART.items():
        await set_account(story, kind.name, number)


def lines_of(content: bytes) -> tuple[list[str], list[dict[str, str]]]:
    """The header, and the lines by column name, of a DATEV file."""
    header, columns, *rows = csv.reader(io.StringIO(content.decode("cp1252")), delimiter=";")
    return header, [dict(zip(columns, row, strict=True)) for row in rows]


async def test_a_datev_file_books_every_posting(shop: Story):
    await mapped(shop)
    answer = await download(shop, "datev", currency="USD", consultant="1001", client="7")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=cp1252"
    header, lines = lines_of(answer.content)
    year = str(TODAY.year)
    assert header[:5] == ["EXTF", "700", "21", "Buchungsstapel", "13"] and len(header) == 31
    assert header[10:16] == ["1001", "7", f"{year}0101", "4", f"{year}0101", f"{TODAY:%Y%m%d}"]
    assert answer.content.count(b"\r\n") == len(lines) + 2
    sums: dict[str, int] = {}
    for line in lines:
        minor = int(line["Umsatz (ohne Soll/Haben-Kz)"].replace(",", ""))
        assert line["Soll/Haben-Kennzeichen"] == "S" and minor > 0
        sums[line["Konto"]] = sums.get(line["Konto"], 0) + minor
        against = line["Gegenkonto (ohne BU-Schlüssel)"]
        sums[against] = sums.get(against, 0) - minor
    by_number: dict[str, int] = {}
    for name, amount in (await balances(shop.staff)).items():
        number = CHART[AccountKind[name.split()[0]]]
        by_number[number] = by_number.get(number, 0) + round(float(amount) * 100)
    assert {number: minor for number, minor in sums.items() if minor} == by_number


async def test_a_datev_file_needs_numbers_for_its_accounts(shop: Story):
    await mapped(shop)
    await set_account(shop, "SALES", "SALES-1")
    refused = await download(shop, "datev", currency="USD", consultant="12", client="7")
    assert refused.status_code == 400
    assert [(each["code"], each["path"]) for each in refused.json()["problems"]] == [
        ("NOT_IN_RANGE", ["consultant"]), ("REQUIRED", ["format"]),
    ]  # fmt: skip
    assert "Sales" in refused.json()["problems"][1]["message"]


async def test_a_datev_file_is_of_one_fiscal_year(shop: Story):
    await mapped(shop)
    given = {"currency": "USD", "consultant": "1001", "client": "7", "until": f"{TODAY.year + 1}-01-01"}
    refused = await download(shop, "datev", **given, **{"from": f"{TODAY.year}-12-01"})
    assert refused.json()["problems"][0]["path"] == ["fiscalYear"]
    year = {"fiscalYear": f"{TODAY.year}-07-01"}
    assert (
        await download(shop, "datev", **given, **year, **{"from": f"{TODAY.year}-12-01"})
    ).status_code == 200


@pytest.mark.parametrize(
    ("query", "problems"),
    [
        ({"format": "xml"}, [("MALFORMED", ["format"])]),
        ({"from": "", "until": "soon"}, [("MALFORMED", ["until"]), ("REQUIRED", ["from"])]),
        ({"until": "2000-01-01"}, [("ENDS_BEFORE_START", ["until"])]),
        ({"from": "2000-01-01"}, [("OUT_OF_RANGE", ["until"])]),
    ],
)
async def test_wrong_parameters_are_named(story: Story, query: dict[str, str], problems: list[Any]):
    refused = await download(story, **({"format": "csv"} | query))
    assert refused.status_code == 400
    assert [(each["code"], each["path"]) for each in refused.json()["problems"]] == problems


async def test_only_staff_who_see_the_finances_may_export(story: Story):
    for token, status in (
        (None, 401), ("og_live_wrong", 401), (await make.token(Permission.ORDERS_VIEW), 403),
        (await make.token(Permission.FINANCE_VIEW, channels=[story.shop.channel]), 403),
        (await make.token(Permission.FINANCE_VIEW), 200),
    ):  # fmt: skip
        caller = Story(story.staff.as_(token) if token else story.staff, story.shop, story.east, story.west)
        if token is None:
            caller.staff = type(story.staff)(story.staff.client)
        assert (await download(caller, "csv")).status_code == status


def posting(side: LedgerSide, minor: int, number: int) -> ExportedPosting:
    account = ChartAccount(Account(AccountKind.SALES, str(number)), str(number), "")
    return ExportedPosting(account, side, minor)


AMOUNTS = st.lists(st.integers(1, 10**9), min_size=1, max_size=8)


@given(AMOUNTS, AMOUNTS)
def test_an_entry_in_pairs_has_the_sums_of_its_postings(debits: Sequence[int], credits: Sequence[int]):
    more = sum(debits) - sum(credits)
    rows = [posting(LedgerSide.DEBIT, minor, n) for n, minor in enumerate(debits)]
    rows += [posting(LedgerSide.CREDIT, minor, n + 100) for n, minor in enumerate(credits)]
    if more:
        rows.append(posting(LedgerSide.CREDIT if more > 0 else LedgerSide.DEBIT, abs(more), 999))
    sums: dict[str, int] = {}
    for debit, credit, minor in paired(rows):
        assert minor > 0
        sums[debit.account.number or ""] = sums.get(debit.account.number or "", 0) + minor
        sums[credit.account.number or ""] = sums.get(credit.account.number or "", 0) + minor
    assert sums == {row.account.number: row.amount_minor for row in rows}


@given(
    st.lists(st.builds(Account, st.sampled_from(AccountKind), st.text(max_size=9)), unique=True, max_size=30)
)
def test_every_account_has_its_own_name_in_beancount(accounts: list[Account]):
    names = names_of(accounts)
    assert len(set(names.values())) == len(accounts)
    assert all(part[0].isupper() or part[0].isdigit() for name in names.values() for part in name.split(":"))


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (5, "EUR", "0,05"),
        (-14126, "EUR", "-141,26"),
        (500, "JPY", "500"),
        (2005, "KWD", "2,005"),
        (0, "USD", "0,00"),
    ],
)
def test_i7_amounts_have_the_decimals_of_their_currency(minor: int, currency: str, text: str):
    assert decimal(minor, currency, ",") == text


def test_a_datev_line_has_all_columns():
    period = Period(date(2026, 1, 1), date(2026, 12, 31))
    file = Datev(period, "EUR", 1001, 1, period.start, 4, datetime(2026, 12, 31, tzinfo=UTC))
    rows = [posting(LedgerSide.DEBIT, 100, 1400), posting(LedgerSide.CREDIT, 100, 8400)]
    entry = ExportedEntry(
        "x", LedgerEntryKind.REVENUE, date(2026, 3, 9), clock.now(), "EUR", "WEB-1 ü", "order", rows
    )
    (line,) = file.entry(entry).splitlines()
    values = line.split(";")
    assert len(values) == len(COLUMNS) == 125
    assert values[:14] == [
        "1,00",
        '"S"',
        '"EUR"',
        "",
        "",
        "",
        "1400",
        "8400",
        "",
        "0903",
        '"WEB-1"',
        "",
        "",
        '"Revenue"',
    ]

"""Checks that nothing was lost: each month's totals in the file and in the database."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal, localcontext

from rich import box
from rich.console import Console
from rich.table import Table

from app.channels.models import Channel
from app.imports.online_retail.reading import EXACT, Contents, Refused, month_of
from app.orders import queries as orders


async def agrees(channel: Channel, contents: Contents, refused: list[Refused], console: Console) -> bool:
    """Print each month's totals of the file and the database; return whether they are equal.

    Only invoices and credits of this file are counted in the database.
    """
    sales = _by_month(
        (month_of(at), minor)
        for at, minor, reference in await orders.imported_totals(channel.id)
        if reference in contents.sales
    )
    credits = _by_month(
        (month_of(at), minor)
        for at, minor, reference in await orders.imported_cancellations(channel.id)
        if reference in contents.credits
    )
    table = Table(
        box=box.SIMPLE_HEAD, padding=0, title=("Rows in the file, loaded now or before, and rejected")
    )
    for name in ("Month", "Sales", "loaded", "refused", "Credits", "loaded", "refused"):
        table.add_column(name, justify="left" if name == "Month" else "right", overflow="fold")
    with localcontext(prec=EXACT):
        agreed = _compare(table, contents, refused, sales, credits)
    console.print(table)
    unread = len({row.line for row in refused if not row.month})
    if unread:
        console.print(
            f"[yellow]{unread} rejected rows cannot be read. Their amount and month are "
            "unknown, so they are not in this table.[/yellow]"
        )
    console.print(
        "Every month matches the file." if agreed else "[red]Some months do not match the file.[/red]"
    )
    return agreed


def _compare(
    table: Table,
    contents: Contents,
    refused: list[Refused],
    sales: Counter[str],
    credits: Counter[str],
) -> bool:
    agreed = True
    columns = [
        (contents.sales_by_month, sales, _refused_by_month(refused, is_credit=False)),
        (contents.credits_by_month, credits, _refused_by_month(refused, is_credit=True)),
    ]
    for month in sorted({*contents.sales_by_month, *contents.credits_by_month, *sales, *credits}):
        cells = [month]
        for file, stored, no in columns:
            there, here = file.get(month, Decimal(0)), Decimal(stored[month]) / 100
            lost = no.get(month, Decimal(0))
            same = there == here + lost
            agreed = agreed and same
            cells += [f"{there:,.2f}", f"{here:,.2f}" if same else f"[red]{here:,.2f}[/red]", f"{lost:,.2f}"]
        table.add_row(*cells)
    return agreed


def _by_month(amounts: Iterable[tuple[str, int]]) -> Counter[str]:
    totals: Counter[str] = Counter()
    for month, minor in amounts:
        totals[month] += minor
    return totals


def _refused_by_month(refused: list[Refused], *, is_credit: bool) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = {}
    for row in refused:
        if row.is_credit is is_credit and row.month:
            totals[row.month] = totals.get(row.month, Decimal(0)) + row.amount
    return totals

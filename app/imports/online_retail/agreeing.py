"""Proving that nothing was lost on the way: each month's totals, in the file and in the database."""

from decimal import Decimal

from rich.console import Console
from rich.table import Table

from app.channels.models import Channel
from app.imports.online_retail.matching import Matched
from app.imports.online_retail.reading import Contents, month_of
from app.orders import queries as orders


async def agrees(channel: Channel, contents: Contents, matched: Matched, console: Console) -> bool:
    """Print each month's totals of the file beside those of the database; True when they are equal."""
    sales, credits = await orders.totals_by(channel.id, month_of)
    table = Table(
        "Month", "Sales in the file", "loaded", "refused", "Credits in the file", "loaded", "refused"
    )
    agreed = True
    refused_sales = _by_month(contents, matched, is_credit=False)
    refused_credits = _by_month(contents, matched, is_credit=True)
    for month in sorted({*contents.sales_by_month, *contents.credits_by_month, *sales, *credits}):
        rows = [
            (contents.sales_by_month, sales, refused_sales),
            (contents.credits_by_month, credits, refused_credits),
        ]
        cells = [month]
        for file, stored, refused in rows:
            there, here = file.get(month, Decimal(0)), Decimal(stored.get(month, 0)) / 100
            no = refused.get(month, Decimal(0))
            same = there == here + no
            agreed = agreed and same
            cells += [f"{there:,.2f}", f"{here:,.2f}" if same else f"[red]{here:,.2f}[/red]", f"{no:,.2f}"]
        table.add_row(*cells)
    console.print(table)
    console.print("Every month agrees with the file." if agreed else "[red]Some months do not agree.[/red]")
    return agreed


def _by_month(contents: Contents, matched: Matched, *, is_credit: bool) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = {}
    for row in [*contents.refused, *matched.unmatched]:
        if row.is_credit is is_credit and row.month:
            totals[row.month] = totals.get(row.month, Decimal(0)) + row.amount
    return totals

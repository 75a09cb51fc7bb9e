"""Loads an Online Retail file into the database in repeatable batches."""

import csv
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from rich.console import Console
from rich.progress import Progress

from app.catalog.models import Variant
from app.channels import queries as channels
from app.channels import service as channel_service
from app.channels.lifecycle import ChannelKind
from app.channels.models import Channel
from app.core.actor import Actor, ActorKind
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, NotFound
from app.core.uow import UnitOfWork, transact
from app.imports.online_retail.agreeing import agrees
from app.imports.online_retail.cells import DateOrder
from app.imports.online_retail.goods_and_people import SOURCE, load_customers, load_products
from app.imports.online_retail.matching import Cancelled, Matched, goods, match
from app.imports.online_retail.reading import Contents, Invoice, Refused, month_of, read, refused, written_out
from app.imports.online_retail.rows import (
    announce,
    cancellations_of,
    derive_statuses,
    lines_of,
    order_of,
    payment_of,
)
from app.imports.online_retail.tolerating import written
from app.orders import queries as orders
from app.orders.models import Order, OrderCancellation, OrderLine
from app.orders.service import indexing
from app.payments.models import Payment, PaymentTransaction

CHANNEL = SOURCE
PREFIXES = ("OR-", *(f"OR{number}-" for number in range(2, 100)))
IMPORTER = Actor(ActorKind.SYSTEM, label="import online-retail")
INVOICES_AT_ONCE = 200
ROWS_AT_ONCE = 500

T = TypeVar("T")


@dataclass(slots=True)
class _Load:
    """One run: the file's contents, refused rows, and numbers written."""

    contents: Contents
    matched: Matched
    progress: Progress
    refused: list[Refused]
    variants: dict[str, Variant] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)
    products: int = 0
    customers: int = 0
    orders: int = 0
    lines: int = 0
    cancellations: int = 0

    def refuse_sale(self, sale: Invoice, reason: str) -> None:
        """Refuse an invoice's rows, and the credits that were matched with it."""
        month = month_of(sale.at)
        self.refused += [refused(row, reason, month) for row in sale.rows]
        for credit in self.matched.by_sale.get(sale.number, []):
            self.refuse_credit(credit, f"its sale is not loaded: {reason}")

    def refuse_credit(self, credit: Cancelled, reason: str) -> None:
        month = month_of(credit.at)
        self.refused += [refused(row, reason, month, amount) for row, amount in credit.parts]


async def load(path: Path, report: Path, console: Console, dates: DateOrder | None = None) -> bool:
    """Load a file; return whether anything of it is in the database and every month's totals agree.

    Raises:
        Invalid: it is not a file of this kind, its dates are ambiguous, or it is also the path of the report.
    """
    start = time.perf_counter()
    contents = read(path, dates)
    matched = match(contents)
    with Progress(console=console, transient=True) as progress:
        run = _Load(contents, matched, progress, [*contents.refused, *matched.unmatched])
        _write_report(path, report, run.refused)
        before = len(run.refused)
        channel = await _channel() if contents.sales else None
        if channel is not None:
            await _load_products(run)
            await _load_customers(run)
            await _load_orders(run, channel)
    if len(run.refused) > before:
        _write_report(path, report, run.refused)
    console.print(
        f"{contents.rows} rows, {contents.invoices} invoices read. Loaded now: "
        f"{run.customers} customers, {run.products} products, {run.orders} orders with "
        f"{run.lines} lines, {run.cancellations} cancellations. "
        f"{len({row.line for row in run.refused})} rows rejected: see {report}. "
        f"{time.perf_counter() - start:.1f} s."
    )
    if channel is None or not await orders.has_any_reference(channel.id, list(contents.sales)):
        _print_nothing(run, console)
        return False
    if not run.orders:
        console.print("Nothing to load: every order of the file was loaded before, or is rejected.")
    return await agrees(channel, contents, run.refused, console)


def _print_nothing(run: _Load, console: Console) -> None:
    console.print("[red]Nothing was loaded: no row of the file is a valid sale.[/red]")
    reasons = Counter(row.reason.partition(":")[0] for row in run.refused)
    for reason, count in reasons.most_common(5):
        console.print(f"  {count} × {reason}", markup=False)


def _write_report(path: Path, report: Path, rows: list[Refused]) -> None:
    if report.exists() and report.samefile(path):
        raise Invalid(
            f"{report} is the file to import. Choose another file for the rejected rows.",
            code=ProblemCode.CONTRADICTION,
            field="report",
        )
    with report.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(written_out(path, rows))


async def _channel() -> Channel:
    try:
        return await channels.by_code(CHANNEL, IMPORTER)
    except NotFound:
        taken = await channels.prefixes()
        data = channel_service.ChannelData(
            code=CHANNEL,
            name="Online Retail",
            currency="GBP",
            kind=ChannelKind.WEB,
            number_prefix=next(prefix for prefix in PREFIXES if prefix not in taken),
            default_country="GB",
        )
        return await channel_service.create(IMPORTER, data)


async def _load_products(run: _Load) -> None:
    skus = sorted({row.sku for sale in run.contents.sales.values() for row in goods(sale.rows)})
    task = run.progress.add_task("Products", total=len(skus))
    problems: dict[str, str] = {}
    for chunk in _chunks(skus, ROWS_AT_ONCE):
        found, made = await load_products(IMPORTER, chunk, run.contents.names, problems.__setitem__)
        run.variants |= found
        run.products += made
        run.progress.advance(task, len(chunk))
    for sale in list(run.contents.sales.values()) if problems else []:
        wrong = next((row.sku for row in goods(sale.rows) if row.sku in problems), None)
        if wrong is not None:
            _drop(run, sale, f"the product {wrong} cannot be created: {problems[wrong]}")


async def _load_customers(run: _Load) -> None:
    countries = {sale.customer: sale.country for sale in run.contents.sales.values() if sale.customer}
    task = run.progress.add_task("Customers", total=len(countries))
    problems: dict[str, str] = {}
    for chunk in _chunks(sorted(countries), ROWS_AT_ONCE):
        some = {number: countries[number] for number in chunk}
        found, made = await load_customers(IMPORTER, some, problems.__setitem__)
        run.people |= found
        run.customers += made
        run.progress.advance(task, len(chunk))
    for sale in list(run.contents.sales.values()) if problems else []:
        if sale.customer in problems:
            _drop(run, sale, (f"the customer {sale.customer} cannot be created: {problems[sale.customer]}"))


def _drop(run: _Load, sale: Invoice, reason: str) -> None:
    run.refuse_sale(sale, reason)
    del run.contents.sales[sale.number]


async def _load_orders(run: _Load, channel: Channel) -> None:
    task = run.progress.add_task("Orders", total=len(run.contents.sales))
    for chunk in _chunks(list(run.contents.sales.values()), INVOICES_AT_ONCE):
        known = await orders.existing_references(channel.id, [sale.number for sale in chunk])
        if known:
            await _refuse_late_credits(run, channel, [sale for sale in chunk if sale.number in known])
        fresh = [sale for sale in chunk if sale.number not in known]

        async def write(some: list[Invoice]) -> tuple[int, int, int]:
            async def body(uow: UnitOfWork) -> tuple[int, int]:
                return await _write_orders(uow, channel, some, run)

            return (len(some), *await transact(IMPORTER, body))

        for made, lines, cancellations in await written(fresh, write, run.refuse_sale) if fresh else []:
            run.orders += made
            run.lines += lines
            run.cancellations += cancellations
        run.progress.advance(task, len(chunk))


async def _refuse_late_credits(run: _Load, channel: Channel, sales: list[Invoice]) -> None:
    """Refuse credits of orders that were loaded without them, from a file that ended earlier."""
    stored = await orders.existing_cancellations(channel.id, [sale.number for sale in sales])
    for sale in sales:
        for credit in run.matched.by_sale.get(sale.number, []):
            if (sale.number, credit.credit) not in stored:
                run.refuse_credit(credit, "its order was loaded before, without this row")


async def _write_orders(
    uow: UnitOfWork, channel: Channel, sales: list[Invoice], run: _Load
) -> tuple[int, int]:
    rows: list[Order] = []
    lines: list[OrderLine] = []
    cancellations: list[OrderCancellation] = []
    payments: list[tuple[Payment, PaymentTransaction]] = []
    for sale in sales:
        taken = run.matched.by_sale.get(sale.number, [])
        order = order_of(uow, channel, sale, run.people.get(sale.customer))
        own = lines_of(order, sale, taken, run.variants, run.contents.names)
        derive_statuses(order, own, taken)
        rows.append(order)
        lines += own
        cancellations += cancellations_of(order, own, taken)
        paid = payment_of(order)
        if paid is not None:
            payments.append(paid)
        announce(uow, order, own, taken, channel.code)
    await Order.bulk_create(rows)
    await OrderLine.bulk_create(lines)
    await indexing.index_many(rows)
    await OrderCancellation.bulk_create(cancellations)
    await Payment.bulk_create([payment for payment, _ in payments])
    await PaymentTransaction.bulk_create([transaction for _, transaction in payments])
    return len(lines), len(cancellations)


def _chunks(items: Sequence[T], size: int) -> Iterator[list[T]]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])

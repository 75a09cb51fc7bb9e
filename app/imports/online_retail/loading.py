"""Writing an Online Retail file into the database, and proving that nothing was lost on the way."""

import csv
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from app.catalog import queries as catalog
from app.catalog.lifecycle import ProductStatus
from app.catalog.models import Product, SearchWord, Variant
from app.catalog.searching import product_words
from app.channels import queries as channels
from app.channels import service as channel_service
from app.channels.lifecycle import ChannelKind
from app.channels.models import Channel
from app.core.actor import Actor, ActorKind
from app.core.ids import fingerprint, new_id
from app.core.refusals import NotFound
from app.core.work import Work, transact
from app.customers import queries as customers
from app.customers.models import Customer
from app.imports.online_retail.matching import Cancelled, Matched, goods, match
from app.imports.online_retail.reading import (
    COUNTRIES,
    SERVICE_CODES,
    Contents,
    Invoice,
    month_of,
    read,
    written_out,
)
from app.orders import facets
from app.orders import queries as orders
from app.orders.events import OrderCancelled, OrderImported, OrderLinesCancelled
from app.orders.lifecycle import CancelReason, OrderStatus, PaymentStatus
from app.orders.models import Order, OrderCancellation, OrderLine

CHANNEL = "online-retail"
IMPORTER = Actor(ActorKind.SYSTEM, label="import online-retail")
INVOICES_AT_ONCE = 200
ROWS_AT_ONCE = 500
NO_TAX = Decimal(0)

T = TypeVar("T")


@dataclass(slots=True)
class Loaded:
    """How many of each were written now; what was there before is not counted."""

    products: int = 0
    customers: int = 0
    orders: int = 0
    lines: int = 0
    cancellations: int = 0


async def load(path: Path, report: Path, console: Console) -> bool:
    """Load a file; True when every month's totals agree with it.

    Raises:
        ValueError: it is not a file of this kind.
    """
    start = time.perf_counter()
    contents = read(path)
    matched = match(contents)
    with report.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(written_out(contents, matched.unmatched))
    loaded = Loaded()
    channel = await _channel()
    with Progress(console=console, transient=True) as progress:
        variants = await _load_products(contents, loaded, progress)
        people = await _load_customers(contents, loaded, progress)
        await _load_orders(channel, contents, matched, variants, people, loaded, progress)
    seconds = time.perf_counter() - start
    refused = len(contents.refused) + len(matched.unmatched)
    console.print(
        f"{contents.rows} rows, {contents.invoices} invoices read. Loaded now: {loaded.customers} customers, "
        f"{loaded.products} products, {loaded.orders} orders with {loaded.lines} lines, "
        f"{loaded.cancellations} cancellations. {refused} rows refused: see {report}. {seconds:.1f} s."
    )
    return await _agrees(channel, contents, matched, console)


async def _channel() -> Channel:
    try:
        return await channels.by_code(CHANNEL, IMPORTER)
    except NotFound:
        data = channel_service.ChannelData(
            code=CHANNEL,
            name="Online Retail",
            currency="GBP",
            kind=ChannelKind.WEB,
            number_prefix="OR-",
            default_country="GB",
        )
        return await channel_service.create(IMPORTER, data)


async def _load_products(contents: Contents, loaded: Loaded, progress: Progress) -> dict[str, Variant]:
    skus = sorted({row.sku for sale in contents.sales.values() for row in goods(sale.rows)})
    task = progress.add_task("Products", total=len(skus))
    for chunk in _chunks(skus, ROWS_AT_ONCE):
        known = await catalog.variants_by_sku(chunk)
        fresh = [sku for sku in chunk if sku not in known]

        async def write(work: Work, fresh: list[str] = fresh) -> None:
            await _write_products(work, fresh, contents.names)

        if fresh:
            await transact(IMPORTER, write)
        loaded.products += len(fresh)
        progress.advance(task, len(chunk))
    found: dict[str, Variant] = {}
    for chunk in _chunks(skus, ROWS_AT_ONCE):
        found |= await catalog.variants_by_sku(chunk)
    return found


async def _write_products(work: Work, skus: list[str], names: dict[str, str]) -> None:
    products, variants, words = [], [], []
    for sku in skus:
        name = names.get(sku, sku).title()[:250]
        product = Product(
            id=new_id(),
            slug=f"online-retail-{'-'.join(sku.lower().replace('_', ' ').split())}",
            name=name,
            status=ProductStatus.PUBLISHED,
            external_reference=f"{CHANNEL}:{sku}",
            created_at=work.at,
            updated_at=work.at,
        )
        products.append(product)
        variants.append(
            Variant(
                id=new_id(),
                product_id=product.id,
                sku=sku,
                tracks_stock=sku not in SERVICE_CODES and not sku.startswith("GIFT_"),
                created_at=work.at,
                updated_at=work.at,
            )
        )
        words += [
            SearchWord(id=new_id(), product_id=product.id, word=word)
            for word in product_words(name, [sku], [])
        ]
    await Product.bulk_create(products)
    await Variant.bulk_create(variants)
    await SearchWord.bulk_create(words)


async def _load_customers(contents: Contents, loaded: Loaded, progress: Progress) -> dict[str, UUID]:
    countries = {sale.customer: sale.country for sale in contents.sales.values() if sale.customer}
    task = progress.add_task("Customers", total=len(countries))
    people: dict[str, UUID] = {}
    for chunk in _chunks(sorted(countries), ROWS_AT_ONCE):
        known = await customers.ids_by_reference([f"{CHANNEL}:{number}" for number in chunk])
        people |= {reference.removeprefix(f"{CHANNEL}:"): id for reference, id in known.items()}
        fresh = [number for number in chunk if number not in people]

        async def write(work: Work, fresh: list[str] = fresh) -> dict[str, UUID]:
            rows = [_customer(work.at, number, countries[number]) for number in fresh]
            await Customer.bulk_create(rows)
            return {number: row.id for number, row in zip(fresh, rows, strict=True)}

        if fresh:
            people |= await transact(IMPORTER, write)
        loaded.customers += len(fresh)
        progress.advance(task, len(chunk))
    return people


def _customer(at: datetime, number: str, country: str) -> Customer:
    return Customer(
        id=new_id(),
        name=f"Customer {number}",
        external_reference=f"{CHANNEL}:{number}",
        metadata={"country": COUNTRIES.get(country, country)},
        created_at=at,
        updated_at=at,
    )


async def _load_orders(
    channel: Channel,
    contents: Contents,
    matched: Matched,
    variants: dict[str, Variant],
    people: dict[str, UUID],
    loaded: Loaded,
    progress: Progress,
) -> None:
    task = progress.add_task("Orders", total=len(contents.sales))
    for chunk in _chunks(list(contents.sales.values()), INVOICES_AT_ONCE):
        known = await orders.references_known(channel.id, [sale.number for sale in chunk])
        fresh = [sale for sale in chunk if sale.number not in known]

        async def write(work: Work, fresh: list[Invoice] = fresh) -> tuple[int, int]:
            return await _write_orders(work, channel, fresh, matched, variants, people, contents.names)

        if fresh:
            lines, cancellations = await transact(IMPORTER, write)
            loaded.orders += len(fresh)
            loaded.lines += lines
            loaded.cancellations += cancellations
        progress.advance(task, len(chunk))


async def _write_orders(
    work: Work,
    channel: Channel,
    sales: list[Invoice],
    matched: Matched,
    variants: dict[str, Variant],
    people: dict[str, UUID],
    names: dict[str, str],
) -> tuple[int, int]:
    rows: list[Order] = []
    lines: list[OrderLine] = []
    cancellations: list[OrderCancellation] = []
    for sale in sales:
        taken = matched.by_sale.get(sale.number, [])
        order = _order(work, channel, sale, people.get(sale.customer))
        own = _lines(order, sale, taken, variants, names)
        _settle(order, own, taken)
        rows.append(order)
        lines += own
        cancellations += _cancellations(order, own, taken)
        _announce(work, order, own, taken)
    await Order.bulk_create(rows)
    await OrderLine.bulk_create(lines)
    await OrderCancellation.bulk_create(cancellations)
    return len(lines), len(cancellations)


def _order(work: Work, channel: Channel, sale: Invoice, customer: UUID | None) -> Order:
    shipping = sum(row.amount_minor for row in sale.rows if row.is_shipping)
    subtotal = sum(row.amount_minor for row in goods(sale.rows))
    id = new_id()
    return Order(
        id=id,
        number=f"{channel.number_prefix}{sale.number}",
        channel_id=channel.id,
        customer_id=customer,
        status=OrderStatus.COMPLETED,
        payment_status=PaymentStatus.PAID,
        external_reference=sale.number,
        metadata={"country": COUNTRIES.get(sale.country, sale.country)},
        currency=channel.currency,
        prices_include_tax=channel.prices_include_tax,
        subtotal_minor=subtotal,
        shipping_minor=shipping,
        total_minor=subtotal + shipping,
        tracking_hash=fingerprint(orders.tracking_token(id, 1)),
        placed_at=sale.at,
        confirmed_at=sale.at,
        created_at=sale.at,
        updated_at=work.at,
    )


def _lines(
    order: Order, sale: Invoice, taken: list[Cancelled], variants: dict[str, Variant], names: dict[str, str]
) -> list[OrderLine]:
    lines = []
    for position, row in enumerate(goods(sale.rows), start=1):
        cancelled = sum(credit.units.get(position, 0) for credit in taken)
        lines.append(
            OrderLine(
                id=new_id(),
                order_id=order.id,
                position=position,
                variant_id=variants[row.sku].id,
                sku=row.sku,
                product_name=(row.description or names.get(row.sku, row.sku)).title()[:250],
                quantity=row.quantity,
                quantity_cancelled=cancelled,
                quantity_shipped=row.quantity - cancelled,
                unit_price_minor=row.unit_minor,
                tax_rate=NO_TAX,
                total_minor=row.amount_minor,
            )
        )
    return lines


def _settle(order: Order, lines: list[OrderLine], taken: list[Cancelled]) -> None:
    """The statuses that follow from what was cancelled."""
    if lines and all(line.quantity_cancelled == line.quantity for line in lines):
        order.status = OrderStatus.CANCELLED
        order.cancel_reason = CancelReason.OTHER
        order.cancelled_at = max(credit.at for credit in taken)
    order.fulfillment_status = facets.fulfillment_status(order.status, lines)
    order.tracking_stage = facets.tracking_stage(order.status, order.fulfillment_status)


def _cancellations(order: Order, lines: list[OrderLine], taken: list[Cancelled]) -> list[OrderCancellation]:
    return [
        OrderCancellation(
            id=new_id(),
            order_id=order.id,
            reason=CancelReason.OTHER,
            lines=_cancelled_lines(lines, credit),
            amount_minor=credit.amount_minor,
            external_reference=credit.credit,
            at=credit.at,
        )
        for credit in taken
    ]


def _cancelled_lines(lines: list[OrderLine], credit: Cancelled) -> list[dict[str, str | int]]:
    return [
        {
            "line_id": str(lines[position - 1].id),
            "quantity": quantity,
            "amount_minor": credit.amounts[position],
        }
        for position, quantity in credit.units.items()
    ]


def _announce(work: Work, order: Order, lines: list[OrderLine], taken: list[Cancelled]) -> None:
    work.born(order.id)
    work.announce(
        OrderImported(
            subject_id=order.id,
            channel_id=order.channel_id,
            happened_at=order.placed_at,
            order_number=order.number or "",
            source=CHANNEL,
        )
    )
    for credit in taken:
        work.announce(
            OrderLinesCancelled(
                subject_id=order.id,
                channel_id=order.channel_id,
                happened_at=credit.at,
                reason=CancelReason.OTHER.value,
                amount_minor=credit.amount_minor,
                lines=_cancelled_lines(lines, credit),
            )
        )
    if order.status is OrderStatus.CANCELLED:
        work.announce(
            OrderCancelled(
                subject_id=order.id,
                channel_id=order.channel_id,
                happened_at=order.cancelled_at,
                reason=CancelReason.OTHER.value,
                note="",
                released_units=0,
            )
        )


async def _agrees(channel: Channel, contents: Contents, matched: Matched, console: Console) -> bool:
    """Print each month's totals of the file beside those of the database; True when they are equal."""
    sales, credits = await orders.totals_by(channel.id, month_of)
    table = Table(
        "Month", "Sales in the file", "loaded", "refused", "Credits in the file", "loaded", "refused"
    )
    agrees = True
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
            agrees = agrees and same
            cells += [f"{there:,.2f}", f"{here:,.2f}" if same else f"[red]{here:,.2f}[/red]", f"{no:,.2f}"]
        table.add_row(*cells)
    console.print(table)
    console.print("Every month agrees with the file." if agrees else "[red]Some months do not agree.[/red]")
    return agrees


def _by_month(contents: Contents, matched: Matched, *, is_credit: bool) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = {}
    for row in [*contents.refused, *matched.unmatched]:
        if row.is_credit is is_credit and row.month:
            totals[row.month] = totals.get(row.month, Decimal(0)) + row.amount
    return totals


def _chunks(items: Sequence[T], size: int) -> Iterator[list[T]]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])

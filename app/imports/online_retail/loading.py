"""Writing an Online Retail file into the database, in batches that may be repeated."""

import csv
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from rich.console import Console
from rich.progress import Progress

from app.catalog import queries as catalog
from app.catalog.lifecycle import ProductStatus
from app.catalog.models import Product, SearchWord, Variant
from app.catalog.searching import product_words
from app.channels import queries as channels
from app.channels import service as channel_service
from app.channels.lifecycle import ChannelKind
from app.channels.models import Channel
from app.core.actor import Actor, ActorKind
from app.core.ids import new_id
from app.core.refusals import NotFound
from app.core.work import Work, transact
from app.customers import queries as customers
from app.customers.models import Customer
from app.imports.online_retail.agreeing import agrees
from app.imports.online_retail.matching import Matched, goods, match
from app.imports.online_retail.reading import (
    COUNTRIES,
    SERVICE_CODES,
    Contents,
    Invoice,
    read,
    written_out,
)
from app.imports.online_retail.rows import (
    announce,
    cancellations_of,
    lines_of,
    order_of,
    payments_of,
    settle,
)
from app.orders import queries as orders
from app.orders.models import Order, OrderCancellation, OrderLine
from app.payments.models import PaymentTransaction

CHANNEL = "online-retail"
IMPORTER = Actor(ActorKind.SYSTEM, label="import online-retail")
INVOICES_AT_ONCE = 200
ROWS_AT_ONCE = 500

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
        Invalid: it is not a file of this kind.
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
    return await agrees(channel, contents, matched, console)


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
    payments: list[PaymentTransaction] = []
    for sale in sales:
        taken = matched.by_sale.get(sale.number, [])
        order = order_of(work, channel, sale, people.get(sale.customer))
        own = lines_of(order, sale, taken, variants, names)
        settle(order, own, taken)
        rows.append(order)
        lines += own
        cancellations += cancellations_of(order, own, taken)
        payments += payments_of(order)
        announce(work, order, own, taken, channel.code)
    await Order.bulk_create(rows)
    await OrderLine.bulk_create(lines)
    await OrderCancellation.bulk_create(cancellations)
    await PaymentTransaction.bulk_create(payments)
    return len(lines), len(cancellations)


def _chunks(items: Sequence[T], size: int) -> Iterator[list[T]]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])

"""The data set of the benchmarks, generated from a seed and loaded with COPY.

A channel `bench` with two locations, products of two variants with a price and stock in both, customers,
and completed orders of three lines with ten events each, shipped by one location. The ledger of stock is
consistent: `verify` finds nothing.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from tortoise import fields
from tortoise.connection import get_connection
from tortoise.models import Model

from app.access.models import ApiToken
from app.access.permissions import Permission
from app.catalog.models import Price, PriceList, Product, SearchWord, Variant
from app.catalog.searching import product_words
from app.channels.models import Channel, ShippingMethod
from app.core.ids import fingerprint
from app.core.journal.models import JournalEntry
from app.customers.models import Customer
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder
from app.inventory.locations.models import ChannelLocation, Location
from app.inventory.stock.models import CostFlow, CostLayer, StockLevel, StockMovement, ValueEntry
from app.orders.models import Order, OrderLine, OrderNumber
from app.orders.queries import tracking_token
from app.payments.models import PaymentGateway

SEED = 20_261
GATEWAY = "instant"  # served by `benchmark.gatewayed` only
STAFF_TOKEN = "og_live_benchmark_token_that_may_do_everything"
START = datetime(2026, 1, 5, 8, tzinfo=UTC)
STOCK = 50_000_000
EVENTS = ("order_placed", "order_confirmed") + ("order_noted",) * 8
AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Size:
    products: int = 1_000
    customers: int = 1_000
    orders: int = 20_000


class Rows:
    """Makes rows of a model as tuples of column values, including defaults."""

    def __init__(self, model: type[Model], *, for_sqlite: bool) -> None:
        self.table = model._meta.db_table
        self._attributes = list(model._meta.fields_db_projection)
        self.columns = list(model._meta.fields_db_projection.values())
        kinds = [model._meta.fields_map[name] for name in self._attributes]
        self._ready = [_converter(kind, for_sqlite) for kind in kinds]
        self._defaults = [kind.default for kind in kinds]

    def row(self, **given: Any) -> tuple[Any, ...]:
        return tuple(
            ready(given[name] if name in given else default() if callable(default) else default)
            for name, ready, default in zip(self._attributes, self._ready, self._defaults, strict=True)
        )


def _converter(kind: fields.Field[Any], for_sqlite: bool) -> Callable[[Any], Any]:
    if isinstance(kind, fields.JSONField):
        return lambda value: None if value is None else orjson.dumps(value).decode()
    if isinstance(kind, fields.data.CharEnumFieldInstance):
        return lambda value: value.value if isinstance(value, Enum) else value
    if for_sqlite and isinstance(kind, fields.UUIDField):
        return lambda value: None if value is None else str(value)
    if for_sqlite and isinstance(kind, fields.DatetimeField):
        return lambda value: None if value is None else value.isoformat(" ")
    if for_sqlite and isinstance(kind, fields.DecimalField):
        return lambda value: None if value is None else str(value)
    return lambda value: value


class Ids:
    """UUIDs of version 7 in increasing order, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def at(self, moment: datetime) -> UUID:
        milliseconds = int(moment.timestamp() * 1000)
        tail = self._random.getrandbits(62) | (2 << 62)
        return UUID(int=(milliseconds << 80) | (7 << 76) | (self._random.getrandbits(12) << 64) | tail)


class Loader:
    """Writes rows of models to their tables."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.on_sqlite = url.startswith("sqlite")
        self._connection: asyncpg.Connection | None = None

    async def __aenter__(self) -> "Loader":
        if not self.on_sqlite:
            self._connection = await asyncpg.connect(self._url)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._connection is not None:
            await self._connection.execute("VACUUM ANALYZE")
            await self._connection.close()
        else:
            await get_connection("default").execute_script("ANALYZE")

    def rows(self, model: type[Model]) -> Rows:
        return Rows(model, for_sqlite=self.on_sqlite)

    async def write(self, rows: Rows, tuples: list[tuple[Any, ...]]) -> None:
        if self._connection is not None:
            await self._connection.copy_records_to_table(rows.table, records=tuples, columns=rows.columns)
            return
        columns = ", ".join(f'"{column}"' for column in rows.columns)
        marks = ", ".join("?" for _ in rows.columns)
        await get_connection("default").execute_many(
            f'INSERT INTO "{rows.table}" ({columns}) VALUES ({marks})', tuples
        )


@dataclass(slots=True)
class Goods:
    """The products and customers of the generated orders."""

    channel: UUID
    variants: list[tuple[UUID, str, str, int]]  # id, SKU, product's name, price
    customers: list[tuple[UUID, str]]  # id, e-mail address
    places: list[UUID]


async def load(url: str, size: Size, tick: Callable[[int], None]) -> None:
    """Fill an empty, migrated database; `tick` is called for every batch of orders."""
    rng, ids = random.Random(SEED), Ids(SEED)
    async with Loader(url) as loader:
        goods = await _shop(loader, size, rng, ids)
        await _orders(loader, size, goods, rng, ids, tick)


async def _shop(loader: Loader, size: Size, rng: random.Random, ids: Ids) -> Goods:
    channel = ids.at(START)
    await _one(
        loader, Channel, id=channel, code="bench", name="Benchmark", kind="web", currency="USD",
        number_prefix="B-", default_country="US", is_public=True, created_at=START, updated_at=START,
    )  # fmt: skip
    await _one(
        loader, ShippingMethod, id=ids.at(START), channel_id=channel, code="standard", name="Standard",
        price_minor=500,
    )  # fmt: skip
    await _one(loader, OrderNumber, channel_id=channel, value=size.orders)
    await _one(
        loader, ApiToken, id=ids.at(START), name="benchmark", token_hash=fingerprint(STAFF_TOKEN),
        permissions=[permission.value for permission in Permission], channel_ids=[str(channel)],
        hint=STAFF_TOKEN[-4:], created_at=START,
    )  # fmt: skip
    await _one(
        loader, PaymentGateway, id=ids.at(START), code=GATEWAY, name="Instant", kind="stripe", secrets="",
        created_at=START, updated_at=START,
    )  # fmt: skip
    places = [ids.at(START), ids.at(START)]
    for rank, place in enumerate(places):
        await _one(
            loader, Location, id=place, code=f"bench-{rank}", name=f"Warehouse {rank}",
            created_at=START, updated_at=START,
        )  # fmt: skip
        await _one(
            loader, ChannelLocation, id=ids.at(START), channel_id=channel, location_id=place, rank=rank
        )
    variants = await _products(loader, size, channel, places, rng, ids)
    people = loader.rows(Customer)
    customers = [(ids.at(START), f"customer{number}@example.com") for number in range(size.customers)]
    await loader.write(
        people,
        [
            people.row(id=id, email=email, name=f"Customer {n}", created_at=START, updated_at=START)
            for n, (id, email) in enumerate(customers)
        ],
    )
    return Goods(channel, variants, customers, places)


async def _one(loader: Loader, model: type[Model], **values: Any) -> None:
    rows = loader.rows(model)
    await loader.write(rows, [rows.row(**values)])


_STOCKED = (Product, Variant, SearchWord, Price, StockLevel, StockMovement, CostLayer, CostFlow, ValueEntry)


async def _products(
    loader: Loader, size: Size, channel: UUID, places: list[UUID], rng: random.Random, ids: Ids
) -> list[tuple[UUID, str, str, int]]:
    price_list = ids.at(START)
    await _one(
        loader, PriceList, id=price_list, code="bench-retail", name="Retail", channel_id=channel,
        currency="USD", created_at=START,
    )  # fmt: skip
    made: dict[type[Model], list[tuple[Any, ...]]] = {}
    makers = {m: loader.rows(m) for m in _STOCKED}

    def add(model: type[Model], **values: Any) -> None:
        made.setdefault(model, []).append(makers[model].row(**values))

    variants = []
    for number in range(size.products):
        at = START + timedelta(minutes=number)
        product, name = ids.at(at), f"Thing number {number}"
        times = {"created_at": at, "updated_at": at}
        add(
            Product, id=product, slug=f"thing-{number}", name=name, status="published",
            description="A thing that is bought and sold to see how long that takes.", **times,
        )  # fmt: skip
        skus = [f"T{number:05d}-{letter}" for letter in "AB"]
        for word in sorted(product_words(name, skus, [])):
            add(SearchWord, id=ids.at(at), product_id=product, word=word)
        for sku in skus:
            variant, price = ids.at(at), rng.randrange(100, 20_000)
            variants.append((variant, sku, name, price))
            add(Variant, id=variant, product_id=product, sku=sku, name=f"Variant {sku[-1]}", **times)
            add(Price, id=ids.at(at), price_list_id=price_list, variant_id=variant, amount_minor=price)
            for place in places:
                level, movement = ids.at(at), ids.at(at)
                add(StockLevel, id=level, variant_id=variant, location_id=place, on_hand=STOCK, **times)
                add(
                    StockMovement, id=movement, level_id=level, from_bucket="outside",
                    to_bucket="available", quantity=STOCK, reason="receipt", actor_kind="system", at=at,
                )  # fmt: skip
                add(
                    CostLayer, id=level, level_id=level, origin_id=level, received_at=at, quantity=STOCK,
                    value_minor=STOCK, remaining=STOCK, remaining_minor=STOCK,
                )  # fmt: skip
                add(
                    CostFlow, id=level, layer_id=level, level_id=level, version=1, at=at, quantity=STOCK,
                    value_minor=STOCK, account="suppliers", reason="receipt", movement_id=movement,
                )  # fmt: skip
                add(
                    ValueEntry, id=level, level_id=level, from_account="suppliers", to_account="asset",
                    quantity=STOCK, amount_minor=STOCK, balance_quantity=STOCK, balance_minor=STOCK,
                    reason="receipt", at=at,
                )  # fmt: skip
    for model, rows in made.items():
        await loader.write(makers[model], rows)
    return variants


async def _orders(
    loader: Loader, size: Size, goods: Goods, rng: random.Random, ids: Ids, tick: Callable[[int], None]
) -> None:
    kinds = (Order, OrderLine, JournalEntry, FulfillmentOrder, FulfillmentLine)
    makers = [loader.rows(kind) for kind in kinds]
    for chunk in _chunks(range(1, size.orders + 1), AT_ONCE):
        written: list[list[Any]] = [[] for _ in kinds]
        for number in chunk:
            _order(number, goods, rng, ids, makers, written)
        for rows, tuples in zip(makers, written, strict=True):
            await loader.write(rows, tuples)
        tick(len(chunk))


def _order(
    number: int,
    goods: Goods,
    rng: random.Random,
    ids: Ids,
    makers: Sequence[Rows],
    written: Sequence[list[Any]],
) -> None:
    at = START + timedelta(days=1, seconds=7 * number)
    order = ids.at(at)
    customer, email = rng.choice(goods.customers)
    bought = [(*rng.choice(goods.variants), rng.randrange(1, 4)) for _ in range(3)]
    subtotal = sum(price * quantity for _, _, _, price, quantity in bought)
    written[0].append(
        makers[0].row(
            id=order, number=f"B-{number:06d}", channel_id=goods.channel, customer_id=customer,
            status="completed", payment_status="paid", fulfillment_status="shipped",
            tracking_stage="shipped", email=email, currency="USD", prices_include_tax=False,
            shipping_method="standard", shipping_method_name="Standard", subtotal_minor=subtotal,
            shipping_minor=500, total_minor=subtotal + 500,
            tracking_hash=fingerprint(tracking_token(order, 1)), placed_at=at, confirmed_at=at,
            created_at=at, updated_at=at,
        )
    )  # fmt: skip
    sent = ids.at(at)
    written[3].append(
        makers[3].row(
            id=sent, number=f"B-{number:06d}-1", order_id=order, channel_id=goods.channel,
            location_id=goods.places[number % len(goods.places)], status="shipped", urgency=36_700_000,
            units=sum(quantity for *_, quantity in bought), ships_on=at.date(), shipping_method="standard",
            carrier="manual", released_at=at, shipped_at=at, created_at=at, updated_at=at,
        )
    )  # fmt: skip
    for position, (variant, sku, name, price, quantity) in enumerate(bought, start=1):
        line = ids.at(at)
        written[4].append(
            makers[4].row(
                id=ids.at(at), fulfillment_order_id=sent, order_line_id=line, variant_id=variant, sku=sku,
                name=name, quantity=quantity, picked=quantity, position=position,
            )
        )  # fmt: skip
        written[1].append(
            makers[1].row(
                id=line, order_id=order, position=position, variant_id=variant, sku=sku,
                product_name=name, variant_name=f"Variant {sku[-1]}", quantity=quantity,
                quantity_shipped=quantity, unit_price_minor=price, tax_rate=0, tax_minor=0,
                total_minor=price * quantity,
            )
        )  # fmt: skip
    for step, name in enumerate(EVENTS, start=1):
        written[2].append(
            makers[2].row(
                id=ids.at(at), position=(number - 1) * len(EVENTS) + step, subject_kind="order",
                subject_id=order, number=step, name=name, payload={}, actor_kind="system",
                actor_label="", channel_id=goods.channel, at=at + timedelta(seconds=step),
            )
        )  # fmt: skip


def _chunks(numbers: range, size: int) -> Iterator[range]:
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]

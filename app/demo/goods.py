"""Products of the demo shop, their stock, and their sales over the counter."""

import random
from datetime import timedelta
from decimal import Decimal

from rich.progress import Progress

from app.catalog import queries as catalog_queries
from app.catalog.lifecycle import ProductStatus, Tracking
from app.catalog.service import pricing, products
from app.catalog.service.products import ProductData
from app.catalog.service.variants import VariantData
from app.core import clock
from app.core.actor import SYSTEM
from app.core.uow import UnitOfWork, transact
from app.demo.ground import CATEGORIES, Shop
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.receiving.service.received_lines import ReceivedLine
from app.inventory.stock.service import adjusting, lot_tracking, shipping
from app.inventory.stock.service.adjusting import LevelData
from app.inventory.stock.service.ledger import Reference
from app.inventory.stock.service.lot_numbers import LotData
from app.inventory.stock.service.shipping import Sold
from app.settings import settings
from app.suppliers.service import suppliers as suppliers_commands

MATERIALS = ["Stone", "Oak", "Linen", "Copper", "Willow", "Slate", "Moss", "Indigo"]


SIZES = [("S", "Small", Decimal("0.8")), ("M", "Medium", Decimal(1)), ("L", "Large", Decimal("1.35"))]


COUNTER = ("Mug", "Bowl", "Plate")  # also sold over the counter


WEEK, WEEKS = timedelta(days=7), 12


async def make_products(shop: Shop, rng: random.Random, progress: Progress) -> None:
    names = [
        (category, noun, material)
        for category, nouns in CATEGORIES.items()
        for noun in nouns
        for material in MATERIALS
    ]
    task = progress.add_task("Products", total=len(names))
    for start in range(0, len(names), 40):
        chunk = names[start : start + 40]

        async def write(uow: UnitOfWork, chunk: list[tuple[str, str, str]] = chunk) -> None:
            for category, noun, material in chunk:
                await _product(uow, shop, rng, category, noun, material)

        await transact(SYSTEM, write)
        progress.advance(task, len(chunk))


async def _product(
    uow: UnitOfWork, shop: Shop, rng: random.Random, category: str, noun: str, material: str
) -> None:
    stem = f"{noun.replace(' ', '')[:6]}-{material}".upper()
    base = Decimal(rng.randrange(900, 6900, 50))
    sizes = SIZES[: rng.choice([1, 2, 3])] if (noun, material) != ("Mug", "Stone") else SIZES
    status = ProductStatus.PUBLISHED if rng.random() < 0.95 else ProductStatus.DRAFT
    if noun == "Mug":
        status = ProductStatus.PUBLISHED
    await products.create_product(
        uow,
        ProductData(
            name=f"{material} {noun}",
            description=f"A {noun.lower()} in {material.lower()}, made to be used every day.",
            category=category.lower(),
            status=status,
            tags=[material.lower(), rng.choice(["new", "classic", "gift"])],
            variants=[
                VariantData(
                    sku=f"{stem}-{code}",
                    name=size,
                    options={"size": code},
                    weight_grams=rng.randrange(120, 2400),
                )
                for code, size, _ in sizes
            ],
        ),
    )
    lists = {channel: await catalog_queries.price_list(f"{channel}-retail") for channel in ("web", "eu")}
    for code, _, factor in sizes:
        sku = f"{stem}-{code}"
        for channel, price_list in lists.items():
            assert price_list is not None
            amount = int(base * factor) if channel == "web" else int(base * factor * Decimal("1.1"))
            await pricing.set_price(uow, price_list, sku=sku, amount_minor=amount)
    if noun == "Candle":  # tracked by batch, with expiry dates
        for variant in (
            await catalog_queries.variants_by_sku([f"{stem}-{code}" for code, _, _ in sizes])
        ).values():
            await lot_tracking.set_tracking(uow, variant.id, Tracking.LOT, tracks_expiry=True)
    await _stock(uow, shop, rng, noun, [(f"{stem}-{code}", int(base * factor)) for code, _, factor in sizes])


async def _stock(
    uow: UnitOfWork, shop: Shop, rng: random.Random, noun: str, priced: list[tuple[str, int]]
) -> None:
    """Receive some units of each SKU at every location, at a bit less than half of the price."""
    for location in shop.locations:
        lines = []
        for sku, price in priced:
            on_hand = 0 if rng.random() < 0.08 else rng.randrange(5, 120)
            if sku == "MUG-STONE-S":
                on_hand = 60
            cost = Cost(price * rng.randrange(40, 48) // 100, settings().cost_currency)
            weeks = _weeks(sku, location.code) if noun in COUNTER else []
            shop.sold[location.code, sku] = weeks
            received = on_hand + sum(weeks)
            lots = _batches(received) if noun == "Candle" else []
            if received:
                lines.append(ReceivedLine(sku, received, cost, lots=lots))
            safety_stock = rng.choice([0, 0, 2])
            if safety_stock or not on_hand:
                await adjusting.set_level(uow, LevelData(sku, location, 0, safety_stock=safety_stock))
        if lines:
            await receiving_service.receive(uow, location=location, lines=lines, reference="opening stock")


def _weeks(sku: str, location: str) -> list[int]:
    """The weekly sales of a SKU, always the same."""
    rng = random.Random(f"{sku} {location}")
    usual = 14 if sku == "MUG-STONE-S" else rng.randrange(2, 16)
    return [max(0, round(rng.gauss(usual, usual / 4))) for _ in range(WEEKS)]


def _batches(units: int) -> list[LotData]:
    """The units in two batches, the first of which expires first."""
    first, today = units // 3, clock.today()
    batches = [("BATCH-1", first, today + WEEK * 20), ("BATCH-2", units - first, today + WEEK * 72)]
    return [LotData(number, count, expires_on) for number, count, expires_on in batches if count]


async def sell_over_the_counter(shop: Shop, progress: Progress) -> None:
    """Record sales of tableware in each of the last weeks."""
    skus = {sku for (_, sku), weeks in shop.sold.items() if weeks}
    variants = await catalog_queries.variants_by_sku(sorted(skus))
    task = progress.add_task("Past sales", total=WEEKS)
    for week in range(WEEKS):
        with clock.shifted(-WEEK * (WEEKS - week) + timedelta(days=1)):
            for location in shop.locations:
                items = [
                    Sold(variants[sku].id, weeks[week])
                    for (code, sku), weeks in shop.sold.items()
                    if code == location.code and weeks and weeks[week]
                ]
                await shipping.sell(SYSTEM, location=location, items=items, reference=Reference("demo"))
        progress.advance(task)


async def make_supplier() -> None:
    """Create the supplier of the tableware, which sells boxes of six."""

    async def write(uow: UnitOfWork) -> None:
        potter = await suppliers_commands.create_supplier(
            uow,
            suppliers_commands.SupplierData(
                code="blue-ridge",
                name="Blue Ridge Pottery",
                email="orders@blue-ridge.example.com",
                currency=settings().cost_currency,
                lead_days=28,
                lead_deviation_days=3,
            ),
        )
        items = [
            suppliers_commands.ItemData(
                f"{noun.upper()}-{material.upper()}-S", 950, pack_quantity=6, is_preferred=True
            )
            for noun in COUNTER
            for material in MATERIALS
        ]
        await suppliers_commands.set_supplier_items(uow, potter.id, items)

    await transact(SYSTEM, write)

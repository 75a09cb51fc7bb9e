"""The demo shop: Hearth & Field, home and garden goods, sold in dollars and in euros.

Made by the same verbs that the API calls, from a fixed seed, so that every start shows the same shop.
"""

import random
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from app.access import queries as access_queries
from app.access import service as access
from app.access.permissions import Permission
from app.catalog import queries as catalog_queries
from app.catalog import service as catalog
from app.catalog.lifecycle import ProductStatus
from app.catalog.service import ProductData, VariantData
from app.channels import queries as channel_queries
from app.channels import service as channels
from app.channels.lifecycle import DiscountKind
from app.channels.models import Channel
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.refusals import Refusal
from app.core.work import Work, transact
from app.customers import service as customers
from app.customers.contact import AddressData
from app.customers.service import CustomerData
from app.inventory import service as inventory
from app.inventory.lifecycle import LocationKind
from app.inventory.models import Location
from app.inventory.service import LocationData
from app.inventory.service.moving import LevelData
from app.inventory.service.receiving import Cost, ReceivedLine
from app.inventory.sourcing import Policy, Strategy
from app.orders import queries as order_queries
from app.orders import service as orders
from app.orders.lifecycle import CancelReason
from app.orders.service.composing import LineData, OrderData
from app.settings import settings

STAFF_PASSWORD = "demo-password"  # only ever of a demo shop, and printed at its start
STAFF = [
    ("admin@example.com", "Ada Admin", "administrator"),
    ("service@example.com", "Sam Service", "customer_service"),
    ("warehouse@example.com", "Wim Warehouse", "warehouse"),
]
CATEGORIES = {
    "Kitchen": ["Mug", "Bowl", "Plate", "Teapot", "Carafe", "Butter Dish", "Egg Cup", "Tray"],
    "Textiles": ["Throw", "Cushion", "Tea Towel", "Apron", "Table Runner", "Bath Towel"],
    "Garden": ["Planter", "Watering Can", "Trowel", "Bird Feeder", "Lantern", "Hose Reel"],
    "Living": ["Vase", "Candle", "Wall Clock", "Picture Frame", "Basket", "Bookend"],
}
MATERIALS = ["Stone", "Oak", "Linen", "Copper", "Willow", "Slate", "Moss", "Indigo"]
SIZES = [("S", "Small", Decimal("0.8")), ("M", "Medium", Decimal(1)), ("L", "Large", Decimal("1.35"))]
PEOPLE = [
    "Ada Lovelace",
    "Grace Hopper",
    "Alan Turing",
    "Hedy Lamarr",
    "Katherine Johnson",
    "Edsger Dijkstra",
]


@dataclass(slots=True)
class Shop:
    """The channels and locations that everything else stands on."""

    web: Channel
    eu: Channel
    locations: list[Location]


async def seed(console: Console, *, orders: int = 120, force: bool = False) -> None:
    """Load the demo shop unless the database has channels already, then print what to try."""
    if await channel_queries.visible_to(SYSTEM).exists() and not force:
        console.print("The database has a shop already; it is left as it is.")
        await _print_what_to_try(console, fresh=False)
        return
    rng = random.Random(7)
    shop = await transact(SYSTEM, _ground)
    with Progress(console=console, transient=True) as progress:
        await _products(shop, rng, progress)
        await _people(rng)
        await _orders(shop, rng, progress, orders)
    await _print_what_to_try(console, fresh=True)


async def _ground(work: Work) -> Shop:
    await access.ensure_roles(work)
    for email, name, role in STAFF:
        await access.add_staff(work, email=email, name=name, role_code=role, password=STAFF_PASSWORD)
    web = await channels.create(
        work,
        channels.ChannelData(
            code="web", name="Hearth & Field", currency="USD", number_prefix="HF-", is_public=True
        ),
    )
    eu = await channels.create(
        work,
        channels.ChannelData(
            code="eu",
            name="Hearth & Field Europe",
            currency="EUR",
            number_prefix="HFE-",
            default_country="DE",
            prices_include_tax=True,
            is_public=True,
        ),
    )
    for channel in (web, eu):
        await channels.set_shipping_method(
            work,
            channel,
            code="standard",
            name="Standard",
            price_minor=490,
            free_from_minor=7500,
            transit_days=3,
        )
        await channels.set_shipping_method(
            work, channel, code="express", name="Express", price_minor=1490, transit_days=1
        )
        await channels.create_discount(
            work, channel, code="WELCOME10", kind=DiscountKind.PERCENT, percent=Decimal(10)
        )
    await _taxes(work)
    locations = [
        await inventory.create_location(
            work, LocationData(code, name, kind, AddressData(name, *address, latitude=at[0], longitude=at[1]))
        )
        for code, name, kind, address, at in (
            (
                "reno",
                "Reno warehouse",
                LocationKind.WAREHOUSE,
                ("1 Warehouse Way", "Reno", "US", "", "", "NV", "89501"),
                (39.53, -119.81),
            ),
            (
                "columbus",
                "Columbus warehouse",
                LocationKind.WAREHOUSE,
                ("9 Depot Road", "Columbus", "US", "", "", "OH", "43215"),
                (39.96, -83.0),
            ),
            (
                "berlin",
                "Berlin shop",
                LocationKind.SHOP,
                ("Lindenstraße 5", "Berlin", "DE", "", "", "", "10969"),
                (52.5, 13.4),
            ),
        )
    ]
    await inventory.set_channel_locations(work, web, locations[:2])
    await inventory.set_channel_locations(work, eu, [locations[2], locations[1]])
    await inventory.set_sourcing_policy(work, eu, Policy(strategy=Strategy.NEAREST))
    for channel in (web, eu):
        await catalog.create_price_list(work, channel, code=f"{channel.code}-retail", name="Retail prices")
    for name in CATEGORIES:
        await catalog.create_category(work, name=name)
    return Shop(web, eu, locations)


async def _taxes(work: Work) -> None:
    for region, rate in (
        ("NV", "0.0685"),
        ("OH", "0.0575"),
        ("IL", "0.0625"),
        ("CA", "0.0725"),
        ("NY", "0.04"),
    ):
        await channels.set_tax_rate(
            work, country="US", region=region, tax_class="standard", name="Sales tax", rate=Decimal(rate)
        )
    for country, name, rate in (("DE", "USt", "0.19"), ("FR", "TVA", "0.2"), ("NL", "btw", "0.21")):
        await channels.set_tax_rate(
            work, country=country, tax_class="standard", name=name, rate=Decimal(rate)
        )


async def _products(shop: Shop, rng: random.Random, progress: Progress) -> None:
    names = [
        (category, noun, material)
        for category, nouns in CATEGORIES.items()
        for noun in nouns
        for material in MATERIALS
    ]
    task = progress.add_task("Products", total=len(names))
    for start in range(0, len(names), 40):
        chunk = names[start : start + 40]

        async def write(work: Work, chunk: list[tuple[str, str, str]] = chunk) -> None:
            for category, noun, material in chunk:
                await _product(work, shop, rng, category, noun, material)

        await transact(SYSTEM, write)
        progress.advance(task, len(chunk))


async def _product(
    work: Work, shop: Shop, rng: random.Random, category: str, noun: str, material: str
) -> None:
    stem = f"{noun.replace(' ', '')[:6]}-{material}".upper()
    base = Decimal(rng.randrange(900, 6900, 50))
    sizes = SIZES[: rng.choice([1, 2, 3])] if (noun, material) != ("Mug", "Stone") else SIZES
    status = ProductStatus.PUBLISHED if rng.random() < 0.95 else ProductStatus.DRAFT
    if noun == "Mug":
        status = ProductStatus.PUBLISHED
    await catalog.create_product(
        work,
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
            await catalog.set_price(work, price_list, sku=sku, amount_minor=amount)
    await _stock(work, shop, rng, [(f"{stem}-{code}", int(base * factor)) for code, _, factor in sizes])


async def _stock(work: Work, shop: Shop, rng: random.Random, priced: list[tuple[str, int]]) -> None:
    """Receive some of each SKU at every location, bought for a bit less than half of its price."""
    for location in shop.locations:
        lines = []
        for sku, price in priced:
            on_hand = 0 if rng.random() < 0.08 else rng.randrange(5, 120)
            if sku == "MUG-STONE-S":
                on_hand = 60
            cost = Cost(price * rng.randrange(40, 48) // 100, settings().cost_currency)
            if on_hand:
                lines.append(ReceivedLine(sku, on_hand, cost))
            safety_stock = rng.choice([0, 0, 2])
            if safety_stock or not on_hand:
                await inventory.set_level(work, LevelData(sku, location, 0, safety_stock=safety_stock))
        if lines:
            await inventory.receive(work, location=location, lines=lines, reference="opening stock")


async def _people(rng: random.Random) -> None:
    for index, name in enumerate(PEOPLE):
        first = name.split()[0].lower()
        await customers.create(
            SYSTEM,
            CustomerData(
                email=f"{first}@example.com",
                name=name,
                address=_address(name, rng),
                tags=["demo"] if index else [],
            ),
        )


def _address(name: str, rng: random.Random, country: str = "US") -> AddressData:
    street = f"{rng.randrange(1, 240)} {rng.choice(['Main Street', 'Oak Avenue', 'Mill Lane'])}"
    if country == "DE":
        return AddressData(name, f"Hauptstraße {rng.randrange(1, 90)}", "Berlin", "DE", postal_code="10115")
    city, region, code = rng.choice(
        [("Springfield", "IL", "62701"), ("Reno", "NV", "89501"), ("Columbus", "OH", "43215")]
    )
    return AddressData(name, street, city, "US", region=region, postal_code=code)


async def _orders(shop: Shop, rng: random.Random, progress: Progress, count: int) -> None:
    skus = [
        f"{noun.replace(' ', '')[:6]}-{material}-S".upper()
        for nouns in CATEGORIES.values()
        for noun in nouns
        for material in MATERIALS
    ]
    task = progress.add_task("Orders", total=count)
    service_desk = Actor(ActorKind.SYSTEM, label="Sam Service")
    for index in range(count):
        channel = shop.web if rng.random() < 0.7 else shop.eu
        name = rng.choice(PEOPLE)
        data = OrderData(
            channel=channel.code,
            lines=[
                LineData(sku, rng.randrange(1, 4)) for sku in rng.sample(skus, rng.choice([1, 2, 3, 3, 4]))
            ],
            email=f"{name.split()[0].lower()}@example.com",
            shipping_address=_address(name, rng, "US" if channel is shop.web else "DE"),
            shipping_method=rng.choice(["standard", "standard", "express"]),
            discount_codes=["WELCOME10"] if rng.random() < 0.1 else [],
            payment_gateway="manual",
        )
        age = timedelta(hours=-(count - index) * 5)
        with clock.shifted(age):
            await _one_order(rng, data, service_desk)
        progress.advance(task)


async def _one_order(rng: random.Random, data: OrderData, service_desk: Actor) -> None:

    fate = rng.random()
    try:
        if fate < 0.08:
            # Drafts are open carts; the oldest have expired by now.
            await orders.draft(service_desk, data, reserve=rng.random() < 0.5)
            return
        order = await orders.place(Actor(ActorKind.SYSTEM, label="storefront"), data)
    except Refusal:
        return  # this shop is out of something: so it goes
    if fate < 0.2:
        reason = rng.choice([CancelReason.CUSTOMER, CancelReason.DECLINED])
        await orders.cancel(service_desk, order.id, reason=reason)
    elif fate < 0.65:
        await orders.confirm(service_desk, order.id)
        if fate < 0.3:
            await orders.note(service_desk, order.id, "Buyer asked for gift wrapping.")


async def _print_what_to_try(console: Console, *, fresh: bool) -> None:
    """Addresses and credentials; a token's secret can be shown only when it is made."""
    config = settings()
    base = config.public_url or f"http://localhost:{config.port}"
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_row("API and GraphiQL", f"{base}/graphql")
    placed = order_queries.visible_to(SYSTEM).filter(number__isnull=False)
    newest = await placed.order_by("-created_at").first()
    if newest is not None:
        secret = order_queries.tracking_token(newest.id, newest.tracking_generation)
        table.add_row(f"Track order {newest.number}", f"{base}/track/{secret}")
    if fresh:
        made = await access.create_api_token(SYSTEM, name="demo staff token", permissions=list(Permission))
        table.add_row("Staff token", made[1])
    if fresh or await access_queries.staff_by_email(STAFF[0][0]):
        table.add_row("Staff sign-in", f"{STAFF[0][0]} / {STAFF_PASSWORD}")
    console.print("\n[bold]Try:[/bold]")
    console.print(table, soft_wrap=True)

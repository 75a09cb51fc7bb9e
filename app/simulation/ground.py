"""The shop of a simulation: two warehouses, a drop-ship supplier, carriers, products and stock."""

import random
from collections import Counter
from dataclasses import dataclass

from rich.progress import Progress

from app.catalog import queries as catalog_queries
from app.catalog.lifecycle import ProductStatus
from app.catalog.models import PriceList
from app.catalog.service import pricing, products
from app.catalog.service.products import ProductData
from app.catalog.service.variants import VariantData
from app.channels import service as channels
from app.channels.models import Channel
from app.core.actor import SYSTEM
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork, transact
from app.customers.contact import AddressData
from app.fulfillment.carrier_adapters.kinds import CarrierKind
from app.fulfillment.service.carriers import accounts
from app.fulfillment.service.carriers.accounts import CarrierData
from app.fulfillment.service.warehouse import boxes
from app.fulfillment.service.warehouse.boxes import BoxData
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import service as locations
from app.inventory.locations.models import Location
from app.inventory.locations.service import LocationData
from app.inventory.receiving import service as receiving_service
from app.inventory.receiving.service.receipt_costs import Cost
from app.inventory.receiving.service.received_lines import ReceivedLine
from app.inventory.stock.service import adjusting
from app.inventory.stock.service.adjusting import LevelData
from app.settings import settings
from app.simulation.histories import History
from app.suppliers.models import Supplier
from app.suppliers.service import suppliers as suppliers_commands

CHANNEL, COURIER = "simulation", "courier"
SKUS_AT_ONCE = 250
SHORT = 0.06  # share of SKUs with too little stock
OF_SUPPLIER = 40  # one SKU in this many is sold by the supplier only
BACKORDERS = 1_000_000  # backorder limit of a SKU: the history says that it was sold


@dataclass(slots=True)
class Ground:
    channel: Channel
    north: Location
    south: Location
    maker: Location
    supplier: Supplier
    prices: PriceList


async def lay(history: History, rng: random.Random, progress: Progress) -> Ground:
    """Create the shop, with stock for most of what will be ordered.

    Raises:
        Invalid: the database has a simulated shop already.
    """
    if await catalog_queries.price_list(f"{CHANNEL}-retail") is not None:
        raise Invalid(
            "This database already contains a simulated store. Use another database.",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    ground = await transact(SYSTEM, _open)
    wanted: Counter[str] = Counter()
    for purchase in history.purchases:
        wanted.update(purchase.units)
    skus = sorted(wanted)
    task = progress.add_task("Goods and stock", total=len(skus))
    for start in range(0, len(skus), SKUS_AT_ONCE):
        chosen = skus[start : start + SKUS_AT_ONCE]

        async def write(uow: UnitOfWork, chosen: list[str] = chosen) -> None:
            await _stock(uow, ground, history, wanted, chosen, rng)

        await transact(SYSTEM, write)
        progress.advance(task, len(chosen))
    return ground


async def _open(uow: UnitOfWork) -> Ground:
    channel = await channels.create(
        uow,
        channels.ChannelData(
            code=CHANNEL, name="Simulated shop", currency="GBP", number_prefix="SIM-", default_country="GB"
        ),
    )
    await channels.set_shipping_method(uow, channel, code="standard", name="Standard", price_minor=395)
    places = [
        await locations.create_location(
            uow,
            LocationData(
                code=f"{CHANNEL}-{code}",
                name=name,
                kind=kind,
                address=AddressData(name, "1 Depot Road", city, "GB", postal_code=postcode),
            ),
        )
        for code, name, kind, city, postcode in (
            ("north", "North warehouse", LocationKind.WAREHOUSE, "Leeds", "LS1 4AP"),
            ("south", "South warehouse", LocationKind.WAREHOUSE, "London", "SE1 9GF"),
            ("maker", "Maker", LocationKind.DROP_SHIP, "Bristol", "BS1 4TR"),
        )
    ]
    await locations.set_channel_locations(uow, channel, places)
    supplier = await suppliers_commands.create_supplier(
        uow,
        suppliers_commands.SupplierData(
            code=f"{CHANNEL}-maker", name="Maker", currency=settings().cost_currency, location=places[2]
        ),
    )
    prices = await pricing.create_price_list(uow, channel, code=f"{CHANNEL}-retail", name="Retail")
    await accounts.set_carrier(
        uow, CarrierData(COURIER, "Courier", CarrierKind.LABELS, "https://courier.example/{number}")
    )
    for code, sides, grams in (("small", (250, 200, 120), 3_000), ("large", (600, 400, 400), 30_000)):
        await boxes.set_box(uow, BoxData(code, code.title(), *sides, most_grams=grams, empty_grams=90))
    north, south, maker = places
    return Ground(channel, north, south, maker, supplier, prices)


def _shares(wanted: int, rng: random.Random) -> list[tuple[str, int]]:
    """The units of a SKU in each warehouse: mostly all that will be ordered, sometimes too few."""
    units = wanted if rng.random() > SHORT else int(wanted * 0.7)
    fate = rng.random()
    if fate < 0.75:
        return [("north", units)]
    if fate < 0.9:
        return [("south", units)]
    return [("north", units // 2), ("south", units - units // 2)]


async def _stock(
    uow: UnitOfWork,
    ground: Ground,
    history: History,
    wanted: Counter[str],
    skus: list[str],
    rng: random.Random,
) -> None:
    currency, bought, items = settings().cost_currency, [], []
    shelves: dict[str, list[ReceivedLine]] = {"north": [], "south": []}
    for sku in skus:
        slug = "sim-" + "".join(letter if letter.isalnum() else "-" for letter in sku.lower())
        await products.create_product(
            uow,
            ProductData(
                name=history.names[sku],
                slug=f"{slug}-{len(sku)}",
                status=ProductStatus.PUBLISHED,
                variants=[VariantData(sku=sku, weight_grams=rng.randrange(5, 150))],
            ),
        )
        await pricing.set_price(uow, ground.prices, sku=sku, amount_minor=history.prices[sku])
        cost = Cost(max(1, history.prices[sku] // 2), currency)
        if rng.randrange(OF_SUPPLIER) == 0:
            bought.append(ReceivedLine(sku, wanted[sku] * 2, cost))
            items.append(suppliers_commands.ItemData(sku, cost.minor))
            continue
        for place, units in _shares(wanted[sku], rng):
            if units:
                shelves[place].append(ReceivedLine(sku, units, cost))
        level = LevelData(sku, ground.north, 0, backorder_limit=BACKORDERS, backorder_days=10)
        await adjusting.set_level(uow, level)
    for location, lines in (
        (ground.north, shelves["north"]), (ground.south, shelves["south"]), (ground.maker, bought),
    ):  # fmt: skip
        if lines:
            await receiving_service.receive(uow, location=location, lines=lines, reference="opening stock")
    if items:
        await suppliers_commands.set_supplier_items(uow, ground.supplier.id, items)

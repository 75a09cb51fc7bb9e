"""Channels, locations and terms of the demo shop."""

from dataclasses import dataclass, field
from decimal import Decimal

from app.access import service as access
from app.catalog.service import pricing, shelving
from app.channels import service as channels
from app.channels.models import Channel
from app.core.uow import UnitOfWork
from app.customers.contact import AddressData
from app.inventory.location_kinds import LocationKind
from app.inventory.locations import service as location_service
from app.inventory.locations.models import Location
from app.inventory.locations.service import LocationData
from app.inventory.sourcing import Policy, Strategy
from app.promotions import service as promotions
from app.promotions.lifecycle import DiscountKind

STAFF_PASSWORD = "demo-password"  # used only in demo shops, and printed when they are loaded


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


@dataclass(slots=True)
class Shop:
    """The channels and locations of the demo shop."""

    web: Channel
    eu: Channel
    locations: list[Location]
    # Sales over the counter by location and SKU: units of each week, oldest first.
    sold: dict[tuple[str, str], list[int]] = field(default_factory=dict)


async def create_base_data(uow: UnitOfWork) -> Shop:
    await access.ensure_roles(uow)
    for email, name, role in STAFF:
        await access.add_staff(uow, email=email, name=name, role_code=role, password=STAFF_PASSWORD)
    web = await channels.create(
        uow,
        channels.ChannelData(
            code="web", name="Hearth & Field", currency="USD", number_prefix="HF-", is_public=True
        ),
    )
    eu = await channels.create(
        uow,
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
            uow,
            channel,
            code="standard",
            name="Standard",
            price_minor=490,
            free_from_minor=7500,
            transit_days=3,
        )
        await channels.set_shipping_method(
            uow, channel, code="express", name="Express", price_minor=1490, transit_days=1
        )
        await promotions.create_discount(
            uow, channel, code="WELCOME10", kind=DiscountKind.PERCENT, percent=Decimal(10)
        )
    await _taxes(uow)
    locations = [
        await location_service.create_location(
            uow, LocationData(code, name, kind, AddressData(name, *address, latitude=at[0], longitude=at[1]))
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
    await location_service.set_channel_locations(uow, web, locations[:2])
    await location_service.set_channel_locations(uow, eu, [locations[2], locations[1]])
    await location_service.set_sourcing_policy(uow, eu, Policy(strategy=Strategy.NEAREST))
    for channel, counter in ((web, locations[0]), (eu, locations[2])):
        await location_service.set_pickup(
            uow, channel, counter, instructions="Please ring at the counter.", preparation_minutes=120
        )
    for channel in (web, eu):
        await pricing.create_price_list(uow, channel, code=f"{channel.code}-retail", name="Retail prices")
    for name in CATEGORIES:
        await shelving.create_category(uow, name=name)
    return Shop(web, eu, locations)


async def _taxes(uow: UnitOfWork) -> None:
    for region, rate in (
        ("NV", "0.0685"),
        ("OH", "0.0575"),
        ("IL", "0.0625"),
        ("CA", "0.0725"),
        ("NY", "0.04"),
    ):
        await channels.set_tax_rate(
            uow, country="US", region=region, tax_class="standard", name="Sales tax", rate=Decimal(rate)
        )
    for country, name, rate in (("DE", "USt", "0.19"), ("FR", "TVA", "0.2"), ("NL", "btw", "0.21")):
        await channels.set_tax_rate(uow, country=country, tax_class="standard", name=name, rate=Decimal(rate))

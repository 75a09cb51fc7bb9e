"""Builders: `shop = await make.shop()` creates a channel, a location and SKUs to sell."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from app.access import secrets, tokens
from app.access import service as access
from app.access.permissions import Permission
from app.catalog import queries as catalog_queries
from app.catalog.lifecycle import Composition, ProductStatus
from app.catalog.models import PriceList
from app.catalog.service import composing, pricing, products
from app.catalog.service.products import ProductData
from app.catalog.service.variants import VariantData
from app.channels import service as channels
from app.channels.lifecycle import TaxRounding
from app.channels.models import Channel
from app.core.actor import SYSTEM, Actor, ActorKind
from app.customers import service as customers
from app.customers.contact import AddressData
from app.customers.service import CustomerData
from app.inventory.locations import service as location_service
from app.inventory.locations.models import Location
from app.inventory.locations.service import LocationData
from app.inventory.stock.service import adjusting
from app.inventory.stock.service.adjusting import LevelData
from app.orders.models import Order
from app.orders.service import placing
from app.orders.service.pricing import LineData, OrderData


@dataclass
class Shop:
    channel: Channel
    location: Location
    prices: PriceList

    async def sell(
        self,
        sku: str,
        *,
        stock: int | None = 10,
        price: int = 1000,
        is_gift_card: bool = False,
        **more: object,
    ) -> str:
        """Put a SKU on sale; `price` in minor units. Without `stock` it has none: a bundle or a gift card."""
        product = ProductData(
            name=str(more.pop("name", f"Thing {sku}")),
            slug=f"thing-{sku.lower()}",
            status=ProductStatus.PUBLISHED,
            variants=[VariantData(sku=sku, is_gift_card=is_gift_card)],
            **more,  # type: ignore[arg-type]
        )
        await products.create_product(SYSTEM, product)
        await pricing.set_price(SYSTEM, self.prices, sku=sku, amount_minor=price)
        if stock is not None:
            await self.stock(sku, stock)
        return sku

    async def price(self, sku: str, minor: int) -> None:
        """Sell a SKU of another shop here."""
        await pricing.set_price(SYSTEM, self.prices, sku=sku, amount_minor=minor)

    async def stock(self, sku: str, on_hand: int, location: Location | None = None, **policy: int) -> None:
        place = location or self.location
        await adjusting.set_level(SYSTEM, LevelData(sku, place, on_hand, **policy))


async def shop(
    code: str = "web",
    *,
    currency: str = "USD",
    prices_include_tax: bool = False,
    tax_rounding: TaxRounding = TaxRounding.LINE,
    public: bool = True,
    confirms_at_once: bool = False,
) -> Shop:
    """A channel with one location, a price list and the shipping method `standard` at 5.00.

    Its orders stay placed until staff confirm them, unless it `confirms_at_once`. Tax is rounded by line,
    other than in a channel that is created without `tax_rounding`.
    """
    channel = await channels.create(
        SYSTEM,
        channels.ChannelData(
            code=code,
            name=f"Shop {code}",
            currency=currency,
            prices_include_tax=prices_include_tax,
            tax_rounding=tax_rounding,
            number_prefix=f"{code.upper()}-"[:10],
            is_public=public,
            confirms_at_once=confirms_at_once,
        ),
    )
    place = await location(f"{code}-main")
    await location_service.set_channel_locations(SYSTEM, channel, [place])
    prices = await pricing.create_price_list(SYSTEM, channel, code=f"{code}-retail", name="Retail")
    await channels.set_shipping_method(SYSTEM, channel, code="standard", name="Standard", price_minor=500)
    return Shop(channel, place, prices)


async def location(code: str) -> Location:
    return await location_service.create_location(SYSTEM, LocationData(code=code, name=code.title()))


async def bundle(sku: str, **parts: int) -> None:
    """Make a SKU a bundle with the given components."""
    variant = await catalog_queries.variant_by_sku(sku)
    assert variant is not None
    await composing.set_components(SYSTEM, variant.id, Composition.BUNDLE, parts, is_stocked=False)


async def tax(country: str = "US", region: str = "", rate: str = "0.1") -> None:
    await channels.set_tax_rate(
        SYSTEM, country=country, region=region, tax_class="standard", name="Tax", rate=Decimal(rate)
    )


async def token(
    *permissions: Permission,
    channels: Iterable[Channel] | None = None,
    locations: Iterable[Location] | None = None,
) -> str:
    """An API token's secret, with every permission if none is named."""
    _, secret = await tokens.create_api_token(
        SYSTEM,
        name="test",
        permissions=permissions or list(Permission),
        channel_ids=None if channels is None else [channel.id for channel in channels],
        location_ids=None if locations is None else [location.id for location in locations],
    )
    return secret


ADDRESS = AddressData("Ada Lovelace", "12 Main Street", "Springfield", "US", region="IL", postal_code="62701")


async def account(email: str = "ada@example.com", password: str = "long enough pw", name: str = "") -> str:
    """A signed-in customer with an account: the access token."""
    hashed = await secrets.password_hash(password)
    customer = await customers.create(SYSTEM, CustomerData(email=email, name=name), password_hash=hashed)
    session = await access.open_session(Actor(ActorKind.CUSTOMER, customer.id, name or email))
    return session.access_token


def order_data(*lines: tuple[str, int], channel: str = "web", **more: object) -> OrderData:
    return OrderData(
        channel=channel,
        lines=[LineData(sku, quantity) for sku, quantity in lines],
        email="ada@example.com",
        shipping_address=ADDRESS,
        shipping_method="standard",
        payment_gateway="manual",
        **more,  # type: ignore[arg-type]
    )


async def order(*lines: tuple[str, int], channel: str = "web", **more: object) -> Order:
    """A placed order."""
    return await placing.place(SYSTEM, order_data(*lines, channel=channel, **more))

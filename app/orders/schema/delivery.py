"""Destination, delivery days and shipping options of carts in GraphQL."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import strawberry

from app.core.graphql.empty import none_if_empty
from app.core.graphql.levels import level_field
from app.core.graphql.policy import ANYONE, field, query
from app.core.graphql.scalars import CountryCode, Money, arg, doc, graphql_enum, money
from app.orders import destination as destinations
from app.orders.estimating import is_tax_estimated
from app.orders.lifecycle import OrderStatus
from app.orders.schema.lines import with_order
from app.orders.service.delivery import DeliveryPreview, preview_as_shipped, preview_deliveries
from app.orders.service.faults import LineData
from app.orders.service.pricing import OrderData
from app.orders.service.shipping_options import options_for, options_of_carts
from app.orders.shipping_options import ShippingOption as Option
from app.orders.shipping_options import ShippingUnavailableReason

graphql_enum(ShippingUnavailableReason, "Reason why a shipping method is not available for a cart.")


@strawberry.input(
    description="Destination of a cart that has no shipping address yet. The region can be omitted if the "
    "postal code determines it."
)
class OrderDestinationInput:
    country: CountryCode = doc("Two-letter ISO 3166-1 country code.")
    region: str | None = doc("State, province or county.", default=None)
    postal_code: str | None = doc("Postal code.", default=None)

    def data(self) -> destinations.Destination:
        return destinations.Destination(str(self.country), self.region or "", self.postal_code or "")


@strawberry.type(description="Destination of a cart that has no shipping address yet.")
class OrderDestination:
    country: CountryCode = doc("Two-letter ISO 3166-1 country code.")
    region: str | None = none_if_empty("State, province or county; null if it is unknown.")
    postal_code: str | None = none_if_empty("Postal code; null if it is unknown.")


@strawberry.type(description="A shipping method of the channel for a cart.")
class ShippingOption:
    option: strawberry.Private[Option]
    currency: strawberry.Private[str]
    selected: strawberry.Private[str]

    @field()
    def code(self) -> str:
        """Code of the shipping method, for `shippingMethod` of a cart or an order."""
        return self.option.method.code

    @field()
    def name(self) -> str:
        """Name shown to buyers."""
        return self.option.method.name

    @field()
    def transit_days(self) -> int:
        """Transit time in working days."""
        return self.option.method.transit_days

    @field()
    def price(self) -> Money:
        """Shipping cost of the cart with this method, after free shipping and discounts: `Order.shipping`."""
        return money(self.option.price_minor, self.currency)

    @field()
    def total(self) -> Money:
        """Total of the cart with this method: `Order.total`. An estimate until the cart has a shipping
        address."""
        return money(self.option.total_minor, self.currency)

    @field()
    def promised_on(self) -> date | None:
        """Delivery date if the cart is ordered now; null if it is unknown or the method is not available."""
        return self.option.promised_on

    @field()
    def is_available(self) -> bool:
        """Whether the method can be chosen."""
        return self.option.unavailable is None

    @field()
    def is_selected(self) -> bool:
        """Whether it is the shipping method of the cart."""
        return self.option.method.code == self.selected

    @field()
    def reason_code(self) -> ShippingUnavailableReason | None:
        """Machine-readable reason why the method is not available; null if it is."""
        return self.option.unavailable

    @field()
    def reason(self) -> str | None:
        """Reason in English for people; null if the method is available."""
        return self.option.reason


@strawberry.input(description="A SKU and a quantity.")
class ShippingOptionsLineInput:
    sku: str = doc("The SKU.")
    quantity: int = doc("Number of units.", default=1)


async def _previews(
    roots: Sequence[Any], info: strawberry.Info, *, as_shipped: bool = False
) -> dict[Any, DeliveryPreview]:
    """The previews of the drafts among some orders; each is made once per operation.

    `as_shipped`: also those of carts with a pick-up location as if they were shipped.
    """
    load = info.context.load
    drafts = [root for root in roots if root.status is OrderStatus.DRAFT]
    loads = []
    for root in drafts:
        preview = preview_as_shipped if as_shipped and root.pickup else preview_deliveries
        loads.append(load(preview, (root.id, root.version)))
    return {root.id: await each for root, each in zip(drafts, loads, strict=True)}


@strawberry.type
class OrderDelivery:
    @field()
    def destination(self, root: strawberry.Parent[Any]) -> OrderDestination | None:
        """Destination of a cart without a shipping address, for estimates; null if it is unknown, and as soon
        as there is an address."""
        known = destinations.Destination.of(root)
        if known is None:
            return None
        return OrderDestination(
            country=CountryCode(known.country), region=known.region, postal_code=known.postal_code
        )

    @field()
    def is_tax_estimated(self, root: strawberry.Parent[Any]) -> bool:
        """Whether `tax` can still change because the cart has neither a shipping address nor a pick-up
        location."""
        return is_tax_estimated(root)

    @level_field(date | None)
    async def promised_on(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Delivery date promised to the buyer, or the date on which the order is ready at its pick-up
        location. For a cart, the date if it is ordered now; null if the cart is empty, short of stock or
        without a shipping method or pick-up location, or if the date is unknown."""
        previews = await _previews(roots, info)
        return [previews[root.id].promised_on if root.id in previews else root.promised_on for root in roots]

    @level_field(list[ShippingOption])
    async def shipping_options(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Shipping methods of the channel for a cart, cheapest first, including those that are not available
        for it; empty for placed orders."""
        drafts = [root for root in roots if root.status is OrderStatus.DRAFT]
        previews = await _previews(drafts, info, as_shipped=True)
        ids = list(previews)
        found = await options_of_carts(ids, list(previews.values())) if ids else []
        by_id = dict(zip(ids, found, strict=True))
        return [
            [
                ShippingOption(option=each, currency=root.currency, selected=root.shipping_method)
                for each in by_id.get(root.id, ())
            ]
            for root in roots
        ]


@strawberry.type
class OrderLineDelivery:
    @level_field(date | None)
    async def promised_on(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Delivery date of the line. In a cart, the date if the cart is ordered now; null if the cart is
        short of stock or without a shipping method, or if the date is unknown. In a placed order, the date of
        the order."""
        await with_order(roots, info)
        previews = await _previews([line.owner for line in roots], info)
        return [
            previews[line.order_id].line_promised_on(line.id)
            if line.order_id in previews
            else line.owner.promised_on
            for line in roots
        ]


@strawberry.type
class ShippingOptionsQuery:
    @query(ANYONE)
    async def shipping_options(
        self,
        info: strawberry.Info,
        channel: Annotated[str, arg("Code of the channel.")],
        lines: Annotated[list[ShippingOptionsLineInput], arg("SKUs and quantities.")],
        destination: Annotated[
            OrderDestinationInput | None,
            arg("Destination; if omitted, the options do not depend on it."),
        ] = None,
        discount_codes: Annotated[
            list[str] | None, arg("Discount codes to apply; those that are not valid are ignored.")
        ] = None,
    ) -> list[ShippingOption]:
        """Shipping methods of a channel for some lines and a destination, cheapest first, including those
        that are not available. For a cart, use `Order.shippingOptions`."""
        data = OrderData(
            channel=channel,
            lines=[LineData(line.sku, line.quantity, place=at) for at, line in enumerate(lines)],
            destination=destination.data() if destination else None,
            discount_codes=discount_codes or [],
        )
        found, options = await options_for(info.context.actor, data)
        return [ShippingOption(option=each, currency=found.currency, selected="") for each in options]

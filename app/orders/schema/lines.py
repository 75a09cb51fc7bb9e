"""Order lines."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import strawberry

from app.catalog import queries as catalog
from app.catalog.schema import Variant
from app.core.database import values_of
from app.core.graphql.empty import none_if_empty
from app.core.graphql.levels import level_field
from app.core.graphql.node import Node
from app.core.graphql.policy import OWN_SCOPE, field
from app.core.graphql.scalars import Metadata, Money, doc, money, serves
from app.orders import gift_cards, models, queries
from app.orders.estimating import is_tax_known


@strawberry.type(description="The recipient of gift cards.")
class GiftRecipient:
    email: str = doc("Email address of the recipient.")
    name: str | None = none_if_empty("Name of the recipient; null for none.")
    note: str | None = none_if_empty("Message from the buyer to the recipient; null for none.")


@strawberry.type(description="An order line: a SKU with its quantity and price.")
class OrderLine(Node):
    is_type_of = serves(models.OrderLine)

    position: int = doc("Position of the line in the order, starting at 1.")
    sku: str = doc("SKU at the time of the order.")
    product_name: str = doc("Name of the product at the time of the order.")
    variant_name: str | None = none_if_empty("Name of the variant at the time of the order; null for none.")
    quantity: int = doc("Number of units ordered.")
    quantity_cancelled: int = doc("Number of units cancelled.")
    quantity_shipped: int = doc("Number of units shipped.")
    quantity_delivered: int = doc("Number of units delivered.")
    quantity_returned: int = doc("Number of units returned.")
    metadata: Metadata = doc("Custom JSON data, visible to everyone who can see the order.")
    is_gift_card: bool = doc(
        "Whether it is a gift card: a card is issued for each unit when the order is paid, and sent by "
        "email. Units whose cards were issued count as shipped and delivered."
    )

    @field()
    def gift_recipient(self, root: strawberry.Parent[Any]) -> GiftRecipient | None:
        """The person to whom the gift cards are sent; null if they are sent to the buyer, and for other
        items."""
        found = gift_cards.GiftRecipient.of(root)
        if found is None:
            return None
        return GiftRecipient(email=found.email, name=found.name or None, note=found.note or None)

    @level_field(Variant | None, reach=OWN_SCOPE)
    async def variant(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The variant with its current catalog data; null if the caller can no longer see it in the catalog.
        The SKU and names are kept on the line."""
        return await catalog.visible_variants(values_of(roots, "variant_id"), info.context.actor)

    @level_field(Money)
    async def unit_price(roots: Sequence[Any], info: strawberry.Info) -> list[Money]:
        """Unit price before discounts: from the price lists, or set by staff (see `listPrice`)."""
        return await _amounts(roots, info, "unit_price_minor")

    @level_field(Money)
    async def discount(roots: Sequence[Any], info: strawberry.Info) -> list[Money]:
        """Discount on the line, from discount codes and from staff."""
        return await _amounts(roots, info, "discount_minor")

    @level_field(Decimal | None)
    async def tax_rate(roots: Sequence[Any], info: strawberry.Info) -> list[Decimal | None]:
        """Tax rate as a fraction; null in a cart whose destination is unknown."""
        await with_order(roots, info)
        return [line.tax_rate if is_tax_known(line.owner) else None for line in roots]

    @level_field(Money | None)
    async def tax(roots: Sequence[Any], info: strawberry.Info) -> list[Money | None]:
        """Tax on the line, whether or not it is included in the price; null in a cart whose destination is
        unknown."""
        amounts = await _amounts(roots, info, "tax_minor")
        return [
            amount if is_tax_known(line.owner) else None for line, amount in zip(roots, amounts, strict=True)
        ]

    @level_field(Money)
    async def total(roots: Sequence[Any], info: strawberry.Info) -> list[Money]:
        """Line total after discounts, including tax. In a cart whose destination is unknown, the tax of the
        channel's default country is used."""
        return await _amounts(roots, info, "total_minor")


async def _amounts(lines: Sequence[Any], info: strawberry.Info, column: str) -> list[Money]:
    """A column of lines as money, in the currencies of their orders."""
    await with_order(lines, info)
    return [money(getattr(line, column), line.currency) for line in lines]


async def with_order(lines: Sequence[Any], info: strawberry.Info) -> None:
    """Load the orders of lines that are not loaded yet."""
    if any(line.currency is None for line in lines):
        orders = await info.context.load_many(queries.orders_by_id, [line.order_id for line in lines])
        for line, order in zip(lines, orders, strict=True):
            line.currency, line.owner = order.currency, order

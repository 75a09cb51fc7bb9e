"""Channels in the graph."""

import strawberry

from app.channels.schema import channels, discounts, shipping, taxes
from app.channels.schema.types import MANAGE, Channel, Discount, ShippingMethod, TaxClass, TaxRate


@strawberry.type
class ChannelQuery(channels.ChannelQuery, taxes.TaxQuery, discounts.DiscountQuery):
    pass


@strawberry.type
class ChannelMutation(
    channels.ChannelMutation, shipping.ShippingMutation, taxes.TaxMutation, discounts.DiscountMutation
):
    pass


__all__ = [
    "MANAGE",
    "Channel",
    "ChannelMutation",
    "ChannelQuery",
    "Discount",
    "ShippingMethod",
    "TaxClass",
    "TaxRate",
]

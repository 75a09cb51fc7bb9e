"""Channels in the graph."""

import strawberry

from app.channels.schema import channels, shipping, taxes
from app.channels.schema.types import MANAGE, Channel, ShippingMethod, TaxClass, TaxRate


@strawberry.type
class ChannelQuery(channels.ChannelQuery, taxes.TaxQuery):
    pass


@strawberry.type
class ChannelMutation(channels.ChannelMutation, shipping.ShippingMutation, taxes.TaxMutation):
    pass


__all__ = [
    "MANAGE",
    "Channel",
    "ChannelMutation",
    "ChannelQuery",
    "ShippingMethod",
    "TaxClass",
    "TaxRate",
]

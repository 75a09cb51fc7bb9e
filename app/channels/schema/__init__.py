"""Channels in GraphQL."""

import strawberry

from app.channels.schema import channels, shipping, taxes
from app.channels.schema.types import MANAGE, MANAGE_ALL, Channel, TaxClass


@strawberry.type
class ChannelQuery(channels.ChannelQuery, taxes.TaxQuery):
    pass


@strawberry.type
class ChannelMutation(channels.ChannelMutation, shipping.ShippingMutation, taxes.TaxMutation):
    pass


__all__ = [
    "MANAGE",
    "MANAGE_ALL",
    "Channel",
    "ChannelMutation",
    "ChannelQuery",
    "TaxClass",
]

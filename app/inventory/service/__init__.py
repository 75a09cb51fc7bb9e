"""The verbs of the inventory."""

from app.inventory.service.locations import (
    LocationData,
    create_location,
    set_channel_locations,
    update_location,
)
from app.inventory.service.moving import adjust, receive, set_level
from app.inventory.service.reserving import confirm, expire_due, release, reserve

__all__ = [
    "LocationData",
    "adjust",
    "confirm",
    "create_location",
    "expire_due",
    "receive",
    "release",
    "reserve",
    "set_channel_locations",
    "set_level",
    "update_location",
]

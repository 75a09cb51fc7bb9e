"""Commands on locations, their channels and their capacity."""

from app.inventory.locations.service.capacity import give_capacity_back
from app.inventory.locations.service.channels import (
    change_sourcing_policy,
    set_channel_locations,
    set_sourcing_policy,
)
from app.inventory.locations.service.hours import HoursData
from app.inventory.locations.service.locations import LocationData, create_location, update_location
from app.inventory.locations.service.pickup import set_pickup

__all__ = [
    "HoursData",
    "LocationData",
    "change_sourcing_policy",
    "create_location",
    "give_capacity_back",
    "set_channel_locations",
    "set_pickup",
    "set_sourcing_policy",
    "update_location",
]

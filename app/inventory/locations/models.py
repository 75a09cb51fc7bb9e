"""Models of locations, and of their use by channels."""

from typing import Any

from tortoise import fields

from app.engine.database.rows import Row
from app.inventory.location_kinds import LocationKind
from app.inventory.sourcing import DropShip, ShortPick, Split, Strategy


class Location(Row):
    """A location that holds stock."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=40, unique=True)
    name = fields.CharField(max_length=120)
    kind = fields.CharEnumField(LocationKind, max_length=20, default=LocationKind.WAREHOUSE)
    address: Any = fields.JSONField(null=True)
    is_active = fields.BooleanField(default=True)
    # None: no restriction of countries, days or capacity.
    countries: Any = fields.JSONField(null=True)  # ISO codes
    hours: Any = fields.JSONField(null=True)  # see sourcing.opening_hours.Hours
    pick_capacity = fields.IntField(null=True)  # orders per day
    parcel_cost_minor = fields.BigIntField(default=0, db_default=0)  # cost of shipping a parcel
    unit_cost_minor = fields.BigIntField(default=0, db_default=0)  # cost of picking and packing a unit
    metadata: Any = fields.JSONField(default=dict)
    external_reference = fields.CharField(max_length=120, null=True, unique=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "location"
        indexes = (("created_at", "id"),)


class ChannelLocation(Row):
    """A location that a channel sells from. Lower ranks are preferred."""

    id = fields.UUIDField(primary_key=True)
    channel: Any = fields.ForeignKeyField("app.Channel", related_name=False, on_delete=fields.CASCADE)
    channel_id: Any
    location: Any = fields.ForeignKeyField(
        "app.Location", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    location_id: Any
    rank = fields.IntField(default=0)

    class Meta:
        app = "app"
        table = "channel_location"
        unique_together = (("channel", "location"),)


class PickupSetting(Row):
    """Pick-up at a location by the buyers of a channel."""

    id = fields.UUIDField(primary_key=True)
    channel: Any = fields.ForeignKeyField("app.Channel", related_name=False, on_delete=fields.CASCADE)
    channel_id: Any
    location: Any = fields.ForeignKeyField(
        "app.Location", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    location_id: Any
    instructions = fields.CharField(max_length=1000, default="")  # for the buyer
    price_minor = fields.BigIntField(default=0)
    preparation_minutes = fields.IntField(default=120)  # of the opening hours of the location
    days_kept = fields.IntField(default=7)  # days after it is ready
    is_active = fields.BooleanField(default=True)
    place: Any = None  # its location, if loaded; not a column

    class Meta:
        app = "app"
        table = "pickup_setting"
        unique_together = (("channel", "location"),)


class SourcingPolicy(Row):
    """A channel's sourcing policy. Channels without one have the defaults of `sourcing.Policy`."""

    channel_id = fields.UUIDField(primary_key=True)
    strategy = fields.CharEnumField(Strategy, max_length=20, default=Strategy.PRIORITY)
    split = fields.CharEnumField(Split, max_length=20, default=Split.ANY)
    drop_ship = fields.CharEnumField(DropShip, max_length=20, default=DropShip.LAST_RESORT)
    max_parcels = fields.IntField(null=True)
    min_parcel_units = fields.IntField(default=1)
    ships_complete = fields.BooleanField(default=False)
    earliest_first = fields.BooleanField(default=False)
    short_pick = fields.CharEnumField(
        ShortPick, max_length=10, default=ShortPick.WAIT, db_default=ShortPick.WAIT.value
    )

    class Meta:
        app = "app"
        table = "sourcing_policy"


class LocationLoad(Row):
    """The number of orders assigned to a location with limited capacity for a day."""

    id = fields.UUIDField(primary_key=True)
    location: Any = fields.ForeignKeyField("app.Location", related_name=False, on_delete=fields.CASCADE)
    location_id: Any
    day = fields.DateField()
    orders = fields.IntField(default=0)

    class Meta:
        app = "app"
        table = "location_load"
        unique_together = (("location", "day"),)

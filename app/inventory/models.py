from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.core.database.rows import Row
from app.inventory.lifecycle import LocationKind, StockBucket, StockReason


class Location(Row):
    """A place where stock is."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=40, unique=True)
    name = fields.CharField(max_length=120)
    kind = fields.CharEnumField(LocationKind, max_length=20, default=LocationKind.WAREHOUSE)
    address: Any = fields.JSONField(null=True)
    is_active = fields.BooleanField(default=True)
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
    """A location that a channel may sell from. The lowest rank is asked first."""

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


class StockLevel(Row):
    """How much of a variant is in a location: the running sum of its movements."""

    id = fields.UUIDField(primary_key=True)
    variant: Any = fields.ForeignKeyField("app.Variant", related_name=False, on_delete=fields.RESTRICT)
    variant_id: Any
    location: Any = fields.ForeignKeyField(
        "app.Location", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    location_id: Any
    on_hand = fields.IntField(default=0)
    reserved = fields.IntField(default=0)
    unavailable = fields.IntField(default=0)
    safety_stock = fields.IntField(default=0)  # kept back from sale
    backorder_limit = fields.IntField(default=0)  # how far below nothing it may be sold
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    expired: Any = 0  # reserved for claims that have run out and are not swept yet; not a column

    class Meta:
        app = "app"
        table = "stock_level"
        unique_together = (("variant", "location"),)
        indexes = (("created_at", "id"),)
        constraints = (
            CheckConstraint("on_hand >= 0", "on_hand_not_negative"),
            CheckConstraint("reserved >= 0", "reserved_not_negative"),
            CheckConstraint("unavailable >= 0", "unavailable_not_negative"),
            CheckConstraint("reserved + unavailable <= on_hand + backorder_limit", "not_oversold"),
        )


class StockMovement(Row):
    """A quantity that went from one bucket to another. Rows are added, never changed."""

    id = fields.UUIDField(primary_key=True)
    level: Any = fields.ForeignKeyField("app.StockLevel", related_name=False, on_delete=fields.RESTRICT)
    level_id: Any
    from_bucket = fields.CharEnumField(StockBucket, max_length=20)
    to_bucket = fields.CharEnumField(StockBucket, max_length=20)
    quantity = fields.IntField()
    reason = fields.CharEnumField(StockReason, max_length=20)
    reference_kind = fields.CharField(max_length=40, default="")
    reference_id = fields.UUIDField(null=True, db_index=True)
    note = fields.CharField(max_length=500, default="")
    unit_cost_minor = fields.BigIntField(null=True)
    cost_currency = fields.CharField(max_length=3, null=True)
    actor_kind = fields.CharField(max_length=20)
    actor_id = fields.UUIDField(null=True)
    at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "stock_movement"
        indexes = (("level_id", "at", "id"), ("at", "id"))
        constraints = (CheckConstraint("quantity > 0", "movement_of_something"),)


class Reservation(Row):
    """A quantity of a level that is kept for a claimant, for good or until a moment."""

    id = fields.UUIDField(primary_key=True)
    level: Any = fields.ForeignKeyField("app.StockLevel", related_name=False, on_delete=fields.RESTRICT)
    level_id: Any
    claimant_kind = fields.CharField(max_length=20)
    claimant_id = fields.UUIDField(db_index=True)
    line_id = fields.UUIDField(null=True)
    quantity = fields.IntField()
    expires_at = fields.DatetimeField(null=True, db_index=True)
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "reservation"
        # What has run out of a level is found without a look at all that is reserved of it.
        indexes = (("level_id", "expires_at"),)
        constraints = (CheckConstraint("quantity > 0", "reservation_of_something"),)

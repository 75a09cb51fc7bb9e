"""Stock levels, reservations, and incoming stock."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.engine.database.rows import Row
from app.inventory.stock.lifecycle import StockBucket, StockReason


class StockLevel(Row):
    """The quantities of a variant at a location: the running sum of its movements."""

    id = fields.UUIDField(primary_key=True)
    variant: Any = fields.ForeignKeyField("app.Variant", related_name=False, on_delete=fields.RESTRICT)
    variant_id: Any
    location: Any = fields.ForeignKeyField(
        "app.Location", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    location_id: Any
    on_hand = fields.IntField(default=0)
    reserved = fields.IntField(default=0)
    unavailable = fields.IntField(default=0)  # damaged + quarantined + in quality check
    damaged = fields.IntField(default=0, db_default=0)
    quarantined = fields.IntField(default=0, db_default=0)
    in_quality_check = fields.IntField(default=0, db_default=0)
    safety_stock = fields.IntField(default=0)  # not for sale
    reorder_point = fields.IntField(null=True)  # at or below it the level is low; null: not set
    reorder_up_to = fields.IntField(null=True)  # target quantity of a reorder
    backorder_limit = fields.IntField(default=0)  # how far the available quantity may become negative
    # days until backordered units ship, if no incoming stock covers them
    backorder_days = fields.IntField(null=True)
    # sold in advance until that day, and shipped from that day on
    preorder_until = fields.DateField(null=True)
    incoming = fields.IntField(default=0, db_default=0)  # on order or in transit to the location
    bin = fields.CharField(max_length=40, default="", db_default="")  # storage bin: zone-aisle-shelf
    is_tracked = fields.BooleanField(default=False, db_default=False)  # tracked by lot or serial number
    next_expiry = fields.DateField(null=True)  # the earliest expiry date of its lots
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    expired: Any = 0  # units of expired reservations that were not released yet; not a column
    cursor: Any = None  # the cursor of the event that it is sent for; not a column

    class Meta:
        app = "app"
        table = "stock_level"
        unique_together = (("variant", "location"),)
        indexes = (("created_at", "id"), ("next_expiry", "id"))
        constraints = (
            CheckConstraint("on_hand >= 0", "on_hand_not_negative"),
            CheckConstraint("reserved >= 0", "reserved_not_negative"),
            CheckConstraint("unavailable >= 0", "unavailable_not_negative"),
            CheckConstraint("reserved + unavailable <= on_hand + backorder_limit", "not_oversold"),
            CheckConstraint("incoming >= 0", "incoming_not_negative"),
            CheckConstraint("damaged >= 0", "damaged_not_negative"),
            CheckConstraint("quarantined >= 0", "quarantined_not_negative"),
            CheckConstraint(
                "in_quality_check >= 0 AND unavailable <= on_hand "
                "AND unavailable = damaged + quarantined + in_quality_check",
                "unavailable_adds_up",
            ),
        )


class StockMovement(Row):
    """A quantity that moved from one bucket to another. Rows are only inserted."""

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
    """A quantity of a level that is reserved for a claimant, permanently or until a time."""

    id = fields.UUIDField(primary_key=True)
    level: Any = fields.ForeignKeyField("app.StockLevel", related_name=False, on_delete=fields.RESTRICT)
    level_id: Any
    claimant_kind = fields.CharField(max_length=20)
    claimant_id = fields.UUIDField(db_index=True)
    quantity = fields.IntField()
    expires_at = fields.DatetimeField(null=True, db_index=True)
    priority = fields.IntField(default=0, db_default=0)  # see ReservationPriority
    waiting = fields.IntField(default=0, db_default=0)  # units that are not in stock yet
    due_on = fields.DateField(null=True)  # ship date; null: unknown
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "reservation"
        # Expired reservations of a level are found without reading all of its reservations.
        indexes = (("level_id", "expires_at"),)
        constraints = (CheckConstraint("quantity > 0", "reservation_of_something"),)


class IncomingStock(Row):
    """Units expected at a level: on order or in transit."""

    id = fields.UUIDField(primary_key=True)
    level: Any = fields.ForeignKeyField("app.StockLevel", related_name=False, on_delete=fields.RESTRICT)
    level_id: Any
    quantity = fields.IntField()
    received = fields.IntField(default=0)
    expected_on = fields.DateField()
    source_kind = fields.CharField(max_length=20, default="")  # "transfer"; "" if it was entered manually
    source_id = fields.UUIDField(null=True, db_index=True)
    reference = fields.CharField(max_length=120, default="")
    is_open = fields.BooleanField(default=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "incoming_stock"
        indexes = (("level_id", "is_open", "expected_on"), ("expected_on", "id"))
        constraints = (CheckConstraint("quantity > 0 AND received >= 0", "incoming_of_something"),)


class SourceRefusal(Row):
    """A location that refused to ship a variant to a claimant; it is not chosen for it again."""

    id = fields.UUIDField(primary_key=True)
    claimant_id = fields.UUIDField()
    location: Any = fields.ForeignKeyField(
        "app.Location", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    location_id: Any
    variant: Any = fields.ForeignKeyField(
        "app.Variant", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    variant_id: Any
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "source_refusal"
        unique_together = (("claimant_id", "location", "variant"),)


class Backlog(Row):
    """A demand without a reservation, because its stock was missing. Served when stock arrives."""

    id = fields.UUIDField(primary_key=True)
    channel_id = fields.UUIDField()
    variant: Any = fields.ForeignKeyField(
        "app.Variant", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    variant_id: Any
    claimant_kind = fields.CharField(max_length=20)
    claimant_id = fields.UUIDField(db_index=True)
    quantity = fields.IntField()
    priority = fields.IntField()
    to: Any = fields.JSONField(null=True)  # the destination address
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "backlog"
        constraints = (CheckConstraint("quantity > 0", "backlog_of_something"),)

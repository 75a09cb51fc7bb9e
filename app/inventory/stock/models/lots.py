"""Lots and serial numbers, and where they are."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.engine.database.rows import Row


class Lot(Row):
    """A lot of a variant, or one unit with its serial number."""

    id = fields.UUIDField(primary_key=True)
    variant: Any = fields.ForeignKeyField("app.Variant", related_name=False, on_delete=fields.RESTRICT)
    variant_id: Any
    number = fields.CharField(max_length=60)
    expires_on = fields.DateField(null=True)  # last day on which it may be used
    is_serial = fields.BooleanField(default=False)
    units = fields.IntField(default=0)  # for a serial number: 1 while it is on hand at some location
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "lot"
        unique_together = (("variant", "number"),)
        indexes = (("created_at", "id"), ("expires_on", "id"))
        constraints = (CheckConstraint("NOT is_serial OR units BETWEEN 0 AND 1", "serial_is_one_unit"),)


class LotLevel(Row):
    """The units of a lot at a level. The lots of a level add up to its quantity on hand."""

    id = fields.UUIDField(primary_key=True)
    lot: Any = fields.ForeignKeyField("app.Lot", related_name=False, on_delete=fields.RESTRICT)
    lot_id: Any
    level: Any = fields.ForeignKeyField(
        "app.StockLevel", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    level_id: Any
    expires_on = fields.DateField(null=True)  # expiry date of the lot
    on_hand = fields.IntField(default=0)
    damaged = fields.IntField(default=0)
    quarantined = fields.IntField(default=0)
    in_quality_check = fields.IntField(default=0)
    allocated = fields.IntField(default=0)  # saleable units allocated to reservations

    class Meta:
        app = "app"
        table = "lot_level"
        unique_together = (("lot", "level"),)
        constraints = (
            CheckConstraint(
                "damaged >= 0 AND quarantined >= 0 AND in_quality_check >= 0", "lot_states_not_negative"
            ),
            CheckConstraint(
                "allocated >= 0 AND allocated <= on_hand - damaged - quarantined - in_quality_check",
                "lot_not_allocated_twice",
            ),
        )

    @property
    def shelf(self) -> int:
        """The units that are in no unsaleable state."""
        return int(self.on_hand - self.damaged - self.quarantined - self.in_quality_check)


class LotMovement(Row):
    """The lots of a movement. Rows are only inserted."""

    id = fields.UUIDField(primary_key=True)
    movement: Any = fields.ForeignKeyField(
        "app.StockMovement", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    movement_id: Any
    lot_id = fields.UUIDField()
    level_id = fields.UUIDField()
    quantity = fields.IntField()
    at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "lot_movement"
        indexes = (("lot_id", "at", "id"), ("level_id", "at"))
        constraints = (CheckConstraint("quantity > 0", "lot_movement_of_something"),)


class LotAllocation(Row):
    """Units of a lot allocated to a reservation; these are shipped unless others are picked."""

    id = fields.UUIDField(primary_key=True)
    reservation_id = fields.UUIDField(db_index=True)
    lot_id = fields.UUIDField()
    level_id = fields.UUIDField(db_index=True)
    quantity = fields.IntField()

    class Meta:
        app = "app"
        table = "lot_allocation"
        unique_together = (("reservation_id", "lot_id"),)
        constraints = (CheckConstraint("quantity > 0", "allocation_of_something"),)

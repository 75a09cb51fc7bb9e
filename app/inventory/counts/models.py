"""Tables of stock counts."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.engine.database.rows import Row
from app.inventory.counts.lifecycle import CountStatus


class StockCount(Row):
    """A count of some stock levels of a location, during normal business."""

    id = fields.UUIDField(primary_key=True)
    status = fields.CharEnumField(CountStatus, max_length=20, default=CountStatus.OPEN)
    location: Any = fields.ForeignKeyField(
        "app.Location", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    location_id: Any
    is_blind = fields.BooleanField(default=True)  # the expected quantity is hidden from the people who count
    approval_units = fields.IntField()  # a larger difference of a line requires approval
    approval_minor = fields.BigIntField()  # a difference of higher value requires approval
    note = fields.CharField(max_length=500, default="")
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    submitted_at = fields.DatetimeField(null=True)
    completed_at = fields.DatetimeField(null=True)

    class Meta:
        app = "app"
        table = "stock_count"
        indexes = (("created_at", "id"), ("status", "created_at", "id"))


class StockCountLine(Row):
    """The expected and counted quantity of a level."""

    id = fields.UUIDField(primary_key=True)
    stock_count: Any = fields.ForeignKeyField("app.StockCount", related_name=False, on_delete=fields.RESTRICT)
    stock_count_id: Any
    level: Any = fields.ForeignKeyField(
        "app.StockLevel", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    level_id: Any
    expected = fields.IntField()  # on hand at `counted_at`; until it is counted, at the start of the count
    counted = fields.IntField(null=True)
    counted_at = fields.DatetimeField(null=True)
    value_minor = fields.BigIntField(default=0)  # value of the difference
    lots: Any = fields.JSONField(null=True)  # difference by lot: see core.units

    class Meta:
        app = "app"
        table = "stock_count_line"
        unique_together = (("stock_count", "level"),)
        constraints = (CheckConstraint("counted IS NULL OR counted >= 0", "counted_not_negative"),)

    @property
    def difference(self) -> int:
        """Counted minus expected quantity; 0 for a line that was not counted."""
        return 0 if self.counted is None else self.counted - self.expected

    @property
    def is_different(self) -> bool:
        """Whether something must be posted: also if the quantity is equal but the lots differ."""
        return self.difference != 0 or bool(self.lots)

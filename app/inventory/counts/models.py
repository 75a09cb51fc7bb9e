"""Tables of stock counts."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.engine.database.rows import Row
from app.inventory.counts.lifecycle import CountStatus


class StockCount(Row):
    """A count of some levels of a location, while business goes on."""

    id = fields.UUIDField(primary_key=True)
    status = fields.CharEnumField(CountStatus, max_length=20, default=CountStatus.OPEN)
    location: Any = fields.ForeignKeyField(
        "app.Location", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    location_id: Any
    is_blind = fields.BooleanField(default=True)  # whoever counts is not told what is expected
    approval_units = fields.IntField()  # a larger difference of a line waits for approval
    approval_minor = fields.BigIntField()  # and so does one that is worth more
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
    """What was expected of a level at the moment it was counted, and what was found."""

    id = fields.UUIDField(primary_key=True)
    stock_count: Any = fields.ForeignKeyField("app.StockCount", related_name=False, on_delete=fields.RESTRICT)
    stock_count_id: Any
    level: Any = fields.ForeignKeyField(
        "app.StockLevel", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    level_id: Any
    expected = fields.IntField()  # on hand at `counted_at`; before that, when the count began
    counted = fields.IntField(null=True)
    counted_at = fields.DatetimeField(null=True)
    value_minor = fields.BigIntField(default=0)  # what the difference is worth
    lots: Any = fields.JSONField(null=True)  # by lot, how many more were found: see core.units

    class Meta:
        app = "app"
        table = "stock_count_line"
        unique_together = (("stock_count", "level"),)
        constraints = (CheckConstraint("counted IS NULL OR counted >= 0", "counted_not_negative"),)

    @property
    def difference(self) -> int:
        """How many more were found than expected; 0 for what nobody has counted."""
        return 0 if self.counted is None else self.counted - self.expected

    @property
    def is_different(self) -> bool:
        """Whether anything is to be booked: as many units may be there, and of other lots."""
        return self.difference != 0 or bool(self.lots)

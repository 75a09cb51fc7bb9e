"""Tables of receipts."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.engine.database.rows import Row


class Receipt(Row):
    """Goods that were received together, with their landed costs."""

    id = fields.UUIDField(primary_key=True)
    location: Any = fields.ForeignKeyField(
        "app.Location", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    location_id: Any
    reference = fields.CharField(max_length=120, default="")  # number of the delivery note or invoice
    note = fields.CharField(max_length=500, default="")
    landed_costs: Any = fields.JSONField(default=list)  # see landed_costs
    source_kind = fields.CharField(max_length=20, default="", db_default="")  # "purchase_order"; "" for none
    source_id = fields.UUIDField(null=True)
    at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "receipt"
        indexes = (("at", "id"), ("source_id",))


class ReceiptLine(Row):
    """One SKU of a receipt. Its id is the origin of the cost layers made from it."""

    id = fields.UUIDField(primary_key=True)
    receipt: Any = fields.ForeignKeyField("app.Receipt", related_name=False, on_delete=fields.RESTRICT)
    receipt_id: Any
    level: Any = fields.ForeignKeyField(
        "app.StockLevel", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    level_id: Any
    position = fields.IntField()
    quantity = fields.IntField()
    reversed = fields.IntField(default=0, db_default=0)  # units that were reversed
    incoming_id = fields.UUIDField(null=True)  # the incoming stock that they belong to
    # For all units except reversed ones, without landed costs.
    cost_minor = fields.BigIntField()
    landed_minor = fields.BigIntField(default=0)
    is_estimated = fields.BooleanField(default=False)

    class Meta:
        app = "app"
        table = "receipt_line"
        unique_together = (("receipt", "position"),)
        constraints = (CheckConstraint("quantity > 0", "receipt_of_something"),)

    @property
    def kept(self) -> int:
        """The units that were not reversed."""
        return int(self.quantity - self.reversed)

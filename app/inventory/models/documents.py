"""The papers of the warehouse: receipts, transfers and counts."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.engine.database.rows import Row
from app.inventory.lifecycle import CountStatus, TransferStatus


class Receipt(Row):
    """Goods that came in together, and what bringing them here cost."""

    id = fields.UUIDField(primary_key=True)
    location: Any = fields.ForeignKeyField(
        "app.Location", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    location_id: Any
    reference = fields.CharField(max_length=120, default="")  # the delivery note's or the invoice's number
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
    """One SKU of a receipt. Its id is the origin of the cost layers that come of it."""

    id = fields.UUIDField(primary_key=True)
    receipt: Any = fields.ForeignKeyField("app.Receipt", related_name=False, on_delete=fields.RESTRICT)
    receipt_id: Any
    level: Any = fields.ForeignKeyField(
        "app.StockLevel", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    level_id: Any
    position = fields.IntField()
    quantity = fields.IntField()
    reversed = fields.IntField(default=0, db_default=0)  # how many of them were taken back: they never came
    incoming_id = fields.UUIDField(null=True)  # what had been expected, of which they are
    # Of all the units but those that were taken back, without what bringing them here cost.
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
        """How many of its units were not taken back."""
        return int(self.quantity - self.reversed)


class Transfer(Row):
    """Transfer of stock from one location to another."""

    id = fields.UUIDField(primary_key=True)
    status = fields.CharEnumField(TransferStatus, max_length=20, default=TransferStatus.DRAFT)
    source: Any = fields.ForeignKeyField(
        "app.Location", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    source_id: Any
    destination: Any = fields.ForeignKeyField(
        "app.Location", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    destination_id: Any
    expected_on = fields.DateField(null=True)
    note = fields.CharField(max_length=500, default="")
    external_reference = fields.CharField(max_length=120, null=True, unique=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    shipped_at = fields.DatetimeField(null=True)
    received_at = fields.DatetimeField(null=True)

    class Meta:
        app = "app"
        table = "transfer"
        indexes = (("created_at", "id"), ("status", "created_at", "id"))


class TransferLine(Row):
    """One SKU of a transfer. Shipped = received + damaged + missing + returned + what is still on its way."""

    id = fields.UUIDField(primary_key=True)
    transfer: Any = fields.ForeignKeyField("app.Transfer", related_name=False, on_delete=fields.RESTRICT)
    transfer_id: Any
    position = fields.IntField()
    variant: Any = fields.ForeignKeyField(
        "app.Variant", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    variant_id: Any
    quantity = fields.IntField()
    shipped = fields.IntField(default=0)
    received = fields.IntField(default=0)
    damaged = fields.IntField(default=0)
    missing = fields.IntField(default=0)
    returned = fields.IntField(default=0, db_default=0)  # how many turned back and are where they came from
    surplus = fields.IntField(default=0, db_default=0)  # how many more were found than had been sent

    class Meta:
        app = "app"
        table = "transfer_line"
        unique_together = (("transfer", "position"), ("transfer", "variant"))
        constraints = (
            CheckConstraint("quantity > 0 AND shipped BETWEEN 0 AND quantity", "transfer_within"),
            CheckConstraint(
                "received >= 0 AND damaged >= 0 AND missing >= 0 AND received + damaged + missing <= shipped",
                "transfer_adds_up",
            ),
        )

    @property
    def on_the_way(self) -> int:
        """How many have left and have neither arrived, nor come back, nor are known to be lost."""
        return int(self.shipped - self.received - self.damaged - self.missing - self.returned)


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

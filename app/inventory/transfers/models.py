"""Tables of transfers."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.engine.database.rows import Row
from app.inventory.transfers.lifecycle import TransferStatus


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
    """One SKU of a transfer. Shipped = received + damaged + missing + returned + in transit."""

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
    returned = fields.IntField(default=0, db_default=0)  # units that returned to the source
    surplus = fields.IntField(default=0, db_default=0)  # units received beyond those shipped

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
        """The units that were shipped and have not arrived, returned or been written off."""
        return int(self.shipped - self.received - self.damaged - self.missing - self.returned)

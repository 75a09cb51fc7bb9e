from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.engine.database.rows import Row
from app.payments.lifecycle import PaymentKind


class PaymentTransaction(Row):
    """A payment or refund of an order. Never changed."""

    id = fields.UUIDField(primary_key=True)
    order: Any = fields.ForeignKeyField("app.Order", related_name=False, on_delete=fields.RESTRICT)
    order_id: Any
    kind = fields.CharEnumField(PaymentKind, max_length=20)
    gateway = fields.CharField(max_length=40)
    amount_minor = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    reference = fields.CharField(max_length=120, null=True)  # the reference of the bank or gateway
    note = fields.CharField(max_length=500, default="")
    recorded_by = fields.CharField(max_length=200)
    at = fields.DatetimeField()  # when the money moved
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "payment_transaction"
        unique_together = (("order", "kind", "reference"),)
        indexes = (("order_id", "created_at", "id"),)
        constraints = (CheckConstraint("amount_minor > 0", "payment_of_something"),)

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.core.database.rows import Row
from app.promotions.lifecycle import DiscountKind

LONGEST_DISCOUNT_CODE = 40


class Discount(Row):
    """A code that takes something off the lines of an order."""

    id = fields.UUIDField(primary_key=True)
    channel: Any = fields.ForeignKeyField("app.Channel", related_name=False, on_delete=fields.RESTRICT)
    channel_id: Any
    code = fields.CharField(max_length=LONGEST_DISCOUNT_CODE)  # in capitals
    kind = fields.CharEnumField(DiscountKind, max_length=20)
    percent = fields.DecimalField(max_digits=5, decimal_places=2, null=True)
    amount_minor = fields.BigIntField(null=True)
    minimum_minor = fields.BigIntField(default=0)
    usage_limit = fields.IntField(null=True)
    used = fields.IntField(default=0)
    starts_at = fields.DatetimeField(null=True)
    ends_at = fields.DatetimeField(null=True)
    is_active = fields.BooleanField(default=True)

    class Meta:
        app = "app"
        table = "discount"
        unique_together = (("channel", "code"),)
        constraints = (
            CheckConstraint("usage_limit IS NULL OR used <= usage_limit", "discount_within_limit"),
        )

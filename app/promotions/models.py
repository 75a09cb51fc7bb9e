from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.engine.database.rows import Row
from app.promotions.lifecycle import DiscountKind

LONGEST_DISCOUNT_CODE = 40


class Discount(Row):
    """A code that discounts the lines of an order or its shipping."""

    id = fields.UUIDField(primary_key=True)
    channel: Any = fields.ForeignKeyField("app.Channel", related_name=False, on_delete=fields.RESTRICT)
    channel_id: Any
    code = fields.CharField(max_length=LONGEST_DISCOUNT_CODE)  # in capitals
    kind = fields.CharEnumField(DiscountKind, max_length=20)
    percent = fields.DecimalField(max_digits=5, decimal_places=2, null=True)
    amount_minor = fields.BigIntField(null=True)
    minimum_minor = fields.BigIntField(default=0)  # minimum value of the eligible lines
    # Ids of what the code applies to; both null: to all lines. A category includes its subcategories.
    products: Any = fields.JSONField(null=True)
    categories: Any = fields.JSONField(null=True)
    countries: Any = fields.JSONField(null=True)  # for FREE_SHIPPING: ISO codes; null: everywhere
    usage_limit = fields.IntField(null=True)
    uses_per_customer = fields.IntField(null=True)
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


class DiscountUse(Row):
    """The use of a code by an order. Deleted when the order no longer uses the code."""

    id = fields.UUIDField(primary_key=True)
    discount: Any = fields.ForeignKeyField("app.Discount", related_name=False, on_delete=fields.CASCADE)
    discount_id: Any
    order_id = fields.UUIDField(db_index=True)
    customer_id = fields.UUIDField(null=True)  # null for guests
    # the mailbox of the order's e-mail address, see contact.without_tag
    mailbox = fields.CharField(max_length=254)

    class Meta:
        app = "app"
        table = "discount_use"
        unique_together = (("discount", "order_id"),)
        indexes = (("discount_id", "mailbox"), ("discount_id", "customer_id"))

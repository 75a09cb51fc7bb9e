"""Accounts of stored value and their entries."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.engine.database.rows import Row
from app.stored_value.lifecycle import StoredValueEntryKind, StoredValueKind


class StoredValue(Row):
    """A gift card, or an amount of store credit that a customer was given."""

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharEnumField(StoredValueKind, max_length=20)
    channel: Any = fields.ForeignKeyField("app.Channel", related_name=False, on_delete=fields.RESTRICT)
    channel_id: Any  # in which it was issued
    customer: Any = fields.ForeignKeyField(
        "app.Customer", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    customer_id: Any  # of store credit
    currency = fields.CharField(max_length=3)
    balance_minor = fields.BigIntField(default=0)  # the sum of its entries
    code_hash = fields.CharField(max_length=64, null=True, unique=True)  # of a gift card: see `codes`
    last_characters = fields.CharField(max_length=8, default="")  # of the code
    expires_at = fields.DatetimeField(null=True)  # null: it does not expire
    disabled_at = fields.DatetimeField(null=True)
    # since when a gift card cannot be spent because the money that paid for it is disputed or gone
    blocked_at = fields.DatetimeField(null=True)
    issued_by = fields.CharField(max_length=200)
    reason = fields.CharField(max_length=500, default="")  # for staff
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "stored_value"
        indexes = (
            ("created_at", "id"),
            ("channel_id", "created_at", "id"),
            ("customer_id", "created_at", "id"),
            ("last_characters", "id"),
            ("expires_at", "id"),
        )
        constraints = (
            CheckConstraint("balance_minor >= 0", "stored_value_not_negative"),
            CheckConstraint(
                "(kind = 'gift_card' AND code_hash IS NOT NULL AND customer_id IS NULL) OR "
                "(kind = 'store_credit' AND code_hash IS NULL AND customer_id IS NOT NULL)",
                "stored_value_of_its_kind",
            ),
        )


class StoredValueEntry(Row):
    """A change of a balance. Entries are never changed or deleted."""

    id = fields.UUIDField(primary_key=True)
    account: Any = fields.ForeignKeyField("app.StoredValue", related_name=False, on_delete=fields.RESTRICT)
    account_id: Any
    kind = fields.CharEnumField(StoredValueEntryKind, max_length=20)
    amount_minor = fields.BigIntField()  # added to the balance; negative if it was taken off
    balance_minor = fields.BigIntField()  # afterwards
    currency = fields.CharField(max_length=3)
    order_id = fields.UUIDField(null=True)  # of a payment, a refund, or the purchase of a gift card
    transaction_id = fields.UUIDField(null=True, unique=True)  # of the payment of the order
    recorded_by = fields.CharField(max_length=200)
    note = fields.CharField(max_length=500, default="")
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "stored_value_entry"
        indexes = (("account_id", "created_at", "id"), ("order_id", "id"))
        constraints = (
            CheckConstraint(
                "amount_minor <> 0 AND (amount_minor > 0) = (kind IN ('issue', 'return', 'restore'))",
                "stored_value_entry_sign",
            ),
            CheckConstraint("balance_minor >= 0", "stored_value_entry_balance"),
        )

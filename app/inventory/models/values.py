"""What stock is worth."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.core.database.rows import Row
from app.inventory.lifecycle import StockReason, ValueAccount


class CostLayer(Row):
    """What a receipt, or the average of many, is worth: so many units for so much, and what is left of it.

    Amounts are whole minor units of the deployment's currency, for all the units together: what leaves
    takes its share, and the last unit takes what remains, so no cent is lost.
    """

    id = fields.UUIDField(primary_key=True)
    level: Any = fields.ForeignKeyField("app.StockLevel", related_name=False, on_delete=fields.RESTRICT)
    level_id: Any
    received_at = fields.DatetimeField()
    quantity = fields.IntField()
    value_minor = fields.BigIntField()
    remaining = fields.IntField()
    remaining_minor = fields.BigIntField()
    is_open = fields.BooleanField(default=True)  # whether anything remains
    is_estimated = fields.BooleanField(default=False)  # nobody said what it cost
    in_transit = fields.BooleanField(default=False)  # on its way to the level, not on hand yet
    origin_id = fields.UUIDField(db_index=True)  # the layer of the receipt that it came from by transfers
    reference_kind = fields.CharField(max_length=40, default="")
    reference_id = fields.UUIDField(null=True, db_index=True)

    class Meta:
        app = "app"
        table = "cost_layer"
        indexes = (("level_id", "is_open", "received_at", "id"),)
        constraints = (
            CheckConstraint("remaining >= 0 AND remaining <= quantity", "layer_within"),
            CheckConstraint("remaining_minor >= 0 AND value_minor >= 0", "layer_not_negative"),
            CheckConstraint("remaining > 0 OR remaining_minor = 0", "layer_ends_even"),
        )


class ValueEntry(Row):
    """An amount that went from one account to another. Rows are added, never changed.

    `balance_*` is what the level holds after it: its value at any moment is one look.
    """

    id = fields.UUIDField(primary_key=True)
    level: Any = fields.ForeignKeyField("app.StockLevel", related_name=False, on_delete=fields.RESTRICT)
    level_id: Any
    movement_id = fields.UUIDField(null=True)
    from_account = fields.CharEnumField(ValueAccount, max_length=20)
    to_account = fields.CharEnumField(ValueAccount, max_length=20)
    quantity = fields.IntField()
    amount_minor = fields.BigIntField()
    balance_quantity = fields.IntField()
    balance_minor = fields.BigIntField()
    reason = fields.CharEnumField(StockReason, max_length=20)
    reference_kind = fields.CharField(max_length=40, default="")
    reference_id = fields.UUIDField(null=True, db_index=True)
    note = fields.CharField(max_length=500, default="")
    at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "value_entry"
        indexes = (("level_id", "at", "id"), ("at", "id"))
        constraints = (CheckConstraint("amount_minor >= 0", "entry_not_negative"),)


class CommitmentMove(Row):
    """Committed value that moved to another day, because what it waits for comes on another."""

    id = fields.UUIDField(primary_key=True)
    level: Any = fields.ForeignKeyField(
        "app.StockLevel", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    level_id: Any
    claimant_kind = fields.CharField(max_length=20)
    claimant_id = fields.UUIDField(db_index=True)
    quantity = fields.IntField()
    amount_minor = fields.BigIntField()
    from_on = fields.DateField(null=True)
    to_on = fields.DateField(null=True)
    at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "commitment_move"
        indexes = (("at", "id"),)

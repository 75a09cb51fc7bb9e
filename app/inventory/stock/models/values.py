"""What stock is worth."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.engine.database.rows import Row
from app.inventory.stock.lifecycle import StockReason, ValueAccount


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


class CostFlow(Row):
    """Units that entered a cost layer, or left it (`quantity` below zero), and what they are worth.

    The value is what it is known to be by now: a cost that becomes known later is followed from flow to flow,
    and changes it. Units that leave do so in a batch; units that come back, arrive, or are made of them are a
    part of that batch, and worth that part of it. Of a receipt the batch is its line.
    """

    id = fields.UUIDField(primary_key=True)
    layer_id = fields.UUIDField()
    level_id = fields.UUIDField()
    version = (
        fields.IntField()
    )  # of the level, just after it: with `at` and `id` the order of a level's flows
    at = fields.DatetimeField()
    quantity = fields.IntField()
    value_minor = fields.BigIntField()  # of all the units; never below zero
    account = fields.CharEnumField(ValueAccount, max_length=20)  # where the value comes from, or goes to
    batch_id = fields.UUIDField(null=True, db_index=True)
    # Which part of its batch came in: so many shares after so many others, of all of them.
    part_start = fields.BigIntField(default=0)
    part_size = fields.BigIntField(default=1)
    part_whole = fields.BigIntField(default=1)
    reason = fields.CharEnumField(StockReason, max_length=20)
    movement_id = fields.UUIDField(null=True, db_index=True)
    reference_id = fields.UUIDField(null=True, db_index=True)
    leaves_with = fields.UUIDField(null=True)  # which part of what the reference names, such as a shipment

    class Meta:
        app = "app"
        table = "cost_flow"
        indexes = (("layer_id", "version"), ("level_id", "at"))
        constraints = (CheckConstraint("value_minor >= 0", "flow_not_negative"),)

    @property
    def order(self) -> tuple[int, datetime, UUID]:
        """Its place among the flows of its level."""
        return self.version, self.at, self.id


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

"""The value of stock."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.engine.database.rows import Row
from app.inventory.stock.lifecycle import StockReason, ValueAccount


class CostLayer(Row):
    """The remaining units and value of a receipt, or of the average of many.

    Amounts are minor units of the deployment's currency, for all units together: units that leave take their
    share, and the last unit takes the rest, so sums are exact.
    """

    id = fields.UUIDField(primary_key=True)
    level: Any = fields.ForeignKeyField("app.StockLevel", related_name=False, on_delete=fields.RESTRICT)
    level_id: Any
    received_at = fields.DatetimeField()
    quantity = fields.IntField()
    value_minor = fields.BigIntField()
    remaining = fields.IntField()
    remaining_minor = fields.BigIntField()
    is_open = fields.BooleanField(default=True)  # whether units remain
    is_estimated = fields.BooleanField(default=False)  # the cost was not entered
    in_transit = fields.BooleanField(default=False)  # in transit to the level, not on hand yet
    # the layer of the receipt that it came from through transfers
    origin_id = fields.UUIDField(db_index=True)
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
    """Units that entered a cost layer or left it (negative `quantity`), and their value.

    The value is as currently known: a later cost is followed from flow to flow and changes it. Units leave in
    a batch; units that return, arrive, or are assembled from them are a part of that batch, with that part of
    its value. For a receipt the batch is its line.
    """

    id = fields.UUIDField(primary_key=True)
    layer_id = fields.UUIDField()
    level_id = fields.UUIDField()
    version = fields.IntField()  # of the level after it; with `at` and `id` it orders the flows of a level
    at = fields.DatetimeField()
    quantity = fields.IntField()
    value_minor = fields.BigIntField()  # of all units; never negative
    account = fields.CharEnumField(ValueAccount, max_length=20)  # the source or target of the value
    batch_id = fields.UUIDField(null=True, db_index=True)
    # The part of the batch that came in: `size` shares after `start` others, of `whole`.
    part_start = fields.BigIntField(default=0)
    part_size = fields.BigIntField(default=1)
    part_whole = fields.BigIntField(default=1)
    reason = fields.CharEnumField(StockReason, max_length=20)
    movement_id = fields.UUIDField(null=True, db_index=True)
    reference_id = fields.UUIDField(null=True, db_index=True)
    # the part of the reference that the units leave with, such as a shipment
    leaves_with = fields.UUIDField(null=True)

    class Meta:
        app = "app"
        table = "cost_flow"
        indexes = (("layer_id", "version"), ("level_id", "at"))
        constraints = (CheckConstraint("value_minor >= 0", "flow_not_negative"),)

    @property
    def order(self) -> tuple[int, datetime, UUID]:
        """The sort key among the flows of its level."""
        return self.version, self.at, self.id


class ValueEntry(Row):
    """An amount that moved from one account to another. Rows are only inserted.

    `balance_*` is the level's balance after it, so its value at any time is one lookup.
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
    """Committed value that moved to another day, because its stock is expected on another day."""

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

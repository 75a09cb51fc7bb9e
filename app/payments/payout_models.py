"""Payouts of payment gateways, and their lines."""

from typing import Any

from tortoise import fields

from app.engine.database.rows import Row
from app.payments.lifecycle import PayoutLineKind, PayoutLineProblem, PayoutStatus


class Payout(Row):
    """Money that a gateway sends to the bank account of the company, or takes from it. See `payouts`."""

    id = fields.UUIDField(primary_key=True)
    account: Any = fields.ForeignKeyField(
        "app.PaymentGateway", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=True
    )
    account_id: Any  # the gateway that reports it; None: staff imported it
    gateway = fields.CharField(max_length=40)
    reference = fields.CharField(max_length=120)
    status = fields.CharEnumField(PayoutStatus, max_length=10)
    currency = fields.CharField(max_length=3)
    arrival_on = fields.DateField()
    total_minor = fields.BigIntField()  # negative if the gateway takes money from the account
    fee_minor = fields.BigIntField(default=0)  # the sum of its lines
    failed_at = fields.DatetimeField(null=True)  # when the bank had returned it, as the gateway reports
    closed_at = fields.DatetimeField(null=True)
    closed_by = fields.CharField(max_length=200, null=True)  # None: nothing of it needed a look
    note = fields.CharField(max_length=500, default="")  # of the staff member who closed it
    recorded_by = fields.CharField(max_length=200)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "payout"
        unique_together = (("gateway", "reference"),)
        indexes = (("status", "arrival_on", "id"), ("arrival_on", "id"))


class PayoutLine(Row):
    """What one payment, refund, dispute or fee adds to a payout or takes from it."""

    id = fields.UUIDField(primary_key=True)
    payout: Any = fields.ForeignKeyField("app.Payout", related_name=False, on_delete=fields.CASCADE)
    payout_id: Any
    position = fields.IntField()  # from 1
    kind = fields.CharEnumField(PayoutLineKind, max_length=20)
    reference = fields.CharField(max_length=120, default="")
    amount_minor = fields.BigIntField()  # signed, before the fee
    fee_minor = fields.BigIntField(default=0)
    currency = fields.CharField(max_length=3)  # of the payout
    # The amount in the currency of the transaction or dispute; None if that is the payout's.
    own_minor = fields.BigIntField(null=True)
    own_currency = fields.CharField(max_length=3, default="")
    transaction: Any = fields.ForeignKeyField(
        "app.PaymentTransaction", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    transaction_id: Any
    dispute: Any = fields.ForeignKeyField(
        "app.Dispute", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    dispute_id: Any
    problem: Any = fields.CharEnumField(PayoutLineProblem, max_length=20, null=True)

    class Meta:
        app = "app"
        table = "payout_line"
        unique_together = (("payout", "position"), ("transaction", "kind"), ("dispute", "kind"))

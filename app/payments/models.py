"""Payments of orders, and their transactions."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.engine.database.rows import Row
from app.payments.gateways.kinds import GatewayKind
from app.payments.lifecycle import (
    DisputeStatus,
    MessageOutcome,
    PaymentKind,
    TenderStatus,
    TransactionStatus,
)


class PaymentGateway(Row):
    """An account with a payment gateway. Payments refer to it, and have its code."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=40, unique=True)
    name = fields.CharField(max_length=120)
    kind = fields.CharEnumField(GatewayKind, max_length=20)
    api_url = fields.CharField(max_length=400, default="")  # "" for the gateway's default
    secrets = fields.TextField(default="")  # encrypted: see access.sealing
    earlier_secrets = fields.TextField(default="")  # those before the last change, likewise
    secrets_changed_at = fields.DatetimeField(null=True)
    is_active = fields.BooleanField(default=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "payment_gateway"


class GatewayChannel(Row):
    """A channel in which a gateway takes new payments. A gateway without any takes them in all channels."""

    id = fields.UUIDField(primary_key=True)
    gateway: Any = fields.ForeignKeyField("app.PaymentGateway", related_name=False, on_delete=fields.CASCADE)
    gateway_id: Any
    channel: Any = fields.ForeignKeyField(
        "app.Channel", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    channel_id: Any

    class Meta:
        app = "app"
        table = "payment_gateway_channel"
        unique_together = (("gateway", "channel"),)


class Payment(Row):
    """One tender of an order: the money that one gateway authorized, captured and refunded. See `rules`."""

    id = fields.UUIDField(primary_key=True)
    order: Any = fields.ForeignKeyField("app.Order", related_name=False, on_delete=fields.RESTRICT)
    order_id: Any
    position = fields.IntField()  # among the payments of the order, from 1
    gateway = fields.CharField(max_length=40)
    account: Any = fields.ForeignKeyField(
        "app.PaymentGateway", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    account_id: Any  # None: its transactions happen outside of the system, and are recorded at once
    reference = fields.CharField(max_length=120, null=True)  # the gateway's reference of the authorization
    stored_value: Any = fields.ForeignKeyField(
        "app.StoredValue", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=True
    )
    stored_value_id: Any  # the gift card or store credit that was spent; None for other payments
    currency = fields.CharField(max_length=3)
    status = fields.CharEnumField(TenderStatus, max_length=10)
    authorized_minor = fields.BigIntField(default=0)
    authorized_pending_minor = fields.BigIntField(default=0)
    captured_minor = fields.BigIntField(default=0)
    captured_pending_minor = fields.BigIntField(default=0)
    refunded_minor = fields.BigIntField(default=0)
    refunded_pending_minor = fields.BigIntField(default=0)
    charged_back_minor = fields.BigIntField(default=0, db_default=0)  # after disputes that were lost
    disputed_minor = fields.BigIntField(default=0, db_default=0)  # of open disputes, without inquiries
    captures = fields.IntField(default=0)  # number of successful captures
    # Facts of the authorization, as the gateway states them.
    overcapture_minor = fields.BigIntField(default=0)  # what can be captured beyond the authorized amount
    max_captures = fields.IntField(null=True)  # None: any number
    capture_before = fields.DatetimeField(null=True)  # None: the authorization does not expire
    warned_at = fields.DatetimeField(null=True)  # when the order was held because it expires soon
    client_action: Any = fields.JSONField(null=True)  # see gateways.protocol.ClientAction
    is_unwanted = fields.BooleanField(default=False, db_default=False)  # it is being voided
    is_closed = fields.BooleanField(default=False, db_default=False)  # the gateway permits no more attempts
    can_increase = fields.BooleanField(default=False, db_default=False)  # a fact, as the gateway states it
    can_renew = fields.BooleanField(default=False, db_default=False)  # likewise
    renews: Any = fields.ForeignKeyField(
        "app.Payment", related_name=False, on_delete=fields.SET_NULL, null=True, db_index=True
    )
    renews_id: Any  # the payment with whose means of payment it was authorized, without the buyer
    version = fields.IntField(default=1, db_default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "payment"
        unique_together = (("order", "position"), ("order", "gateway", "reference"))
        indexes = (("status", "capture_before"), ("account_id", "reference"), ("reference",))
        constraints = (
            CheckConstraint(
                "authorized_minor >= 0 AND authorized_pending_minor >= 0 AND captured_minor >= 0 AND "
                "captured_pending_minor >= 0 AND refunded_minor >= 0 AND refunded_pending_minor >= 0 AND "
                "overcapture_minor >= 0 AND captures >= 0",
                "payment_not_negative",
            ),
            CheckConstraint(
                "captured_minor + captured_pending_minor <= authorized_minor + overcapture_minor",
                "payment_captured_within_authorized",
            ),
            CheckConstraint(
                "refunded_minor + refunded_pending_minor <= captured_minor",
                "payment_refunded_within_captured",
            ),
            CheckConstraint(
                "charged_back_minor >= 0 AND "
                "refunded_minor + refunded_pending_minor + charged_back_minor <= captured_minor",
                "payment_returned_within_captured",
            ),
            CheckConstraint("disputed_minor >= 0", "payment_disputed_not_negative"),
        )


class PaymentTransaction(Row):
    """A step of a payment: an authorization, a capture, a refund, a void or a chargeback."""

    id = fields.UUIDField(primary_key=True)
    order: Any = fields.ForeignKeyField("app.Order", related_name=False, on_delete=fields.RESTRICT)
    order_id: Any
    payment: Any = fields.ForeignKeyField("app.Payment", related_name=False, on_delete=fields.RESTRICT)
    payment_id: Any
    kind = fields.CharEnumField(PaymentKind, max_length=20)
    status = fields.CharEnumField(
        TransactionStatus,
        max_length=10,
        default=TransactionStatus.SUCCEEDED,
        db_default=TransactionStatus.SUCCEEDED.value,
    )
    gateway = fields.CharField(max_length=40)
    amount_minor = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    reference = fields.CharField(max_length=120, null=True)  # the reference of the bank or gateway
    note = fields.CharField(max_length=500, default="")
    # The transactions of one refund that was split over payments share it; null for others.
    refund_id = fields.UUIDField(null=True)
    # Whether a refund lowers what the buyer must pay, also if the order is not fully paid.
    is_credit = fields.BooleanField(default=False, db_default=False)
    recorded_by = fields.CharField(max_length=200)
    # The staff member whose refund limits count a refund: see access.refund_limits. Null: none, or no refund.
    refunded_by: Any = fields.ForeignKeyField(
        "app.Staff", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=True
    )
    refunded_by_id: Any
    at = fields.DatetimeField()  # when the money moved
    created_at = fields.DatetimeField()
    # Of a transaction of a gateway: see service.calling.
    token = fields.CharField(max_length=500, default="", db_default="")  # the buyer's means of payment
    return_url = fields.CharField(max_length=2000, default="", db_default="")
    attempts = fields.IntField(default=0, db_default=0)  # number of calls
    next_at = fields.DatetimeField(null=True)  # when the gateway is called next; None: not any more
    asked_at = fields.DatetimeField(null=True)  # when an authorization was sent
    failure_code = fields.CharField(max_length=60, default="", db_default="")
    failure = fields.CharField(max_length=500, default="", db_default="")  # the gateway's message
    can_retry = fields.BooleanField(default=False, db_default=False)
    known_parts: Any = None  # the transactions of the refund, of a row that was just made
    known_cards: Any = None  # the gift cards whose purchase it refunds, likewise

    class Meta:
        app = "app"
        table = "payment_transaction"
        unique_together = (("payment", "kind", "reference"),)
        indexes = (
            ("order_id", "created_at", "id"),
            ("refund_id", "id"),
            ("status", "next_at", "id"),
            ("reference", "kind"),
        )
        constraints = (CheckConstraint("amount_minor > 0", "payment_of_something"),)


class Dispute(Row):
    """A dispute: the buyer's bank asks for money back, and the company can answer.

    The payment is None for a dispute of a gateway whose payment is not known.
    """

    id = fields.UUIDField(primary_key=True)
    payment: Any = fields.ForeignKeyField(
        "app.Payment", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=True
    )
    payment_id: Any
    order: Any = fields.ForeignKeyField(
        "app.Order", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=True
    )
    order_id: Any  # the order of the payment
    account: Any = fields.ForeignKeyField(
        "app.PaymentGateway", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    account_id: Any  # the gateway that reports it; None: staff record it
    gateway = fields.CharField(max_length=40)
    reference = fields.CharField(max_length=120)  # the gateway's or bank's reference of the dispute
    payment_reference = fields.CharField(max_length=120, default="")  # as the gateway reports it
    status = fields.CharEnumField(DisputeStatus, max_length=20)
    is_inquiry = fields.BooleanField(default=False)  # a question that has moved no money
    reason = fields.CharField(max_length=120, default="")  # as the gateway names it
    amount_minor = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    # What the gateway charges for it; None: not known.
    fee_minor = fields.BigIntField(null=True)
    fee_currency = fields.CharField(max_length=3, default="")
    evidence_due_at = fields.DatetimeField(null=True)
    opened_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)
    blocked_minor = fields.BigIntField(default=0)  # its part of the payment's disputed amount
    chargeback: Any = fields.ForeignKeyField(
        "app.PaymentTransaction", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    chargeback_id: Any  # the transaction of a dispute that is lost; None if nothing was left to charge back
    # the part of a lost dispute that the payment did not have any more, so that it is not charged back
    excess_minor = fields.BigIntField(default=0, db_default=0)
    note = fields.CharField(max_length=500, default="")
    recorded_by = fields.CharField(max_length=200)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "dispute"
        unique_together = (("gateway", "reference"),)
        indexes = (
            ("status", "evidence_due_at", "id"),
            ("status", "opened_at", "id"),
            ("opened_at", "id"),
            ("evidence_due_at", "id"),
            ("account_id", "payment_reference"),
        )
        constraints = (
            CheckConstraint("amount_minor > 0", "dispute_of_something"),
            CheckConstraint("blocked_minor >= 0 AND blocked_minor <= amount_minor", "dispute_blocked_within"),
            CheckConstraint("excess_minor >= 0 AND excess_minor <= amount_minor", "dispute_excess_within"),
        )


class PurchasedGiftCard(Row):
    """A gift card that was issued for a unit of an order line when the order was paid."""

    id = fields.UUIDField(primary_key=True)
    order_line: Any = fields.ForeignKeyField(
        "app.OrderLine", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    order_line_id: Any
    order_id = fields.UUIDField(db_index=True)
    unit = fields.IntField()  # of the line, from 1
    card: Any = fields.ForeignKeyField("app.StoredValue", related_name=False, on_delete=fields.RESTRICT)
    card_id: Any
    price_minor = fields.BigIntField()  # what the buyer pays for it, after discounts
    taken_back_minor = fields.BigIntField(null=True)  # what was unspent when it was refunded; null before
    refunded_minor = fields.BigIntField(default=0)  # at most what was unspent, and at most its price
    refund_transaction: Any = fields.ForeignKeyField(
        "app.PaymentTransaction", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=True
    )
    refund_transaction_id: Any  # the first transaction of its latest refund
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "purchased_gift_card"
        unique_together = (("order_line", "unit"), ("card",))
        constraints = (
            CheckConstraint(
                "price_minor >= 0 AND refunded_minor >= 0 AND refunded_minor <= price_minor AND "
                "refunded_minor <= COALESCE(taken_back_minor, 0)",
                "purchased_gift_card_refunded_within",
            ),
        )


class GatewayMessage(Row):
    """A message of a payment gateway, stored as received before it is processed."""

    id = fields.UUIDField(primary_key=True)
    account: Any = fields.ForeignKeyField("app.PaymentGateway", related_name=False, on_delete=fields.RESTRICT)
    account_id: Any
    external_id = fields.CharField(max_length=120)
    reference = fields.CharField(max_length=120, default="")  # of the payment
    transaction_id = fields.UUIDField(null=True)  # not a foreign key: as the gateway returns it
    dispute_reference = fields.CharField(max_length=120, default="", db_default="")  # "": about no dispute
    payout_reference = fields.CharField(max_length=120, default="", db_default="")  # "": about no payout
    kind = fields.CharField(max_length=80, default="")  # as the gateway names it
    amount_minor = fields.BigIntField(null=True)  # that the payment is for, if the message states it
    currency = fields.CharField(max_length=3, default="")
    body = fields.TextField(default="")  # "" if it contained a card number
    received_at = fields.DatetimeField()
    attempts = fields.IntField(default=0)
    next_at = fields.DatetimeField(null=True)  # when it is processed next; None: not any more
    done_at = fields.DatetimeField(null=True)
    outcome = fields.CharEnumField(MessageOutcome, max_length=10, default=MessageOutcome.WAITING)
    note = fields.CharField(max_length=500, default="")

    class Meta:
        app = "app"
        table = "gateway_message"
        unique_together = (("account", "external_id"),)
        indexes = (
            ("account_id", "reference"),
            ("next_at", "id"),
            ("outcome", "received_at", "id"),
            ("received_at", "id"),
        )

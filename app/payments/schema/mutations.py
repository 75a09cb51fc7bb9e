"""Mutations of payments."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.channels.lifecycle import RefundOrder
from app.core import refusals
from app.core.graphql.errors import UserError, mutation
from app.core.graphql.once import Effect, Idempotent
from app.core.graphql.policy import needs
from app.core.graphql.scalars import ExpectedVersion, MoneyInput, Text, arg, doc
from app.core.ids import row_id
from app.core.money import Money as MoneyValue
from app.core.problems import ProblemCode
from app.payments import models
from app.payments.refusals import AmountTooLarge as TooMuchRefusal
from app.payments.schema.types import PaymentTransaction, return_address
from app.payments.service import authorizing, recording, refunding, reversing
from app.payments.service.calling import carry_out
from app.payments.service.moving import MANUAL

MANAGE = needs(Permission.PAYMENTS_MANAGE)
REFUND = needs(Permission.PAYMENTS_REFUND)
_NOTE = "Internal staff note, up to 500 characters."
_REFERENCE = "Reference of the bank or gateway, up to 120 characters."


@strawberry.type(description="The amount exceeds the amount due, authorized or received.")
class AmountTooLarge(UserError):
    pass


REFUSES = (
    refusals.AlreadyExists,
    TooMuchRefusal,
)


@strawberry.input(
    description="Input for recording a payment received outside the system: by bank transfer, in cash "
    "or by check."
)
class PaymentRecordInput:
    order_id: strawberry.ID = doc("The order.")
    amount: MoneyInput = doc("Amount in the order's currency.")
    reference: str | None = doc(
        "Bank reference. A payment or refund with the same reference cannot be recorded twice for an order.",
        default=None,
    )
    note: Text = doc("Internal staff note, up to 500 characters.", default="")
    received_at: datetime | None = doc("Time of receipt; defaults to now.", default=None)
    accept_overpayment: bool = doc("Whether to accept more than the amount due.", default=False)


@strawberry.input(
    description="Input for an authorization: one made outside the system, such as at a card terminal, which "
    "is recorded, or one by a payment gateway."
)
class PaymentAuthorizeInput:
    order_id: strawberry.ID = doc("The order.")
    amount: MoneyInput = doc(
        "Amount in the order's currency, up to the amount that is due and not authorized yet."
    )
    reference: str | None = doc(
        "Reference of an authorization made outside the system, up to 120 characters. It cannot be recorded "
        "twice for an order. Omit it for a payment gateway.",
        default=None,
    )
    gateway: str | None = doc(
        "Code of the payment gateway that authorizes the amount; omit it for an authorization made outside "
        "the system.",
        default=None,
    )
    token: str | None = doc(
        "Token that the gateway issued for the means of payment; without it the buyer enters it at the "
        "gateway.",
        default=None,
    )
    return_url: str | None = doc(
        "Where the gateway sends the buyer back to. Without a token, the buyer pays on a page of the gateway "
        "if it is given, and otherwise with the gateway's library.",
        default=None,
    )
    note: Text = doc(_NOTE, default="")
    capture_before: datetime | None = doc(
        "Date and time at which the authorization expires; omit it if it does not expire.", default=None
    )


@strawberry.input(description="Input for capturing an authorized amount.")
class PaymentCaptureInput:
    payment_id: strawberry.ID = doc("The payment.")
    amount: MoneyInput | None = doc(
        "Amount in the order's currency; defaults to what is due and can be captured.", default=None
    )
    reference: str | None = doc(
        f"{_REFERENCE} A payment or capture with the same reference cannot be recorded twice for an order.",
        default=None,
    )
    note: Text = doc(_NOTE, default="")


@strawberry.input(description="Input for recording that a bank took a payment back.")
class PaymentReverseInput:
    transaction_id: strawberry.ID = doc("The payment received: a transaction of the kind CAPTURE.")
    reason: str = doc("Why the bank took it back, up to 500 characters; shown as its `problem`.")


@strawberry.input(description="Input for ending an authorization.")
class PaymentVoidInput:
    payment_id: strawberry.ID = doc("The payment.")
    note: Text = doc(_NOTE, default="")


@strawberry.input(
    description="Input for a refund, made by the gateway of a payment, or recorded as made outside the "
    "system."
)
class PaymentRefundInput:
    order_id: strawberry.ID = doc("The order.")
    amount: MoneyInput = doc("Amount in the order's currency, up to the amount paid.")
    payment_id: strawberry.ID | None = doc(
        "The payment to refund; if omitted, the refund is distributed over the payments of the order.",
        default=None,
    )
    refund_order: RefundOrder | None = doc(
        "Which payments the refund is taken from, if `paymentId` is omitted; defaults to the `refundOrder` "
        "of the channel.",
        default=None,
    )
    reference: str | None = doc(
        "Bank reference. A payment or refund with the same reference cannot be recorded twice for an order.",
        default=None,
    )
    note: Text = doc("Internal staff note, up to 500 characters.", default="")
    preview: bool = doc("Whether to return the refund and its `parts` without saving them.", default=False)


def _refuse_other_fields(given: PaymentAuthorizeInput, gateway: str | None) -> None:
    """Raise ValidationFailed for fields that do not fit to each other."""
    if gateway is None:
        others, reason = ("token", "return_url"), "Name the gateway too."
    else:
        others, reason = ("reference", "capture_before"), "The gateway sets it. Omit it."
    problems = refusals.Problems()
    for name in others:
        if getattr(given, name) is not None:
            problems.add(reason, name, code=ProblemCode.CONTRADICTION, field="gateway")
    problems.refuse()


def _amount(given: MoneyInput) -> MoneyValue:
    return MoneyValue.of(given.amount, given.currency.upper(), "amount", "amount")


@strawberry.type
class PaymentMutation:
    @mutation("PaymentReverseResult", PaymentTransaction, policy=MANAGE)
    async def payment_reverse(
        self, info: strawberry.Info, input: Annotated[PaymentReverseInput, arg("The payment received.")]
    ) -> models.PaymentTransaction:
        """Record that the bank took a payment received outside of the system back, such as a returned direct
        debit. The transaction is REVERSED and the amount is due again; an order with something left to ship
        is put on hold until it is paid. Gateways report it themselves."""
        id = row_id(input.transaction_id, "PaymentTransaction", "transaction_id")
        return await reversing.reverse(info.context.actor, id, input.reason)

    @mutation(
        "PaymentRecordResult",
        PaymentTransaction,
        policy=MANAGE,
        refuses=REFUSES,
        once=models.PaymentTransaction,
    )
    async def payment_record(
        self,
        info: strawberry.Info,
        input: Annotated[PaymentRecordInput, arg("The payment.")],
        expected_version: ExpectedVersion = None,
    ) -> Effect:
        """Record a received payment. Once the order is fully paid, work that waited for the payment
        continues."""
        order_id, amount = row_id(input.order_id, "Order", "order_id"), _amount(input.amount)
        return lambda uow: recording.record(
            uow,
            order_id,
            amount,
            reference=input.reference,
            note=input.note,
            received_at=input.received_at,
            accept_overpayment=input.accept_overpayment,
            expected_version=expected_version,
        )

    @mutation(
        "PaymentAuthorizeResult",
        PaymentTransaction,
        policy=MANAGE,
        refuses=REFUSES,
        once=models.PaymentTransaction,
    )
    async def payment_authorize(
        self,
        info: strawberry.Info,
        input: Annotated[PaymentAuthorizeInput, arg("The authorization.")],
        expected_version: ExpectedVersion = None,
    ) -> Idempotent:
        """Record an authorization as a new payment of the order, or request one from a payment gateway.
        Once everything due is paid or authorized, work that waited for the payment continues. An
        authorization that expires is ended automatically. A gateway that has not answered leaves the
        transaction PENDING; see `clientAction` of its payment."""
        back_to = return_address(input.return_url)
        order_id, amount = row_id(input.order_id, "Order", "order_id"), _amount(input.amount)
        gateway = input.gateway if input.gateway not in (None, MANUAL) else None
        _refuse_other_fields(input, gateway)
        if gateway is None:
            return Idempotent(
                lambda uow: authorizing.authorize(
                    uow,
                    order_id,
                    amount,
                    reference=input.reference or "",
                    note=input.note,
                    capture_before=input.capture_before,
                    expected_version=expected_version,
                )
            )
        return Idempotent(
            lambda uow: authorizing.authorize_by_gateway(
                uow,
                order_id,
                gateway,
                amount,
                token=(input.token or "").strip(),
                return_url=back_to,
                note=input.note,
                expected_version=expected_version,
            ),
            after=carry_out,
        )

    @mutation(
        "PaymentCaptureResult",
        PaymentTransaction,
        policy=MANAGE,
        refuses=(*REFUSES, refusals.IllegalTransition),
        once=models.PaymentTransaction,
    )
    async def payment_capture(
        self, info: strawberry.Info, input: Annotated[PaymentCaptureInput, arg("The capture.")]
    ) -> Idempotent:
        """Capture an authorized amount, at most what is due. The rest stays authorized, if the gateway
        permits several captures; otherwise it is released."""
        id = row_id(input.payment_id, "Payment", "payment_id")
        amount = _amount(input.amount) if input.amount else None
        return Idempotent(
            lambda uow: authorizing.capture(uow, id, amount, reference=input.reference, note=input.note),
            after=carry_out,
        )

    @mutation(
        "PaymentVoidResult",
        PaymentTransaction,
        policy=MANAGE,
        refuses=(refusals.IllegalTransition,),
        once=models.PaymentTransaction,
    )
    async def payment_void(
        self, info: strawberry.Info, input: Annotated[PaymentVoidInput, arg("The payment.")]
    ) -> Idempotent:
        """End an authorization: what was not captured is released. One that waits for the buyer or the
        gateway is cancelled. Amounts that were captured are returned with `paymentRefund`."""
        id = row_id(input.payment_id, "Payment", "payment_id")
        return Idempotent(lambda uow: authorizing.void(uow, id, note=input.note), after=carry_out)

    @mutation(
        "PaymentRefundResult",
        PaymentTransaction,
        policy=REFUND,
        refuses=(*REFUSES, refusals.IllegalTransition),
        once=models.PaymentTransaction,
    )
    async def payment_refund(
        self,
        info: strawberry.Info,
        input: Annotated[PaymentRefundInput, arg("The refund.")],
        expected_version: ExpectedVersion = None,
    ) -> Idempotent | models.PaymentTransaction:
        """Refund by the gateway of a payment, or record a refund made outside the system; the refunds of a
        payment cannot exceed the amount received. It is taken from one payment, or distributed over those of
        the order, and `parts` lists the transaction of each. For an order that is fully paid, the refund
        counts as a credit, unless the order was overpaid or partially cancelled before; to refund unwanted
        items, cancel them first (`orderCancel`). What was paid with a gift card or store credit is returned
        there. What the caller has refunded of the order cannot exceed the refund limit of their role
        (`refundLimits`). With `preview`, nothing is saved."""
        order_id, amount = row_id(input.order_id, "Order", "order_id"), _amount(input.amount)
        terms: dict[str, Any] = {
            "payment_id": row_id(input.payment_id, "Payment", "payment_id") if input.payment_id else None,
            "refund_order": input.refund_order,
            "reference": input.reference,
            "note": input.note,
            "expected_version": expected_version,
        }
        if input.preview:
            return await refunding.preview_refund(info.context.actor, order_id, amount, **terms)
        return Idempotent(lambda uow: refunding.refund(uow, order_id, amount, **terms), after=carry_out)

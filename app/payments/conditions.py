"""When a payment can be captured, voided and refunded: pure functions.

The mutations and `nextSteps` call these functions.
"""

from collections.abc import Sequence
from datetime import datetime

from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.steps import NextStepReason
from app.orders import derived_statuses
from app.orders.amounts import due
from app.orders.models import Order
from app.payments import lifecycle as life
from app.payments import rules
from app.payments.lifecycle import PaymentKind, TransactionStatus
from app.payments.models import Dispute, Payment, PaymentTransaction
from app.payments.refusals import AmountTooLarge
from app.payments.rules import Tender


def refuse_capture(payment: Payment, order: Order, at: datetime) -> None:
    """Check that something can be captured.

    Raises:
        IllegalTransition: nothing is authorized.
        Invalid: the payment waits for the buyer or its gateway; the authorization has expired or was captured
            as often as it can be, or nothing is due.
    """
    refuse_while_waiting(payment)
    life.tenders.refuse_unless(payment, life.capture, life.capture_part)
    tender = Tender.of(payment)
    if rules.is_expired(tender, at):
        raise _not_now("The authorization has expired. Ask the buyer for another payment.")
    if rules.capturable(tender, at) <= 0:
        raise _not_now(
            "The authorization permits no further capture. Void it (paymentVoid) and ask for another payment."
        )
    if due(order) <= 0:
        raise _not_now("Nothing is due for the order. Void the authorization instead (paymentVoid).")


def capturable_now(payment: Payment, order: Order, at: datetime) -> int:
    """The most that can be captured now: no more than is due for the order."""
    if payment.is_unwanted:
        return 0
    return max(0, min(due(order), rules.capturable(Tender.of(payment), at)))


def is_payment_due(order: Order, payments: Sequence[Payment], at: datetime) -> bool:
    """Whether an open order is neither paid, authorized nor on terms; `payments` are those of the order."""
    expired = sum(rules.expired_minor(Tender.of(each), at) for each in payments)
    return order.status.is_open and not derived_statuses.is_covered(order, without=expired)


def gateway_code_of(order: Order, payments: Sequence[Payment]) -> str:
    """The code of the gateway that a buyer pays at: that of the latest payment by a gateway, else the one
    that was chosen with the order."""
    found = (each.gateway for each in reversed(payments) if each.account_id is not None)
    return next(found, order.payment_gateway or "")


def refuse_while_waiting(payment: Payment) -> None:
    """Raise Invalid, saying what a payment waits for."""
    if payment.is_unwanted:
        raise _not_now("The payment is being voided; its gateway has not answered yet.")
    if payment.authorized_pending_minor:
        if payment.client_action is not None:
            raise _not_now(
                "The payment waits for the buyer, who has to continue it (clientAction). Nothing is "
                "authorized yet."
            )
        raise _not_now("The payment waits for the answer of its gateway. Nothing is authorized yet.")
    if payment.captured_pending_minor:
        raise _not_now("A capture waits for the answer of the gateway.")


def refuse_void(payment: Payment) -> None:
    """Check that something can be voided.

    Raises:
        IllegalTransition: nothing is authorized.
        Invalid: it is being voided, or a capture waits for the gateway.
    """
    life.tenders.refuse_unless(payment, life.void, life.void_rest)
    if payment.is_unwanted or not payment.authorized_pending_minor:
        refuse_while_waiting(payment)


def refuse_refund(payment: Payment, open_disputes: Sequence[Dispute] = ()) -> None:
    """Check that something can be refunded. `open_disputes` are those of the payment.

    Raises:
        IllegalTransition: nothing was received, or everything is refunded or charged back.
        Invalid: nothing was captured yet, or the rest is disputed.
    """
    life.tenders.refuse_unless(payment, life.refund, life.refund_part)
    tender = Tender.of(payment)
    if tender.refundable_minor <= 0 < tender.kept_minor:
        raise _not_now(disputed_until(open_disputes))
    if Tender.of(payment).refundable_minor <= 0:
        raise Invalid(
            "Nothing of this payment is captured. Void its authorization instead (paymentVoid).",
            "payment_id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )


def left_to_refund(limit: int, refunded: int) -> int:
    """What a person may still refund of an order, in minor units: their limit less what they have refunded of
    it."""
    return max(0, limit - refunded)


def refuse_at_limit(payment: Payment, left: int | None, limit: int | None) -> None:
    """Check that the limit of the caller's role permits a refund; `left` of it, None without a limit.

    Raises:
        AmountTooLarge: nothing is left.
    """
    if left is not None and limit is not None and left <= 0:
        most = Money(limit, payment.currency)
        refusal = AmountTooLarge.above_limit(most, Money(0, payment.currency), "amount")
        raise refusal.shown_as(NextStepReason.LIMIT_REACHED)


def refuse_reverse(row: PaymentTransaction, payment: Payment) -> None:
    """Check that a bank can have taken a payment received back.

    Raises:
        Invalid: it is not a payment received outside of the system, was taken back before, or a part of it
        was
            refunded or charged back.
    """
    if row.kind is not PaymentKind.CAPTURE or payment.stored_value_id is not None:
        raise Invalid(
            "Only a payment received by a bank can be taken back.",
            "transaction_id",
            code=ProblemCode.WRONG_KIND,
        )
    if payment.account_id is not None:
        raise Invalid(
            "The gateway reports whether the bank took the payment back. Ask it (paymentSync).",
            "transaction_id",
            code=ProblemCode.WRONG_KIND,
        )
    if row.status is not TransactionStatus.SUCCEEDED:
        raise Invalid(
            f"The transaction is {row.status.value}. Only a payment received can be taken back.",
            "transaction_id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    kept = Tender.of(payment).kept_minor
    if kept < row.amount_minor:
        raise Invalid(
            f"Only {Money(kept, payment.currency)} of the payment is left, the rest is refunded or charged "
            "back. Record what the bank took as a dispute that is lost (disputeRecord, disputeClose).",
            "transaction_id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )


def disputed_until(open_disputes: Sequence[Dispute]) -> str:
    """What is disputed, and until when evidence can be sent."""
    said = []
    for each in open_disputes:
        due_at = each.evidence_due_at
        until = f", evidence due by {due_at:%Y-%m-%d %H:%M} UTC" if due_at else ""
        said.append(f"{Money(each.amount_minor, each.currency)} ({each.reference}{until})")
    return (
        f"Disputed: {', '.join(said)}. It cannot be refunded until the dispute is decided; if it is lost, "
        "the buyer gets the money by the dispute."
    )


def refuse_reported(dispute: Dispute) -> None:
    """Check that staff record a dispute.

    Raises:
        Invalid: its gateway reports it, so its status follows from there.
    """
    if dispute.account_id is not None:
        raise Invalid(
            "The gateway reports this dispute. Answer it there; its status follows.",
            "id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        ).shown_as(NextStepReason.NOT_READY)


def refuse_respond(dispute: Dispute) -> None:
    """Check that the sending of evidence can be recorded.

    Raises:
        IllegalTransition: it was sent, or the dispute is closed.
        Invalid: its gateway reports it.
    """
    life.disputes.refuse_unless(dispute, life.respond)
    refuse_reported(dispute)


def _not_now(message: str) -> Invalid:
    return Invalid(message, "payment_id", code=ProblemCode.NOT_POSSIBLE_NOW).shown_as(
        NextStepReason.NOT_READY
    )

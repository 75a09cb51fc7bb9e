"""The next steps of a payment, and why some are not possible: pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.access.permissions import Permission
from app.core.next_steps import NextStep, Way, next_steps, refuse_without
from app.core.steps import LifecycleStep as Step
from app.orders.models import Order
from app.payments import conditions
from app.payments.models import Dispute, Payment


@dataclass(frozen=True, slots=True)
class Rights:
    """What the caller may do with the payments of an order."""

    manages: bool
    refunds: bool
    limit: int | None = None  # of refunds of the order, in minor units; None: any amount
    left: int | None = None  # what is left of it


def steps_of_payment(
    payment: Payment, order: Order, rights: Rights, at: datetime, open_disputes: Sequence[Dispute] = ()
) -> list[NextStep]:
    """The steps from a payment's status."""

    def may() -> None:
        refuse_without(Permission.PAYMENTS_MANAGE, rights.manages)

    def may_refund() -> None:
        refuse_without(Permission.PAYMENTS_REFUND, rights.refunds)
        conditions.refuse_at_limit(payment, rights.left, rights.limit)

    return next_steps(
        {
            Step.CAPTURE: [Way(may, lambda: conditions.refuse_capture(payment, order, at))],
            Step.VOID: [Way(may, lambda: conditions.refuse_void(payment))],
            Step.REFUND: [Way(may_refund, lambda: conditions.refuse_refund(payment, open_disputes))],
        }
    )


def steps_of_dispute(dispute: Dispute, is_held: bool) -> list[NextStep]:
    """The steps from a dispute's status; `is_held`: the caller may manage disputes of the order."""

    def may() -> None:
        refuse_without(Permission.DISPUTES_MANAGE, is_held)

    return next_steps(
        {
            Step.RESPOND: [Way(may, lambda: conditions.refuse_respond(dispute))],
            Step.CLOSE: [Way(may, lambda: conditions.refuse_reported(dispute))],
        }
    )

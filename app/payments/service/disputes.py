"""Disputes that staff record."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.access.permissions import Permission
from app.core.database import insert, update_each
from app.core.ids import new_id
from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid, NotFound, Problems
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, touch
from app.orders import queries as orders
from app.orders.conditions import Right
from app.orders.models import Order
from app.payments import lifecycle as life
from app.payments import queries
from app.payments.conditions import refuse_reported
from app.payments.lifecycle import DisputeStatus
from app.payments.models import Dispute, Payment
from app.payments.service.checking import refuse_bad_input
from app.payments.service.disputing import WRITTEN, Before, follow

LONGEST_REASON = 120
_AHEAD = timedelta(minutes=5)  # tolerance for clocks that are ahead
_MANAGE = Right(Permission.DISPUTES_MANAGE)


@dataclass(frozen=True, slots=True)
class DisputeData:
    """A dispute as the bank or gateway has reported it to staff."""

    amount: Money
    reference: str
    reason: str = ""
    is_inquiry: bool = False
    opened_at: datetime | None = None
    evidence_due_at: datetime | None = None
    note: str = ""


@command
async def record(uow: UnitOfWork, payment_id: UUID, data: DisputeData) -> Dispute:
    """Record a dispute of a payment that its gateway does not report.

    Raises:
        NotFound.
        Invalid, ValidationFailed: nothing was captured, or a gift card or store credit paid; no amount, more
            than was captured, another currency; no reference, or a text that is too long; opened in the
            future.
        AlreadyExists: the gateway has a dispute with this reference.
    """
    (known,) = await queries.by_id([payment_id])
    if known is None:
        raise NotFound.of("payment", "payment_id")
    order, payment = await _locked(uow, known, "payment_id")
    _check(uow, order, payment, data)
    reference = data.reference.strip()
    if await queries.dispute_of(payment.gateway, reference) is not None:
        raise AlreadyExists("A dispute with this reference is already recorded.", "reference")
    dispute = Dispute(
        id=new_id(),
        payment_id=payment.id,
        order_id=order.id,
        gateway=payment.gateway,
        reference=reference,
        status=DisputeStatus.NEEDS_RESPONSE,
        is_inquiry=data.is_inquiry,
        reason=data.reason.strip(),
        amount_minor=data.amount.minor,
        currency=payment.currency,
        evidence_due_at=data.evidence_due_at,
        opened_at=data.opened_at or uow.at,
        note=data.note,
        recorded_by=uow.actor.name,
        created_at=uow.at,
        updated_at=uow.at,
    )
    await follow(uow, order, payment, dispute, Before())
    await insert([dispute])
    return dispute


@command
async def respond(
    uow: UnitOfWork, dispute_id: UUID, *, note: str | None = None, expected_version: int | None = None
) -> Dispute:
    """Record that evidence was sent for a dispute. Without a note, its note is kept.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
        Invalid: the gateway reports the dispute, or a note that is too long.
    """
    return await _move(uow, dispute_id, DisputeStatus.UNDER_REVIEW, note, expected_version)


@command
async def close(
    uow: UnitOfWork,
    dispute_id: UUID,
    outcome: DisputeStatus,
    *,
    note: str | None = None,
    expected_version: int | None = None,
) -> Dispute:
    """Record that a dispute was won or lost. A result can be recorded again if the bank changes it.

    Raises:
        NotFound, StaleVersion.
        Invalid: the gateway reports the dispute, it has this result, or a note that is too long.
    """
    return await _move(uow, dispute_id, outcome, note, expected_version)


async def _move(
    uow: UnitOfWork, dispute_id: UUID, status: DisputeStatus, note: str | None, expected_version: int | None
) -> Dispute:
    (known,) = await queries.disputes_by_id([dispute_id])
    (of,) = await queries.by_id([known.payment_id]) if known and known.payment_id else (None,)
    if of is None:
        raise NotFound.of("dispute", "id")
    order, payment = await _locked(uow, of, "id")
    dispute = await queries.locked_dispute(dispute_id)
    refuse_stale(dispute, expected_version)
    refuse_reported(dispute)
    if note is not None:
        dispute.note = checked_note(note, "note", longest=LONGEST_REMARK)
    if dispute.status is status and not status.is_open:
        raise Invalid(
            f"The dispute is {status.name} already. Send the other result if the bank has changed it.",
            "outcome",
            code=ProblemCode.NO_CHANGE,
        )
    before = Before.of(dispute)
    steps = {
        DisputeStatus.UNDER_REVIEW: life.respond,
        DisputeStatus.WON: life.win,
        DisputeStatus.LOST: life.lose,
    }
    life.disputes.move(dispute, steps[status])
    dispute.closed_at = None
    await follow(uow, order, payment, dispute, before)
    touch(dispute, uow.at)
    await update_each([dispute], *WRITTEN)
    return dispute


async def _locked(uow: UnitOfWork, known: Payment, *path: str) -> tuple[Order, Payment]:
    """A payment with its order, locked.

    Raises:
        NotFound: the actor may not see it, or not manage its disputes.
    """
    thing = "payment" if path == ("payment_id",) else "dispute"
    try:
        order = await orders.locked(uow.actor, known.order_id, _MANAGE, *path)
    except NotFound as error:
        raise NotFound.of(thing, *path) from error
    return order, next(each for each in await queries.locked_of(order.id) if each.id == known.id)


def _check(uow: UnitOfWork, order: Order, payment: Payment, data: DisputeData) -> None:
    problems = Problems()
    with problems.caught():
        refuse_bad_input(order, data.amount, data.reference, data.note, needs_reference=True)
    if payment.stored_value_id is not None:
        problems.add(
            "A payment with a gift card or store credit cannot be disputed.",
            "payment_id",
            code=ProblemCode.WRONG_KIND,
        )
    elif data.amount.currency == payment.currency and data.amount.minor > payment.captured_minor:
        most = Money(payment.captured_minor, payment.currency)
        problems.add(
            f"{most} of this payment was captured. Enter at most that."
            if most.minor
            else "Nothing of this payment is captured, so nothing can be disputed.",
            "amount",
            "amount",
            code=ProblemCode.TOO_LARGE,
            maximum_amount=most,
        )
    if len(data.reason.strip()) > LONGEST_REASON:
        problems.add(
            f"The reason must have at most {LONGEST_REASON} characters.",
            "reason",
            code=ProblemCode.TOO_LONG,
            maximum=LONGEST_REASON,
        )
    if data.opened_at is not None and data.opened_at > uow.at + _AHEAD:
        problems.add(
            "The time of opening must not be in the future.", "opened_at", code=ProblemCode.IN_THE_FUTURE
        )
    problems.refuse()

"""What follows from a dispute for its payment and its order. All of them are locked by the caller."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.core.database import update_each
from app.core.money import Money
from app.core.uow import UnitOfWork
from app.core.versions import touch
from app.orders import derived_statuses
from app.orders.models import Order
from app.payments import queries, rules
from app.payments.events import DisputeLost, DisputeOpened, DisputeResponded, DisputeWon
from app.payments.lifecycle import DisputeStatus, PaymentKind, TransactionStatus
from app.payments.models import Dispute, Payment, PaymentTransaction
from app.payments.rules import Tender
from app.payments.service import holding
from app.payments.service.moving import change_disputed, new_transaction
from app.payments.service.requesting import ENDED, give_back

WRITTEN = (
    "payment_id", "order_id", "account_id", "payment_reference", "status", "is_inquiry", "reason",
    "amount_minor", "fee_minor", "fee_currency", "evidence_due_at", "closed_at", "blocked_minor",
    "chargeback_id", "excess_minor", "note", "version", "updated_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Before:
    """A dispute as it was before a change. `status` is None if its payment was not known."""

    status: DisputeStatus | None = None
    is_inquiry: bool = False

    @classmethod
    def of(cls, dispute: Dispute) -> "Before":
        """As a dispute is now."""
        return cls(dispute.status if dispute.payment_id else None, dispute.is_inquiry)

    def is_opened_by(self, dispute: Dispute) -> bool:
        """Whether the change has opened the dispute, or turned an inquiry into one."""
        if self.status is None or (self.is_inquiry and not dispute.is_inquiry):
            return True
        return dispute.status.is_open and not self.status.is_open


async def follow(uow: UnitOfWork, order: Order, payment: Payment, dispute: Dispute, before: Before) -> None:
    """Bring a payment and its order in line with a dispute that has changed; the caller stores the dispute.

    While the dispute is open, its amount cannot be refunded, and an order with something left to ship is
    held. When it is lost, what the payment has kept of the amount is charged back, and due again, and the
    rest is its excess; the order is held until it is paid, also if the dispute was not known before, or was
    won. When it is won, also after it was lost, the amount is as before the dispute.
    """
    tender = Tender.of(payment)
    is_blocking = dispute.status.is_open and not dispute.is_inquiry
    blocks = dispute.amount_minor if is_blocking else 0
    tender = replace(tender, disputed_minor=tender.disputed_minor + blocks - dispute.blocked_minor)
    dispute.blocked_minor = blocks
    dispute.closed_at = None if dispute.status.is_open else dispute.closed_at or uow.at
    moved = await _chargeback(uow, payment, dispute, tender)
    if moved is not None:
        sign = -1 if moved.status is TransactionStatus.REVERSED else 1
        tender = rules.charged_back(tender, sign * moved.amount_minor)
        dispute.chargeback_id = None if sign < 0 else moved.id
    dispute.excess_minor = _excess(dispute, moved)
    if tender != Tender.of(payment):
        await change_disputed(uow, order, payment, tender, [] if moved is None else [moved])
        if await queries.has_gift_cards(order.id):
            uow.defer("gift_cards.issue", order.id)  # also for another amount, which has no event
    uow.book([dispute])
    _announce(uow, order, dispute, before, moved)
    await charge_excess(uow, order, payment, besides=dispute.id)
    is_unpaid = dispute.chargeback_id is not None and not derived_statuses.is_covered(order)
    if order.status in ENDED:
        if payment.account_id is not None:
            await give_back(uow, order, payment)
    elif is_unpaid or (is_blocking and before.is_opened_by(dispute)):
        await holding.hold_disputed(uow, order, _reason(dispute))


async def _chargeback(
    uow: UnitOfWork, payment: Payment, dispute: Dispute, tender: Tender
) -> PaymentTransaction | None:
    """The chargeback that is new, or that is reversed; None if there is none."""
    if dispute.status is DisputeStatus.LOST and dispute.chargeback_id is None:
        amount = min(dispute.amount_minor, tender.kept_minor)
        if amount <= 0:
            return None
        return _charged_back(uow, payment, dispute, amount, await queries.locked_transactions(payment.id))
    if dispute.status is not DisputeStatus.LOST and dispute.chargeback_id is not None:
        rows = await queries.locked_transactions(payment.id)
        row = next(each for each in rows if each.id == dispute.chargeback_id)
        row.status = TransactionStatus.REVERSED
        return row
    return None


def _charged_back(
    uow: UnitOfWork, payment: Payment, dispute: Dispute, amount: int, known: Sequence[PaymentTransaction]
) -> PaymentTransaction:
    """A new chargeback. It has the reference of its dispute, unless an earlier one has it."""
    is_taken = any(
        each.kind is PaymentKind.CHARGEBACK and each.reference == dispute.reference for each in known
    )
    reference = None if is_taken else dispute.reference
    row = new_transaction(uow, payment, PaymentKind.CHARGEBACK, amount, reference=reference)
    row.status = TransactionStatus.SUCCEEDED
    return row


def _excess(dispute: Dispute, moved: PaymentTransaction | None) -> int:
    """The part of a lost dispute that is not charged back; `moved` is its chargeback, if it is new."""
    if dispute.status is not DisputeStatus.LOST:
        return 0
    if moved is not None:
        return int(dispute.amount_minor - moved.amount_minor)
    return int(dispute.amount_minor if dispute.chargeback_id is None else dispute.excess_minor)


async def charge_excess(
    uow: UnitOfWork, order: Order, payment: Payment, *, besides: UUID | None = None
) -> None:
    """Charge back the excess of lost disputes of a locked payment, as far as the payment has kept it since: a
    refund failed, or another dispute of the same money was won. A chargeback that is too low is replaced."""
    for dispute in await queries.locked_excess_of(payment.id):
        tender = Tender.of(payment)
        more = min(int(dispute.excess_minor), tender.kept_minor)
        if dispute.id == besides or more <= 0:
            continue
        known = await queries.locked_transactions(payment.id)
        old = [each for each in known if each.id == dispute.chargeback_id]
        for each in old:
            each.status = TransactionStatus.REVERSED
        row = _charged_back(uow, payment, dispute, more + sum(each.amount_minor for each in old), known)
        dispute.chargeback_id, dispute.excess_minor = row.id, dispute.excess_minor - more
        await change_disputed(uow, order, payment, rules.charged_back(tender, more), [*old, row])
        touch(dispute, uow.at)
        await update_each([dispute], "chargeback_id", "excess_minor", "version", "updated_at")
        uow.book([dispute])
        _announce_lost(uow, order, dispute, row)
        if not derived_statuses.is_covered(order):
            await holding.hold_disputed(uow, order, _reason(dispute))


def _reason(dispute: Dispute) -> str:
    amount = Money(dispute.amount_minor, dispute.currency)
    about = f"{dispute.gateway}, {dispute.reference}"
    if not dispute.status.is_open:
        return f"{amount} of the payment was charged back ({about}). Ask for another payment."
    said = f"{amount} of the payment is disputed ({about})."
    if dispute.evidence_due_at is None:
        return said
    return f"{said} Evidence is due by {dispute.evidence_due_at:%Y-%m-%d %H:%M} UTC."


def _announce(
    uow: UnitOfWork, order: Order, dispute: Dispute, before: Before, moved: PaymentTransaction | None
) -> None:
    told = _told(order, dispute)
    was, now = before.status, dispute.status
    if before.is_opened_by(dispute):
        due_at = dispute.evidence_due_at.isoformat() if dispute.evidence_due_at else None
        uow.announce(DisputeOpened(**told, evidence_due_at=due_at))
    if was is now:
        return
    transaction_id = str(moved.id) if moved is not None else None
    amount = moved.amount_minor if moved is not None else 0
    if now is DisputeStatus.UNDER_REVIEW:
        uow.announce(DisputeResponded(**told))
    elif now is DisputeStatus.WON:
        uow.announce(DisputeWon(**told, transaction_id=transaction_id, charged_back_minor=amount))
    elif now is DisputeStatus.LOST:
        _announce_lost(uow, order, dispute, moved)


def _announce_lost(uow: UnitOfWork, order: Order, dispute: Dispute, row: PaymentTransaction | None) -> None:
    uow.announce(
        DisputeLost(
            **_told(order, dispute),
            transaction_id=str(row.id) if row is not None else None,
            charged_back_minor=row.amount_minor if row is not None else 0,
            excess_minor=dispute.excess_minor,
        )
    )


def _told(order: Order, dispute: Dispute) -> dict[str, Any]:
    return {
        "subject_id": order.id,
        "channel_id": order.channel_id,
        "dispute_id": str(dispute.id),
        "payment_id": str(dispute.payment_id),
        "gateway": dispute.gateway,
        "reference": dispute.reference,
        "reason": dispute.reason,
        "is_inquiry": dispute.is_inquiry,
        "amount_minor": dispute.amount_minor,
        "currency": dispute.currency,
        "fee_minor": dispute.fee_minor,
        "fee_currency": dispute.fee_currency or None,
    }

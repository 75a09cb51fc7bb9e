"""What can be done with a payment, and how its amounts change: pure, and the only module that decides it.

A tender is the money of one payment, in minor units of one currency:

- `authorized` is what the buyer has agreed to in all, including what was captured; a void reduces it to
  that.
- `captured` is what was received, `refunded` what was given back, and `charged_back` what the buyer's bank
  took back after a dispute. `disputed` is the amount of open disputes, which cannot be refunded meanwhile.
- Each has a pending twin for what was requested and is not known to have happened. A request adds to the
  pending amount (`requested`), its result takes it off again (`settled`), so that two requests can never
  take the same money.

What a gateway permits are facts of the authorization: until when it can be captured, how often, and how much
more than authorized.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from app.payments.lifecycle import PaymentKind, TenderStatus, TransactionStatus

K, S = PaymentKind, TenderStatus


@dataclass(frozen=True, slots=True)
class Tender:
    """The amounts and the facts of a payment. The names are those of the columns."""

    authorized_minor: int = 0
    authorized_pending_minor: int = 0
    captured_minor: int = 0
    captured_pending_minor: int = 0
    refunded_minor: int = 0
    refunded_pending_minor: int = 0
    charged_back_minor: int = 0
    disputed_minor: int = 0
    captures: int = 0  # number of successful captures
    overcapture_minor: int = 0  # what can be captured beyond the authorized amount
    max_captures: int | None = None  # None: any number
    capture_before: datetime | None = None  # None: the authorization does not expire

    @classmethod
    def of(cls, row: Any) -> "Tender":
        """The tender of a payment's row."""
        return cls(**{each.name: getattr(row, each.name) for each in fields(cls)})

    @property
    def uncaptured_minor(self) -> int:
        """The authorized amount that is neither captured nor being captured."""
        return max(0, self.authorized_minor - self.captured_minor - self.captured_pending_minor)

    @property
    def open_minor(self) -> int:
        """The authorized amount that is not captured; what is being captured is part of it."""
        return max(0, self.authorized_minor - self.captured_minor)

    @property
    def refundable_minor(self) -> int:
        """The most that can be refunded: what is kept, less what is disputed."""
        return max(0, self.kept_minor - self.disputed_minor)

    @property
    def kept_minor(self) -> int:
        """Captured less chargebacks and refunds, pending ones included."""
        returned = self.refunded_minor + self.refunded_pending_minor + self.charged_back_minor
        return self.captured_minor - returned


COLUMNS = tuple(each.name for each in fields(Tender))


def is_sound(tender: Tender) -> bool:
    """Whether the amounts fit together. The table's CHECK constraints say the same."""
    amounts = (
        tender.authorized_minor, tender.authorized_pending_minor, tender.captured_minor,
        tender.captured_pending_minor, tender.refunded_minor, tender.refunded_pending_minor,
        tender.charged_back_minor, tender.disputed_minor, tender.overcapture_minor, tender.captures,
    )  # fmt: skip
    taken = tender.captured_minor + tender.captured_pending_minor
    most = tender.authorized_minor + tender.overcapture_minor
    return min(amounts) >= 0 and taken <= most and tender.kept_minor >= 0


def is_expired(tender: Tender, at: datetime) -> bool:
    """Whether the time to capture has passed."""
    return tender.capture_before is not None and at >= tender.capture_before


def expired_minor(tender: Tender, at: datetime) -> int:
    """The authorized amount that can no longer be captured because it has expired, until its gateway has
    confirmed the end; what is being captured is not part of it."""
    return tender.open_minor - tender.captured_pending_minor if is_expired(tender, at) else 0


def capturable(tender: Tender, at: datetime) -> int:
    """The most that can be captured now: nothing after the expiry or the last capture that is permitted, or
    while a capture is pending."""
    if is_expired(tender, at) or tender.captured_pending_minor or tender.uncaptured_minor <= 0:
        return 0
    if is_used_up(tender):
        return 0
    return tender.uncaptured_minor + tender.overcapture_minor


def is_used_up(tender: Tender) -> bool:
    """Whether the authorization was captured as often as it can be."""
    return tender.max_captures is not None and tender.captures >= tender.max_captures


def is_last_capture(tender: Tender) -> bool:
    """Whether nothing can be captured after the capture that is pending: it takes the rest, or no further
    capture is permitted."""
    if tender.max_captures is not None and tender.captures + 1 >= tender.max_captures:
        return True
    return tender.uncaptured_minor == 0


def is_lost_by(tender: Tender, amount: int, *, can_renew: bool) -> bool:
    """Whether a capture of an amount would end the authorization of the rest, which cannot be authorized anew
    without the buyer."""
    is_last = tender.max_captures is not None and tender.captures + 1 >= tender.max_captures
    return is_last and amount < tender.uncaptured_minor and not can_renew


def voidable(tender: Tender) -> int:
    """The authorized amount that a void would release: nothing while a capture is pending."""
    return 0 if tender.captured_pending_minor else tender.uncaptured_minor


def requested(tender: Tender, kind: PaymentKind, amount: int, at: datetime) -> Tender:
    """The tender after a request; the amount is pending.

    Raises:
        ValueError: the amount is not positive, or more than can be captured, refunded or voided.
    """
    most = {
        K.AUTHORIZE: amount,
        K.CAPTURE: capturable(tender, at),
        K.REFUND: tender.refundable_minor,
        K.VOID: voidable(tender),
    }[kind]
    if not 0 < amount <= most:
        raise ValueError(f"{amount} to {kind}, but at most {most}")
    if kind is K.VOID:
        return tender
    name = _pending(kind)
    return replace(tender, **{name: getattr(tender, name) + amount})


def raised(tender: Tender, amount: int) -> Tender:
    """The tender after a pending capture was raised by an amount.

    Raises:
        ValueError: no capture is pending, or the amount is not positive or more than authorized.
    """
    if not tender.captured_pending_minor or not 0 < amount <= tender.uncaptured_minor:
        raise ValueError(f"{amount} cannot be added to a capture of {tender}")
    return replace(tender, captured_pending_minor=tender.captured_pending_minor + amount)


def settled(tender: Tender, kind: PaymentKind, asked: int, moved: int) -> Tender:
    """The tender after the result of a request of `asked`: `moved` is what happened, 0 if it failed.

    Raises:
        ValueError: the result contradicts the tender.
    """
    if kind is K.VOID:
        after = replace(tender, authorized_minor=tender.authorized_minor - moved)
    else:
        pending, done = _pending(kind), f"{_DONE[kind]}_minor"
        changes = {pending: getattr(tender, pending) - asked, done: getattr(tender, done) + moved}
        if kind is K.CAPTURE and moved:
            changes["captures"] = tender.captures + 1
        after = replace(tender, **changes)
    if moved < 0 or not is_sound(after):
        raise ValueError(f"{moved} of {asked} for {kind} contradicts {tender}")
    return after


def received(tender: Tender, amount: int) -> Tender:
    """The tender after money that arrived without an authorization."""
    return replace(
        tender,
        authorized_minor=tender.authorized_minor + amount,
        captured_minor=tender.captured_minor + amount,
    )


def taken_back(tender: Tender, amount: int) -> Tender:
    """The tender after a payment received that the bank took back. It counts as neither received nor agreed
    to.

    Raises:
        ValueError: less than that is kept.
    """
    after = replace(
        tender,
        authorized_minor=tender.authorized_minor - amount,
        captured_minor=tender.captured_minor - amount,
    )
    if not is_sound(after):
        raise ValueError(f"{amount} taken back contradicts {tender}")
    return after


def charged_back(tender: Tender, amount: int) -> Tender:
    """The tender after a chargeback; a negative amount is one that was reversed.

    Raises:
        ValueError: it is more than is kept, or than was charged back.
    """
    after = replace(tender, charged_back_minor=tender.charged_back_minor + amount)
    if not is_sound(after):
        raise ValueError(f"a chargeback of {amount} contradicts {tender}")
    return after


def followed(
    tender: Tender,
    kind: PaymentKind,
    amount: int,
    before: TransactionStatus | None,
    after: TransactionStatus,
) -> Tender:
    """The tender after a transaction of a gateway has changed its status; `before` is None for a new one.

    What a gateway reports has happened, also if it could not have been requested now, such as a capture after
    the expiry.

    Raises:
        ValueError: it contradicts the tender.
    """
    if before is None and kind is not K.VOID:
        name = _pending(kind)
        tender = replace(tender, **{name: getattr(tender, name) + amount})
    if after is TransactionStatus.PENDING:
        changed = tender
    elif after is TransactionStatus.REVERSED:
        if kind is K.CAPTURE:
            return taken_back(tender, amount)
        changed = replace(tender, refunded_minor=tender.refunded_minor - amount)
    else:
        return settled(tender, kind, amount, amount if after is TransactionStatus.SUCCEEDED else 0)
    if not is_sound(changed):
        raise ValueError(f"{amount} for {kind} contradicts {tender}")
    return changed


def status_of(tender: Tender) -> TenderStatus:
    """The status that follows from the amounts."""
    if tender.uncaptured_minor or tender.captured_pending_minor:
        return S.AUTHORIZED
    if not tender.captured_minor and tender.authorized_pending_minor:
        return S.PENDING
    if not tender.captured_minor:
        return S.VOIDED
    if (
        tender.charged_back_minor
        and tender.refunded_minor + tender.charged_back_minor == tender.captured_minor
    ):
        return S.CHARGED_BACK
    return S.REFUNDED if tender.refunded_minor == tender.captured_minor else S.CAPTURED


_DONE = {K.AUTHORIZE: "authorized", K.CAPTURE: "captured", K.REFUND: "refunded"}


def _pending(kind: PaymentKind) -> str:
    return f"{_DONE[kind]}_pending_minor"

"""What follows for a payment from how it stands at its gateway: pure.

The gateway is right about what has happened. `plan` compares its totals and refunds with the transactions of
the payment; it settles those that wait for an answer, and adds what happened without a request. The order in
which answers and messages arrive does not matter, and the same standing has no further effect.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.payments import rules
from app.payments.gateways.protocol import GatewayState, Refunded, RefundState, Standing
from app.payments.lifecycle import PaymentKind, TransactionStatus
from app.payments.models import PaymentTransaction
from app.payments.rules import Tender

K, S, G = PaymentKind, TransactionStatus, GatewayState
TAKEN_BACK = "taken_back"  # code of a payment that the bank took back
_REFUNDS = {
    RefundState.PENDING: S.PENDING,
    RefundState.SUCCEEDED: S.SUCCEEDED,
    RefundState.FAILED: S.FAILED,
}


class Conflict(Exception):
    """The gateway's statement contradicts what is recorded: staff have to compare both."""


@dataclass(frozen=True, slots=True)
class Change:
    """A transaction that changes its status; without a `row`, a new one."""

    kind: PaymentKind
    amount_minor: int
    status: TransactionStatus
    row: PaymentTransaction | None = None
    reference: str = ""
    code: str = ""
    message: str = ""
    can_retry: bool = False


@dataclass(slots=True)
class _Planning:
    tender: Tender
    changes: list[Change]

    def add(self, change: Change) -> None:
        before = None if change.row is None else change.row.status
        try:
            self.tender = rules.followed(self.tender, change.kind, change.amount_minor, before, change.status)
        except ValueError as error:
            raise Conflict(
                f"The gateway reports {change.kind.value} of {change.amount_minor} (in minor units), which "
                "the recorded amounts do not permit."
            ) from error
        self.changes.append(change)


def plan(
    tender: Tender, rows: Sequence[PaymentTransaction], standing: Standing, currency: str
) -> tuple[Tender, list[Change]]:
    """The tender after the standing, and the transactions that change. `rows` are those of the payment.

    Raises:
        Conflict: nothing can be concluded.
    """
    _refuse_other_amount(rows, standing, currency)
    planning = _Planning(tender, [])
    _authorizations(planning, rows, standing)
    _captures(planning, rows, standing)
    for refund in standing.refunds:
        _refund(planning, rows, refund)
    if standing.state is G.CLOSED:
        _release(planning, rows)
    if standing.authorized_minor:
        planning.tender = replace(
            planning.tender,
            capture_before=standing.capture_before,
            max_captures=standing.max_captures,
            overcapture_minor=max(standing.overcapture_minor, planning.tender.overcapture_minor),
        )
    return planning.tender, planning.changes


def waiting(rows: Sequence[PaymentTransaction], kind: PaymentKind) -> PaymentTransaction | None:
    """The transaction of a kind that waits for an answer; None if none does."""
    return next((row for row in rows if row.kind is kind and row.status is S.PENDING), None)


def _refuse_other_amount(rows: Sequence[PaymentTransaction], standing: Standing, currency: str) -> None:
    if standing.currency != currency:
        raise Conflict(f"The gateway has this payment in {standing.currency}, and it is in {currency}.")
    asked = [row for row in rows if row.kind is K.AUTHORIZE]
    agreed = sum(row.amount_minor for row in asked if row.status is not S.FAILED)
    amounts = {agreed, *(row.amount_minor for row in asked)}
    if standing.amount_minor not in amounts:
        raise Conflict(
            f"The gateway has this payment over {standing.amount_minor} (in minor units), and it is over "
            f"{agreed or max(amounts)}."
        )


def _authorizations(planning: _Planning, rows: Sequence[PaymentTransaction], standing: Standing) -> None:
    asked = waiting(rows, K.AUTHORIZE)
    gained = standing.authorized_minor - planning.tender.authorized_minor
    if gained > 0:
        if asked is not None and gained < asked.amount_minor and standing.state is G.CLOSED:
            gained = asked.amount_minor  # it was authorized, and what is not captured was released since
        if asked is not None and asked.amount_minor != gained:
            raise Conflict(f"The gateway authorized {gained} of {asked.amount_minor} (in minor units).")
        planning.add(Change(K.AUTHORIZE, gained, S.SUCCEEDED, asked, standing.reference))
    elif asked is not None and standing.state in (G.DECLINED, G.CLOSED):
        why = standing.declined
        planning.add(
            Change(
                K.AUTHORIZE,
                asked.amount_minor,
                S.FAILED,
                asked,
                standing.reference,
                why.code if why else "cancelled",
                why.message if why else "The payment was cancelled.",
                why.can_retry if why else True,
            )
        )


def _captures(planning: _Planning, rows: Sequence[PaymentTransaction], standing: Standing) -> None:
    asked = waiting(rows, K.CAPTURE)
    gained = standing.captured_minor - planning.tender.captured_minor
    if gained < 0:
        planning.add(_taken_back(planning, rows, standing))
        return
    if asked is not None and 0 < gained < asked.amount_minor:
        message = f"The gateway captured {gained} of {asked.amount_minor} (in minor units)."
        planning.add(Change(K.CAPTURE, asked.amount_minor, S.FAILED, asked, "", "other_amount", message))
    elif asked is not None and gained:
        planning.add(Change(K.CAPTURE, asked.amount_minor, S.SUCCEEDED, asked, standing.capture_reference))
        gained -= asked.amount_minor
    elif asked is not None and standing.state is G.CLOSED:
        message = "The authorization has ended."
        planning.add(Change(K.CAPTURE, asked.amount_minor, S.FAILED, asked, "", "not_authorized", message))
    if gained:
        planning.add(Change(K.CAPTURE, gained, S.SUCCEEDED, None, standing.capture_reference))


def _taken_back(planning: _Planning, rows: Sequence[PaymentTransaction], standing: Standing) -> Change:
    """The capture that the bank took back: the latest of the amount that the gateway has no more."""
    captured = planning.tender.captured_minor
    gone = captured - standing.captured_minor
    for row in reversed(rows):
        if (row.kind, row.status, row.amount_minor) == (K.CAPTURE, S.SUCCEEDED, gone):
            said = "The gateway does not have this payment any more."
            return Change(K.CAPTURE, gone, S.REVERSED, row, row.reference or "", TAKEN_BACK, said)
    raise Conflict(
        f"The gateway has captured {standing.captured_minor} (in minor units), and {captured} is recorded."
    )


def _refund(planning: _Planning, rows: Sequence[PaymentTransaction], refund: Refunded) -> None:
    row = _known(rows, refund)
    status = _REFUNDS[refund.state]
    if row is None:
        if status is not S.FAILED:  # one that never happened is of no interest
            planning.add(Change(K.REFUND, refund.amount_minor, status, None, refund.reference))
        return
    if row.amount_minor != refund.amount_minor:
        raise Conflict(
            f"The gateway has the refund {refund.reference} over {refund.amount_minor} (in minor units), and "
            f"it is over {row.amount_minor}."
        )
    if row.status is S.SUCCEEDED and status is S.FAILED:
        status = S.REVERSED
    is_news = row.status is not status or row.reference != refund.reference
    if (row.status is S.PENDING or status is S.REVERSED) and is_news:
        code = "refund_failed" if status in (S.FAILED, S.REVERSED) else ""
        planning.add(
            Change(K.REFUND, refund.amount_minor, status, row, refund.reference, code, refund.message)
        )


def _known(rows: Sequence[PaymentTransaction], refund: Refunded) -> PaymentTransaction | None:
    """The transaction of a refund: the one that has its reference, or requested it."""
    own = [row for row in rows if row.kind is K.REFUND]
    found = [row for row in own if row.reference == refund.reference]
    return next(iter(found or [row for row in own if refund.key and str(row.id) == refund.key]), None)


def _release(planning: _Planning, rows: Sequence[PaymentTransaction]) -> None:
    """Nothing more can be captured: the rest of the authorization has ended."""
    asked, rest = waiting(rows, K.VOID), planning.tender.open_minor
    if asked is not None:
        is_all = asked.amount_minor == rest
        message = "" if is_all else "Another amount had ended or was captured already."
        status = S.SUCCEEDED if is_all else S.FAILED
        code = "" if is_all else "other_amount"
        planning.add(Change(K.VOID, asked.amount_minor, status, asked, "", code, message))
        rest = planning.tender.open_minor
    if rest:
        planning.add(Change(K.VOID, rest, S.SUCCEEDED))

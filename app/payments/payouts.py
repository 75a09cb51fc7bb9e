"""How the lines of a payout are compared with what they are about: pure.

A payout is money that a gateway sends to the bank account of the company, or takes from it: payments less
refunds, disputes and fees. Its lines have signed amounts in its currency, as they change the balance at the
gateway; their fees are positive if the gateway keeps them. The lines less their fees add up to the payout.
What they do not explain is a line of its own, so that a payout always adds up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.payments.lifecycle import PaymentKind, PayoutLineKind, PayoutLineProblem

L = PayoutLineKind
# The transactions that lines are about.
TRANSACTIONS = {
    L.PAYMENT: PaymentKind.CAPTURE,
    L.REFUND: PaymentKind.REFUND,
    L.REFUND_REVERSAL: PaymentKind.REFUND,
}
DISPUTES = (L.DISPUTE, L.DISPUTE_REVERSAL)
# Lines with these kinds add to the balance, others of TRANSACTIONS and DISPUTES take from it.
ADDS = (L.PAYMENT, L.REFUND_REVERSAL, L.DISPUTE_REVERSAL)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a payout, in minor units."""

    kind: PayoutLineKind
    reference: str
    amount_minor: int  # signed, before the fee
    fee_minor: int = 0
    # The amount of the transaction itself, positive, if it is in another currency than the payout.
    own_minor: int | None = None
    own_currency: str = ""

    @property
    def net_minor(self) -> int:
        return self.amount_minor - self.fee_minor


@dataclass(frozen=True, slots=True)
class Candidate:
    """A transaction or dispute that a line may be about."""

    amount_minor: int
    currency: str
    is_paid_out: bool  # another line of this kind is about it


def is_wrong_way(line: Line) -> bool:
    """Whether the sign of a line's amount contradicts its kind."""
    if line.kind not in TRANSACTIONS and line.kind not in DISPUTES:
        return False
    return line.amount_minor <= 0 if line.kind in ADDS else line.amount_minor >= 0


def remainder(total_minor: int, lines: Iterable[Line]) -> int:
    """What the lines do not explain of a payout."""
    return total_minor - sum(line.net_minor for line in lines)


def problem_of(line: Line, currency: str, found: Sequence[Candidate]) -> PayoutLineProblem | None:
    """Why a line of a payout in a currency needs a look; None if it is about the one candidate, or needs
    none."""
    P = PayoutLineProblem
    if line.kind is L.UNEXPLAINED:
        return P.UNEXPLAINED
    if line.kind not in TRANSACTIONS and line.kind not in DISPUTES:
        return None
    if not found:
        return P.NOT_FOUND
    if len(found) > 1:
        return P.SEVERAL
    (one,) = found
    if one.is_paid_out:
        return P.PAID_OUT_BEFORE
    if one.currency == currency:
        return None if abs(line.amount_minor) == one.amount_minor else P.OTHER_AMOUNT
    if line.own_minor is None or line.own_currency != one.currency:
        return P.OTHER_CURRENCY
    return None if line.own_minor == one.amount_minor else P.OTHER_AMOUNT

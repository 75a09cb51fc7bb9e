"""Statuses of payments, and kinds and statuses of their transactions."""

from app.core.described import Described
from app.core.lifecycle import Lifecycle, stay, step


class PaymentKind(Described):
    AUTHORIZE = "authorize", "An amount was authorized; it can be captured later."
    CAPTURE = "capture", "A payment received."
    REFUND = "refund", "A refund."
    VOID = "void", "The rest of an authorization was voided, or expired; nothing more can be captured."
    CHARGEBACK = "chargeback", "A dispute was lost: the buyer's bank took the amount back."


class TransactionStatus(Described):
    PENDING = "pending", "Requested; the result is not known yet."
    SUCCEEDED = "succeeded", "Done."
    FAILED = "failed", "Refused, or not possible; no money moved."
    REVERSED = (
        "reversed",
        "Done, and undone afterwards: a refund that the buyer's bank sent back, a payment received that it "
        "took back, or the chargeback of a dispute that was won after all.",
    )


class TenderStatus(Described):
    """Status of a payment. `rules.status_of` derives it from the amounts."""

    PENDING = "pending", "Waits for the buyer or the gateway; nothing is authorized yet."
    AUTHORIZED = "authorized", "An amount is authorized and can be captured; a part may be captured already."
    CAPTURED = "captured", "Money was received, and nothing more can be captured."
    REFUNDED = "refunded", "Everything that was received is refunded."
    CHARGED_BACK = "chargeback", "What was received and not refunded was charged back after a dispute."
    VOIDED = (
        "voided",
        "Nothing is captured: the payment was declined, voided, taken back by the bank, or expired.",
    )


S = TenderStatus
capture = step("capture", {S.AUTHORIZED}, S.CAPTURED)
capture_part = stay("capture", {S.AUTHORIZED})
void = step("void", {S.PENDING, S.AUTHORIZED}, S.VOIDED)
void_rest = step("void", {S.AUTHORIZED}, S.CAPTURED)
refund = step("refund", {S.CAPTURED}, S.REFUNDED)
refund_part = stay("refund", {S.AUTHORIZED, S.CAPTURED})
tenders = Lifecycle(capture, void, void_rest, refund)


class DisputeStatus(Described):
    """Status of a dispute of a payment."""

    NEEDS_RESPONSE = "needs_response", "Open: send evidence, or accept the dispute."
    UNDER_REVIEW = "under_review", "Open: evidence was sent, and the bank has not decided yet."
    WON = "won", "Closed in favor of the company, or withdrawn; the amount can be refunded again."
    LOST = "lost", "Closed in favor of the buyer, or accepted; the amount is charged back."

    @property
    def is_open(self) -> bool:
        """Whether the dispute is not decided yet."""
        return self in (DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW)


D = DisputeStatus
respond = step("respond", {D.NEEDS_RESPONSE}, D.UNDER_REVIEW)
win = step("close", {D.NEEDS_RESPONSE, D.UNDER_REVIEW, D.LOST}, D.WON)
lose = step("close", {D.NEEDS_RESPONSE, D.UNDER_REVIEW, D.WON}, D.LOST)
disputes = Lifecycle(respond, win, lose)


class PayoutStatus(Described):
    """Status of a payout."""

    OPEN = "open", "A line has a problem: what the lines explain, or what they are about, needs a look."
    CLOSED = "closed", "Each line is found and the lines add up, or staff accepted the payout as it is."


class PayoutLineKind(Described):
    """Kind of a line of a payout."""

    PAYMENT = "payment", "A payment received."
    REFUND = "refund", "A refund."
    REFUND_REVERSAL = "refund_reversal", "A refund that came back."
    DISPUTE = "dispute", "The amount of a dispute, which the bank took."
    DISPUTE_REVERSAL = "dispute_reversal", "The amount of a dispute, which came back."
    PAYOUT_REVERSAL = (
        "payout_reversal",
        "An earlier payout that the bank returned: negative in the payout that records the return, positive "
        "in the payout that sends the money again.",
    )
    FEE = "fee", "A fee that belongs to no other line, such as a monthly fee."
    ADJUSTMENT = "adjustment", "Something else that the gateway lists, such as a reserve."
    UNEXPLAINED = "unexplained", "What the other lines do not explain."


class PayoutLineProblem(Described):
    """Why a line of a payout needs a look."""

    NOT_FOUND = "not_found", "Nothing with the reference is recorded for the gateway."
    SEVERAL = "several", "Several transactions or disputes have the reference."
    OTHER_AMOUNT = "other_amount", "The transaction or dispute has another amount."
    OTHER_CURRENCY = (
        "other_currency",
        "The transaction or dispute is in another currency, and the line does not state its amount in it.",
    )
    PAID_OUT_BEFORE = "paid_out_before", "Another line is about the same transaction or dispute."
    UNEXPLAINED = "unexplained", "The other lines do not add up to the payout."


class MessageOutcome(Described):
    """Result of a message of a gateway."""

    WAITING = "waiting", "Not processed yet, or the gateway did not respond; it is tried again."
    DONE = "done", "The payment is recorded as the gateway reports it."
    UNKNOWN = "unknown", "No payment has the reference. It is tried again for 48 hours."
    CONFLICT = "conflict", "It contradicts what is recorded; nothing was changed. Compare both."

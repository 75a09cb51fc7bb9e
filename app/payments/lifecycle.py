"""Kinds and statuses of payment transactions."""

from app.core.described import Described


class PaymentKind(Described):
    CAPTURE = "capture", "A payment received."
    REFUND = "refund", "A refund."

    @property
    def sign(self) -> int:
        """The effect on the paid amount: 1 or -1."""
        return 1 if self is PaymentKind.CAPTURE else -1

"""What a movement of money is, and how it ended."""

from app.core.described import Described


class PaymentKind(Described):
    CAPTURE = "capture", "Money came in."
    REFUND = "refund", "Money was given back."

    @property
    def sign(self) -> int:
        """What it does to the paid amount: 1 or -1."""
        return 1 if self is PaymentKind.CAPTURE else -1

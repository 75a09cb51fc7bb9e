"""What a movement of money is, and how it ended."""

from app.core.described import Described


class PaymentKind(Described):
    CAPTURE = "capture", "A payment received."
    REFUND = "refund", "A refund."

    @property
    def sign(self) -> int:
        """What it does to the paid amount: 1 or -1."""
        return 1 if self is PaymentKind.CAPTURE else -1

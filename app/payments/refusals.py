from app.core.money import Money
from app.core.refusals import ErrorCode, Refusal


class AmountTooLarge(Refusal):
    """The amount exceeds the amount due or the amount received."""

    error_code = ErrorCode.INVALID

    @classmethod
    def above_due(cls, due: Money) -> "AmountTooLarge":
        said = f"{due} is due." if due.minor > 0 else "Nothing is due."
        return cls(f"{said} Set acceptOverpayment if the amount received was really higher.", "amount")

    @classmethod
    def above_paid(cls, paid: Money) -> "AmountTooLarge":
        said = f"At most {paid} can be refunded." if paid.minor > 0 else "No payment has been received."
        return cls(said, "amount")

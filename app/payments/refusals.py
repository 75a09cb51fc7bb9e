from app.core.money import Money
from app.core.refusals import ErrorCode, Refusal


class TooMuch(Refusal):
    """The amount exceeds the amount due or the amount received."""

    error_code = ErrorCode.INVALID

    @classmethod
    def than_due(cls, due: Money) -> "TooMuch":
        said = f"{due} is due." if due.minor > 0 else "Nothing is due."
        return cls(f"{said} Say acceptOverpayment when more has really come in.", "amount")

    @classmethod
    def than_paid(cls, paid: Money) -> "TooMuch":
        said = f"No more than {paid} can be given back." if paid.minor > 0 else "Nothing has come in."
        return cls(said, "amount")

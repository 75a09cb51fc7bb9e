from app.core.money import Money
from app.core.problems import ProblemCode, ProblemValues
from app.core.refusals import ErrorCode, Problem, Refusal


class AmountTooLarge(Refusal):
    """The amount exceeds the amount due, authorized or received."""

    error_code = ErrorCode.INVALID
    values = ProblemValues()

    @property
    def problems(self) -> list[Problem]:
        return [Problem(self.message, self.path, self.problem_code, self.values)]

    @classmethod
    def above_limit(cls, limit: Money, left: Money, path: str) -> "AmountTooLarge":
        """For a refund: what the caller may refund of an order, and what is left of that."""
        if not limit.minor:
            said = f"Your role permits no refunds in {limit.currency}."
        elif left.minor:
            said = f"Your role permits refunds of {limit} for an order, and {left} of that is left."
        else:
            said = f"Your role permits refunds of {limit} for an order, and you have refunded that."
        refusal = cls(f"{said} Ask somebody with a higher limit.", path)
        refusal.problem_code = ProblemCode.TOO_LARGE
        refusal.values = ProblemValues(maximum_amount=left)
        return refusal

    @classmethod
    def above_due(cls, due: Money) -> "AmountTooLarge":
        said = f"{due} is due." if due.minor > 0 else "Nothing is due."
        return cls(f"{said} Set acceptOverpayment if the amount received was really higher.", "amount")

    @classmethod
    def above_due_for_stored_value(cls, due: Money) -> "AmountTooLarge":
        said = f"{due} is due. Apply at most that." if due.minor > 0 else "Nothing is due."
        return cls(said, "amount")

    @classmethod
    def above_stored_value(cls, found: Money) -> "AmountTooLarge":
        """For a gift card or store credit."""
        if not found.minor:
            return cls(f"The customer has no store credit in {found.currency}.", "order_id")
        return cls(f"Only {found} is left on the gift card or of the store credit.", "amount")

    @classmethod
    def above_unpaid(cls, unpaid: Money) -> "AmountTooLarge":
        """For an authorization: `unpaid` is due and not authorized yet."""
        said = f"{unpaid} is due and not authorized." if unpaid.minor > 0 else "Everything due is authorized."
        return cls(f"{said} Authorize at most that.", "amount")

    @classmethod
    def above_capturable(cls, capturable: Money, due: Money) -> "AmountTooLarge":
        """For a capture."""
        if due.minor < capturable.minor:
            return cls(f"{due} of the order is due. Capture at most that.", "amount")
        return cls(
            f"{capturable} of this payment can be captured. Capture at most that, and authorize the rest as "
            "another payment (paymentAuthorize).",
            "amount",
        )

    @classmethod
    def above_paid(cls, paid: Money) -> "AmountTooLarge":
        said = f"At most {paid} can be refunded." if paid.minor > 0 else "No payment has been received."
        return cls(said, "amount")

    @classmethod
    def while_disputed(cls, most: Money, disputed: str) -> "AmountTooLarge":
        """For a refund; `disputed` says what is disputed and until when."""
        said = f"At most {most} can be refunded now." if most.minor > 0 else "Nothing can be refunded now."
        return cls(f"{said} {disputed}", "amount")

    @classmethod
    def for_gift_cards(cls, most: Money, kept: Money) -> "AmountTooLarge":
        """For a refund of an order that has bought gift cards."""
        said = f"At most {most} can be refunded" if most.minor else "Nothing can be refunded"
        return cls(
            f"{said}, because {kept} was paid for gift cards. Refund these with giftCardRefund.", "amount"
        )


class GatewayUnavailable(Refusal):
    """The payment gateway did not respond, or could not answer; nothing was changed."""

    error_code = ErrorCode.SERVICE_BUSY

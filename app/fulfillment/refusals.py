from app.core.refusals import ErrorCode, Refusal
from app.core.steps import NextStepReason


class NotReleasable(Refusal):
    """The fulfillment order cannot be released yet, with the reason."""

    error_code = ErrorCode.ON_HOLD
    step_reason = NextStepReason.ON_HOLD

    @classmethod
    def held(cls, number: str, *path: str) -> "NotReleasable":
        return cls(f"The order of {number} is on hold. Release the hold first (orderRelease).", *path)

    @classmethod
    def incomplete(cls, number: str, *path: str) -> "NotReleasable":
        return cls(
            (
                f"The order of {number} ships only when it is complete, and some of its units are "
                "not in stock yet."
            ),
            *path,
        )


class CarrierRejected(Refusal):
    """The carrier refused the request; the message is the carrier's."""


class CarrierNotResponding(Refusal):
    """The carrier did not respond, so the result is unknown."""

    error_code = ErrorCode.SERVICE_BUSY

from app.core.refusals import ErrorCode, Refusal
from app.core.steps import NextStepReason


class NotReleasable(Refusal):
    """A fulfillment order that the location may not start on yet, and why."""

    error_code = ErrorCode.ON_HOLD
    step_reason = NextStepReason.ON_HOLD

    @classmethod
    def held(cls, number: str, *path: str) -> "NotReleasable":
        return cls(f"{number} waits: its order is on hold. Release the hold first (orderRelease).", *path)

    @classmethod
    def incomplete(cls, number: str, *path: str) -> "NotReleasable":
        return cls(
            f"{number} waits: its order is sent complete, and something of it is not in stock yet.", *path
        )


class CarrierSaysNo(Refusal):
    """The carrier will not do what it was asked; the words are its own."""


class NoAnswerYet(Refusal):
    """The carrier did not answer, so nobody knows what came of it."""

    error_code = ErrorCode.SERVICE_BUSY

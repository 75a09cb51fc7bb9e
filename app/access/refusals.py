import math
from datetime import timedelta
from typing import Any

from app.core.refusals import ErrorCode, Refusal


class SignInFailed(Refusal):
    """The error for every failed sign-in, whatever the reason."""

    error_code = ErrorCode.SIGN_IN_FAILED

    def __init__(self) -> None:
        super().__init__("The email address or the password is incorrect.")

    @classmethod
    def of_refresh(cls) -> "SignInFailed":
        refusal = cls()
        refusal.message = "The refresh token is unknown, used or expired. Sign in again."
        refusal.args = (refusal.message,)
        return refusal


class TooManyAttempts(Refusal):
    """Too many recent attempts. Nothing was checked; the caller can try again later."""

    error_code = ErrorCode.TOO_MANY_ATTEMPTS

    def __init__(self, wait: timedelta) -> None:
        self.retry_after = max(1, math.ceil(wait.total_seconds()))
        super().__init__(f"Too many attempts. Try again in {_spelled(self.retry_after)}.")

    def detail(self) -> dict[str, Any]:
        return {"retry_after": self.retry_after}


def _spelled(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} second{'s' if seconds != 1 else ''}"
    return f"{math.ceil(seconds / 60)} minutes"

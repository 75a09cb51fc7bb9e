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
        return cls._saying("The refresh token is unknown, used or expired. Sign in again.")

    @classmethod
    def of_openid(cls) -> "SignInFailed":
        return cls._saying("The sign-in with the OpenID provider is not valid or has expired. Start again.")

    @classmethod
    def _saying(cls, message: str) -> "SignInFailed":
        refusal = cls()
        refusal.message = message
        refusal.args = (message,)
        return refusal


class ProviderNotResponding(Refusal):
    """The OpenID provider does not respond, or not as the specification says."""

    error_code = ErrorCode.SERVICE_BUSY

    def __init__(self) -> None:
        super().__init__("The OpenID provider does not respond. Try again later.")


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

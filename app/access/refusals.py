from app.core.refusals import ErrorCode, Refusal


class SignInFailed(Refusal):
    """The one answer to every sign-in that does not work, whatever the reason."""

    error_code = ErrorCode.SIGN_IN_FAILED

    def __init__(self) -> None:
        super().__init__("That did not work: check the e-mail address and password, or wait a few minutes.")

    @classmethod
    def of_refresh(cls) -> "SignInFailed":
        refusal = cls()
        refusal.message = "This refresh token is not accepted: it is unknown, used or expired. Sign in again."
        refusal.args = (refusal.message,)
        return refusal

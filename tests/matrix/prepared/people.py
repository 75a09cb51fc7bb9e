"""Requests of people for their own account, and records of customers."""

from tests.matrix.prepared.requests import Base, Field, Values, given
from tests.matrix.world import PASSWORD

# Mutations that the customer of the side executes.
BY_THE_BUYER = {"emailChangeRequest", "passwordChange"}
BASES: dict[Field, Base] = {
    ("CustomerUpsertInput", "externalReference"): lambda side: {
        "input": [{"email": "zq-new@example.com", "name": "Zq", "externalReference": "Zq 1"}],
        "errorPolicy": "REJECT_FAILED",
    },
    **{
        ("SignInInput", name): given(email="web@example.com", password=PASSWORD)
        for name in ("email", "password", "deviceToken")
    },
    **{
        ("EmailChangeRequestInput", name): given(email="zq@example.com", currentPassword=PASSWORD)
        for name in ("email", "currentPassword")
    },
    **{
        ("PasswordChangeInput", name): given(currentPassword=PASSWORD, newPassword=f"{PASSWORD} again")
        for name in ("currentPassword", "newPassword")
    },
    **{
        ("CarrierSecretInput", name): given(
            code="zq",
            name="Zq",
            kind="EASYPOST",
            secrets=[{"name": "api_key", "value": "one"}, {"name": "webhook_secret", "value": "two"}],
        )
        for name in ("name", "value")
    },
    ("CarrierSetInput", "kind"): given(code="zq", name="Zq", kind="MANUAL"),
    ("CarrierSetInput", "apiUrl"): given(code="zq", name="Zq", kind="MANUAL"),
}
VALUES: dict[Field, Values] = {
    ("CustomerUpsertInput", "externalReference"): ["Zq 1", "Zq 2"],
    ("SignInInput", "email"): ["web@example.com", "eu@example.com"],
    ("SignInInput", "password"): ["not the password"],
    ("EmailChangeRequestInput", "email"): ["zq@example.com", "zz@example.com"],
    ("EmailChangeRequestInput", "currentPassword"): ["not the password"],
    ("PasswordChangeInput", "currentPassword"): ["not the password"],
    ("PasswordChangeInput", "newPassword"): ["a first new password", "a second new password"],
    ("CarrierSetInput", "apiUrl"): ["https://93.184.216.34/a", "https://93.184.216.34/b"],
}

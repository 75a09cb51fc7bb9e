"""After a password change, earlier passwords and password reset links are refused."""

from collections.abc import Awaitable, Callable

import pytest

from app.access import secrets, service, staffing
from app.access.models import Session, Staff
from app.core.actor import SYSTEM
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.customers import accounts, requests
from app.customers.models import AccountRequest
from tests import make
from tests.access.test_access import SIGN_IN
from tests.ask import Api

PASSWORD = "a long password"


async def _staff(email: str = "sam@example.com") -> None:
    await service.ensure_roles(SYSTEM)
    await service.add_staff(SYSTEM, email=email, name="Sam", role_code="administrator", password=PASSWORD)


async def _guess(api: Api, password: str) -> str:
    return (await api.do(SIGN_IN, e="sam@example.com", p=password))["__typename"]  # type: ignore[no-any-return]


async def _deactivate() -> None:
    await _staff("kim@example.com")
    await staffing.deactivate(SYSTEM, (await Staff.get(email="sam@example.com")).id)


async def _reset_password() -> None:
    await accounts.request_reset(SYSTEM, "sam@example.com")
    token = requests.token_of((await AccountRequest.get()).id)
    await accounts.reset_password(SYSTEM, token=token, password="another long one")


@pytest.mark.parametrize(
    ("who", "what"),
    [("staff", _reset_password), ("staff", _deactivate), ("customer", _reset_password)],
)
async def test_sign_in_fails_if_the_password_or_account_changes_while_the_password_is_checked(
    api: Api, monkeypatch: pytest.MonkeyPatch, who: str, what: Callable[[], Awaitable[None]]
):
    if who == "staff":
        await _staff()
    else:
        await make.account("sam@example.com", PASSWORD)
    original = secrets.password_fits

    async def check_then_change(password: str, stored: str | None) -> bool:
        fits = await original(password, stored)
        await what()
        return fits

    monkeypatch.setattr(secrets, "password_fits", check_then_change)
    before = await Session.all().count()
    assert await _guess(api, PASSWORD) == "SignInFailed"
    # resetting the password signs in
    assert await Session.all().count() - before == (what is _reset_password)


@pytest.mark.parametrize("who", ["staff", "customer"])
async def test_a_reset_link_is_refused_after_the_password_was_changed(api: Api, who: str):
    if who == "staff":
        await _staff()
    else:
        await make.account("sam@example.com", PASSWORD)
    await accounts.request_reset(SYSTEM, "sam@example.com")
    token = requests.token_of((await AccountRequest.get()).id)
    signed_in = await api.do(SIGN_IN, e="sam@example.com", p=PASSWORD)
    changed = await api.as_(signed_in["accessToken"]).do(
        "mutation($c: String!, $n: String!) { passwordChange(input: {currentPassword: $c, newPassword: $n}) "
        "{ __typename } }",
        c=PASSWORD,
        n="another long one",
    )
    assert changed["__typename"] == "Done"
    with pytest.raises(Invalid) as refused:
        await accounts.reset_password(SYSTEM, token=token, password="a third long one")
    assert refused.value.problems[0].code is ProblemCode.LINK_NOT_VALID
    assert await _guess(api, "another long one") == "SessionTokens"

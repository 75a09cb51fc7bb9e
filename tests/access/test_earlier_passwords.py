"""After a password change, earlier passwords and links are worthless."""

from collections.abc import Awaitable, Callable

import pytest

from app.access import secrets, service, staffing
from app.access.models import Session, Staff
from app.core.actor import SYSTEM
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.customers import accounts
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


async def _let_go() -> None:
    await _staff("kim@example.com")
    await staffing.deactivate(SYSTEM, (await Staff.get(email="sam@example.com")).id)


async def _choose_another() -> None:
    await accounts.request_reset(SYSTEM, "sam@example.com")
    token = accounts.token_of((await AccountRequest.get()).id)
    await accounts.reset_password(SYSTEM, token=token, password="another long one")


@pytest.mark.parametrize(
    ("who", "what"),
    [("staff", _choose_another), ("staff", _let_go), ("customer", _choose_another)],
)
async def test_a_password_that_no_longer_holds_when_it_was_checked_opens_no_session(
    api: Api, monkeypatch: pytest.MonkeyPatch, who: str, what: Callable[[], Awaitable[None]]
):
    if who == "staff":
        await _staff()
    else:
        await make.account("sam@example.com", PASSWORD)
    original = secrets.password_fits

    async def and_meanwhile(password: str, stored: str | None) -> bool:
        fits = await original(password, stored)
        await what()
        return fits

    monkeypatch.setattr(secrets, "password_fits", and_meanwhile)
    before = await Session.all().count()
    assert await _guess(api, PASSWORD) == "SignInFailed"
    # the person who chose it is signed in
    assert await Session.all().count() - before == (what is _choose_another)


@pytest.mark.parametrize("who", ["staff", "customer"])
async def test_a_link_that_was_mailed_before_the_password_was_changed_works_no_more(api: Api, who: str):
    if who == "staff":
        await _staff()
    else:
        await make.account("sam@example.com", PASSWORD)
    await accounts.request_reset(SYSTEM, "sam@example.com")
    token = accounts.token_of((await AccountRequest.get()).id)
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

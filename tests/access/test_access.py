"""Signing in and tokens."""

from datetime import timedelta

from app.access import service
from app.access.permissions import Permission
from app.core import clock
from app.core.actor import SYSTEM
from app.core.database import fetch
from tests import make
from tests.ask import Api

SIGN_IN = (
    "mutation($e: String!, $p: String!) { signIn(input: {email: $e, password: $p}) "
    "{ __typename ... on SessionTokens { accessToken refreshToken } ... on UserError { errorCode message } } }"
)
REFRESH = (
    "mutation($t: String!) { tokenRefresh(refreshToken: $t) "
    "{ __typename ... on SessionTokens { accessToken refreshToken } ... on UserError { message } } }"
)
ME = "{ me { kind name permissions } }"


async def _staff(role: str = "administrator") -> None:
    await service.ensure_roles(SYSTEM)
    await service.add_staff(
        SYSTEM, email="sam@example.com", name="Sam", role_code=role, password="a long password"
    )


async def test_staff_sign_in_and_have_the_permissions_of_their_role(api: Api):
    await _staff("warehouse")
    tokens = await api.do(SIGN_IN, e="Sam@Example.com", p="a long password")
    me = (await api.as_(tokens["accessToken"]).ask(ME))["me"]
    assert (
        me["kind"] == "STAFF"
        and "STOCK_MANAGE" in me["permissions"]
        and "ACCESS_MANAGE" not in me["permissions"]
    )
    created = 'mutation { channelCreate(input: {code: "x", name: "X", currency: "EUR"}) { __typename } }'
    assert (await api.as_(tokens["accessToken"]).error(created))["extensions"]["code"] == "FORBIDDEN"


async def test_every_failed_sign_in_gets_the_same_response(api: Api):
    await _staff()
    answers = [
        await api.do(SIGN_IN, e=email, p="wrong") for email in ("sam@example.com", "nobody@example.com")
    ]
    assert answers[0] == answers[1] and answers[0]["__typename"] == "SignInFailed"


async def test_reusing_a_replaced_refresh_token_after_30_seconds_ends_the_session(api: Api):
    await _staff()
    tokens = await api.do(SIGN_IN, e="sam@example.com", p="a long password")
    fresh = await api.do(REFRESH, t=tokens["refreshToken"])
    assert (await api.as_(fresh["accessToken"]).ask(ME))["me"]["kind"] == "STAFF"
    with clock.shifted(timedelta(seconds=31)):
        assert (await api.do(REFRESH, t=tokens["refreshToken"]))["__typename"] == "SignInFailed"
    assert (await api.do(REFRESH, t=fresh["refreshToken"]))["__typename"] == "SignInFailed"
    service._remembered.clear()
    answer = await api.as_(fresh["accessToken"]).post(ME)
    assert answer.status_code == 401


async def test_two_refreshes_with_one_token_within_30_seconds_get_the_same_new_token(api: Api):
    await _staff()
    tokens = await api.do(SIGN_IN, e="sam@example.com", p="a long password")
    first = await api.do(REFRESH, t=tokens["refreshToken"])
    with clock.shifted(timedelta(seconds=29)):
        second = await api.do(REFRESH, t=tokens["refreshToken"])
    assert first["refreshToken"] == second["refreshToken"] != tokens["refreshToken"]
    service._remembered.clear()
    for each in (first, second):
        assert (await api.as_(each["accessToken"]).ask(ME))["me"]["kind"] == "STAFF"
    with clock.shifted(timedelta(minutes=14)):
        third = await api.do(REFRESH, t=second["refreshToken"])
        assert third["refreshToken"] not in (tokens["refreshToken"], second["refreshToken"])
        assert (await api.do(REFRESH, t=first["refreshToken"]))["refreshToken"] == third["refreshToken"]


async def test_a_refresh_token_is_refused_once_its_successor_was_used_and_the_session_continues(api: Api):
    await _staff()
    tokens = await api.do(SIGN_IN, e="sam@example.com", p="a long password")
    second = await api.do(REFRESH, t=tokens["refreshToken"])
    third = await api.do(REFRESH, t=second["refreshToken"])
    assert (await api.do(REFRESH, t=tokens["refreshToken"]))["__typename"] == "SignInFailed"
    assert (await api.do(REFRESH, t=third["refreshToken"]))["__typename"] == "SessionTokens"


async def test_an_ended_session_cannot_be_refreshed_with_any_of_its_tokens(api: Api):
    await _staff()
    tokens = await api.do(SIGN_IN, e="sam@example.com", p="a long password")
    fresh = await api.do(REFRESH, t=tokens["refreshToken"])
    await api.as_(fresh["accessToken"]).do("mutation { signOut { ... on Done { done } } }")
    for token in (tokens["refreshToken"], fresh["refreshToken"]):
        assert (await api.do(REFRESH, t=token))["__typename"] == "SignInFailed"


async def test_the_error_for_an_invalid_refresh_token_does_not_mention_a_password(api: Api):
    refused = await api.do(REFRESH, t="og_refresh_unknown")
    assert refused["__typename"] == "SignInFailed"
    assert "password" not in refused["message"] and "Sign in again" in refused["message"]


async def test_signing_out_ends_the_session(api: Api):
    await _staff()
    tokens = await api.do(SIGN_IN, e="sam@example.com", p="a long password")
    mine = api.as_(tokens["accessToken"])
    await mine.do("mutation { signOut { ... on Done { done } } }")
    assert (await mine.post(ME)).status_code == 401


async def test_a_token_cannot_create_a_token_with_permissions_that_it_lacks(api: Api):
    weak = api.as_(await make.token(Permission.ACCESS_MANAGE))
    create = 'mutation { apiTokenCreate(input: {name: "x", permissions: [ORDERS_VIEW]}) { __typename } }'
    assert (await weak.error(create))["extensions"]["code"] == "FORBIDDEN"


async def test_an_expired_or_revoked_token_is_not_accepted(api: Api):
    strong = api.as_(await make.token())
    made = await strong.do(
        'mutation { apiTokenCreate(input: {name: "x", permissions: [ORDERS_VIEW], expiresAt: "2099-01-01T00:00:00Z"}) '
        "{ ... on ApiTokenWithSecret { secret apiToken { id hint } } } }"
    )
    assert made["secret"].endswith(made["apiToken"]["hint"])
    holder = api.as_(made["secret"])
    assert (await holder.post(ME)).status_code == 200
    await strong.do("mutation($i: ID!) { apiTokenRevoke(id: $i) { __typename } }", i=made["apiToken"]["id"])
    with clock.shifted(timedelta(seconds=2)):
        assert (await holder.post(ME)).status_code == 401


async def test_secrets_are_stored_as_hashes(api: Api):
    await _staff()
    token = await make.token()
    tokens = await api.do(SIGN_IN, e="sam@example.com", p="a long password")
    stored = ""
    for table in ("api_token", "session", "staff", "journal_entry", "attempt_count", "known_network"):
        stored += str(await fetch(f"SELECT * FROM {table}"))
    for secret in (token, tokens["accessToken"], tokens["refreshToken"], "a long password"):
        assert secret not in stored

"""Customers sign in with an OpenID provider: a running one, and answers that a provider must not give."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import oidc_provider_mock
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from app.access import openid, openid_provider
from app.access.models import Session
from app.core import clock
from app.core.actor import SYSTEM
from app.core.ids import to_global
from app.core.outgoing import Unreachable
from app.core.outgoing.asking import Answer
from app.customers import merging
from app.customers import service as customers
from app.customers.models import Customer, CustomerIdentity
from app.customers.service import CustomerData
from app.main import check_settings
from app.orders.models import Order
from app.settings import Misconfigured, settings
from tests import make
from tests.ask import Api
from tests.openid import CALLBACK, CLIENT, add_user, agree, change_settings, running_provider, used_provider

# The provider uses a deprecated function of its library.
pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")
START = """mutation { openidSignInStart { __typename ... on OpenidSignInStarted { authorizationUrl state flow }
  ... on InvalidInput { problems { code path } } ... on UserError { message } } }"""
COMPLETE = """mutation($i: OpenidSignInCompleteInput!) { openidSignInComplete(input: $i) { __typename
  ... on SessionTokens { accessToken refreshToken } ... on InvalidInput { problems { code path } }
  ... on UserError { message } } }"""
real_ask = openid_provider.ask_provider
ME = "{ me { kind customer { id email name } } }"


class Provider:
    """A running provider, and its users."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def user(self, subject: str, **claims: Any) -> str:
        return await add_user(self.url, subject, **claims)


@pytest.fixture(scope="module")
def running() -> Iterator[str]:
    with running_provider() as url:
        yield url


@pytest.fixture
async def provider(api: Api, running: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Provider]:
    with used_provider(running, monkeypatch):
        yield Provider(running)


async def _started(api: Api) -> dict[str, str]:
    started = await api.do(START)
    assert started["__typename"] == "OpenidSignInStarted", started
    return started


async def _signs_in(api: Api, provider: Provider, subject: str) -> dict[str, Any]:
    started = await _started(api)
    got = await agree(started["authorizationUrl"], subject)
    return await api.do(
        COMPLETE, i={"authorizationCode": got["code"], "state": got["state"], "flow": started["flow"]}
    )


async def _me(api: Api, tokens: dict[str, Any]) -> dict[str, Any]:
    assert tokens["__typename"] == "SessionTokens", tokens
    return dict((await api.as_(tokens["accessToken"]).ask(ME))["me"]["customer"])


async def test_a_new_person_becomes_a_customer_and_stays_the_same_one(api: Api, provider: Provider):
    await provider.user("ada", email="Ada@Example.com", email_verified=True, name=" Ada  Lovelace ")
    first = await _me(api, await _signs_in(api, provider, "ada"))
    assert (first["email"], first["name"]) == ("ada@example.com", "Ada Lovelace")
    # The person is the subject: another address at the provider changes nothing.
    await provider.user("ada", email="other@example.com", email_verified=False)
    assert await _me(api, await _signs_in(api, provider, "ada")) == first
    assert await Customer.all().count() == await CustomerIdentity.all().count() == 1


async def test_a_verified_address_links_the_customer_who_has_it_and_claims_guest_orders(
    api: Api, provider: Provider
):
    shop = await make.shop()
    await shop.sell("MUG")
    order = await make.order(("MUG", 1))
    known = await customers.create(SYSTEM, CustomerData(email="ada@example.com", name="Ada"))
    await provider.user("ada-2", email="ada@example.com", email_verified=True, name="Other")
    me = await _me(api, await _signs_in(api, provider, "ada-2"))
    assert me == {"id": to_global("Customer", known.id), "email": "ada@example.com", "name": "Ada"}
    assert (await Order.get(id=order.id)).customer_id == known.id


@pytest.mark.parametrize(
    "claims", [{}, {"email_verified": False}, {"email_verified": "false"}, {"email": None}]
)
async def test_an_address_that_is_not_verified_is_refused_whether_or_not_it_is_known(
    api: Api, provider: Provider, claims: dict[str, Any]
):
    await customers.create(SYSTEM, CustomerData(email="known@example.com"))
    answers = []
    for name in ("known", "unknown"):
        subject = await provider.user(f"{name}-{len(claims)}", **({"email": f"{name}@example.com"} | claims))
        answers.append(await _signs_in(api, provider, subject))
    assert answers[0] == answers[1]
    assert answers[0]["problems"] == [{"code": "EMAIL_NOT_VERIFIED", "path": ["input", "authorizationCode"]}]
    assert await CustomerIdentity.all().count() == await Session.all().count() == 0
    assert await Customer.all().count() == 1


async def test_a_deactivated_customer_does_not_sign_in(api: Api, provider: Provider):
    await provider.user("eve", email="eve@example.com", email_verified=True)
    await _signs_in(api, provider, "eve")
    await Customer.all().update(is_active=False)
    assert (await _signs_in(api, provider, "eve"))["__typename"] == "SignInFailed"
    assert await Session.all().count() == 1


async def test_one_person_who_signs_in_twice_at_once_becomes_one_customer(api: Api, provider: Provider):
    await provider.user("twin", email="twin@example.com", email_verified=True)
    done = await asyncio.gather(*(_signs_in(api, provider, "twin") for _ in range(4)))
    assert {each["__typename"] for each in done} == {"SessionTokens"}
    assert await Customer.all().count() == await CustomerIdentity.all().count() == 1


async def test_the_request_to_the_provider_has_pkce_state_and_nonce(
    api: Api, provider: Provider, monkeypatch: pytest.MonkeyPatch
):
    sent: list[dict[str, Any]] = []
    ask = openid.ask_provider

    async def noting(*args: Any, **given: Any) -> Any:
        sent.append(given)
        return await ask(*args, **given)

    monkeypatch.setattr(openid, "ask_provider", noting)
    started = await _started(api)
    asked = {
        name: values[0] for name, values in parse_qs(urlsplit(started["authorizationUrl"]).query).items()
    }
    assert asked.pop("state") == started["state"] and len(asked.pop("nonce")) >= 43
    challenge = asked.pop("code_challenge")
    assert asked == {
        "response_type": "code", "client_id": CLIENT, "redirect_uri": CALLBACK,
        "scope": "openid email profile", "code_challenge_method": "S256",
    }  # fmt: skip
    await provider.user("ada", email="ada@example.com", email_verified=True)
    got = await agree(started["authorizationUrl"], "ada")
    await api.do(
        COMPLETE, i={"authorizationCode": got["code"], "state": got["state"], "flow": started["flow"]}
    )
    verifier = sent[0]["form"]["code_verifier"]
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    assert challenge == digest.rstrip(b"=").decode() and verifier not in started["flow"]
    other = await _started(api)
    assert len({started["state"], other["state"]}) == 2


async def test_codes_states_and_flows_are_used_once_and_together(api: Api, provider: Provider):
    await provider.user("ada", email="ada@example.com", email_verified=True)
    started, other = await _started(api), await _started(api)
    got = await agree(started["authorizationUrl"], "ada")
    right = {"authorizationCode": got["code"], "state": got["state"], "flow": started["flow"]}
    wrong: list[dict[str, Any]] = [
        {"state": other["state"]}, {"flow": other["flow"]}, {"flow": "nonsense"}, {"flow": ""}, {"authorizationCode": ""},
        {"authorizationCode": "nonsense"}, {"flow": started["flow"][:-2] + "AA"}, {"flow": "x" * 5_000},
        # A code of one sign-in within another one: the nonce differs.
        {"state": other["state"], "flow": other["flow"]},
    ]  # fmt: skip
    for change in wrong[:-1]:
        assert (await api.do(COMPLETE, i=right | change))["__typename"] == "SignInFailed", change
    with clock.shifted(timedelta(minutes=11)):
        assert (await api.do(COMPLETE, i=right))["__typename"] == "SignInFailed"
    assert await Session.all().count() == 0
    assert (await api.do(COMPLETE, i=right))["__typename"] == "SessionTokens"
    assert (await api.do(COMPLETE, i=right))["__typename"] == "SignInFailed"
    mixed = await agree(started["authorizationUrl"], "ada")
    assert (await api.do(COMPLETE, i={"authorizationCode": mixed["code"], **wrong[-1]}))[
        "__typename"
    ] == "SignInFailed"
    assert await Session.all().count() == 1


async def test_invalid_sign_ins_are_limited(api: Api, provider: Provider):
    started = await _started(api)
    wrong = {"authorizationCode": "none", "state": "none", "flow": started["flow"]}
    kinds = [(await api.do(COMPLETE, i=wrong))["__typename"] for _ in range(21)]
    assert kinds == ["SignInFailed"] * 20 + ["TooManyAttempts"]


async def test_without_a_provider_the_mutations_say_so(api: Api):
    for document, given in (
        (START, {}),
        (COMPLETE, {"i": {"authorizationCode": "a", "state": "b", "flow": "c"}}),
    ):
        answer = await api.do(document, **given)
        assert [each["code"] for each in answer["problems"]] == ["NOT_APPLICABLE"]


async def test_a_provider_that_does_not_respond_is_named(
    api: Api, provider: Provider, monkeypatch: pytest.MonkeyPatch
):
    started = await _started(api)
    change_settings(monkeypatch, openid_issuer="http://localhost:9")
    for _ in range(2):
        assert (await api.do(START))["__typename"] == "ProviderNotResponding"
    given = {"authorizationCode": "a", "state": started["state"], "flow": started["flow"]}
    assert (await api.do(COMPLETE, i=given))["__typename"] == "ProviderNotResponding"
    change_settings(monkeypatch, openid_issuer=provider.url + "/")  # another issuer than the published one
    assert (await api.do(START))["__typename"] == "ProviderNotResponding"


@pytest.fixture
def address_by_userinfo(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ID tokens of the running provider contain no address; its userinfo endpoint has it."""
    grant: Any = oidc_provider_mock._app.OpenIDCode
    monkeypatch.setattr(grant, "generate_user_info", lambda self, user, scope: {"sub": user.sub})


@pytest.mark.usefixtures("address_by_userinfo")
async def test_an_address_that_only_userinfo_has_is_used(api: Api, provider: Provider):
    await provider.user("ada", email="ada@example.com", email_verified=True, name="Ada")
    found = await _me(api, await _signs_in(api, provider, "ada"))
    assert (found["email"], found["name"]) == ("ada@example.com", "Ada")
    await provider.user("eve", email="eve@example.com", email_verified=False)
    refused = await _signs_in(api, provider, "eve")
    assert refused["problems"] == [{"code": "EMAIL_NOT_VERIFIED", "path": ["input", "authorizationCode"]}]


class Signer:
    """Answers of a provider that are made in the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, issuer: str) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.published = KeySet([self.key])
        self.fetched = 0
        self.token: Any = None
        self.userinfo: dict[str, Any] | None = None
        self.issuer = issuer
        monkeypatch.setattr(openid, "ask_provider", self.answer)
        monkeypatch.setattr(openid_provider, "ask_provider", self.answer)

    async def answer(self, method: str, address: str, *, bearer: str = "", **_sent: Any) -> dict[str, Any]:
        if address.endswith("/openid-configuration"):
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                **({"userinfo_endpoint": f"{self.issuer}/me"} if self.userinfo is not None else {}),
            }
        if address.endswith("/me"):
            assert bearer == "an access token"
            return self.userinfo or {}
        if address.endswith("/jwks"):
            self.fetched += 1
            return {"keys": [{"kty": "unknown"}, "x", *self.published.as_dict(private=False)["keys"]]}
        return {"id_token": self.token, "access_token": "an access token"}

    def sign(self, claims: dict[str, Any], key: Any = None, alg: str = "RS256", kid: str = "one") -> None:
        self.token = jwt.encode({"alg": alg, "kid": kid}, claims, key or self.key, algorithms=[alg])


@pytest.fixture
def signer(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Signer]:
    issuer = "https://id.example.com"
    change_settings(monkeypatch, openid_issuer=issuer, openid_client_id=CLIENT, openid_redirect_url=CALLBACK)
    yield Signer(monkeypatch, issuer)
    openid_provider.forget()


async def _flow(api: Api, signer: Signer) -> tuple[dict[str, str], dict[str, Any]]:
    """What completes a sign-in, and the claims of a valid token for it."""
    started = await _started(api)
    nonce = parse_qs(urlsplit(started["authorizationUrl"]).query)["nonce"][0]
    now = int(clock.now().timestamp())
    claims = {
        "iss": signer.issuer, "aud": CLIENT, "sub": "s-1", "nonce": nonce, "iat": now, "exp": now + 300,
        "email": "ada@example.com", "email_verified": True,
    }  # fmt: skip
    return {"authorizationCode": "c", "state": started["state"], "flow": started["flow"]}, claims


async def test_tokens_that_are_not_for_this_sign_in_are_refused(api: Api, signer: Signer):
    given, claims = await _flow(api, signer)
    wrong: list[dict[str, Any]] = [
        {"iss": "https://other.example.com"}, {"aud": "another"}, {"aud": [CLIENT, "another"]}, {"nonce": "x"},
        {"exp": claims["iat"] - 120}, {"iat": claims["iat"] + 900}, {"sub": ""}, {"sub": "s" * 256}, {"sub": 7},
        {"iss": None}, {"aud": None}, {"nonce": None}, {"exp": None}, {"iat": None}, {"sub": None},
    ]  # fmt: skip
    for change in wrong:
        signer.sign({name: value for name, value in (claims | change).items() if value is not None})
        assert (await api.do(COMPLETE, i=given))["__typename"] == "SignInFailed", change
    signer.token = None
    assert (await api.do(COMPLETE, i=given))["__typename"] == "SignInFailed"
    assert await Session.all().count() == await Customer.all().count() == 0
    signer.sign(claims | {"aud": [CLIENT, "another"], "azp": CLIENT})
    assert (await api.do(COMPLETE, i=given))["__typename"] == "SessionTokens"


@pytest.mark.parametrize("subject", ["s-2", None, 7])
async def test_userinfo_of_another_subject_is_not_used(api: Api, signer: Signer, subject: Any):
    signer.userinfo = {"sub": subject, "email": "bob@example.com", "email_verified": True}
    given, claims = await _flow(api, signer)
    signer.sign({name: value for name, value in claims.items() if not name.startswith("email")})
    refused = await api.do(COMPLETE, i=given)
    assert [each["code"] for each in refused["problems"]] == ["EMAIL_NOT_VERIFIED"]
    assert await Customer.all().count() == 0


@pytest.mark.parametrize(("status", "content"), [(503, b"{}"), (200, b"ey.J.w"), (200, b"[]"), (0, b"")])
async def test_userinfo_that_does_not_respond_with_claims_keeps_out_only_people_who_are_not_known(
    api: Api, signer: Signer, monkeypatch: pytest.MonkeyPatch, status: int, content: bytes
):
    signer.userinfo = {"sub": "s-1"}
    given, claims = await _flow(api, signer)
    signer.sign(claims)
    known = await _me(api, await api.do(COMPLETE, i=given))

    async def ask(*_given: Any, **_more: Any) -> Answer:
        if status == 0:
            raise Unreachable("no connection")
        return Answer(status, content)

    async def answer(method: str, address: str, **sent: Any) -> dict[str, Any]:
        asks = real_ask if address.endswith("/me") else signer.answer
        return await asks(method, address, **sent)

    monkeypatch.setattr(openid_provider, "ask", ask)
    monkeypatch.setattr(openid, "ask_provider", answer)
    bare = {name: value for name, value in claims.items() if not name.startswith("email")}
    signer.sign(bare)
    assert await _me(api, await api.do(COMPLETE, i=given)) == known
    signer.sign(bare | {"sub": "s-2"})
    assert (await api.do(COMPLETE, i=given))["__typename"] == "ProviderNotResponding"


async def test_an_address_in_the_token_comes_before_userinfo(api: Api, signer: Signer):
    signer.userinfo = {"sub": "s-1", "email": "bob@example.com", "email_verified": True}
    given, claims = await _flow(api, signer)
    signer.sign(claims)
    assert (await _me(api, await api.do(COMPLETE, i=given)))["email"] == "ada@example.com"


async def test_only_signatures_of_the_published_keys_count(api: Api, signer: Signer):
    given, claims = await _flow(api, signer)
    other = RSAKey.generate_key(2048)
    signer.sign(claims, key=other)
    assert (await api.do(COMPLETE, i=given))["__typename"] == "SignInFailed"
    head, body, _ = signer.token.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    for token in (f"{none}.{body}.", f"{head}.{body}.", "a.b.c", ""):
        signer.token = token
        assert (await api.do(COMPLETE, i=given))["__typename"] == "SignInFailed", token
    assert await Session.all().count() == 0


async def test_new_keys_of_the_provider_are_fetched_at_most_once_a_minute(api: Api, signer: Signer):
    given, claims = await _flow(api, signer)
    signer.sign(claims)
    assert (await api.do(COMPLETE, i=given))["__typename"] == "SessionTokens"
    assert signer.fetched == 1
    signer.key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
    signer.published = KeySet([signer.key])
    signer.sign(claims, kid="two")
    assert (await api.do(COMPLETE, i=given))["__typename"] == "SignInFailed"
    assert signer.fetched == 1
    with clock.shifted(timedelta(seconds=61)):
        assert (await api.do(COMPLETE, i=given))["__typename"] == "SessionTokens"
        assert signer.fetched == 2


@pytest.mark.parametrize("has_kept_account", [False, True])
async def test_a_merge_moves_the_sign_in_unless_the_kept_customer_has_an_account(
    api: Api, provider: Provider, has_kept_account: bool
):
    await provider.user("ada", email="ada@example.com", email_verified=True)
    tokens = await _signs_in(api, provider, "ada")
    gone = await Customer.get(email="ada@example.com")
    if has_kept_account:
        await make.account("kept@example.com")
    else:
        await customers.create(SYSTEM, CustomerData(email="kept@example.com"))
    kept = await Customer.get(email="kept@example.com")
    await merging.merge(SYSTEM, gone.id, kept.id, from_version=1)
    assert (await api.as_(tokens["accessToken"]).error(ME))["extensions"]["code"] == "UNAUTHENTICATED"
    me = await _me(api, await _signs_in(api, provider, "ada"))
    assert (me["id"] == to_global("Customer", kept.id)) is not has_kept_account
    assert me["email"] == "ada@example.com"


def test_settings_that_do_not_fit_together_are_named():
    good = {"openid_issuer": "https://id.example.com", "openid_client_id": "a", "openid_redirect_url": "b"}
    check_settings(settings().model_copy(update=good))
    for change, named in (
        ({"openid_client_id": ""}, "ORDERGRAPH_OPENID_CLIENT_ID"),
        ({"openid_redirect_url": ""}, "ORDERGRAPH_OPENID_REDIRECT_URL"),
        ({"openid_issuer": "https://10.0.0.1"}, "ORDERGRAPH_OPENID_ISSUER"),
        ({"openid_issuer": "ftp://id.example.com"}, "ORDERGRAPH_OPENID_ISSUER"),
    ):
        with pytest.raises(Misconfigured, match=named):
            check_settings(settings().model_copy(update=good | change))

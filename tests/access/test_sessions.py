"""People see their own sessions and end them singly, or all others."""

from datetime import timedelta
from typing import Any

import pytest

from app.access import service
from app.access.devices import LONGEST, coarse, device_name
from app.access.models import Session
from app.core import clock
from app.core.networks import networks_of
from tests import make
from tests.ask import Api

SESSIONS = "{ sessions { nodes { id device network createdAt lastUsedAt isCurrent } } }"
END = "mutation($id: ID!) { sessionEnd(id: $id) { __typename } }"
END_OTHERS = "mutation { sessionEndOthers { ... on SessionsEnded { ended } } }"
SIGN_IN = """mutation { signIn(input: {email: "ada@example.com", password: "long enough pw"}) {
  ... on SessionTokens { accessToken refreshToken } } }"""
REFRESH = "mutation($t: String!) { tokenRefresh(refreshToken: $t) { __typename } }"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"


async def _sign_in(api: Api, **headers: str) -> dict[str, str]:
    return dict((await api.post(SIGN_IN, **headers)).json()["data"]["signIn"])


async def _sessions(api: Api) -> list[dict[str, Any]]:
    return list((await api.ask(SESSIONS))["sessions"]["nodes"])


async def test_a_person_sees_the_own_sessions_with_device_and_network(api: Api, clean: None):
    await make.account("ada@example.com", "long enough pw")
    await make.account("eve@example.com")
    tokens = await _sign_in(api, **{"user-agent": FIREFOX})
    ada = api.as_(tokens["accessToken"])
    newest, first = await _sessions(ada)
    assert (newest["device"], newest["isCurrent"]) == ("Firefox on Windows", True)
    assert newest["network"] == "127.0.0.0/24"
    assert (first["device"], first["network"], first["isCurrent"]) == (None, None, False)
    assert newest["lastUsedAt"] == newest["createdAt"]
    await Session.all().update(created_at=clock.now() - timedelta(hours=1))
    await api.do(REFRESH, t=tokens["refreshToken"])
    used = [each["lastUsedAt"] > each["createdAt"] for each in await _sessions(ada)]
    assert sorted(used) == [False, True]


async def test_a_session_is_ended_singly_and_only_by_its_person(api: Api, clean: None):
    await make.account("ada@example.com", "long enough pw")
    here, there = [api.as_((await _sign_in(api))["accessToken"]) for _ in range(2)]
    (there_id,) = [each["id"] for each in await _sessions(there) if each["isCurrent"]]
    eve = api.as_(await make.account("eve@example.com"))
    staff = api.as_(await make.token())
    for other in (eve, staff):
        assert (await other.do(END, id=there_id))["__typename"] == "NotFound"
        assert (await other.ask("query($id: ID!) { node(id: $id) { id } }", id=there_id))["node"] is None
    assert await _sessions(staff) == []
    assert (await there.ask("{ me { kind } }"))["me"]["kind"] == "CUSTOMER"
    assert (await here.do(END, id=there_id))["__typename"] == "Done"
    assert (await there.error("{ me { kind } }"))["extensions"]["code"] == "UNAUTHENTICATED"
    assert (await here.do(END, id=there_id))["__typename"] == "NotFound"
    assert (await here.ask("{ me { kind } }"))["me"]["kind"] == "CUSTOMER"


async def test_all_other_sessions_are_ended_together(api: Api, clean: None):
    await make.account("ada@example.com", "long enough pw")
    eve = api.as_(await make.account("eve@example.com"))
    here, *others = [api.as_((await _sign_in(api))["accessToken"]) for _ in range(3)]
    assert (await here.do(END_OTHERS))["ended"] == 3  # with the one of `make.account`
    assert [each["isCurrent"] for each in await _sessions(here)] == [True]
    for other in others:
        assert (await other.error("{ me { kind } }"))["extensions"]["code"] == "UNAUTHENTICATED"
    assert len(await _sessions(eve)) == 1
    assert (await here.do(END_OTHERS))["ended"] == 0
    staff = api.as_(await make.token())
    assert (await staff.error(END_OTHERS))["extensions"]["code"] == "FORBIDDEN"
    assert timedelta(seconds=30) == service.TWO_TABS


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (FIREFOX, "Firefox on Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/17.5 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile "
            "Safari/537.36 EdgA/126.0",
            "Edge on Android",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
        ("evil\u202ename\nmore", "evil"),
        ("x" * 5000, "x" * LONGEST),
    ],
)
def test_a_device_has_a_short_name(sent: str, shown: str):
    name = device_name(sent)
    assert len(name) <= LONGEST and "\u202e" not in name and "\n" not in name
    assert name.startswith(shown)


def test_only_a_coarse_network_is_stored():
    assert coarse(networks_of("203.0.113.77")) == "203.0.113.0/24"
    assert coarse(networks_of("2001:db8:1:2::7")) == "2001:db8:1::/48"
    assert coarse(networks_of("nonsense")) == ""

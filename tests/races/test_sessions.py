"""Two tabs that refresh one session at the same moment, each at a server process of its own."""

import asyncio

import pytest

from tests.races.shop import at, client
from tests.servers import serving

pytestmark = pytest.mark.postgres

SIGN_IN = """mutation { signIn(input: {email: "sam@example.com", password: "a long password"}) {
  ... on SessionTokens { refreshToken } } }"""
REFRESH = """mutation($t: String!) { tokenRefresh(refreshToken: $t) {
  __typename ... on SessionTokens { accessToken refreshToken } } }"""


async def test_tabs_that_refresh_together_all_go_on_with_the_same_session(database_url: str):
    async with serving(database_url, count=2) as servers, client() as http:
        staff = ("staff", "sam@example.com", "--name", "Sam", "--password", "a long password")
        assert servers[0].run(*staff).returncode == 0
        tabs = [at(server, http) for server in servers] * 3
        token = (await tabs[0].do(SIGN_IN))["refreshToken"]
        for _ in range(5):
            answers = await asyncio.gather(*(tab.do(REFRESH, t=token) for tab in tabs))
            assert {answer["__typename"] for answer in answers} == {"SessionTokens"}
            (successor,) = {answer["refreshToken"] for answer in answers}
            assert successor != token
            for tab, answer in zip(tabs, answers, strict=True):
                me = (await tab.as_(answer["accessToken"]).ask("{ me { kind } }"))["me"]
                assert me == {"kind": "STAFF"}
            token = successor

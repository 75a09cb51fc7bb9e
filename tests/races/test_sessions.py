"""Concurrent sign-ins and refreshes of one account in two server processes."""

import asyncio
import math
import time

import pytest

from app.access.attempts import OF_ACCOUNT_AND_NETWORK
from tests.races.shop import at, client
from tests.servers import serving

pytestmark = pytest.mark.postgres

SIGN_IN = """mutation { signIn(input: {email: "sam@example.com", password: "a long password"}) {
  ... on SessionTokens { refreshToken } } }"""
GUESS = """mutation($p: String!) { signIn(input: {email: "sam@example.com", password: $p}) { __typename } }"""
REFRESH = """mutation($t: String!) { tokenRefresh(refreshToken: $t) {
  __typename ... on SessionTokens { accessToken refreshToken } } }"""


async def test_tabs_that_refresh_at_the_same_time_get_the_same_new_token(database_url: str):
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


async def test_password_guesses_at_two_processes_are_counted_together(database_url: str):
    async with serving(database_url, count=2) as servers, client() as http:
        staff = ("staff", "sam@example.com", "--name", "Sam", "--password", "a long password")
        assert servers[0].run(*staff).returncode == 0
        doors = [at(server, http) for server in servers]
        began = time.monotonic()
        answers = await asyncio.gather(*(doors[n % 2].do(GUESS, p=f"wrong {n}") for n in range(60)))
        # Each doubled delay that has passed permits one more attempt.
        later = int(math.log2((time.monotonic() - began) / OF_ACCOUNT_AND_NETWORK.first.total_seconds() + 1))
        tried = [answer["__typename"] for answer in answers].count("SignInFailed")
        assert OF_ACCOUNT_AND_NETWORK.free <= tried <= OF_ACCOUNT_AND_NETWORK.free + later
        assert all(answer["__typename"] in ("SignInFailed", "TooManyAttempts") for answer in answers)

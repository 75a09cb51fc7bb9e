"""A running OpenID provider, and the settings with which customers sign in with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import oidc_provider_mock
import pytest
from pydantic import SecretStr

from app.access import openid_provider
from app.settings import settings

CALLBACK = "https://shop.example/signed-in"
CLIENT = "ordergraph"


@contextmanager
def running_provider() -> Iterator[str]:
    """The URL of a provider. It uses a deprecated function of its library: ignore the warning."""
    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


def change_settings(monkeypatch: pytest.MonkeyPatch, **changed: Any) -> None:
    for name, value in changed.items():
        monkeypatch.setitem(vars(settings()), name, value)
    openid_provider.forget()


@contextmanager
def used_provider(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let customers sign in with a provider."""
    change_settings(
        monkeypatch,
        openid_issuer=url,
        openid_client_id=CLIENT,
        openid_client_secret=SecretStr("a secret: 1%"),
        openid_redirect_url=CALLBACK,
    )
    yield
    openid_provider.forget()


async def add_user(url: str, subject: str, **claims: Any) -> str:
    """Add a user to a provider, or replace the claims of one."""
    async with httpx.AsyncClient(timeout=30) as http:
        (await http.put(f"{url}/users/{subject}", json=claims)).raise_for_status()
    return subject


async def agree(address: str, subject: str) -> dict[str, str]:
    """Sign in at the provider; the parameters with which it redirects to the shop."""
    async with httpx.AsyncClient(timeout=30) as http:
        answer = await http.post(address, data={"sub": subject})
    assert answer.status_code == 302, answer.text
    target = answer.headers["location"]
    assert target.startswith(CALLBACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}

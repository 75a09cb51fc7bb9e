"""The rules of the house find what breaks them."""

import ast

import house_rules
import pytest

ASKS = [
    "import httpx", "import httpx as h", "from httpx import AsyncClient", "def f():\n    import httpx", "import http.client",
    "from http import client", "import urllib.request", "from urllib import request", "from urllib.request import urlopen",
    "import aiohttp.client", "from socket import socket", "socket.socket(socket.AF_INET)", "socket.create_connection((host, port))", "import aiosmtplib", "await asyncio.open_connection(host, port)",
    "await loop.create_connection(Protocol, host)",
]  # fmt: skip


def _broken(where: str, text: str) -> list[str]:
    return [what for _, what in house_rules.broken(house_rules.APP / where, ast.parse(text))]


@pytest.mark.parametrize("text", ASKS)
def test_a_module_that_connects_to_others_by_itself_is_found(text: str):
    (what,) = set(_broken("fulfillment/carriers/other.py", text))
    assert what.endswith("send requests with app.core.outgoing")


def test_the_guard_and_the_mails_connect():
    assert _broken("core/outgoing/transport.py", "import httpx") == []
    assert (
        _broken("web/guarding/reading.py", "import socket\nconnection.setsockopt(socket.IPPROTO_TCP, 1, 2)")
        == []
    )
    assert _broken("notifications/service.py", "import aiosmtplib") == []
    assert (
        _broken(
            "fulfillment/carriers/other.py", "from urllib.parse import quote\nfrom http import HTTPStatus"
        )
        == []
    )


@pytest.mark.parametrize(
    "text",
    [
        "from app.orders.lifecycle import HoldKind", "import app.settings", "from app import settings",
        "async def fill(apps, editor):\n    from app.core.ids import new_id", "from . import frozen",
        "from app.core.database.migrating_again import Base", "from app.core.database import sql",
    ],
)  # fmt: skip
def test_a_migration_that_imports_what_changes_is_found(text: str):
    ((_, what),) = house_rules.broken_by_migration(ast.parse(text))
    assert what.endswith("copy what it needs to app/migrations/frozen")


@pytest.mark.parametrize(
    "text",
    [
        "from app.core.database.migrating import Migration as Base", "import app.core.database.migrating",
        "from app.migrations.frozen.ids import new_id", "from app.core.database import migrating",
        "from tortoise import fields", "import orjson",
    ],
)  # fmt: skip
def test_a_migration_imports_libraries_its_base_and_frozen_code(text: str):
    assert list(house_rules.broken_by_migration(ast.parse(text))) == []

"""The house rules find violations."""

import ast
from pathlib import Path

import house_rules
import pytest
import re_exports
from long_functions import LONG_FUNCTIONS, long_functions

ASKS = [
    "import httpx", "import httpx as h", "from httpx import AsyncClient", "def f():\n    import httpx", "import http.client",
    "from http import client", "import urllib.request", "from urllib import request", "from urllib.request import urlopen",
    "import aiohttp.client", "from socket import socket", "socket.socket(socket.AF_INET)", "socket.create_connection((host, port))", "import aiosmtplib", "await asyncio.open_connection(host, port)",
    "await loop.create_connection(Protocol, host)",
]  # fmt: skip


def _broken(where: str, text: str) -> list[str]:
    return [what for _, what in house_rules.broken(house_rules.APP / where, ast.parse(text))]


@pytest.mark.parametrize("text", ASKS)
def test_a_module_that_opens_its_own_connections_is_found(text: str):
    (what,) = set(_broken("fulfillment/carriers/other.py", text))
    assert what.endswith("send requests with app.core.outgoing")


def test_the_outgoing_guard_and_the_mailer_may_open_connections():
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
def test_a_migration_that_imports_application_code_is_found(text: str):
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


@pytest.mark.parametrize(
    "text",
    [
        "level.reserved += 1", "level.on_hand = 5", "there.incoming -= units", "a, level.unavailable = 1, 2", "setattr(level, 'on_hand', 3)",
        "await execute('UPDATE stock_level SET reserved = reserved + 1')", "await execute(f'update \"stock_level\" SET {names}')",
        "await fetch(\"\"\"WITH x AS (SELECT 1)\n INSERT  INTO stock_level (id) VALUES (1)\"\"\")", "await execute('DELETE FROM stock_level')",
        "await update_each([level], 'incoming', 'version')", "await write_together([], [Change(levels, ('reserved',))])",
        "await update_where(StockLevel, 'reserved = reserved - $2', 'id = $1', id, 1)", "await update_returning(models.StockLevel, f'at = $2, on_hand = {sum}', 'id = $1', 'id', id, at)",
        "await insert_or_update([level], 'id', 'incoming = excluded.incoming')", "await delete_where(StockLevel, 'id = $1', id)",
        "await level.save(update_fields=['on_hand', 'version'])", "await StockLevel.filter_of(ids).update(damaged=0)",
    ],
)  # fmt: skip
def test_a_second_writer_of_stock_levels_is_found(text: str):
    what = "a stock level is written outside level_changes.py: use change_levels"
    assert _broken("inventory/stock/service/other.py", text) == [what]
    assert _broken("inventory/stock/service/level_changes.py", text) == []


def test_levels_may_be_read_anywhere_and_lots_written_by_their_own_module():
    reads = "free = level.on_hand - level.reserved\nrows = await fetch('SELECT on_hand FROM stock_level')\nawait update_each([level], 'bin')\nawait update_where(StockLevel, 'bin = $2', 'reserved = 0', bin)\nawait update_where(Lot, 'units = 0', 'id = $1', id)"
    assert _broken("inventory/stock/service/other.py", reads) == []
    assert _broken("inventory/stock/service/lots.py", "there.on_hand += units") == []
    assert _broken("inventory/stock/service/lots.py", "level.reserved += units") != []


def _function(lines: int, docstring: str = "") -> str:
    return "\n".join(
        [
            "async def pack():",
            *([f'    """{docstring}"""'] if docstring else []),
            *["    x = 1"] * (lines - 1),
        ]
    )


def test_a_function_of_more_than_40_lines_is_found_and_its_docstring_is_not_counted():
    assert list(long_functions(ast.parse(_function(41)))) == [(1, "pack", 41)]
    assert list(long_functions(ast.parse(_function(41, "Pack.\n\n    Raises:\n    ")))) == [(1, "pack", 41)]
    assert list(long_functions(ast.parse(_function(40, "Pack.\n\n    Raises:\n    ")))) == []


def test_every_long_function_must_be_listed_with_a_reason_and_no_short_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys
):
    assert all(LONG_FUNCTIONS.values())
    app = tmp_path / "app"
    app.mkdir()
    (app / "main.py").write_text(_function(41) + "\n")
    monkeypatch.setattr(house_rules, "APP", app)
    monkeypatch.setattr(house_rules.database_rules, "broken", lambda path, tree: [])
    for listed, said in (({}, "main.py:1: pack has 41 lines"), ({"main.py:short": "…", "main.py:pack": "…"}, "main.py:short is not long")):  # fmt: skip
        monkeypatch.setattr(house_rules, "LONG_FUNCTIONS", listed)
        assert house_rules.main() == 1
        printed = capsys.readouterr().out
        assert said in printed
        assert "1 breaches" in printed
    monkeypatch.setattr(house_rules, "LONG_FUNCTIONS", {"main.py:pack": "…"})
    assert house_rules.main() == 0


@pytest.mark.parametrize("text", ["def f() -> Any: ...", "async def f() -> Any | None: ..."])
def test_a_function_that_returns_any_is_found_outside_the_core_and_the_engine(text: str):
    assert _broken("orders/service/other.py", text) == ["f returns Any: name the type"]
    assert _broken("core/graphql/other.py", text) == []
    assert _broken("engine/database/other.py", text) == []
    assert _broken("orders/service/other.py", "def f() -> list[Any]: ...\ndef g(x: Any) -> int: ...") == []


def test_a_re_export_that_nothing_uses_is_found():
    package = ast.parse("from app.orders.queries.lists import a, b, c, d\nfrom app.core import e\nwanted = d")
    users = {
        "app.web.one": ast.parse("from app.orders.queries import a"),
        "app.web.two": ast.parse("from app.orders import queries as orders\norders.b()"),
    }
    assert list(re_exports.unused({"app.orders.queries": package}, users)) == [("app.orders.queries", "c")]
    named = {**users, "tests.three": ast.parse("patch('app.orders.queries.c')")}
    assert list(re_exports.unused({"app.orders.queries": package}, named)) == []

"""Links begin with a host that the operator has configured, not with one that a caller sends."""

import os
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from app.core.database.sqlite import claim, restrict_to_owner
from app.settings import Settings
from app.web.addresses import own_address


def _asked(host: str, **settings: Any) -> str:
    scope: dict[str, Any] = {
        "type": "http", "scheme": "https", "path": "/graphql", "query_string": b"", "server": ("10.0.0.1", 8000),
        "headers": [(b"host", host.encode())],
    }  # fmt: skip
    return own_address(Settings(**{"env": "production", "port": 8000} | settings), Request(scope))


@pytest.mark.parametrize(
    ("host", "settings", "named"),
    [
        ("evil.example", {}, "http://localhost:8000"),
        ("localhost.evil.example", {}, "http://localhost:8000"),
        ("evil.example#localhost", {}, "http://localhost:8000"),
        ("localhost@evil.example", {}, "http://localhost:8000"),
        ("localhost:8000", {}, "https://localhost:8000"),
        ("127.0.0.1:9", {}, "https://127.0.0.1:9"),
        ("evil.example", {"allowed_hosts": "shop.example, b.example:8443"}, "https://shop.example"),
        ("B.example:8443", {"allowed_hosts": "shop.example, b.example:8443"}, "https://b.example:8443"),
        ("b.example", {"allowed_hosts": "shop.example, b.example:8443"}, "https://shop.example"),
        ("any.example", {"env": "development"}, "https://any.example"),
    ],
)
def test_in_production_links_contain_only_allowed_hosts(host: str, settings: dict[str, str], named: str):
    assert _asked(host, **settings) == named


def test_a_new_database_file_is_private_to_its_owner_and_an_old_one_not_public(tmp_path: Path):
    path = tmp_path / "new.db"
    restrict_to_owner(str(path))
    assert path.stat().st_mode & 0o777 == 0o600
    for name, before, after in (
        ("old.db", 0o644, 0o640),
        ("old.db-wal", 0o666, 0o660),
        ("own.db", 0o640, 0o640),
    ):
        (tmp_path / name).touch()
        os.chmod(tmp_path / name, before)
        restrict_to_owner(str(tmp_path / name.removesuffix("-wal")))
        assert (tmp_path / name).stat().st_mode & 0o777 == after
    held = claim(str(path))
    assert held is not None
    held.close()
    assert (tmp_path / "new.db.lock").stat().st_mode & 0o077 == 0

"""The command line says what is wrong in a line, and ends with a code that scripts can use."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def ordergraph(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ORDERGRAPH_")}
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        cwd=ROOT,
        env=environment | {"ORDERGRAPH_ENV": "development", "COLUMNS": "200"} | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("arguments", "settings", "said"),
    [
        (["verify"], {"ORDERGRAPH_DATABASE_URL": "mysql://x"}, "must begin with sqlite:// or postgres://"),
        (["migrate"], {"ORDERGRAPH_DATABASE_URL": "postgres://nobody@127.0.0.1:1/x"}, "127.0.0.1"),
        (["serve"], {"ORDERGRAPH_ENV": "production"}, "ORDERGRAPH_SECRET_KEY is not set"),
        (["token", "erp"], {}, "ordergraph migrate"),
        (["token", "erp", "--permission", "everything"], {}, "'orders_view'"),
        (["import", "online-retail", "README.md"], {}, "README.md is not an Online Retail file"),
    ],
)
def test_what_a_person_can_put_right_is_said_without_a_traceback(
    arguments: list[str], settings: dict[str, str], said: str, tmp_path: Path
):
    database = {"ORDERGRAPH_DATABASE_URL": f"sqlite:///{tmp_path}/empty.db"}
    done = ordergraph(*arguments, **(database | settings))
    assert done.returncode == 2
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr

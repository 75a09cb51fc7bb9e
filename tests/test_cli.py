"""The command line reports errors in one line and with exit codes for scripts."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from app import cli, command_line
from app.engine.database import unwritten
from tests import forking

pytestmark = pytest.mark.divided
ROOT = Path(__file__).parent.parent


def ordergraph(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ORDERGRAPH_")}
    environment |= {"ORDERGRAPH_ENV": "development", "COLUMNS": "200"} | settings
    return forking.run("app.cli", [*arguments], environment)


@pytest.mark.parametrize(
    ("arguments", "settings", "said"),
    [
        (["verify"], {"ORDERGRAPH_DATABASE_URL": "mysql://x"}, "must begin with sqlite:// or postgres://"),
        (["migrate"], {"ORDERGRAPH_DATABASE_URL": "postgres://nobody@127.0.0.1:1/x"}, "127.0.0.1"),
        (["serve"], {"ORDERGRAPH_ENV": "production"}, "ORDERGRAPH_SECRET_KEY is not set"),
        (["token", "erp"], {}, "ordergraph migrate"),
        (["token", "erp", "--permission", "everything"], {}, "'orders_view'"),
        (["import", "online-retail", "README.md"], {}, "README.md is not an Online Retail file"),
        (["import", "online-retail", "README.md"], {"ORDERGRAPH_ENV": "production"}, "is not set"),
    ],
)
def test_user_errors_are_reported_without_a_traceback(
    arguments: list[str], settings: dict[str, str], said: str, tmp_path: Path
):
    database = {"ORDERGRAPH_DATABASE_URL": f"sqlite:///{tmp_path}/empty.db"}
    done = ordergraph(*arguments, **(database | settings))
    assert done.returncode == 2
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["serve", "seed", "import online-retail README.md"])
def test_a_missing_secret_key_is_reported_with_both_remedies(command: str, tmp_path: Path):
    done = in_a_new_shell(tmp_path, *command.replace("README.md", str(ROOT / "README.md")).split())
    assert done.returncode == 2
    assert "Set it to at least 32 random characters" in done.stdout
    assert "set ORDERGRAPH_ENV=development instead" in done.stdout


def test_commands_that_sign_nothing_need_no_settings(tmp_path: Path):
    for command, said in (
        ("migrate", "The database is up to date."),
        ("verify", "No inconsistencies found."),
        ("token erp", "og_live_"),
        ("staff ada@example.com --name Ada --password long-password-1", "Ada can sign in."),
        ("staff-password Ada@example.com --password long-password-2", "The password of Ada is changed."),
    ):
        done = in_a_new_shell(tmp_path, *command.split())
        assert (done.returncode, done.stderr) == (0, "")
        assert said in done.stdout
    for path in (tmp_path / "data").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


def in_a_new_shell(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command as in the docs, without Ordergraph's environment variables, in a separate folder."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ORDERGRAPH_") and k != "PORT"}
    return subprocess.run(
        [str(Path(sys.executable).parent / "ordergraph"), *arguments],
        cwd=folder,
        env=environment | {"COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )


async def test_only_missing_tables_and_columns_are_reported_with_a_hint_to_migrate(capsys):
    async def breaks(error: Exception) -> None:
        raise error

    for error, hinted in (
        (IntegrityError("CHECK constraint failed: payment_of_something"), False),
        (OperationalError("database or disk is full"), False),
        (OperationalError("no such table: channel"), True),
        (OperationalError('column "x" of relation "channel" does not exist'), True),
    ):
        with pytest.raises(typer.Exit), command_line.errors_in_one_line():
            await breaks(error)
        printed = capsys.readouterr().out
        assert str(error).split()[0] in printed
        assert ("ordergraph migrate" in printed) is hinted


def test_an_import_that_loads_nothing_exits_with_1(tmp_path: Path):
    file = tmp_path / "retail.csv"
    file.write_text(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "536365,85123A,LANTERN,6,the first of December,2.55,17850,United Kingdom\n"
    )
    settings = {"ORDERGRAPH_DATABASE_URL": f"sqlite:///{tmp_path}/shop.db"}
    assert ordergraph("migrate", **settings).returncode == 0
    report = str(tmp_path / "refused.csv")
    done = ordergraph("import", "online-retail", str(file), "--refused", report, **settings)
    assert done.returncode == 1
    assert "Nothing was loaded" in done.stdout
    assert "agrees" not in done.stdout


def test_makemigrations_checks_without_writing_and_writes_only_with_a_name():
    checked = ordergraph("makemigrations", "--check")
    assert (checked.returncode, checked.stdout.strip()) == (
        0,
        "The migrations match the models.",
    )
    nameless = ordergraph("makemigrations")
    assert nameless.returncode == 2
    assert "--check" in nameless.stderr


async def test_makemigrations_check_lists_missing_operations_and_exits_with_1(monkeypatch, capsys):
    operation = ops.AddIndex("Order", Index(fields=["email"]))

    async def missing(config: object) -> list[object]:
        return [SimpleNamespace(operations=[operation])]

    monkeypatch.setattr(unwritten, "unwritten_changes", missing)
    with pytest.raises(typer.Exit) as stopped:
        await asyncio.to_thread(cli.makemigrations, check=True)
    assert stopped.value.exit_code == 1
    assert "Missing in the migrations: Add index to Order (email)" in capsys.readouterr().out


def test_a_server_does_not_import_optional_packages_at_start():
    asked = "import sys, app.main; print([name for name in ('httpx', 'statsmodels') if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=False, timeout=250
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr

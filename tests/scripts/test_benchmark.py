"""The benchmark writes each result as soon as it is measured, even if others fail."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from benchmark import __main__ as bench
from benchmark.report import Line, Results, show
from rich.console import Console

from tests.conftest import ON_POSTGRES

ROOT = Path(__file__).parent.parent.parent
LONGEST = Line(
    "sourcing, fewest parcels: 10 lines over 50 locations", 15_769.0, 1_234.5, 12_345.6, 12.34, 288.0, 15_769.0,
    goal_ratio=0.2, errors=12, remark="p99 alone 7 ms, beside it 24 ms; were it not limited 184 ms",
)  # fmt: skip


def _results(folder: Path, *, width: int = 80) -> Results:
    return Results(
        Console(width=width, no_color=True), {"tool": "wrk"}, folder / "out.json", folder / "out.md"
    )


def test_the_table_fits_80_columns_and_loses_no_figure(capsys):
    show(Console(width=80, no_color=True), [LONGEST], "wrk, one thread")
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 80
    assert "…" not in printed
    for figure in ("15,769", "1234.5", "12345.6", "12.34", "288", "1.00", "12"):
        assert figure in printed


async def test_a_workload_that_fails_is_reported_and_the_others_are_measured(tmp_path: Path, capsys):
    results = _results(tmp_path, width=200)

    async def breaks() -> Line:
        raise TimeoutError("canceling statement due to statement timeout")

    async def works() -> Line:
        return Line("order detail", rate=1_276.0, p50=11.9, p99=20.5)

    await bench._attempt(results, "verify", breaks)
    assert "TimeoutError: canceling statement" in capsys.readouterr().out
    await bench._attempt(results, "order detail", works)
    assert "order detail: 1,276/s, p50 11.9 ms, p99 20.5 ms" in capsys.readouterr().out
    assert results.are_wrong
    written = json.loads((tmp_path / "out.json").read_text())
    assert [line["name"] for line in written["lines"]] == ["verify", "order detail"]
    assert (written["complete"], written["tool"]) == (False, "wrk")
    assert "| order detail |" in (tmp_path / "out.md").read_text()


async def test_results_measured_before_an_interrupt_are_written(tmp_path: Path):
    results = _results(tmp_path)
    results.add(Line("order detail", rate=1.0))

    async def interrupted() -> Line:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await bench._attempt(results, "verify", interrupted)
    written = json.loads((tmp_path / "out.json").read_text())
    assert [line["name"] for line in written["lines"]] == ["order detail"]


_SCRIPT = """
import asyncio
from app.core.database import fetch, is_postgres
from benchmark.stock import unhurried
async def ask():
    async with unhurried():
        print(dict((await fetch("SHOW statement_timeout" if is_postgres() else "SELECT 1 AS one"))[0]))
asyncio.run(ask())
"""


def test_data_is_loaded_without_the_servers_time_limit(application: object):
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'scripts'}"}
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ("{'statement_timeout': '0'}" if ON_POSTGRES else "{'one': 1}")

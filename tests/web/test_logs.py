"""Failures that callers cause do not fill the log; the first of each kind is logged in full."""

import json
from typing import Any

import pytest
import structlog

from app.web import bounded_logs
from app.web.bounded_logs import Bounded


def _fail(message: str, deep: int = 30) -> None:
    if deep:
        _fail(message, deep - 1)
    raise ValueError(message)


def _line(bounded: Bounded, message: str = "no", **more: Any) -> dict[str, Any]:
    """A failure as it is written in production."""
    line: Any = {"event": "http.bug", **more}
    try:
        _fail(message)
    except ValueError as error:
        line["exc_info"] = error
    for step in (structlog.processors.format_exc_info, bounded):
        line = step(None, "error", line)
    return json.loads(json.dumps(line, default=str))  # type: ignore[no-any-return]


def test_the_first_failure_of_a_kind_is_logged_in_full_and_later_ones_briefly():
    bounded = Bounded()
    first = _line(bounded)
    assert first["exception"].startswith("Traceback") and first["exception"].endswith("ValueError: no")
    assert "in _line" in first["exception"] and "in _fail" in first["exception"]
    again = [_line(bounded, "x" * 10 * n) for n in range(1, 50)]
    assert max(len(json.dumps(each)) for each in again) < 400
    assert again[0]["exception"] == "ValueError: " + "x" * 10
    assert [each["nth_within_the_hour"] for each in again] == list(range(2, 51))


def test_another_kind_and_the_first_failure_after_an_hour_are_logged_in_full(monkeypatch: pytest.MonkeyPatch):
    bounded = Bounded()
    for event in ("a", "b"):
        assert "Traceback" in _line(bounded, event=event)["exception"]
    assert "Traceback" not in _line(bounded, event="a")["exception"]
    later = bounded_logs.time.monotonic() + bounded_logs.PERIOD + 1
    monkeypatch.setattr(bounded_logs.time, "monotonic", lambda: later)
    assert "Traceback" in _line(bounded, event="a")["exception"]


def test_kinds_beyond_the_limit_of_an_hour_are_logged_briefly():
    bounded = Bounded()
    lines = [_line(bounded, event=f"kind {n}") for n in range(bounded_logs.KINDS + 20)]
    assert sum("Traceback" in line["exception"] for line in lines) == bounded_logs.KINDS


@pytest.mark.parametrize("value", ["x" * 50_000, ["x" * 30] * 5_000, {"x" * 20_000: 1}, b"x" * 40_000])
def test_long_values_are_truncated_in_the_log(value: Any):
    line = _line(Bounded(), "y" * 100_000, path=value)
    assert len(line["path"]) < 2_100
    assert len(line["exception"]) < 16_100
    assert line["exception"].startswith("Traceback")

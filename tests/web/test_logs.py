"""What callers cause fills no disk with logs, and the first of each kind of failure is there whole."""

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


def test_the_first_of_a_kind_is_whole_and_the_others_are_short_whatever_they_say():
    bounded = Bounded()
    first = _line(bounded)
    assert first["exception"].startswith("Traceback") and first["exception"].endswith("ValueError: no")
    assert "in _line" in first["exception"] and "in _fail" in first["exception"]
    again = [_line(bounded, "x" * 10 * n) for n in range(1, 50)]
    assert max(len(json.dumps(each)) for each in again) < 400
    assert again[0]["exception"] == "ValueError: " + "x" * 10
    assert [each["nth_within_the_hour"] for each in again] == list(range(2, 51))


def test_another_kind_is_whole_again_and_so_is_the_first_after_an_hour(monkeypatch: pytest.MonkeyPatch):
    bounded = Bounded()
    for event in ("a", "b"):
        assert "Traceback" in _line(bounded, event=event)["exception"]
    assert "Traceback" not in _line(bounded, event="a")["exception"]
    later = bounded_logs.time.monotonic() + bounded_logs.PERIOD + 1
    monkeypatch.setattr(bounded_logs.time, "monotonic", lambda: later)
    assert "Traceback" in _line(bounded, event="a")["exception"]


def test_of_many_kinds_within_an_hour_the_later_ones_are_short():
    bounded = Bounded()
    lines = [_line(bounded, event=f"kind {n}") for n in range(bounded_logs.KINDS + 20)]
    assert sum("Traceback" in line["exception"] for line in lines) == bounded_logs.KINDS


@pytest.mark.parametrize("value", ["x" * 50_000, ["x" * 30] * 5_000, {"x" * 20_000: 1}, b"x" * 40_000])
def test_no_value_makes_a_long_line(value: Any):
    line = _line(Bounded(), "y" * 100_000, path=value)
    assert len(line["path"]) < 2_100
    assert len(line["exception"]) < 16_100
    assert line["exception"].startswith("Traceback")

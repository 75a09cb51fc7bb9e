"""Forged cursors: of other shapes, of other kinds, and with values out of the range of columns."""

import base64
import itertools
import json
from typing import Any

ID = {"u": "00000000-0000-7000-8000-000000000000"}
# Values of a sorted column at the limits of databases and Python.
ENDS: list[Any] = [
    {"t": "0001-01-01T00:00:00+00:00"}, {"t": "9999-12-31T23:59:59.999999+00:00"}, {"t": "0001-01-01T00:00:00+23:59"},
    {"t": "9999-12-31T23:59:59-23:59"}, {"t": "4714-11-24T00:00:00 BC"}, {"t": "2026-01-01"},
    2**31, -(2**31) - 1, 2**63 - 1, -(2**63), 2**63, 10**30, 0.5, 1e308,
    "", "a\x00b", "x" * 60_000, "2026-01-01", "0001-01-01", True, None,
]  # fmt: skip
SHAPES: list[Any] = [
    [], {}, 5, None, "x", [[]], [{}], [{"u": 5}], [{"t": 5}], [{"u": None}], [{"u": "none"}], [{"t": "soon"}],
    [{"u": [ID]}], [{"t": {"u": 5}}], [{"x": 1}], [[[[1]]]], [1] * 5_000, [ID] * 3, [ID, ID],
]  # fmt: skip
BROKEN = ["", "=", "é", "!", "a", "AA" * 20_000, "bnVsbA", "W10\x00", "W10=====", "\ud83d"]


def _encoded(values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=").decode()


def cursors() -> list[str]:
    """All cursors: shapes, each limit with and without an id, two limits together, and malformed text."""
    ends = [[end, ID] for end in ENDS] + [[end] for end in ENDS]
    both = [[one, other, ID] for one, other in itertools.pairwise(ENDS)]
    streams = [
        "NaN",
        "1e400",
        "-1",
        "9" * 40,
        "9223372036854775808.0",
        "1.9223372036854775808",
        "1.1.1",
        "\x00",
    ]
    feeds = [base64.urlsafe_b64encode(each.encode()).rstrip(b"=").decode() for each in streams]
    return [*map(_encoded, SHAPES + ends + both), *feeds, *BROKEN]

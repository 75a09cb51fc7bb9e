"""How much of long tests a run executes.

The runs on SQLite and on PostgreSQL test mostly the same code, so long tests are divided between them or
shortened. With RUNS=full each run executes everything.
"""

import os
from typing import TypeVar

T = TypeVar("T")
IS_FULL = os.environ.get("RUNS") == "full"


def usual(amount: T, *, full: T) -> T:
    """An amount that is larger in a full run."""
    return full if IS_FULL else amount

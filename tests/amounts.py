"""How much of a long proof a run of the tests does.

The runs on SQLite and on PostgreSQL prove the same of the same code, mostly: what takes long is divided between them,
or done in part. With RUNS=full in the environment each of them does all of it.
"""

import os
from typing import TypeVar

T = TypeVar("T")
IS_FULL = os.environ.get("RUNS") == "full"


def usual(amount: T, *, full: T) -> T:
    """An amount that is another one in a full run."""
    return full if IS_FULL else amount

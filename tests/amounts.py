"""How much of long tests a run executes.

The runs on SQLite and on PostgreSQL test mostly the same code, so long tests are divided between them or
shortened. With RUNS=full each run executes everything.
"""

import os
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")
IS_FULL = os.environ.get("RUNS") == "full"
ON_POSTGRES = os.environ.get("TEST_DATABASE", "sqlite") == "postgres"


def usual(amount: T, *, full: T) -> T:
    """An amount that is larger in a full run."""
    return full if IS_FULL else amount


def is_done_here(name: str) -> bool:
    """Whether this run does a part of a divided test; the run on the other database does the others."""
    return IS_FULL or sha256(name.encode()).digest()[0] % 2 == ON_POSTGRES

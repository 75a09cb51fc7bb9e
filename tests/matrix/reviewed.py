"""Reviewed tables beside the tests: regenerated on request, and committed
after a review of the difference.
"""

import os
from pathlib import Path

FOLDER = Path(__file__).parent
WRITE = "WRITE_MATRIX"  # if this variable is set, the tables are written instead of compared


def assert_reviewed(name: str, made: str) -> None:
    """Compare a table with the committed one. With WRITE_MATRIX=1 it is written, to be reviewed and committed."""
    path = FOLDER / name
    if os.environ.get(WRITE):
        path.write_text(made)
    committed = path.read_text() if path.exists() else ""
    differences = [
        *(f"- {line}" for line in committed.splitlines() if line not in set(made.splitlines())),
        *(f"+ {line}" for line in made.splitlines() if line not in set(committed.splitlines())),
    ]
    assert not differences, f"{name} differs (- reviewed, + now):\n" + "\n".join(differences[:80])

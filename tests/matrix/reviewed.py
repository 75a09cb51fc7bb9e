"""Reviewed tables beside the tests: regenerated on request, and committed
after a review of the difference.
"""

import os
from pathlib import Path

FOLDER = Path(__file__).parent
WRITE = "WRITE_MATRIX"  # set this variable to have the tables written instead of compared


def assert_reviewed(name: str, made: str) -> None:
    """Compare a table with the one that was reviewed. With WRITE_MATRIX=1 it is written, to be read and committed."""
    path = FOLDER / name
    if os.environ.get(WRITE):
        path.write_text(made)
    kept = path.read_text() if path.exists() else ""
    differences = [
        *(f"- {line}" for line in kept.splitlines() if line not in set(made.splitlines())),
        *(f"+ {line}" for line in made.splitlines() if line not in set(kept.splitlines())),
    ]
    assert not differences, f"{name} says otherwise (- reviewed, + now):\n" + "\n".join(differences[:80])

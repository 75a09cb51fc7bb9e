"""What is stored as JSON is read as it was written, and as it was written before."""

from datetime import date
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.inventory.sourcing import DecidedCandidate, DecidedPick, SourcingDecision, Split, Strategy, Verdict

UNITS = st.integers(0, 10**8)
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
TEXT = st.text(max_size=8)


def stored(value: Any) -> Any:
    """As a column gives back what was put in it."""
    return orjson.loads(orjson.dumps(value))


DECISIONS = st.builds(
    SourcingDecision,
    picks=st.lists(st.builds(DecidedPick, st.uuids(), st.uuids(), UNITS), max_size=4).map(tuple),
    candidates=st.lists(
        st.builds(DecidedCandidate, st.uuids(), st.sampled_from(Verdict), TEXT, UNITS, DAYS | st.none()),
        max_size=4,
    ).map(tuple),
    strategy=st.sampled_from(Strategy),
    split=st.sampled_from(Split),
    ships_complete=st.booleans(),
    is_exact=st.booleans(),
)


@given(DECISIONS)
def test_a_sourcing_decision_is_read_as_it_was_written(decision: SourcingDecision):
    assert SourcingDecision.from_json(stored(decision.to_json())) == decision


WEST, EAST, SHIRT = UUID(int=1), UUID(int=2), UUID(int=3)


def test_a_sourcing_decision_that_is_stored_is_explained_and_followed():
    found = SourcingDecision.from_json(
        {
            "exact": False,
            "picks": [[str(WEST), str(SHIRT), 2]],
            "candidates": [
                [str(WEST), "chosen", "1", 2, "2026-03-02"],
                [str(EAST), "no_stock", "2", 0, None],
            ],
            "strategy": "nearest",
            "split": "single_location",
            "ships_complete": True,
        }
    )
    assert found is not None
    assert found.picks == (DecidedPick(WEST, SHIRT, 2),) and found.places == [WEST]
    assert found.chosen == (DecidedCandidate(WEST, Verdict.CHOSEN, "1", 2, date(2026, 3, 2)),)
    assert found.candidates[1] == DecidedCandidate(EAST, Verdict.NO_STOCK, "2", 0, None)
    assert (found.strategy, found.split, found.ships_complete, found.is_exact) == (
        Strategy.NEAREST,
        Split.SINGLE_LOCATION,
        True,
        False,
    )
    assert found.ships_on == date(2026, 3, 2) and found.days_of(EAST) == []


@pytest.mark.parametrize("read", [SourcingDecision.from_json])
def test_nothing_stored_is_nothing(read: Any):
    assert read(None) is None

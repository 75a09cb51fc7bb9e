"""From which locations a demand is met: rules without a database."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.inventory.sourcing import Offer, by_priority

PLACES = [UUID(int=i) for i in range(1, 4)]
THINGS = [UUID(int=i) for i in range(11, 15)]


def offers(table: dict[tuple[int, int], int]) -> list[Offer]:
    return [Offer(UUID(int=100 + p * 10 + t), THINGS[t], PLACES[p], count) for (p, t), count in table.items()]


def test_the_first_location_that_has_everything_sends_everything():
    have = offers({(0, 0): 5, (0, 1): 0, (1, 0): 5, (1, 1): 5})
    picks, short = by_priority({THINGS[0]: 1, THINGS[1]: 1}, have, PLACES)
    assert not short and {pick.location_id for pick in picks} == {PLACES[1]}


def test_a_line_is_split_only_when_no_location_has_it_whole():
    have = offers({(0, 0): 2, (1, 0): 3, (2, 0): 4})
    picks, _ = by_priority({THINGS[0]: 4}, have, PLACES)
    assert [(pick.location_id, pick.quantity) for pick in picks] == [(PLACES[2], 4)]
    picks, _ = by_priority({THINGS[0]: 6}, have, PLACES)
    assert [(pick.location_id, pick.quantity) for pick in picks] == [
        (PLACES[0], 2),
        (PLACES[1], 3),
        (PLACES[2], 1),
    ]


table = st.dictionaries(st.tuples(st.integers(0, 2), st.integers(0, 3)), st.integers(-2, 9))
wanted = st.dictionaries(st.sampled_from(THINGS), st.integers(1, 12), min_size=1)


@given(table, wanted)
def test_what_is_picked_is_exactly_what_was_asked_and_never_more_than_there_is(table, wanted):
    have = offers(table)
    picks, short = by_priority(wanted, have, PLACES)
    stock = {offer.level_id: offer.available for offer in have}
    totals = {t: sum(max(0, o.available) for o in have if o.variant_id == t) for t in wanted}
    assert set(short) == {t for t, count in wanted.items() if totals[t] < count}
    if short:
        assert picks == [] and all(short[t] == totals[t] for t in short)
        return
    for thing, count in wanted.items():
        assert sum(pick.quantity for pick in picks if pick.variant_id == thing) == count
    assert all(0 < pick.quantity <= stock[pick.level_id] for pick in picks)
    assert len({pick.level_id for pick in picks}) == len(picks)

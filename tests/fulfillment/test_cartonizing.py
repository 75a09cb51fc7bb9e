"""Proposed packages contain all units and respect the size and weight of their boxes."""

from hypothesis import given
from hypothesis import strategies as st

from app.fulfillment.cartonizing import Carton, Item, propose

SMALL = Carton("S", (200, 150, 100), 80, 2_000)
LARGE = Carton("L", (500, 400, 300), 400, 20_000)
MUG = Item("MUG", 1, (100, 90, 90), 350)
side = st.integers(10, 700)
items = st.builds(
    Item,
    sku=st.sampled_from("ABCDEFGH"),
    quantity=st.integers(1, 40),
    sides=st.none() | st.tuples(side, side, side),
    grams=st.none() | st.integers(1, 25_000),
)


def _of(item: Item, quantity: int) -> Item:
    return Item(item.sku, quantity, item.sides, item.grams)


def test_the_smallest_box_that_fits_all_units_is_proposed():
    (box,) = propose([_of(MUG, 2)], [LARGE, SMALL])
    assert box.carton == SMALL and box.contents == {"MUG": 2} and box.gross_grams == 780


def test_units_that_exceed_the_small_box_go_into_the_large_one():
    (box,) = propose([_of(MUG, 20)], [SMALL, LARGE])
    assert box.carton == LARGE and box.gross_grams == 7_400


def test_units_are_split_by_weight_even_if_the_volume_fits():
    lead = Item("LEAD", 3, (50, 50, 50), 9_000)
    boxes = propose([lead], [SMALL, LARGE])
    assert [(box.carton, box.contents) for box in boxes] == [(LARGE, {"LEAD": 2}), (LARGE, {"LEAD": 1})]


def test_an_item_that_fits_no_box_is_a_package_without_a_box():
    boxes = propose([Item("POLE", 2, (2_000, 40, 40), 900), MUG], [SMALL])
    assert [(box.carton, box.contents) for box in boxes] == [(SMALL, {"MUG": 1}), (None, {"POLE": 2})]


def test_an_item_without_measures_fits_any_box():
    (box,) = propose([Item("CARD", 5)], [SMALL])
    assert box.carton == SMALL and box.contents == {"CARD": 5} and box.gross_grams is None


def test_after_199_boxes_the_rest_is_one_package_without_a_box():
    boxes = propose([Item("SAFE", 5_000, (450, 350, 250), 15_000)], [SMALL, LARGE])
    assert len(boxes) == 200 and boxes[-1].carton is None
    assert sum(box.contents["SAFE"] for box in boxes) == 5_000


def test_without_boxes_all_units_are_one_package():
    assert [box.contents for box in propose([MUG], [])] == [{"MUG": 1}]


@given(
    st.lists(items, max_size=6, unique_by=lambda item: item.sku),
    st.sampled_from([[SMALL], [SMALL, LARGE], []]),
)
def test_every_unit_is_in_one_box_and_no_box_holds_more_than_it_may(
    wanted: list[Item], cartons: list[Carton]
):
    boxes = propose(wanted, cartons)
    by_sku = {item.sku: item for item in wanted}
    for item in wanted:
        assert sum(box.contents.get(item.sku, 0) for box in boxes) == item.quantity
    for box in boxes:
        assert all(units > 0 for units in box.contents.values())
        if box.carton is None:
            continue
        known = sum((by_sku[sku].grams or 0) * units for sku, units in box.contents.items())
        assert known <= box.carton.most_grams
        assert sum(by_sku[sku].volume * units for sku, units in box.contents.items()) <= box.carton.volume
        for sku in box.contents:
            assert box.carton.takes(by_sku[sku])

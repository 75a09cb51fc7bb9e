"""Cancelling, editing and both in any order have the same result."""

from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from tests.ask import Api
from tests.journeys.life import books_add_up
from tests.orders.selling import FINLAND, SWEDEN, Helsinki, amounts, due

NEXT_DOOR = FINLAND | {"line1": "Katu 1a"}


@pytest.fixture
async def shop(api: Api) -> Helsinki:
    shop = await Helsinki.opened(api)
    await shop.code("FIVE", amount=500)
    await shop.code("TENTH", percent="10")
    return shop


async def test_correcting_the_address_after_a_partial_cancellation_changes_no_amount(shop: Helsinki):
    order = await shop.place(("PLATE", 1), ("CUP", 1), discountCodes=["five"])
    left = await shop.cancel(order, {"PLATE": 1})
    assert due(left) == Decimal("18.10")
    asked: dict[str, Any] = {"shippingAddress": NEXT_DOOR}
    seen = await shop.edit(left, preview=True, **asked)
    assert seen["amountToPay"] == {"amount": "0.00"} and due(seen["after"]) == Decimal("18.10")
    done = await shop.edit(left, **asked)
    assert done["amountToPay"] == {"amount": "0.00"} and amounts(done["order"]) == amounts(left)
    await books_add_up()


async def test_correcting_the_address_does_not_change_tax_that_does_not_divide_evenly(api: Api):
    shop = await Helsinki.opened(api)
    await shop.rate("FI", "0.21")
    order = await shop.place(("CUP", 2))
    left = await shop.cancel(order, {"CUP": 1})
    assert due(left) == Decimal("18.95")  # 10.70 and 2.25, 4.96 and 1.04
    done = await shop.edit(left, shippingAddress=NEXT_DOOR)
    assert done["amountToPay"] == {"amount": "0.00"} and due(done["order"]) == Decimal("18.95")


@pytest.mark.parametrize("codes", [[], ["FIVE"], ["TENTH"], ["FIVE", "TENTH"], ["TENTH", "FIVE"]])
async def test_cancelling_a_line_and_editing_its_quantity_to_zero_give_the_same_amounts(
    shop: Helsinki, codes: list[str]
):
    orders = [await shop.place(("PLATE", 3), ("CUP", 7), discountCodes=codes) for _ in range(4)]
    first = await shop.cancel(orders[0], {"PLATE": 3})
    second = (await shop.edit(orders[1], {"PLATE": 0}))["order"]
    third = await shop.cancel(orders[2], {"PLATE": 1})
    third = (await shop.edit(third, {"PLATE": 0}))["order"]
    fourth = (await shop.edit(orders[3], {"PLATE": 2}))["order"]
    fourth = await shop.cancel(fourth, {"PLATE": 2})
    assert amounts(first) == amounts(second) == amounts(third)
    assert due(first) == due(fourth)
    await books_add_up()


@pytest.mark.parametrize("codes", [[], ["FIVE"], ["TENTH", "FIVE"]])
async def test_amounts_are_the_same_whether_units_are_removed_by_cancelling_or_by_editing(
    shop: Helsinki, codes: list[str]
):
    orders = [await shop.place(("PLATE", 1), ("CUP", 7), discountCodes=codes) for _ in range(3)]
    one = await shop.cancel(orders[0], {"CUP": 5})
    two = (await shop.edit(orders[1], {"CUP": 5}))["order"]
    two = (await shop.edit(two, {"CUP": 2}))["order"]
    three = (await shop.edit(orders[2], {"CUP": 6}))["order"]
    three = await shop.cancel(three, {"CUP": 4})
    assert due(one) == due(two) == due(three)
    await books_add_up()


async def test_partial_cancellations_in_any_sequence_add_up_to_the_order_total(shop: Helsinki):
    steps: list[dict[str, int]] = [{"PLATE": 1}, {"CUP": 2}, {"CUP": 1, "KNIFE": 1}]
    ways = []
    for way in permutations(steps):
        order = await shop.place(("PLATE", 1), ("CUP", 3), ("KNIFE", 1), discountCodes=["FIVE", "TENTH"])
        whole = due(order)
        for step in way:
            order = await shop.cancel(order, step)
        assert order["status"] == "CANCELLED" and due(order) == 0
        assert Decimal(order["amountCancelled"]["amount"]) == whole
        ways.append(whole)
    assert len(set(ways)) == 1
    await books_add_up()


async def test_undoing_an_edit_restores_every_amount(shop: Helsinki):
    order = await shop.place(("PLATE", 2), ("CUP", 7), discountCodes=["FIVE"])
    down = (await shop.edit(order, {"CUP": 3}))["order"]
    back = (await shop.edit(down, {"CUP": 7}))["order"]
    assert amounts(back) == amounts(order)
    away = (await shop.edit(back, shippingAddress=SWEDEN))["order"]
    assert due(away) > due(order)
    home = (await shop.edit(away, shippingAddress=FINLAND))["order"]
    assert amounts(home) == amounts(order)


async def test_an_amount_discount_is_given_once_after_repeated_repricing(shop: Helsinki):
    order = await shop.place(("PLATE", 1), ("CUP", 1), discountCodes=["FIVE"])
    left = await shop.cancel(order, {"PLATE": 1})  # 3.94 of the code went with it
    more = (await shop.edit(left, {"CUP": 2}))["order"]
    assert more["discount"] == {"amount": "5.00"}
    assert due(more) == Decimal("31.37")  # 21.40 less 1.06, 24 % of 20.34, and 6.15 for sending it
    await books_add_up()


async def test_a_discount_code_applies_to_the_line_that_replaces_another(shop: Helsinki):
    order = await shop.place(("PLATE", 1), discountCodes=["FIVE"])
    swap = {"lineId": order["lines"]["nodes"][0]["id"], "sku": "KNIFE"}
    knife = (await shop.edit(order, lines=[swap]))["order"]
    assert knife["discount"] == {"amount": "5.00"}
    assert due(knife) == Decimal("123.95")  # 100.00 less 5.00, 24 % of 95.00, and 6.15 for sending it
    assert knife["amountCancelled"] == {"amount": "49.60"}  # the plate, at its full price
    await books_add_up()


async def test_cancelled_amounts_are_unchanged_when_the_rest_moves_to_another_tax_jurisdiction(
    shop: Helsinki,
):
    order = await shop.place(("PLATE", 2), ("CUP", 3))
    left = await shop.cancel(order, {"PLATE": 1})
    away = (await shop.edit(left, shippingAddress=SWEDEN))["order"]
    assert away["amountCancelled"] == left["amountCancelled"]
    assert due(away) == Decimal("96.33")  # 40.00 and 10.00, 32.10 and 8.03, 4.96 and 1.24
    assert due(await shop.cancel(away)) == 0
    await books_add_up()

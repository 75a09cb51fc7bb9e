"""Each field of each filter applies a condition on the column of its name."""

from dataclasses import replace
from typing import Any

import pytest
from tortoise.expressions import Q

from app.core.graphql.conditions import conditions, conditions_for, row_test
from app.customers.models import Customer
from app.customers.schema import customers
from app.inventory.stock.models import Lot
from app.inventory.stock.schema.queries import levels, lots
from app.planning import schema as planning
from app.planning.schema import StockPlanFilter
from tests.ask import Api
from tests.matrix.asking import Undoing
from tests.matrix.callers import Callers
from tests.matrix.filtering import Filters, filtered_lists
from tests.matrix.world import INSIDE, World


@pytest.fixture
def filters(client: Api, world: World, callers: Callers, seen: Undoing) -> Filters:
    return Filters(client.as_(callers.everything), world.sides[INSIDE], seen)


@pytest.mark.once
@pytest.mark.parametrize("list_name", filtered_lists())
async def test_every_field_of_a_filter_has_an_effect(filters: Filters, list_name: str):
    assert "\n".join(await filters.faults(list_name)) == ""


async def test_an_ignored_filter_field_is_detected(filters: Filters, monkeypatch: pytest.MonkeyPatch):
    conditions = customers._conditions

    def without_the_field(given: Any) -> Q:
        return conditions(replace(given, updated_at=None))

    monkeypatch.setattr(customers, "_conditions", without_the_field)
    assert await filters.faults("customers") == [
        "customers.updatedAt.gte changes nothing",
        "customers.updatedAt.lte changes nothing",
    ]


async def test_a_filter_field_on_another_column_is_detected(
    filters: Filters, monkeypatch: pytest.MonkeyPatch
):
    conditions = customers._conditions

    def with_another_column(given: Any) -> Q:
        return conditions(replace(given, created_at=given.updated_at or given.created_at, updated_at=None))

    monkeypatch.setattr(customers, "_conditions", with_another_column)
    assert await filters.faults("customers") == [
        "customers.updatedAt.gte has the same condition as customers.createdAt.gte",
        "customers.updatedAt.lte has the same condition as customers.createdAt.lte",
    ]


async def test_an_ignored_filter_field_without_a_statement_is_detected(
    filters: Filters, monkeypatch: pytest.MonkeyPatch
):
    matches = planning._matches
    monkeypatch.setattr(planning, "_matches", lambda given, row: matches(replace(given, is_dead=None), row))
    assert await filters.faults("stockPlan") == ["stockPlan.isDead changes nothing"]


@pytest.mark.once
@pytest.mark.parametrize("list_name", filtered_lists())
async def test_all_operators_of_a_filter_apply_together(filters: Filters, list_name: str):
    assert "\n".join(await filters.ignored_operators(list_name)) == ""


async def test_an_operator_ignored_beside_another_is_detected(
    filters: Filters, monkeypatch: pytest.MonkeyPatch
):
    own = levels.level_conditions

    def without_the_field(given: Any) -> Q:
        on_hand = given.on_hand
        if on_hand is not None and on_hand.eq is not None:
            given = replace(given, on_hand=replace(on_hand, gte=None, lte=None))
        return own(given)

    monkeypatch.setattr(levels, "level_conditions", without_the_field)
    assert await filters.ignored_operators("stockLevels") == [
        "stockLevels.onHand.gte is ignored beside onHand.eq, onHand.lte",
        "stockLevels.onHand.lte is ignored beside onHand.eq, onHand.gte",
    ]


async def test_a_filter_without_a_condition_for_each_field_raises_an_error_at_import():
    with pytest.raises(TypeError, match="CustomerFilter: declare conditions for phone, tags, "):
        conditions(customers.CustomerFilter, Customer, postal_code=lambda _: Q())
    with pytest.raises(TypeError, match="CustomerFilter has no colour"):
        conditions(customers.CustomerFilter, Customer, colour=lambda _: Q())
    with pytest.raises(TypeError, match="StockLotFilter: declare conditions for is_on_hand, which"):
        conditions_for(lots.StockLotFilter, Lot, {"location": lambda _, __: Q()}, sku=lambda _: Q())
    with pytest.raises(TypeError, match="StockPlanFilter: give the test of xyz, is_dead, "):
        row_test(StockPlanFilter, abc=lambda _, __: True)
    with pytest.raises(TypeError, match="StockPlanFilter has no colour"):
        row_test(StockPlanFilter, colour=lambda _, __: True)

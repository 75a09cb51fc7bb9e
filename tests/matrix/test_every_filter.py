"""Each field of each filter narrows its list by the column of its name."""

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
async def test_every_field_of_a_filter_is_heeded(filters: Filters, list_name: str):
    assert "\n".join(await filters.faults(list_name)) == ""


async def test_a_forgotten_field_of_a_filter_is_found(filters: Filters, monkeypatch: pytest.MonkeyPatch):
    conditions = customers._conditions

    def forgetful(given: Any) -> Q:
        return conditions(replace(given, updated_at=None))

    monkeypatch.setattr(customers, "_conditions", forgetful)
    assert await filters.faults("customers") == [
        "customers.updatedAt.gte changes nothing",
        "customers.updatedAt.lte changes nothing",
    ]


async def test_a_filter_by_another_column_is_found(filters: Filters, monkeypatch: pytest.MonkeyPatch):
    conditions = customers._conditions

    def mistaken(given: Any) -> Q:
        return conditions(replace(given, created_at=given.updated_at or given.created_at, updated_at=None))

    monkeypatch.setattr(customers, "_conditions", mistaken)
    assert await filters.faults("customers") == [
        "customers.updatedAt.gte asks for the same as customers.createdAt.gte",
        "customers.updatedAt.lte asks for the same as customers.createdAt.lte",
    ]


async def test_a_forgotten_field_of_a_filter_without_a_statement_is_found(
    filters: Filters, monkeypatch: pytest.MonkeyPatch
):
    matches = planning._matches
    monkeypatch.setattr(planning, "_matches", lambda given, row: matches(replace(given, is_dead=None), row))
    assert await filters.faults("stockPlan") == ["stockPlan.isDead changes nothing"]


@pytest.mark.once
@pytest.mark.parametrize("list_name", filtered_lists())
async def test_all_operators_of_a_filter_apply_together(filters: Filters, list_name: str):
    assert "\n".join(await filters.ignored_operators(list_name)) == ""


async def test_an_operator_that_is_ignored_beside_another_is_found(
    filters: Filters, monkeypatch: pytest.MonkeyPatch
):
    own = levels.level_conditions

    def forgetful(given: Any) -> Q:
        on_hand = given.on_hand
        if on_hand is not None and on_hand.eq is not None:
            given = replace(given, on_hand=replace(on_hand, gte=None, lte=None))
        return own(given)

    monkeypatch.setattr(levels, "level_conditions", forgetful)
    assert await filters.ignored_operators("stockLevels") == [
        "stockLevels.onHand.gte is ignored beside onHand.eq, onHand.lte",
        "stockLevels.onHand.lte is ignored beside onHand.eq, onHand.gte",
    ]


async def test_a_filter_with_a_forgotten_field_does_not_import():
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

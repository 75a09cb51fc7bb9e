"""Each field of each filter narrows its list by the column of its name."""

from dataclasses import replace
from typing import Any

import pytest
from tortoise.expressions import Q

from app.core.graphql.conditions import conditions
from app.customers.models import Customer
from app.customers.schema import customers
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
    lets = StockPlanFilter.lets
    monkeypatch.setattr(StockPlanFilter, "lets", lambda given, row: lets(replace(given, is_dead=None), row))
    assert await filters.faults("stockPlan") == ["stockPlan.isDead changes nothing"]


async def test_a_filter_with_a_forgotten_field_does_not_import():
    with pytest.raises(TypeError, match="CustomerFilter: give the condition of phone, tags, "):
        conditions(customers.CustomerFilter, Customer, postal_code=lambda _: Q())
    with pytest.raises(TypeError, match="CustomerFilter has no colour"):
        conditions(customers.CustomerFilter, Customer, colour=lambda _: Q())

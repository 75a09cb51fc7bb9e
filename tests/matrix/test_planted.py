"""The matrix detects planted faults: each test removes a check and expects a report."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.models import Variant
from app.channels import queries as channels
from app.channels.models import Channel
from app.core.actor import SYSTEM, Actor
from app.core.graphql.filtering import guard_of
from app.core.scope import Scope
from app.orders import queries as orders
from app.orders.conditions import Right
from app.orders.models import Order
from tests.ask import Api
from tests.hostile.fields import sites_of
from tests.matrix.asking import Undoing, operation
from tests.matrix.callers import AT_LOCATIONS, IN_CHANNEL, Callers
from tests.matrix.planning import Plan
from tests.matrix.sweeping import Sweep, sweep_nodes, sweep_targets
from tests.matrix.test_fields import leaks_of
from tests.matrix.test_filters import filters_of
from tests.matrix.test_foreign_ids import Swap
from tests.matrix.test_operations import Matrix
from tests.matrix.test_two_grants import mixed_fields, mixed_operations
from tests.matrix.two_grants import TwoGrants
from tests.matrix.world import INSIDE, World


async def test_a_write_with_the_scope_of_reads_is_detected(
    client: Api, world: World, plan: Plan, callers: Callers, seen: Undoing, monkeypatch: pytest.MonkeyPatch
):
    async def locked(id: UUID, actor: Actor, *_: Any) -> Channel:
        return await channels.by_id(id, actor)

    (site,) = [
        site
        for site in sites_of("Mutation", "channelUpdate", operation("Mutation", "channelUpdate"))
        if site.path == ("input", "id")
    ]
    swap = Swap(client.as_(callers.limited[IN_CHANNEL]), plan, world.sides, seen)
    assert await swap.difference(site) is None
    monkeypatch.setattr(channels, "locked", locked)
    assert "channelUpdate(input.id): allowed" in (await swap.difference(site) or "")


async def test_a_relation_that_ignores_the_actor_is_detected(
    client: Api, world: World, plan: Plan, monkeypatch: pytest.MonkeyPatch
):
    side = world.sides[INSIDE]

    async def leaks() -> dict[str, set[str]]:
        sweep = Sweep()
        await sweep_nodes(client, side, side.ids["Variant"], sweep)
        await sweep_targets(client, sweep)
        return leaks_of({"visitor": sweep})

    async def all_of_them(ids: list[UUID], _: Actor) -> list[list[Variant]]:
        found: list[list[Variant]] = await asked(ids, SYSTEM)
        return found

    assert not await leaks()
    asked = catalog.visible_substitutes
    monkeypatch.setattr(catalog, "visible_substitutes", all_of_them)
    assert await leaks() == {"Variant.substitutes": {"visitor"}}


async def test_a_filter_by_a_hidden_field_is_detected(
    client: Api, world: World, callers: Callers, seen: Undoing, monkeypatch: pytest.MonkeyPatch
):
    async def allowed() -> str:
        (line,) = [
            line
            async for line in filters_of(client, world, callers, seen, only="orders")
            if line.startswith("orders filter.holdKind:")
        ]
        return line

    assert "customer" not in (await allowed()).split(":")[1]
    guard = guard_of(operation("Query", "orders"))
    assert guard is not None
    monkeypatch.delitem(guard.inner["filter"].policies, "holdKind")
    assert "customer" in (await allowed()).split(":")[1]


@pytest.mark.parametrize("limit", [IN_CHANNEL, AT_LOCATIONS])
async def test_an_operation_that_accepts_its_permission_in_any_scope_is_detected(
    client: Api,
    world: World,
    plan: Plan,
    seen: Undoing,
    two_grants: TwoGrants,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
):
    def anywhere(right: Right, actor: Actor, holds_there: bool, *path: str) -> None:
        assert actor.may(right.permission)

    matrix = Matrix(client, world, plan, seen)

    async def mixed() -> set[str]:
        return {line async for line in mixed_operations(matrix, two_grants, limit, only="orderHold")}

    assert not await mixed()
    monkeypatch.setattr(Right, "refuse", anywhere)
    assert await mixed() == {"orderHold: yes"}


@pytest.mark.parametrize("limit", [IN_CHANNEL, AT_LOCATIONS])
async def test_a_field_that_accepts_its_permission_in_any_scope_is_detected(
    client: Api,
    world: World,
    two_grants: TwoGrants,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
):
    async def anywhere(scope: Scope, rows: Sequence[Order]) -> list[bool]:
        return [not scope.is_nowhere] * len(rows)

    async def mixed() -> set[str]:
        return await mixed_fields(client, world, two_grants, limit, Permission.ORDERS_VIEW, "Order")

    hidden = {"Order.customer", "Order.accessToken"}
    assert not await mixed() & hidden
    monkeypatch.setattr(orders, "are_within", anywhere)
    assert await mixed() >= hidden

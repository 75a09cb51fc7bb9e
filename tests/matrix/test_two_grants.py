"""Grants add up and do not mix: what one grant permits does not hold in the places of another.

Each caller here has everything on the side INSIDE and some permissions on the side OUTSIDE. Of the side OUTSIDE it
sees and does what it would with the second grant alone.
"""

from collections.abc import AsyncIterator

import pytest

from app.access.permissions import Permission
from app.core.graphql.policy import policy_of
from tests.ask import Api
from tests.matrix.asking import GRAPH, Undoing, operation
from tests.matrix.callers import AT_LOCATIONS, IN_CHANNEL
from tests.matrix.cases import REFUSED_LATER, SECRETS
from tests.matrix.planning import Plan
from tests.matrix.sweeping import FETCHABLE, Sweep, sweep_nodes, sweep_targets
from tests.matrix.test_fields import EVERYBODYS
from tests.matrix.test_foreign_ids import EVERYBODYS as EVERYBODYS_QUERIES
from tests.matrix.test_foreign_ids import Swap, places
from tests.matrix.test_operations import ANYBODYS, EVERYBODYS_LISTS, REFUSED, Matrix
from tests.matrix.two_grants import EVERYTHING, TwoGrants
from tests.matrix.world import OUTSIDE, World

LIMITS = (IN_CHANNEL, AT_LOCATIONS)
# Each shows something on the side OUTSIDE of which other permissions hide or permit more.
SEEING = tuple(each for each in Permission if "_view" in each.value)
FOREIGN = {"all", "other"}  # of a list: it has things of the side OUTSIDE
# A location is seen by whoever sees what is done there: each of several permissions shows it.
LOCATIONS = {"location", "locations"}
# Answers made of what the caller sees and of what all share: no word says whether something foreign is in them.
OF_ALL_THAT_IS_SEEN = {"events", "stockPlan", "taxClasses"}
EXPECTED = {
    *LOCATIONS,
    *OF_ALL_THAT_IS_SEEN,
    *EVERYBODYS_LISTS,
    *EVERYBODYS_QUERIES,
    *ANYBODYS,
    *REFUSED_LATER,
}


def needed(root: str, name: str) -> Permission | None:
    """The permission that an operation declares."""
    policy = policy_of(operation(root, name).extensions["strawberry-definition"])
    return Permission(policy.permission) if policy and policy.permission else None


def _reaches(cell: str) -> bool:
    """Whether an answer about the side OUTSIDE has something of it, or does something there."""
    return cell in FOREIGN or cell == "yes"


async def mixed_operations(
    matrix: Matrix, grants: TwoGrants, limit: str, only: str | None = None
) -> AsyncIterator[str]:
    """The operations that reach the side OUTSIDE with a permission that is held on the side INSIDE alone."""
    for root in ("Query", "Mutation"):
        for name in GRAPH.type_map[root].fields:
            if name in SECRETS | EXPECTED or name != (only or name):
                continue
            permission = needed(root, name)
            for outside in [EVERYTHING - {permission}] if permission else [{each} for each in SEEING]:
                cell = await matrix.cell(grants.joined(limit, outside), root, name, OUTSIDE)
                # Without a permission of its own an operation may be done for other reasons than a grant.
                if _reaches(cell) and (
                    permission
                    or await matrix.cell(grants.alone(limit, outside), root, name, OUTSIDE) in REFUSED
                ):
                    yield f"{name}: {cell}"


@pytest.mark.parametrize("limit", LIMITS)
async def test_no_operation_takes_its_permission_from_a_grant_for_another_place(
    client: Api, world: World, plan: Plan, seen: Undoing, two_grants: TwoGrants, limit: str
):
    matrix = Matrix(client, world, plan, seen)
    mixed = {line async for line in mixed_operations(matrix, two_grants, limit)}
    assert not mixed, " ".join(sorted(mixed))


# The customer for whom an order is changed is named, not changed: whoever sees it may name it.
NAMED_ALONE = {"Mutation.orderUpdate(input.customerId)"}


@pytest.mark.parametrize("limit", LIMITS)
async def test_no_id_or_code_is_taken_by_a_grant_for_another_place(
    client: Api, world: World, plan: Plan, seen: Undoing, two_grants: TwoGrants, limit: str
):
    taken, tried = set(), 0
    for site in places():
        permission = needed(site.root, site.field)
        if permission is not None and site.field not in EXPECTED:
            token = two_grants.joined(limit, EVERYTHING - {permission})
            swap = Swap(client.as_(token), plan, world.sides, seen)
            if await swap.is_done_with_a_foreign_one(site):
                taken.add(site.name)
            tried += swap.tried
    assert taken == NAMED_ALONE and tried > 100


# An empty list in place of null: what is in it is filtered by where the permission holds.
EMPTY = {"Order.fulfillmentOrders"}


async def mixed_fields(
    client: Api, world: World, grants: TwoGrants, limit: str, seeing: Permission, *types: str
) -> set[str]:
    """The fields of things of the side OUTSIDE that are seen with a permission of the side INSIDE alone."""
    side = world.sides[OUTSIDE]
    ids: list[str] = []
    for type_ in types or sorted(FETCHABLE - EVERYBODYS):
        own = side.own.get(type_, [])
        ids += dict.fromkeys([*own[:2], *own[-2:]])
    joined, alone = Sweep(), Sweep()
    for token, sweep in ((grants.joined, joined), (grants.alone, alone)):
        who = client.as_(token(limit, {seeing}))
        await sweep_nodes(who, side, ids, sweep)
        await sweep_targets(who, sweep)
    assert alone.things or not joined.things
    led = {place for place, to in joined.led_to.items() if to - alone.led_to.get(place, set())}
    return (joined.values - alone.values) | (joined.things - alone.things) | led


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("seeing", SEEING)
async def test_no_field_takes_its_permission_from_a_grant_for_another_place(
    client: Api, world: World, plan: Plan, two_grants: TwoGrants, limit: str, seeing: Permission
):
    assert await mixed_fields(client, world, two_grants, limit, seeing) <= EMPTY

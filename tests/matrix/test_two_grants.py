"""Grants are not combined: the permissions of one grant do not apply in the scope of another.

Each caller has all permissions on the side INSIDE and some on the side OUTSIDE. On the side OUTSIDE it can do only
what the second grant alone allows.
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
from tests.matrix.test_fields import SHARED_TYPES
from tests.matrix.test_foreign_ids import SHARED_QUERIES, Swap, places
from tests.matrix.test_operations import ALLOWED_TO_EVERYONE, REFUSED, SHARED_LISTS, Matrix
from tests.matrix.two_grants import EVERYTHING, TwoGrants
from tests.matrix.world import OUTSIDE, World

pytestmark = pytest.mark.divided
LIMITS = (IN_CHANNEL, AT_LOCATIONS)
# Permissions that show objects on the side OUTSIDE, of which other permissions show or allow more.
VIEWS = tuple(each for each in Permission if "_view" in each.value)
FOREIGN = {"all", "other"}  # cells of lists with objects of the side OUTSIDE
# A location is visible with each of several permissions for objects there.
LOCATIONS = {"location", "locations"}
# Responses composed of visible and shared objects; their cells do not show whether they contain foreign objects.
COMPOSED = {"events", "stockPlan", "taxClasses"}
EXPECTED = {
    *LOCATIONS,
    *COMPOSED,
    *SHARED_LISTS,
    *SHARED_QUERIES,
    *ALLOWED_TO_EVERYONE,
    *REFUSED_LATER,
}


def needed(root: str, name: str) -> Permission | None:
    """The permission that an operation declares."""
    policy = policy_of(operation(root, name).extensions["strawberry-definition"])
    return Permission(policy.permission) if policy and policy.permission else None


def _reaches(cell: str) -> bool:
    """Whether a cell means that the operation read or changed the side OUTSIDE."""
    return cell in FOREIGN or cell == "yes"


async def mixed_operations(
    matrix: Matrix, grants: TwoGrants, limit: str, only: str | None = None
) -> AsyncIterator[str]:
    """The operations that reach the side OUTSIDE with a permission granted on the side INSIDE only."""
    for root in ("Query", "Mutation"):
        for name in GRAPH.type_map[root].fields:
            if name in SECRETS | EXPECTED or name != (only or name):
                continue
            permission = needed(root, name)
            for outside in [EVERYTHING - {permission}] if permission else [{each} for each in VIEWS]:
                cell = await matrix.cell(grants.joined(limit, outside), root, name, OUTSIDE)
                # An operation without its own permission may be allowed for other reasons than a grant.
                if _reaches(cell) and (
                    permission
                    or await matrix.cell(grants.alone(limit, outside), root, name, OUTSIDE) in REFUSED
                ):
                    yield f"{name}: {cell}"


@pytest.mark.parametrize("limit", LIMITS)
async def test_no_operation_uses_the_permission_of_a_grant_for_another_scope(
    client: Api, world: World, plan: Plan, seen: Undoing, two_grants: TwoGrants, limit: str
):
    matrix = Matrix(client, world, plan, seen)
    mixed = {line async for line in mixed_operations(matrix, two_grants, limit)}
    assert not mixed, " ".join(sorted(mixed))


# The customer of an order or of store credit is only referred to, which needs permission to see it.
ONLY_REFERRED_TO = {"Mutation.orderUpdate(input.customerId)"}
# It is issued by callers with the permission for a whole channel.
OF_CHANNELS = {"Mutation.storeCreditIssue(input.customerId)"}


@pytest.mark.parametrize("limit", LIMITS)
async def test_no_id_or_code_is_accepted_by_a_grant_for_another_scope(
    client: Api, world: World, plan: Plan, seen: Undoing, two_grants: TwoGrants, limit: str
):
    taken, tried = set(), 0
    for site in places():
        permission = needed(site.root, site.field)
        if permission is not None and site.field not in EXPECTED:
            token = two_grants.joined(limit, EVERYTHING - {permission})
            swap = Swap(client.as_(token), plan, world.sides, seen)
            if await swap.accepts_foreign_object(site):
                taken.add(site.name)
            tried += swap.tried
    expected = ONLY_REFERRED_TO | (OF_CHANNELS if limit == "channel" else set())
    assert taken == expected and tried > 100


# An empty list instead of null, because its items are filtered by the scope of the permission.
EMPTY = {"Order.fulfillmentOrders"}


async def mixed_fields(
    client: Api, world: World, grants: TwoGrants, limit: str, seeing: Permission, *types: str
) -> set[str]:
    """The fields of objects of the side OUTSIDE that are visible with a permission granted on the side INSIDE only."""
    side = world.sides[OUTSIDE]
    ids: list[str] = []
    for type_ in types or sorted(FETCHABLE - SHARED_TYPES):
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
@pytest.mark.parametrize("seeing", VIEWS)
async def test_no_field_uses_the_permission_of_a_grant_for_another_scope(
    client: Api, world: World, plan: Plan, two_grants: TwoGrants, limit: str, seeing: Permission
):
    assert await mixed_fields(client, world, two_grants, limit, seeing) <= EMPTY

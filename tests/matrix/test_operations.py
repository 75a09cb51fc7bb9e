"""Permissions of every operation by caller, on the caller's own side and on the other.

The cells of the table: `yes`; `no`, because a permission or an unlimited scope is missing; `sign in`; `unknown`, as
for objects that do not exist; `none`, an empty response; and for a list, whether it contains objects of this side
(`own`), of the other side (`other`), of both (`all`), or of neither (`shared`).
"""

from collections.abc import Iterable
from typing import Any

import pytest

from app.access.permissions import ROLES, Permission
from app.core.graphql.policy import policy_of
from tests.ask import Api
from tests.matrix.asking import (
    FORBIDDEN,
    GRAPH,
    NOT_FOUND,
    NOTHING,
    UNAUTHENTICATED,
    Asked,
    Undoing,
    ask,
    operation,
    undoing,
)
from tests.matrix.callers import AT_LOCATIONS, IN_CHANNEL, Callers
from tests.matrix.cases import REFUSED_LATER, SECRETS
from tests.matrix.planning import Plan
from tests.matrix.reviewed import assert_reviewed
from tests.matrix.world import INSIDE, OUTSIDE, World

CELLS = {FORBIDDEN: "no", UNAUTHENTICATED: "sign in", NOT_FOUND: "unknown", NOTHING: "none"}
REFUSED = {"no", "sign in", "unknown", "none"}
HEAD = """# Permissions of operations

One line for each operation. The first columns are callers without limits, on their own side: a visitor, a customer,
another customer, and each built-in role. `alone` is a token with only the permission that the operation needs. Then
follow tokens with all permissions in one channel, and at its locations: on their own side, and on the other.

"""


def test_every_operation_is_accepted_from_a_caller_with_all_permissions(plan: Plan):
    assert not plan.refused, "\n".join(f"{name}: {why}" for name, why in plan.refused.items())


class Matrix:
    """Executes operations and returns their cells of the table."""

    def __init__(self, client: Api, world: World, plan: Plan, seen: Undoing) -> None:
        self.client, self.world, self.plan, self.seen = client, world, plan, seen
        self.foreign = {id for ids in world.sides[OUTSIDE].own.values() for id in ids}
        self.own = {id for ids in world.sides[INSIDE].own.values() for id in ids}

    async def cell(self, token: str | None, root: str, name: str, side: str = INSIDE) -> str:
        variables = dict(self.plan.variables[root, name][side])
        if "first" in operation(root, name).args:
            variables["first"] = 100
        asked = await ask(Api(self.client.client, token), root, name, variables, self.seen)
        return self._word(asked, name)

    def _word(self, asked: Asked, name: str) -> str:
        found = (asked.answer.get("data") or {}).get(name)
        if isinstance(found, dict) and found.get("nodes") and "id" in found["nodes"][0]:
            ids = {node["id"] for node in found["nodes"]}
            own, foreign = ids & self.own, ids & self.foreign
            return "all" if own and foreign else "own" if own else "other" if foreign else "shared"
        return CELLS.get(asked.outcome, "yes")  # refused for another reason after the check of permissions


async def _row(matrix: Matrix, callers: Callers, root: str, name: str) -> dict[str, str]:
    row = {who: await matrix.cell(token, root, name) for who, token in callers.people.items()}
    policy = policy_of(operation(root, name).extensions["strawberry-definition"])
    assert policy is not None
    row["alone"] = "-"
    if policy.permission is not None:
        row["alone"] = await matrix.cell(callers.only[Permission(policy.permission)], root, name)
    for which in (IN_CHANNEL, AT_LOCATIONS):
        for side in (INSIDE, OUTSIDE):
            column = f"{which} {'own' if side == INSIDE else 'other'}"
            row[column] = (
                "-" if name in SECRETS else await matrix.cell(callers.limited[which], root, name, side)
            )
    return row


def _table(rows: dict[str, dict[str, str]]) -> Iterable[str]:
    columns = list(next(iter(rows.values())))
    yield "| operation | " + " | ".join(columns) + " |\n"
    yield "|---" * (len(columns) + 1) + "|\n"
    for name, row in rows.items():
        yield f"| `{name}` | " + " | ".join(row[column] for column in columns) + " |\n"


@pytest.fixture(scope="package")
async def rows(
    client: Api, world: World, plan: Plan, callers: Callers
) -> dict[str, dict[str, dict[str, str]]]:
    found: dict[str, dict[str, dict[str, str]]] = {}
    with undoing() as seen:
        matrix = Matrix(client, world, plan, seen)
        for root, name in plan.variables:
            if root != "Subscription":
                found.setdefault(root, {})[name] = await _row(matrix, callers, root, name)
    return found


@pytest.mark.once
def test_permissions_of_operations_equal_the_reviewed_table(rows: dict[str, dict[str, dict[str, str]]]):
    made = HEAD + "\n".join(f"## {root}\n\n{''.join(_table(by_name))}" for root, by_name in rows.items())
    assert_reviewed("operations.md", made)


# Mutations that every caller may execute in a public channel, and those that apply to the caller's own scope.
ALLOWED_TO_EVERYONE = {
    "backInStockRequestCreate",
    "replenishmentRun",
    "orderPlace",
    "orderDraftCreate",
    "customerRegister",
    "passwordResetRequest",
    "signOut",
}


@pytest.mark.once
def test_a_limited_caller_changes_nothing_of_the_other_side(rows: dict[str, dict[str, dict[str, str]]]):
    changed = {
        f"{name} ({which})"
        for name, row in rows["Mutation"].items()
        for which in (IN_CHANNEL, AT_LOCATIONS)
        if row[f"{which} other"] not in {*REFUSED, "-"} and name not in {*ALLOWED_TO_EVERYONE, *REFUSED_LATER}
    }
    assert not changed, " ".join(sorted(changed))


# Lists of shared objects: public channels, and suppliers.
SHARED_LISTS = {"channels", "suppliers"}


@pytest.mark.once
def test_lists_show_nothing_of_the_other_side_to_a_limited_caller(
    rows: dict[str, dict[str, dict[str, str]]],
):
    shown = {
        f"{name} ({which})"
        for name, row in rows["Query"].items()
        for which in (IN_CHANNEL, AT_LOCATIONS)
        if {"all", "other"} & {row[f"{which} own"], row[f"{which} other"]} and name not in SHARED_LISTS
    }
    assert not shown, " ".join(sorted(shown))


def _permissions() -> list[Any]:
    return [
        pytest.param(root, name, Permission(policy.permission), id=name)
        for root in ("Query", "Mutation")
        for name, field in GRAPH.type_map[root].fields.items()
        if (policy := policy_of(field.extensions["strawberry-definition"])) and policy.permission
    ]


@pytest.mark.divided
async def test_an_operation_is_refused_with_all_permissions_except_its_own(
    client: Api, world: World, plan: Plan, callers: Callers, seen: Undoing
):
    matrix = Matrix(client, world, plan, seen)
    allowed = [
        case.id
        for case in _permissions()
        if await matrix.cell(callers.without[case.values[2]], *case.values[:2]) != "no"
    ]
    assert not allowed, " ".join(allowed)


def test_every_built_in_role_is_a_caller(callers: Callers):
    assert set(ROLES) < set(callers.people)

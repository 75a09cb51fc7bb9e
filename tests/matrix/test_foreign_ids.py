"""Objects out of a caller's scope get the response of objects that do not exist, at every id and code."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import get_named_type

from app.core.ids import new_id, to_global
from tests.ask import Api
from tests.hostile.fields import ITEM, Path, Site, sites_of
from tests.matrix.asking import ALLOWED, GRAPH, Asked, Undoing, ask, operation
from tests.matrix.callers import AT_LOCATIONS, IN_CHANNEL, Callers
from tests.matrix.cases import SECRETS
from tests.matrix.planning import Plan, arguments
from tests.matrix.world import INSIDE, OUTSIDE, Side, World

# Codes of objects of the other side, by the name of the input field.
CODES = {
    "channel": OUTSIDE, "channels": OUTSIDE, "location": f"{OUTSIDE}-main", "locations": f"{OUTSIDE}-main",
    "source": f"{OUTSIDE}-main", "destination": f"{OUTSIDE}-main", "priceList": f"{OUTSIDE}-retail",
}  # fmt: skip
UNKNOWN_CODE = "nowhere"
# Channels of the world are public: every caller may read their products and buy there.
PUBLIC = {
    "products", "product", "variant", "orderPlace", "orderDraftCreate", "channel", "shippingOptions",
    "backInStockRequestCreate", "pickupLocations", "pickupOptions",
}  # fmt: skip
# Suppliers are shared: a caller who may see one may see all.
SHARED_QUERIES = {"supplier"}


def places() -> Iterator[Site]:
    for root in ("Query", "Mutation"):
        for name, field in GRAPH.type_map[root].fields.items():
            if name not in SECRETS:
                yield from sites_of(root, name, field)


def _step(site: Site) -> str:
    return next(step for step in reversed(site.path) if step != ITEM)


def _put(variables: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """The same variables with another value at an existing path."""
    copy: Any = json.loads(json.dumps(variables))
    at = copy
    for step in path[:-1]:
        at = at[0] if step == ITEM else at[step]
    at[0 if path[-1] == ITEM else path[-1]] = value
    return dict(copy)


def _at(variables: Any, path: Path) -> Any:
    for step in path:
        try:
            variables = variables[0] if step == ITEM else variables[step]
        except (KeyError, IndexError, TypeError):
            return None
    return variables


class Swap:
    """Executes operations with a foreign and an unknown object at the same site, and compares the responses."""

    def __init__(self, who: Api, plan: Plan, sides: dict[str, Side], seen: Undoing) -> None:
        self.who, self.plan, self.sides, self.seen = who, plan, sides, seen
        self.tried = 0

    async def difference(self, site: Site) -> str | None:
        """The difference of the responses; None if they are equal."""
        given = self.given(site)
        if given is None:
            return None
        foreign, unknown = given
        self.tried += 1
        answers = [await self._answer(site, value) for value in (foreign, unknown)]
        shown = [
            json.dumps(asked.answer).replace(value, "ID") for asked, value in zip(answers, given, strict=True)
        ]
        if shown[0] == shown[1]:
            return None
        return f"{site.name}: {answers[0].outcome} | unknown: {answers[1].outcome}"

    async def accepts_foreign_object(self, site: Site) -> bool:
        """Whether the operation succeeds with an object of the other side at this site."""
        given = self.given(site)
        if given is None:
            return False
        self.tried += 1
        return (await self._answer(site, given[0])).outcome == ALLOWED

    def given(self, site: Site) -> tuple[str, str] | None:
        """Two values for a site: an object of the other side, and one that does not exist."""
        step = _step(site)
        if site.field in PUBLIC | SHARED_QUERIES:
            return None
        if site.kind == "String" and step in CODES:
            return CODES[step], UNKNOWN_CODE
        if site.kind != "ID":
            return None
        outside = self.sides[OUTSIDE]
        planned = _at(self.plan.variables[site.root, site.field][OUTSIDE], site.path)
        kind = self._kind(site)
        own = outside.own.get(kind or "", [])
        if planned in own:
            return planned, to_global(kind, new_id())
        return (own[0], to_global(kind, new_id())) if kind and own else None

    def _kind(self, site: Site) -> str | None:
        """The type of the ids at a site, as learned by planning."""
        if site.field in ("node", "nodes"):
            return "Order"
        owners = [site.field, *_inputs(site)]
        return next(
            (
                kind
                for owner in reversed(owners)
                if (kind := self.sides[INSIDE].kinds.get((owner, _step(site))))
            ),
            None,
        )

    async def _answer(self, site: Site, value: str) -> Asked:
        base = self.plan.variables[site.root, site.field][INSIDE]
        variables = (
            _put(base, site.path, value)
            if _at(base, site.path) is not None
            else arguments(self.sides[INSIDE], site.root, site.field, {site.path: value})
        )
        return await ask(self.who, site.root, site.field, variables, self.seen)


def _inputs(site: Site) -> list[str]:
    """The input types on the path to a site."""
    found, fields = [], operation(site.root, site.field).args
    for step in site.path:
        if step == ITEM:
            continue
        inner = get_named_type(fields[step].type)
        if hasattr(inner, "fields"):
            found.append(inner.name)
            fields = inner.fields
    return found


@pytest.mark.parametrize("who", [IN_CHANNEL, AT_LOCATIONS])
async def test_a_foreign_id_or_code_gets_the_response_of_an_unknown_one(
    client: Api, world: World, plan: Plan, callers: Callers, seen: Undoing, who: str, capsys: Any
):
    swap = Swap(client.as_(callers.limited[who]), plan, world.sides, seen)
    differences = [found for site in places() if (found := await swap.difference(site))]
    with capsys.disabled():
        print(f"\n{swap.tried} sites tried with objects that a token limited by {who} does not see")
    assert not differences, "\n".join(differences)
    assert swap.tried > 120

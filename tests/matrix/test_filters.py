"""Filter, sort and search fields by caller: a hidden field cannot be inferred by filtering."""

from collections.abc import AsyncIterator, Iterator

from graphql import get_named_type

from app.access.permissions import Permission
from app.core.graphql.policy import Policy, policy_of
from tests.ask import Api
from tests.hostile.fields import ITEM, Site, sites_of
from tests.matrix.asking import FORBIDDEN, GRAPH, UNAUTHENTICATED, Undoing, ask, operation
from tests.matrix.callers import Callers
from tests.matrix.planning import arguments
from tests.matrix.reviewed import assert_reviewed
from tests.matrix.world import INSIDE, World

HEAD = """# Filter, sort and search fields, and the callers who may use them, of those who may read the list
# Visitors, customers, and tokens with one permission; `nobody` where it takes more than one.

"""


def _places() -> Iterator[Site]:
    """The fields of filters, each with one operator; those within `and`, `or` and `not` are omitted."""
    for name, field in GRAPH.type_map["Query"].fields.items():
        tried = set()
        for site in sites_of("Query", name, field):
            if site.path[0] in ("filter", "orderBy", "search") and not {"and", "or", "not"} & {*site.path}:
                is_value = not hasattr(get_named_type(site.type), "fields") and site.path[-1] != ITEM
                if is_value and site.path[:2] not in tried:
                    tried.add(site.path[:2])
                    yield site


# The permissions with which a caller sees more of orders and products than buyers do.
_VIEWS = (Permission.ORDERS_VIEW, Permission.CATALOG_VIEW_ALL, Permission.CUSTOMERS_VIEW)


def _readers(callers: Callers, policy: Policy) -> dict[str, str | None]:
    """The callers who may read a list."""
    if policy.permission is not None:
        return {policy.permission: callers.only[Permission(policy.permission)]}
    people = {} if policy.signed_in else {"visitor": None}
    tokens = {permission.value: callers.only[permission] for permission in _VIEWS}
    return people | {"customer": callers.people["customer"]} | tokens


async def filters_of(
    client: Api, world: World, callers: Callers, seen: Undoing, only: str | None = None
) -> AsyncIterator[str]:
    """A line with the allowed callers for each filter field of all lists or of one."""
    for site in _places():
        if only is not None and site.field != only:
            continue
        policy = policy_of(operation("Query", site.field).extensions["strawberry-definition"])
        assert policy is not None
        variables = arguments(world.sides[INSIDE], "Query", site.field, {site.path: _value(site)})
        allowed = []
        for who, token in _readers(callers, policy).items():
            asked = await ask(Api(client.client, token), "Query", site.field, variables, seen)
            if asked.outcome not in (FORBIDDEN, UNAUTHENTICATED):
                allowed.append(who)
        yield f"{site.field} {'.'.join(site.path[:2])}: {' '.join(allowed) or 'nobody'}\n"


async def test_allowed_filters_equal_the_reviewed_table(
    client: Api, world: World, callers: Callers, seen: Undoing
):
    lines = [line async for line in filters_of(client, world, callers, seen)]
    assert_reviewed("filters.txt", HEAD + "".join(lines))


def _value(site: Site) -> object:
    """A value of the site's type."""
    named = get_named_type(site.type)
    if hasattr(named, "values"):
        value: object = next(iter(named.values))
    else:
        value = _VALUES[named.name]
    return [value] if site.kind == "LIST" else value


_VALUES: dict[str, object] = {
    "String": "A", "Float": 1.5, "Int": 1, "BigInt": 1, "Boolean": True, "Decimal": "1", "DateTime": "2026-01-01T00:00:00Z",
    "Date": "2026-01-01", "ID": "T3JkZXI6AAAAAAAAAAAAAAAAAAAAAA", "CurrencyCode": "USD", "CountryCode": "US",
}  # fmt: skip

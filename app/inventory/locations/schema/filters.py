"""Filter conditions on the location of a row."""

from tortoise.expressions import Q

from app.core.graphql.filters import StringFilter, among_q, string_q
from app.inventory.locations import queries


def location_q(column: str, code: StringFilter | None) -> Q:
    """The condition on a column with the ID of a location, by the location's code."""
    return Q() if code is None else among_q(column, queries.location_ids(string_q("code", code)))

"""The effect of each filter field: on the statements that read the list, or on the list."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from graphql import get_named_type

from app.core import clock
from tests.ask import Api
from tests.hostile.fields import ITEM, Site, sites_of
from tests.matrix.asking import ALLOWED, GRAPH, NOTHING, Undoing, ask, operation
from tests.matrix.planning import arguments
from tests.matrix.world import Side
from tests.statements import statements

COMBINING = ("and", "or", "not")
OPERATOR_DEPTH = 3  # the steps to an operator: filter, field, operator
# Fields that are read from columns of another name: the text in the statement. None for fields that are not in a
# statement: their responses are compared.
READ_FROM: dict[str, str | None] = {
    "events.subject": '"subject_kind"',
    "stockPlan.abc": None,
    "stockPlan.xyz": None,
    "stockPlan.isDead": None,
    "stockPlan.hasExcess": None,
    "stockPlan.isSuggested": None,
    "stockPlan.maxCoverDays": None,
    "orders.isOnHold": "hold",  # the open holds, or their number
    "orders.holdKind": '"order_hold" WHERE "kind"',
    "orders.phone": "'phone'",
    "orders.name": "'name'",
    "orders.companyName": "'company'",
    "orders.postalCode": "'postal'",
    "orders.purchaseOrderNumber": "'po'",
    "orders.trackingNumber": "'tracking'",
    "orders.tags": "'tag'",
    "orderHolds.isOpen": '"released_at"',
    "storedValues.hasBalance": '"balance_minor"',
    "storedValues.isDisabled": '"disabled_at"',
    "stockLots.isOnHand": '"on_hand"',
    "stockLevels.available": '"on_hand"',
    "stockLevels.isLow": '"reorder_point"',
    "customers.phone": "'phone'",
    "customers.postalCode": "'postal'",
    "customers.tags": "'tag'",
    "taxRates.on": '"valid_from"',
}
_KIND = re.compile(r"not an ID of the type (\w+)")
_VALUES: dict[str, list[Any]] = {
    "String": ["A", "B"], "Float": [0.0, 1.5], "Int": [1], "BigInt": [1], "Boolean": [True, False], "Decimal": ["1"],
    "DateTime": ["2026-01-01T00:00:00Z"], "Date": ["2026-01-01"], "CurrencyCode": ["USD"], "CountryCode": ["US"],
}  # fmt: skip
_BY_NAME: dict[str, list[Any]] = {"phone": ["+12175550123", "+12175550124"]}


def filter_sites(list_name: str) -> Iterator[Site]:
    """The sites of a list's filter, except those within `and`, `or` and `not`."""
    for site in sites_of("Query", list_name, operation("Query", list_name)):
        is_value = len(site.path) > 1 and site.kind != "OBJECT" and site.path[-1] != ITEM
        if site.path[0] == "filter" and is_value and site.path[1] not in COMBINING:
            yield site


def filtered_lists() -> list[str]:
    return [name for name, each in GRAPH.type_map["Query"].fields.items() if "filter" in each.args]


@dataclass
class Filters:
    """Compares a list with a filter to the same list without one."""

    staff: Api
    side: Side
    seen: Undoing
    field_of_statement: dict[str, str] = field(
        default_factory=dict
    )  # the filter field of each statement of this list

    async def faults(self, list_name: str) -> list[str]:
        """The fields of a list's filter that are ignored, or read from another column."""
        self.field_of_statement = {}
        with pytest.MonkeyPatch.context() as patched:
            at = clock.now()
            patched.setattr(clock, "now", lambda: at)
            await self._read(list_name, {})  # the first read, after which the needed columns are known
            plain = await self._read(list_name, {})
            found = [await self._fault(site, plain) for site in filter_sites(list_name)]
            found += [await self._combining(list_name, name, plain) for name in COMBINING]
        return [fault for fault in found if fault]

    async def ignored_operators(self, list_name: str) -> list[str]:
        """The operators of a list's filter that change nothing beside all others of the same field."""
        together: dict[str, list[Site]] = {}
        for site in filter_sites(list_name):
            if len(site.path) == OPERATOR_DEPTH:
                together.setdefault(site.path[1], []).append(site)
        found = []
        with pytest.MonkeyPatch.context() as patched:
            at = clock.now()
            patched.setattr(clock, "now", lambda: at)
            await self._read(list_name, {})  # the first read, after which the needed columns are known
            for sites in together.values():
                if len(sites) > 1:
                    found += await self._ignored_beside_others(sites)
        return found

    async def _ignored_beside_others(self, sites: list[Site]) -> list[str]:
        values: dict[tuple[str, ...], Any] = {site.path: self._values(site)[0] for site in sites}
        name = sites[0].field
        every = await self._read(name, values)
        if (kind := _KIND.search(every.outcome)) is not None:
            values |= {site.path: self._ids(site, kind[1])[0] for site in sites}
            every = await self._read(name, values)
        if every.outcome not in (ALLOWED, NOTHING):
            return [f"{name}.{sites[0].path[1]} with all operators is refused: {every.outcome}"]
        found = []
        for site in sites:
            others = {path: value for path, value in values.items() if path != site.path}
            if await self._read(name, others) == every:
                beside = ", ".join(".".join(path[1:]) for path in others)
                found.append(f"{name}.{'.'.join(site.path[1:])} is ignored beside {beside}")
        return found

    async def _fault(self, site: Site, plain: "Read") -> str | None:
        place = f"{site.field}.{'.'.join(site.path[1:])}"
        has_narrowed = False
        for value in self._values(site):
            read = await self._read(site.field, {site.path: value})
            if (kind := _KIND.search(read.outcome)) is not None:
                read = await self._read(site.field, {site.path: self._ids(site, kind[1])[0]})
            if read.outcome not in (ALLOWED, NOTHING):
                return f"{place} is refused: {read.outcome}"
            if fault := self._fault_of_statements(site, place, read, plain):
                return fault
            has_narrowed = has_narrowed or read != plain
        return None if has_narrowed else f"{place} changes nothing"

    def _fault_of_statements(self, site: Site, place: str, read: "Read", plain: "Read") -> str | None:
        """The fault of the statements that read a filtered list, if any."""
        added = "\n".join(each for each in read.statements if each not in plain.statements)
        if not added:
            return None
        if (other := self.field_of_statement.setdefault(added, place)) != place:
            return f"{place} has the same condition as {other}"
        name = column_of(site.path[1])
        read_from = READ_FROM.get(f"{site.field}.{site.path[1]}", "")
        if read_from is None:
            return None
        wanted = [read_from] if read_from else [f'"{name}"', f'"{name}_id"', f" {name} ", f".{name} "]
        if not any(each in added for each in wanted):
            return f"{place} is not read from a column of its name, and READ_FROM does not say from which"
        return None

    async def _combining(self, list_name: str, name: str, plain: "Read") -> str | None:
        """Whether conditions within `and`, `or` or `not` have an effect."""
        argument = get_named_type(operation("Query", list_name).args["filter"].type)
        if name not in argument.fields:
            return None
        site = next(each for each in filter_sites(list_name) if get_named_type(each.type).name != "ID")
        step = ("filter", name) if name == "not" else ("filter", name, ITEM)
        for value in self._values(site):
            read = await self._read(list_name, {(*step, *site.path[1:]): value})
            if read != plain and read.outcome in (ALLOWED, NOTHING):
                return None
        return f"{list_name}.{name} changes nothing"

    def _values(self, site: Site) -> list[Any]:
        """Values for a field. Lists have several, because one would be the same condition as `eq`."""
        named = get_named_type(site.type)
        if named.name == "ID":
            return self._ids(site, "Order")
        values = list(named.values) if hasattr(named, "values") else _BY_NAME.get(site.path[1])
        values = values or _VALUES[named.name]
        if site.kind == "LIST":
            return [values] if named.name == "String" else [[value] for value in values]
        return values

    def _ids(self, site: Site, kind: str) -> list[Any]:
        ids = self.side.ids[kind]
        return [ids[:2]] if site.kind == "LIST" else ids[:1]

    async def _read(self, list_name: str, more: dict[tuple[str, ...], Any]) -> "Read":
        given = arguments(self.side, "Query", list_name, more)
        with statements() as ran:
            asked = await ask(self.staff, "Query", list_name, given, self.seen)
        # The columns that a statement reads are learned; only tables and conditions are compared.
        read = [f"{each.partition(' FROM ')[2]} {each.values}" for each in ran if "api_token" not in each]
        return Read(asked.outcome, json.dumps(asked.answer.get("data")), read)


@dataclass(frozen=True)
class Read:
    """The result of reading a list."""

    outcome: str
    answer: str
    statements: list[str]


def column_of(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()

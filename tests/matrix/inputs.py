"""The effect of each input field: on the rows that a mutation writes, or its refusal."""

import copy
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, get_named_type, is_input_object_type
from tortoise import Tortoise

from tests.hostile.fields import ITEM, Request, Site, sites_of
from tests.matrix import prepared
from tests.matrix.asking import ALLOWED, GRAPH, operation
from tests.matrix.filtering import column_of
from tests.matrix.planning import Plan
from tests.matrix.recording import Recorder, Written
from tests.matrix.untried import NOT_TRIED, SEEN_IN_REFUSALS
from tests.matrix.values import (
    BASES,
    REACHES,
    VALUES_BY_FIELD,
    VALUES_BY_INPUT,
    VALUES_BY_NAME,
    VALUES_BY_TYPE,
)
from tests.matrix.world import INSIDE, Side

OMITTED, UNCHANGED = object(), object()  # omits the field; uses the value of the base request
MOST_TRIES = 14
_LOGS = {"journal_entry", "deferred_task"}


def input_sites() -> dict[str, dict[str, list[Site]]]:
    """The sites of each input field, by input type and field; those nearest to an argument first."""
    found: dict[str, dict[str, list[Site]]] = {}
    for name, field in GRAPH.type_map["Mutation"].fields.items():
        for site in sites_of("Mutation", name, field):
            owner = _owner(site)
            if owner is not None:
                found.setdefault(owner.name, {}).setdefault(site.path[-1], []).append(site)
    for fields in found.values():
        for sites in fields.values():
            sites.sort(key=lambda site: len(site.path))
    return found


def _owner(site: Site) -> GraphQLInputObjectType | None:
    """The input type whose field a site is."""
    if site.path[-1] == ITEM or len(site.path) == 1:
        return None
    type_ = operation("Mutation", site.field).args[site.path[0]].type
    for step in site.path[1:-1]:
        type_ = type_.of_type if hasattr(type_, "of_type") and step == ITEM else type_
        if step != ITEM:
            type_ = get_named_type(type_).fields[step].type
    named = get_named_type(type_)
    return named if is_input_object_type(named) else None


@dataclass
class Inputs:
    """Sends each field of an input with several values."""

    recorder: Recorder
    side: Side
    other: Side
    plan: Plan

    async def faults(self, type_name: str) -> list[str]:
        """The fields of an input that are ignored, or do not reach the column of their name."""
        found = []
        for field_name, sites in input_sites()[type_name].items():
            if field_name == "id" or (type_name, field_name) in NOT_TRIED:  # an id selects the object
                continue
            fault = ""
            for site in sites:
                fault = await self._fault(type_name, site)
                if not fault:
                    break
            found += [f"{type_name}.{field_name} {fault}"] if fault else []
        return found

    async def _fault(self, type_name: str, site: Site) -> str:
        by_refusals = (type_name, site.path[-1]) in SEEN_IN_REFUSALS
        accepted: list[Written] = []
        outcomes: set[str] = set()
        reached: set[str] = set()
        columns: set[str] = set()
        for value in [UNCHANGED, *self._values(type_name, site)][:MOST_TRIES]:
            asked, written = await self.recorder.ask(site.field, self._request(type_name, site, value))
            outcomes.add(asked.outcome)
            if asked.outcome == ALLOWED:
                columns |= REACHES.get((type_name, site.path[-1])) or _columns(site.path[-1], written)
                for each in accepted:
                    reached |= self.recorder.differences(each, written)
                accepted.append(written)
            if _reaches(reached, columns):
                return "changes what is written: remove it from SEEN_IN_REFUSALS" if by_refusals else ""
        results = "; ".join(sorted(outcomes))[:300]
        if not reached and by_refusals and len(outcomes) > 1:
            return ""
        if not reached:
            return f"changes nothing in {site.field}: {results}"
        if columns:
            others = ", ".join(sorted(reached)[:6]) or "nothing"
            return f"does not reach {', '.join(sorted(columns))} in {site.field}, but {others}: {results}"
        return ""

    def _values(self, type_name: str, site: Site) -> list[Any]:
        """Values for a field, including its omission if it is optional."""
        name, named = site.path[-1], get_named_type(site.type)
        known = prepared.VALUES.get((type_name, name)) or VALUES_BY_FIELD.get((type_name, name))
        if known is not None:
            return [OMITTED, *(known(self.side) if callable(known) else known)]
        if named.name == "ID":
            kind = self.side.kinds.get((type_name, name), "")
            values = [*self.side.ids.get(kind, [])[:6], *self.other.ids.get(kind, [])[:2]]
        elif is_input_object_type(named):
            values = VALUES_BY_INPUT.get(named.name) or [self._built(site)]
        elif isinstance(named, GraphQLEnumType):
            values = list(named.values)
        else:
            values = VALUES_BY_NAME.get(name) or VALUES_BY_TYPE[named.name]
        if site.kind == "LIST":
            values = [[], *([value] for value in values)]
        return [OMITTED, *values] if site.is_nullable else values

    def _built(self, site: Site) -> Any:
        """The object of a generic request at a site, or the first of a list."""
        given: Any = self._whole(site)
        for step in site.path:
            given = given[0 if step == ITEM else step]
        return given[0] if isinstance(given, list) else given

    def _whole(self, site: Site) -> dict[str, Any]:
        """A generic request that includes the path to a site."""
        whole = Request(site.field, operation("Mutation", site.field), self.side.base)
        return whole.arguments({(*site.path, "?"): None})

    def _request(self, type_name: str, site: Site, value: Any) -> dict[str, Any]:
        """The request that is known to be accepted, with a value at a site; the path to it is added."""
        field = type_name, site.path[-1]
        base = prepared.BASES.get(field) or BASES.get(field) or BASES.get(site.field)
        given = copy.deepcopy(
            base(self.side) if base else self.plan.variables["Mutation", site.field][INSIDE]
        )
        if value is UNCHANGED:
            return given
        there: Any = given
        built: Any = self._whole(site)
        for step in site.path[:-1]:
            key: Any = 0 if step == ITEM else step
            if isinstance(there, list) and not there:
                there.append(built[0])
            elif isinstance(there, dict) and there.get(key) is None:
                there[key] = built[key]
            there, built = there[key], built[key]
        there |= prepared.BESIDE.get(field, {})
        if value is OMITTED:
            there.pop(site.path[-1], None)
        else:
            there[site.path[-1]] = value
        return given


def _columns(field_name: str, written: Written) -> set[str]:
    """The columns with the name of a field in the tables to which rows were written."""
    assert Tortoise.apps is not None
    tables = {model._meta.db_table: set(model._meta.db_fields) for model in Tortoise.apps["app"].values()}
    name = column_of(field_name)
    names = {name, f"{name}_id", f"{name}_minor"} - {"id"}
    return {
        f"{table}.{each}"
        for table in {key[0] for key in written} - _LOGS
        for each in names
        if each in tables[table]
    }


def _reaches(reached: set[str], columns: set[str]) -> bool:
    if not columns:
        return bool(reached)
    return any(each == column or each.startswith(f"{column}.") for each in reached for column in columns)

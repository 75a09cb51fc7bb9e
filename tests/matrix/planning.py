"""Finds arguments with which each operation is accepted on each side, as a caller with all permissions."""

from dataclasses import dataclass
from typing import Any

from app.core.ids import new_id, to_global
from tests.ask import Api
from tests.hostile.fields import Path, Request, Site, all_sites
from tests.matrix.asking import ALLOWED, GRAPH, Asked, Undoing, ask, operation
from tests.matrix.cases import CASES, REFUSED_LATER, SECRETS
from tests.matrix.world import Side, World

TURNS = 60  # objects of a type that are tried until one is in the state that the operation needs

Name = tuple[str, str]  # the root and the field


@dataclass
class Plan:
    """The arguments of each operation by side, and the operations without accepted arguments."""

    variables: dict[Name, dict[str, dict[str, Any]]]
    refused: dict[Name, Any]


async def planned(staff: Api, world: World, seen: Undoing) -> Plan:
    plan = Plan({}, {})
    for root in ("Query", "Mutation"):
        for name in GRAPH.type_map[root].fields:
            for code, side in world.sides.items():
                variables, asked = await _found(staff, side, root, name, seen)
                plan.variables.setdefault((root, name), {})[code] = variables
                if not is_accepted(name, asked):
                    plan.refused[root, name] = (variables, asked.outcome)
    for site in all_sites(GRAPH):
        if site.root in ("Query", "Mutation") and site.kind == "ID":
            await _learn_kind(staff, world, site, seen)
    for name in GRAPH.type_map["Subscription"].fields:
        for code, side in world.sides.items():
            plan.variables.setdefault(("Subscription", name), {})[code] = arguments(
                side, "Subscription", name
            )
    return plan


async def _learn_kind(staff: Api, world: World, site: Site, seen: Undoing) -> None:
    """Learn the type of the ids at a site by sending an id of a type that no field accepts."""
    for side in world.sides.values():
        variables = arguments(side, site.root, site.field, {site.path: to_global("Nothing", new_id())})
        asked = await ask(staff, site.root, site.field, variables, seen)
        _learned(side, site.root, site.field, asked)


def is_accepted(name: str, asked: Asked) -> bool:
    return (
        asked.outcome == ALLOWED
        or name in SECRETS
        or (name in REFUSED_LATER and REFUSED_LATER[name] in asked.outcome)
    )


def arguments(side: Side, root: str, name: str, more: dict[Path, Any] | None = None) -> dict[str, Any]:
    """The arguments of an operation on a side, with the values `more` at their paths."""
    if name in CASES and not more:
        return CASES[name](side)
    return Request(name, operation(root, name), side.base).arguments(more or {})


async def _found(staff: Api, side: Side, root: str, name: str, seen: Undoing) -> tuple[dict[str, Any], Asked]:
    for turn in range(TURNS):
        side.turn = turn
        variables = arguments(side, root, name)
        asked = await ask(staff, root, name, variables, seen)
        if _learned(side, root, name, asked):
            continue
        if is_accepted(name, asked) or name in CASES:
            break
    return variables, asked


def _learned(side: Side, root: str, name: str, asked: Asked) -> bool:
    """Whether a response contains the type of an id that was unknown before."""
    field = operation(root, name)
    messages = [(error["message"], list(field.args)) for error in asked.answer.get("errors", [])]
    found = (asked.answer.get("data") or {}).get(name)
    if isinstance(found, dict) and "message" in found:
        messages.append((found["message"], found["path"] or []))
    learned = [
        side.learn_at(name, field, message, path) for message, path in messages
    ]  # learns from all of them
    return any(learned)

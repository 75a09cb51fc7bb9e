"""Imports modules of the application in a fresh process, to see what an import does by itself.

    python -m tests.importing SEED COUNT

imports COUNT modules alone, each in a fork of a process that has imported none; then all modules in an order
that depends on SEED, and prints the schema. What an import registers or fails with is written to stderr.
"""

import gc
import importlib
import os
import random
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import strawberry  # imported before the forks, as are the other libraries: only our modules are compared
import tortoise  # noqa: F401

ROOT = Path(__file__).parent.parent
# Importing `app.schema` builds the schema; these are the layers above it.
BUILDS = ("app.schema", "app.main", "app.simulation", "app.command_line", "app.cli")


def modules() -> list[str]:
    found = (path.relative_to(ROOT).with_suffix("") for path in (ROOT / "app").rglob("*.py"))
    names = (
        ".".join(path.parts).removesuffix(".__init__") for path in found if "migrations" not in path.parts
    )
    return sorted(names)


def registered() -> list[str]:
    """What the modules that have been imported registered elsewhere."""
    if "app.schema" in sys.modules:
        return []
    found = [
        f"{definition.name}.{field.python_name} was added by {field.origin.__name__}"
        for definition in _definitions()
        for field in definition.fields
        if field.origin is not None and not issubclass(definition.origin, field.origin)
    ]
    # What `wire` and the build of the schema set.
    for name, attribute, empty in (
        ("app.core.uow", "_wiring", None),
        ("app.core.deferred.running", "_handlers", {}),
        ("app.core.graphql.context", "_seen_by", {}),
        ("app.core.graphql.persisted", "_own", {}),
        ("app.access.places", "_find", {}),
        ("app.orders.timeline", "_of_buyers", {}),
        ("app.orders.timeline", "_of_staff", {}),
    ):
        if name in sys.modules and getattr(sys.modules[name], attribute) != empty:
            found.append(f"{name}.{attribute} was set")
    prices = sys.modules.get("app.core.graphql.prices")
    if prices is not None and prices._costs != prices.FieldCosts():
        found.append("costs were set")
    errors = sys.modules.get("app.core.graphql.errors")
    if errors is not None:
        found += [
            f"{each.graphql_name} got its members"
            for each in gc.get_objects()
            if isinstance(each, errors.Outcome) and each.type_annotations
        ]
    return found


def _definitions() -> list[Any]:
    kind = strawberry.types.base.StrawberryObjectDefinition
    return [each for each in gc.get_objects() if type(each) is kind]


def _alone(name: str) -> bool:
    """Whether a module can be imported alone and registers nothing."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    try:
        importlib.import_module(name)
        found = registered()
        if "app.schema" in sys.modules and not name.startswith(BUILDS):
            found.append("the schema was built")
    except BaseException as error:
        found = [f"{type(error).__name__}: {error}"]
    for line in found:
        print(f"{name}: {line}", file=sys.stderr, flush=True)
    os._exit(1 if found else 0)


def main(seed: str, count: int) -> int:
    chosen = random.Random(seed)
    names = modules()
    failed = [name for name in chosen.sample(names, min(count, len(names))) if not _alone(name)]
    chosen.shuffle(names)
    built: ModuleType | None = None
    for name in names:
        importlib.import_module(name)
        if built is None and (built := sys.modules.get("app.schema")) is not None:
            print(built.schema.as_str())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))

"""The engine's table of private names is complete, and the installed libraries have them."""

import ast
import importlib
import inspect
import re
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from app.engine.private_names import PRIVATE_NAMES
from tests.engine.private_uses import names_of_libraries, private_names

APP = Path(__file__).parent.parent.parent / "app"
# Names of the product that a library also has.
OWN = {
    ("catalog/service/products.py", "_id"),  # the end of a column's name
    ("suppliers/service/editing.py", "_id"),
    ("core/graphql/merging.py", "_arguments"),
    ("core/graphql/websocket.py", "_closing"),
    ("core/graphql/websocket.py", "_connections"),
    ("engine/database/altering.py", "_read"),
}


def uses_of(path: Path) -> set[str]:
    """The private names of libraries in a file of the product."""
    known = frozenset().union(*names_of_libraries().values())
    where = path.relative_to(APP).as_posix()
    return {name for name in private_names(ast.parse(path.read_text())) & known if (where, name) not in OWN}


def test_the_table_lists_exactly_the_private_names_of_libraries_that_are_used():
    found = {}
    for path in APP.rglob("*.py"):
        where = path.relative_to(APP)
        if where.parts[0] != "migrations" and path.name != "private_names.py" and (uses := uses_of(path)):
            found[where.as_posix()] = uses
    listed = {
        f"engine/{module}": {name for names in by_object.values() for name in names.split()}
        for module, by_object in PRIVATE_NAMES.items()
    }
    assert found == listed


def has(thing: Any, name: str) -> bool:
    """Whether a class has a name, or gives it to its instances; whether a function takes it."""
    if not inspect.isclass(thing):
        return name in inspect.signature(thing).parameters
    if hasattr(thing, name):
        return True
    bases = [base for base in thing.__mro__ if base.__module__.split(".")[0] in names_of_libraries()]
    return any(
        name in getattr(base, "__slots__", ())
        or name in inspect.get_annotations(base)
        or re.search(rf"\.{name}\b", inspect.getsource(base))
        for base in bases
    )


@pytest.mark.parametrize("module", PRIVATE_NAMES)
def test_the_installed_libraries_have_the_private_names(module: str):
    gone = []
    for place, names in PRIVATE_NAMES[module].items():
        library, _, path = place.partition(":")
        thing = attrgetter(path)(importlib.import_module(library))
        gone += [f"{place}.{name}" for name in names.split() if not has(thing, name)]
    assert gone == []


@pytest.mark.parametrize(
    "code",
    [
        "async def f(rows):\n    return rows._make_query()",
        "from tortoise.queryset import QuerySet\nclass Q(QuerySet):\n    def _execute(self): ...",
        "from tortoise.queryset import QuerySet\nclass Q(QuerySet):\n    def go(self): return self._db",
        "def f(rows):\n    return getattr(rows, '_q_objects')",
        "def f(schema):\n    return schema.info(_raw_info=None)",
    ],
)
def test_a_planted_private_name_is_detected(code: str):
    assert private_names(ast.parse(code)) & frozenset().union(*names_of_libraries().values())


def test_a_name_of_a_class_of_the_product_is_not_private():
    code = "class Own:\n    def __init__(self): self._pool = 1\n    def get(self): return self._pool"
    assert private_names(ast.parse(code)) == set()
    assert not has(importlib.import_module("tortoise.queryset").QuerySet, "_never_there")

"""Finding the private names of libraries that a module uses."""

import ast
import importlib.util
from collections.abc import Iterator
from functools import cache
from pathlib import Path

LIBRARIES = ("strawberry", "graphql", "tortoise", "asyncpg")
# `_meta` of a model is how Tortoise's own documentation reads its table and fields. The others are Python's.
PUBLIC = {"_meta", "_replace", "_value_"}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in PUBLIC


@cache
def names_of_libraries() -> dict[str, frozenset[str]]:
    """The private names of attributes, methods and parameters in the source of each library."""
    return {library: frozenset(_names_in(_folder(library))) for library in LIBRARIES}


def _folder(library: str) -> Path:
    found = importlib.util.find_spec(library)
    assert found is not None and found.origin is not None
    return Path(found.origin).parent


def _names_in(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield from filter(is_private, [node.name, *(arg.arg for arg in node.args.kwonlyargs)])
            elif isinstance(node, ast.Attribute) and is_private(node.attr):
                yield node.attr
            elif (
                isinstance(node, ast.AnnAssign)
                and isinstance(node.target, ast.Name)
                and is_private(node.target.id)
            ):
                yield node.target.id


def private_names(tree: ast.Module) -> set[str]:
    """The private names that a module uses of other objects, or defines in a class with a base of a library."""
    foreign = _imported_from_libraries(tree)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    derived: set[str] = set()
    for each in classes:
        if {part.id for base in each.bases for part in ast.walk(base) if isinstance(part, ast.Name)} & (
            foreign | derived
        ):
            derived.add(each.name)
    own = _own_names(tree, [each for each in classes if each.name not in derived])
    used = set(_used(tree)) - own
    for each in classes:
        if each.name in derived:
            used |= set(_used(each)) | set(_defined(each))
    return used


def _imported_from_libraries(tree: ast.Module) -> set[str]:
    found = {"BoundedPool", "PooledClient", "ImmediateClient", "HookedSchema", "CompiledExecutor"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in LIBRARIES:
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name in LIBRARIES}
    return found


def _own_names(tree: ast.Module, classes: list[ast.ClassDef]) -> set[str]:
    """The names of the module's functions and classes, and the attributes of its own classes."""
    found = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    for each in classes:
        found |= set(_defined(each))
        for node in ast.walk(each):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _is_self(node.value):
                found.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)  # of `__slots__`
    return found


def _defined(node: ast.ClassDef) -> Iterator[str]:
    for each in node.body:
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)) and is_private(each.name):
            yield each.name
        targets = each.targets if isinstance(each, ast.Assign) else []
        targets = [each.target] if isinstance(each, ast.AnnAssign) else targets
        yield from (name.id for name in targets if isinstance(name, ast.Name) and is_private(name.id))


def _is_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def _used(tree: ast.AST) -> Iterator[str]:
    """Private names used as attributes, keywords, or strings (for `getattr`)."""
    for node in ast.walk(tree):
        name: object = None
        if isinstance(node, ast.Attribute):
            name = node.attr
        elif isinstance(node, ast.keyword):
            name = node.arg
        elif isinstance(node, ast.Constant):
            name = node.value
        if isinstance(name, str) and name.isidentifier() and is_private(name):
            yield name

"""Lists code that nothing uses, or that only tests use; exits with 1 if there is any.

Vulture compares definitions with mentions. This module adds what Vulture does not know: GraphQL types,
templates, statements and queries read by name, a re-export is not a use, and the names in `called_by_others`
are used by others.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from called_by_others import BASES, DECORATORS, FILES, NAMES
from vulture import Vulture

ROOT = Path(__file__).parent.parent
SQL = re.compile(r"\b(SELECT|FROM|WHERE|AND|SET|JOIN|INSERT INTO|ORDER BY|GROUP BY|RETURNING)\b")
DECLARATIONS = ("conditions", "conditions_for", "row_test")
READS = ("filter", "exclude", "get", "get_or_none")


def main() -> int:
    found = list(dead(ROOT))
    listed = {(file, name) for file, (_, names) in FILES.items() for name in names}
    lines = [
        f"{file}:{line}: nothing uses {name}" for file, line, name in found if (file, name) not in listed
    ]
    needless = listed - {(file, name) for file, _, name in found}
    lines += [
        f"scripts/called_by_others.py: {name} of {file} need not be listed" for file, name in sorted(needless)
    ]
    for line in lines:
        print(line)
    print("There is no dead code." if not lines else f"{len(lines)} to look at.")
    return 1 if lines else 0


def dead(root: Path) -> Iterator[tuple[str, int, str]]:
    """Definitions in `app` and `scripts` that are not mentioned there: file, line and name."""
    vulture = Vulture(ignore_names=list(NAMES), ignore_decorators=list(DECORATORS))
    spared: dict[Path, set[int]] = {}
    for path in _sources(root):
        tree = ast.parse(path.read_text())
        spared[path] = set(_lines_for_others(tree))
        vulture.used_names.update(_read_by_graphql(tree), _read_from_database(tree))
        vulture.scan(_without_exports(path, tree), path)
    for template in (root / "app").rglob("templates/**/*"):
        if template.is_file():
            vulture.used_names.update(re.findall(r"\b[a-z_]\w+", template.read_text()))
    for item in vulture.get_unused_code(min_confidence=60):
        if item.first_lineno not in spared[Path(item.filename)]:
            yield Path(item.filename).relative_to(root).as_posix(), item.first_lineno, item.name


def _sources(root: Path) -> Iterator[Path]:
    yield from (path for path in sorted((root / "app").rglob("*.py")) if "migrations" not in path.parts)
    yield from sorted((root / "scripts").rglob("*.py"))


def _without_exports(path: Path, tree: ast.Module) -> str:
    """The source of a module; of a package, without its re-exports."""
    lines = path.read_text().splitlines()
    if path.name == "__init__.py":
        for each in tree.body:
            if isinstance(each, ast.ImportFrom) or _targets(each) == ["__all__"]:
                end = each.end_lineno or each.lineno
                lines[each.lineno - 1 : end] = [""] * (end - each.lineno + 1)
    return "\n".join(lines)


def _read_by_graphql(tree: ast.Module) -> Iterator[str]:
    """The fields of GraphQL types and of declared filters, which read attributes of the same names."""
    filters = {
        node.args[0].id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in DECLARATIONS and node.args
        if isinstance(node.args[0], ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        if node.name in filters or any(_makes_a_type(each) for each in node.decorator_list):
            yield from (name for each in node.body for name in _targets(each))


def _makes_a_type(decorator: ast.expr) -> bool:
    return ast.unparse(decorator).startswith(("strawberry.type", "strawberry.interface"))


def _read_from_database(tree: ast.Module) -> Iterator[str]:
    """The words of SQL statements, and the fields by which queries filter."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value):
            yield from re.findall(r"\w+", node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READS:
            yield from (part for each in node.keywords if each.arg for part in each.arg.split("__"))


def _lines_for_others(tree: ast.Module) -> Iterator[int]:
    """The lines of fields that others read, and of relations, whose keys Tortoise creates."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        is_read = any(ast.unparse(base).split("[")[0] in BASES for base in node.bases)
        relations = {
            name
            for each in node.body
            if "fields.ForeignKeyField" in ast.unparse(each)
            for name in _targets(each)
        }
        for each in node.body:
            if _targets(each) and (
                is_read or {name.removesuffix("_id") for name in _targets(each)} & relations
            ):
                yield each.lineno


def _targets(node: ast.stmt) -> list[str]:
    """The names that a statement assigns or declares."""
    if isinstance(node, ast.AnnAssign):
        return [ast.unparse(node.target)]
    return [ast.unparse(each) for each in node.targets] if isinstance(node, ast.Assign) else []


if __name__ == "__main__":
    sys.exit(main())

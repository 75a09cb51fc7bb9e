"""Rules for access to the database, which docs/architecture.md describes."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

APP = Path(__file__).parent.parent / "app"
# Packages that implement access to the database.
OF_THE_DATABASE = ("engine/", "core/database/")
DATABASE = ("app.core.database", "app.core.versions", "app.engine.database")
READERS = {"fetch", "fetch_records", "read", "read_locked", "number_of"}
ANY_SQL = {"execute", "execute_each"}
WRITERS = ANY_SQL | {
    "insert", "insert_if_new", "insert_numbered", "insert_or_update", "update_each",
    "update_returning", "update_where", "delete_each", "delete_where", "write_changes", "write_together",
    "count_up", "lock_counter",
}  # fmt: skip
WRITING_METHODS = {
    "save", "create", "bulk_create", "bulk_update", "delete", "get_or_create", "update_or_create",
}  # fmt: skip
WRITE = re.compile(r"\b(INSERT\s+INTO|DELETE\s+FROM|UPDATE\s+\S+(\s+AS\s+\w+|\s+\w+)?\s+SET)\s")
# What follows a column in a condition: `location__in` is about the column, `location__code` joins a table.
LOOKUPS = {"contains", "gt", "gte", "icontains", "in", "isnull", "lt", "lte", "not", "not_in", "startswith"}
STATEMENT = re.compile(rf"\bSELECT\s[\s\S]*\bFROM\s|{WRITE.pattern}")
TABLE = re.compile(r'\b(?:FROM|JOIN|INTO|UPDATE)\s+(?:ONLY\s+)?"?(\w+)"?')
# SQL outside of `queries`, with the reasons.
EXCEPTIONS = {
    "inventory/stock/service/level_changes.py": "changes and checks levels in one statement",
    "core/journal/entry.py": "the journal's reads; core has no queries modules",
    "core/journal/recording.py": "numbers events while it writes them",
    "core/journal/sequencing.py": "gives positions to all new events in one statement under an advisory lock",
    "core/deferred/running.py": "takes a task with SKIP LOCKED, which only PostgreSQL has",
    "core/search/asking.py": "conditions for query sets on tables that are named by the caller",
    "core/search/keeping.py": "reads a table that is named by the caller",
    "orders/service/numbering.py": "draws a number unless the idempotency key was used, in one statement",
}


def broken(path: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    relative = path.relative_to(APP).as_posix()
    if relative.startswith(OF_THE_DATABASE):
        return
    parts = path.relative_to(APP).with_suffix("").parts
    is_queries = "queries" in parts and "schema" not in parts
    may_have_sql = is_queries or relative in EXCEPTIONS
    for node in ast.walk(tree):
        imported = _imported(node)
        if imported & READERS and not may_have_sql:
            yield node.lineno, f"{_listed(imported & READERS)} outside queries: SQL that reads stands there"
        if imported & ANY_SQL and relative not in EXCEPTIONS:
            yield node.lineno, f"{_listed(imported & ANY_SQL)}: use update_where, delete_where or insert"
        if is_queries and (imported & WRITERS - ANY_SQL or _writes(node)):
            yield node.lineno, "queries write: move it to service"
        if not relative.startswith("inventory/") and (joined := _joins(node) & relations_to_inventory()):
            yield node.lineno, f"{_listed(joined)} joins a table of inventory: ask app.inventory"
    for line, sql in _statements(tree):
        if not may_have_sql:
            yield line, "an SQL statement outside queries"
        elif is_queries and WRITE.search(sql):
            yield line, "queries write: move it to service"
        if not relative.startswith("inventory/") and (tables := set(TABLE.findall(sql)) & inventory_tables()):
            yield line, f"SQL reads {_listed(tables)} outside inventory: ask app.inventory"


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))


def _imported(node: ast.AST) -> set[str]:
    """The database functions that a statement imports."""
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(DATABASE):
        return {alias.name for alias in node.names}
    return set()


def _writes(node: ast.AST) -> bool:
    """Whether a call writes a row or a query set; `update` with positional arguments is that of a dict."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    is_update = node.func.attr == "update" and bool(node.keywords) and not node.args
    return is_update or node.func.attr in WRITING_METHODS


def _joins(node: ast.AST) -> set[str]:
    """The relations that a call joins: those of `select_related`, and those before a column."""
    if not isinstance(node, ast.Call):
        return set()
    paths = [keyword.arg.split("__") for keyword in node.keywords if keyword.arg]
    found = {part for path in paths for part, following in pairwise(path) if following not in LOOKUPS}
    if isinstance(node.func, ast.Attribute):
        named = [
            part.value.lstrip("-").split("__")
            for part in node.args
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        if node.func.attr in ("select_related", "prefetch_related"):
            found |= {part for path in named for part in path}
        elif node.func.attr in ("order_by", "values", "values_list", "only"):
            found |= {part for path in named for part in path[:-1]}
    return found


def _statements(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The texts of a module that are SQL statements, without docstrings."""
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    parts |= {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            text = node.value
        else:
            continue
        if STATEMENT.search(text):
            yield node.lineno, text


def _models(where: Path) -> Iterator[ast.ClassDef]:
    for path in where.rglob("*.py"):
        if ("models" in path.stem or "models" in path.parts) and "migrations" not in path.parts:
            yield from (node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef))


@cache
def inventory_tables() -> frozenset[str]:
    """The tables of the models of inventory."""
    return frozenset(
        match[1]
        for path in (APP / "inventory").rglob("*.py")
        if "models" in path.stem or "models" in path.parts
        for match in re.finditer(r'^\s+table = "(\w+)"', path.read_text(), re.MULTILINE)
    )


@cache
def relations_to_inventory() -> frozenset[str]:
    """The relations by which models outside of inventory refer to models of inventory."""
    own = {f"app.{model.name}" for model in _models(APP / "inventory")}
    return frozenset(
        field.target.id
        for folder in APP.iterdir()
        if folder.is_dir() and folder.name not in ("inventory", "engine")
        for model in _models(folder)
        for field in model.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(field.value, ast.Call) and field.value.args
        if isinstance(field.value.args[0], ast.Constant) and field.value.args[0].value in own
    )

"""Project rules that no linter checks. Prints violations; exits with 1 if there are any."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

import database_rules
import re_exports
from long_functions import LONG_FUNCTIONS, long_functions

APP = Path(__file__).parent.parent / "app"
FILE_LINES = 350
# The module that opens transactions, and the one that asks SQLite's driver whether one is open.
OPENS_TRANSACTIONS = ("core/transaction.py", "engine/database/sqlite.py")
READS = {"filter", "get", "get_or_none", "all", "exclude", "first"}
# Modules that connect to other servers, and the only places that may import them; not database drivers.
CLIENTS = {
    **dict.fromkeys(
        (
            "httpx",
            "httpcore",
            "aiohttp",
            "requests",
            "urllib3",
            "urllib.request",
            "http.client",
            "socket.socket",
        ),
        "core/outgoing/",
    ),
    "aiosmtplib": "notifications/service.py",
}
CONNECTS = {"open_connection", "create_connection"}
# Modules of the application that a migration may import; other code could change what it does later.
OF_MIGRATIONS = ("app.core.database.migrating", "app.migrations.frozen")
# Quantities of stock levels, and the only module that writes them.
LEVELS_WRITER = "inventory/stock/service/level_changes.py"
QUANTITIES = {"on_hand", "reserved", "unavailable", "damaged", "quarantined", "in_quality_check", "incoming"}
# Columns of the same names of lots and of lines of transfers, and where they are written.
NAMED_ALIKE = {
    "inventory/stock/service/lots.py": {"on_hand", "damaged", "quarantined", "in_quality_check"},
    "inventory/transfers/service/receipt.py": {"damaged"},
}
WRITES_LEVELS = re.compile(
    r'\b(UPDATE|INSERT\s+INTO|DELETE\s+FROM)\s+(ONLY\s+)?"?stock_level\b', re.IGNORECASE
)


def main() -> int:
    found, long = [], set[str]()
    for path in sorted(APP.rglob("*.py")):
        text = path.read_text()
        tree = ast.parse(text)
        where = path.relative_to(APP.parent)
        if "migrations" in path.parts:
            found += [f"{where}:{line}: {what}" for line, what in broken_by_migration(tree)]
            continue
        broken_here = [*broken(path, tree), *database_rules.broken(path, tree)]
        found += [f"{where}:{line}: {what}" for line, what in broken_here]
        if text.count("\n") > FILE_LINES:
            found.append(f"{where}: {text.count(chr(10))} lines; split it by subject at {FILE_LINES}")
        for line, name, lines in long_functions(tree):
            long.add(key := f"{path.relative_to(APP).as_posix()}:{name}")
            if key not in LONG_FUNCTIONS:
                found.append(f"{where}:{line}: {name} has {lines} lines; divide it, or list it with a reason")
    found += unused_re_exports()
    found += [f"scripts/long_functions.py: {key} is not long" for key in LONG_FUNCTIONS.keys() - long]
    for line in found:
        print(line)
    print("House rules hold." if not found else f"{len(found)} breaches.")
    return 1 if found else 0


def unused_re_exports() -> list[str]:
    root = APP.parent
    packages, others = dict[str, ast.Module](), dict[str, ast.Module]()
    for path in sorted(
        each for folder in ("app", "tests", "scripts") for each in root.glob(f"{folder}/**/*.py")
    ):
        module = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        is_package = path.name == "__init__.py" and module.startswith("app.")
        (packages if is_package else others)[module] = ast.parse(path.read_text())
    return [
        f"{package.replace('.', '/')}/__init__.py: nothing uses {name}; do not re-export it"
        for package, name in re_exports.unused(packages, others)
    ]


def broken(path: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    models = _models_imported(tree)
    relative = path.relative_to(APP).as_posix()
    for node in ast.walk(tree):
        if _name(node) == "in_transaction" and relative not in OPENS_TRANSACTIONS:
            yield node.lineno, "in_transaction is used outside core/transaction.py: make it a command"
        for module in _imported(node):
            where = CLIENTS.get(module)
            if where is not None and not relative.startswith(where):
                yield (
                    node.lineno,
                    f"{module} is imported outside {where}: send requests with app.core.outgoing",
                )
        if (_name(node) in CONNECTS or _makes_socket(node)) and not relative.startswith(
            ("engine/database/", "core/database/")
        ):
            yield node.lineno, f"{_name(node)} is used: send requests with app.core.outgoing"
        if _returns_any(node) and not relative.startswith(("core/", "engine/")):
            yield node.lineno, f"{node.name} returns Any: name the type"
        if _writes_level(node, relative):
            yield node.lineno, "a stock level is written outside level_changes.py: use change_levels"
        if _name(node) == "environ" and relative not in ("settings.py",):
            yield node.lineno, "os.environ is read outside settings.py"
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in READS
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in models
            and not relative.startswith(("core/", "engine/"))
            and path.name not in ("queries.py", "models.py")
            and path.parent.name not in ("queries", "models")
        ):
            yield (
                node.lineno,
                f"{node.func.value.id}.{node.func.attr} outside queries.py: reads are scoped there",
            )


def broken_by_migration(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        for module in _whole_names(node):
            if module.split(".")[0] in ("app", "") and not f"{module}.".startswith(
                tuple(f"{each}." for each in OF_MIGRATIONS)
            ):
                yield (
                    node.lineno,
                    f"a migration imports {module}: copy what it needs to app/migrations/frozen",
                )


def _whole_names(node: ast.AST) -> list[str]:
    """The full names that a statement imports; those of a relative import begin with a dot."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        return [f"{module}.{alias.name}" for alias in node.names]
    return []


def _models_imported(tree: ast.Module) -> set[str]:
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith(".models")
        for alias in node.names
    }


def _returns_any(node: ast.AST) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef]:
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and (
        node.returns is not None and ast.unparse(node.returns).removesuffix(" | None") == "Any"
    )


def _makes_socket(node: ast.AST) -> bool:
    """Whether the name is `socket.socket`; other names of the module set options of existing connections."""
    is_of_module = isinstance(node, ast.Attribute) and _name(node.value) == "socket"
    return is_of_module and _name(node) == "socket"


def _writes_level(node: ast.AST, relative: str) -> bool:
    """Whether a quantity of a stock level is assigned or saved here, or its table is written in SQL."""
    if relative == LEVELS_WRITER:
        return False
    columns = QUANTITIES - NAMED_ALIKE.get(relative, set())
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and WRITES_LEVELS.search(node.value) is not None
    if isinstance(node, ast.Attribute):
        return isinstance(node.ctx, ast.Store) and node.attr in columns
    return isinstance(node, ast.Call) and not columns.isdisjoint(_columns_saved(node))


def _columns_saved(call: ast.Call) -> set[str]:
    """The columns that a call writes, for functions that take column names."""
    named: list[ast.AST] = []
    match _name(call.func):
        case "update_where" | "update_returning" if _name(call.args[0]) == "StockLevel":
            return _columns_assigned(call.args[1:2])
        case "delete_where" if _name(call.args[0]) == "StockLevel":
            return QUANTITIES
        case "insert_or_update":
            return _columns_assigned(call.args[2:3])
        case "update_each" | "Change" | "setattr":
            named = list(call.args)
        case "save":
            named = [keyword.value for keyword in call.keywords if keyword.arg == "update_fields"]
        case "update":
            return {keyword.arg for keyword in call.keywords if keyword.arg}
    parts = [part for node in named for part in ast.walk(node)]
    return {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}


def _columns_assigned(changes: list[ast.expr]) -> set[str]:
    """The columns on the left of `=` in a text such as `on_hand = on_hand - $2, at = $3`."""
    texts = [part.value for node in changes for part in ast.walk(node) if isinstance(part, ast.Constant)]
    return {name for text in texts if isinstance(text, str) for name in re.findall(r"(\w+)\s*=", text)}


def _imported(node: ast.AST) -> list[str]:
    """The modules that a statement imports, and their packages."""
    names = [name for name in _whole_names(node) if not name.startswith(".")]
    return sorted({".".join(parts[:end]) for name in names for parts in [name.split(".")] for end in (1, 2)})


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


if __name__ == "__main__":
    sys.exit(main())

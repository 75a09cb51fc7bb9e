"""Re-exports that nothing uses: names that a package imports from its own modules for others."""

import ast
from collections.abc import Iterator, Mapping

Trees = Mapping[str, ast.Module]  # by the name of the module; packages without `.__init__`


def unused(packages: Trees, others: Trees) -> Iterator[tuple[str, str]]:
    """The package and name of each re-export that neither `packages` nor `others` use."""
    exported = {name: _exports(name, tree) for name, tree in packages.items()}
    used = set[tuple[str, str]]()
    for module, tree in (*packages.items(), *others.items()):
        used.update(_uses(module, tree, exported))
    for package, names in exported.items():
        for name in sorted(names):
            if (package, name) not in used:
                yield package, name


def _exports(package: str, tree: ast.Module) -> set[str]:
    """The names that a package imports from its own modules and does not use itself."""
    names = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{package}.")
        for alias in node.names
    }
    return names - {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _uses(module: str, tree: ast.Module, exported: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    """The re-exports that a module imports, or reads from an imported package; and those that texts name."""
    packages = dict[str, str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if node.module != module:
                    yield node.module, alias.name
                packages[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            packages.update({alias.asname or alias.name: alias.name for alias in node.names})
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield packages.get(node.value.id, ""), node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            package, _, name = node.value.rpartition(".")
            if package in exported:
                yield package, name

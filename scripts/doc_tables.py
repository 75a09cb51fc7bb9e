"""Writes the generated tables of docs. With --check it fails if they differ from the code."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from graphql import GraphQLEnumType, GraphQLInterfaceType, GraphQLObjectType

from app.orders.lifecycle import HoldKind
from app.schema import schema
from app.wiring import CARRIERS, GATEWAYS, RULES

DOCS = Path(__file__).parent.parent / "docs"


def main() -> int:
    outdated = []
    for name, tables in PAGES.items():
        page = DOCS / name
        text = page.read_text()
        wanted = written(text, tables)
        if wanted != text and "--check" in sys.argv:
            outdated.append(f"docs/{name}")
        elif wanted != text:
            page.write_text(wanted)
    if outdated:
        print(f"{', '.join(outdated)}: the tables differ from the code. Run scripts/tables.", file=sys.stderr)
    return int(bool(outdated))


def written(text: str, tables: Mapping[str, Callable[[], str]]) -> str:
    """A page with its tables generated from the current code."""
    for name, table in tables.items():
        begin, end = f"<!-- {name}: written by scripts/tables -->\n", f"<!-- end of {name} -->"
        before, rest = text.split(begin)
        text = before + begin + "\n" + table() + "\n" + end + rest.split(end, 1)[1]
    return text


def _enum(name: str) -> str:
    found = schema._schema.type_map[name]
    assert isinstance(found, GraphQLEnumType)
    rows = [f"| `{code}` | {value.description} |" for code, value in found.values.items()]
    return "\n".join(["| code | when |", "|---|---|", *rows]) + "\n"


def _types() -> str:
    interface = schema._schema.type_map["UserError"]
    assert isinstance(interface, GraphQLInterfaceType)
    rows = []
    for found in sorted(schema._schema.get_possible_types(interface), key=lambda each: each.name):
        assert isinstance(found, GraphQLObjectType)
        own = [f"`{name}`" for name in found.fields if name not in interface.fields]
        rows.append(f"| `{found.name}` | {found.description} | {', '.join(own)} |")
    return "\n".join(["| type | when | additional fields |", "|---|---|---|", *rows]) + "\n"


def _values() -> str:
    found = schema._schema.type_map["ProblemValues"]
    assert isinstance(found, GraphQLObjectType)
    rows = [f"| `{name}` | {field.description} |" for name, field in found.fields.items()]
    return "\n".join(["| value | meaning |", "|---|---|", *rows]) + "\n"


def _rules() -> str:
    rows = [f"| `{code}` | {rule.hold.name} | {rule.outcome.name} |" for code, rule in RULES.items()]
    return "\n".join(["| rule | hold kind | default |", "|---|---|---|", *rows]) + "\n"


def _hold_kinds() -> str:
    rows = [f"| {kind.name} | {kind.description} |" for kind in HoldKind]
    return "\n".join(["| hold kind | reason |", "|---|---|", *rows]) + "\n"


def _carriers() -> str:
    rows = []
    for kind in CARRIERS:
        sells, calls = _yes(kind.adapter.SELLS_LABELS), _yes(kind.adapter.CALLS_BACK)
        rows.append(f"| `{kind.name}` | {kind.description} | {sells} | {calls} |")
    head = ["| kind | integration | labels can be bought | tracking by webhook |", "|---|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"


def _gateways() -> str:
    rows = [f"| `{kind.name}` | {kind.description} |" for kind in GATEWAYS]
    return "\n".join(["| kind | integration |", "|---|---|", *rows]) + "\n"


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"


PAGES: dict[str, dict[str, Callable[[], str]]] = {
    "errors.md": {
        "types": _types,
        "codes of types": lambda: _enum("ErrorCode"),
        "codes of problems": lambda: _enum("ProblemCode"),
        "values": _values,
    },
    "carriers-and-suppliers.md": {"kinds of carriers": _carriers},
    "payment-gateways.md": {"kinds of gateways": _gateways},
    "life-of-an-order.md": {"rules": _rules, "hold kinds": _hold_kinds},
}

if __name__ == "__main__":
    sys.exit(main())

"""The tables of docs/errors.md, written from the schema. With --check: fail when they differ."""

import sys
from collections.abc import Callable
from pathlib import Path

from graphql import GraphQLEnumType, GraphQLInterfaceType, GraphQLObjectType

from app.schema import schema

PAGE = Path(__file__).parent.parent / "docs" / "errors.md"


def main() -> int:
    text = PAGE.read_text()
    wanted = written(text)
    if "--check" in sys.argv:
        return int(text != wanted)
    PAGE.write_text(wanted)
    return 0


def written(text: str) -> str:
    """The page with its tables as the schema has them now."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name}: written by scripts/errors -->\n", f"<!-- end of {name} -->"
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
    return "\n".join(["| type | when | what it has besides |", "|---|---|---|", *rows]) + "\n"


def _values() -> str:
    found = schema._schema.type_map["ProblemValues"]
    assert isinstance(found, GraphQLObjectType)
    rows = [f"| `{name}` | {field.description} |" for name, field in found.fields.items()]
    return "\n".join(["| value | what it is |", "|---|---|", *rows]) + "\n"


TABLES: dict[str, Callable[[], str]] = {
    "types": _types,
    "codes of types": lambda: _enum("ErrorCode"),
    "codes of problems": lambda: _enum("ProblemCode"),
    "values": _values,
}

if __name__ == "__main__":
    sys.exit(main())

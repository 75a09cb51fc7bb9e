"""Generated documents over the real schema, from a seed: every kind that a caller can send, including wide
ones.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import (
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_leaf_type,
    is_list_type,
    is_object_type,
    is_required_argument,
    is_required_input_field,
    is_union_type,
)

from app.schema import schema

SCHEMA = schema._schema
SIZES = ("1", "5", "20", "100")
SCALARS = {
    "Int": "1", "Float": "1.5", "Boolean": "true", "BigInt": "1", "Decimal": '"1.00"', "DateTime": '"2026-05-01T09:30:00Z"',
    "Date": '"2026-05-01"', "Time": '"09:30"', "CurrencyCode": '"USD"', "CountryCode": '"US"', "JSON": "{}",
}  # fmt: skip
KNOWN = {"channel": '"web"', "sku": '"S1-0"', "code": '"web"'}


@dataclass(frozen=True, slots=True)
class Sent:
    """A request, and the kind of its document."""

    kind: str
    query: str
    variables: dict[str, Any] | None = None


class Writer:
    """Writes documents that use the given ids."""

    def __init__(self, seed: int, ids: list[str]) -> None:
        self.random = random.Random(seed)
        self.ids = ids
        self.seed = seed

    def document(self) -> Sent:
        kinds: list[Callable[[], Sent]] = [
            self.walk, self.walk, self.walk, self.aliases, self.fragments, self.nodes, self.chosen, self.sent_choices,
            self.conditions, self.introspection, self.mutation, self.invalid, self.broken, self.too_complex, self.long,
        ]  # fmt: skip
        return kinds[self.seed % len(kinds)]()

    # Reads.

    def walk(self) -> Sent:
        """One root field, with any selection beneath it."""
        return Sent("walk", f"query W{self.seed} {{ {self.root(self.random.choice([2, 3, 4]))} }}")

    def aliases(self) -> Sent:
        one = self.root(2)
        number = self.random.choice([2, 8, 20])
        return Sent("aliases", "{ " + " ".join(f"a{self.seed}x{n}: {one}" for n in range(number)) + " }")

    def fragments(self) -> Sent:
        inner = f'products(channel: "web", first: {self.random.choice(SIZES)}) {{ nodes {{ ...P }} }}'
        fields = self.selection(SCHEMA.type_map["Product"], 2)
        return Sent("fragments", f"query F{self.seed} {{ ...Q ...Q }} fragment Q on Query {{ {inner} }} "
                                 f"fragment P on Product {fields}")  # fmt: skip

    def nodes(self) -> Sent:
        ids = [self.random.choice(self.ids) for _ in range(self.random.choice([1, 10, 50, 100]))]
        query = f"query N{self.seed}($ids: [ID!]!) {{ nodes(ids: $ids) {{ id ... on Order {{ number }} }} }}"
        return Sent("nodes", query, {"ids": ids})

    def chosen(self) -> Sent:
        values = ", ".join(f'"N{n}"' for n in range(self.random.choice([1, 50, 400])))
        return Sent("chosen", f"query C{self.seed} {{ {self.finding(f'number: {{in: [{values}]}}')} }}")

    def sent_choices(self) -> Sent:
        values = [f"N{n}" for n in range(self.random.choice([10, 200, 1_000]))]
        times = self.random.choice([1, 3, 8])
        wanted = " ".join(f"a{n}: {self.finding('number: {in: $c}')}" for n in range(times))
        return Sent("sent choices", f"query S{self.seed}($c: [String!]) {{ {wanted} }}", {"c": values})

    def conditions(self) -> Sent:
        parts = [{"number": {"eq": f"N{n}"}} for n in range(self.random.choice([1, 10, 45]))]
        given: dict[str, Any] = {self.random.choice(["and", "or"]): parts}
        for _ in range(self.random.choice([0, 2])):
            given = {"and": [given]}
        times = self.random.choice([1, 4])
        wanted = " ".join(f"a{n}: orders(first: 1, filter: $f) {{ nodes {{ id }} }}" for n in range(times))
        return Sent("conditions", f"query O{self.seed}($f: OrderFilter) {{ {wanted} }}", {"f": given})

    def finding(self, conditions: str) -> str:
        return f"orders(first: {self.random.choice(SIZES)}, filter: {{{conditions}}}) {{ nodes {{ id }} }}"

    def introspection(self) -> Sent:
        if self.random.random() < 0.5:
            name = self.random.choice(sorted(SCHEMA.type_map))
            return Sent("introspection", f"query I{self.seed} {{ __type(name: \"{name}\") {{ name fields {{ name "
                                         "args { name type { name } } } } }")  # fmt: skip
        parts = ["name", "kind", "description", "fields { name }", "inputFields { name }",
                 "fields { name args { name } type { name kind ofType { name } } }"]  # fmt: skip
        chosen = " ".join(self.random.sample(parts, self.random.choice([1, 3])))
        return Sent("introspection", f"query I{self.seed} {{ __schema {{ types {{ {chosen} }} }} }}")

    # Invalid documents.

    def mutation(self) -> Sent:
        name = self.random.choice(sorted(SCHEMA.mutation_type.fields))
        field = SCHEMA.mutation_type.fields[name]
        calls = " ".join(
            f"m{n}: {name}{self.arguments(field)} {{ __typename }}" for n in range(self.random.choice([1, 2]))
        )
        return Sent("mutation", f"mutation M{self.seed} {{ {calls} }}")

    def invalid(self) -> Sent:
        many = self.random.choice([1, 30, 300])
        wrong = [
            " ".join(f"x{self.seed}y{n}" for n in range(many)),
            " ".join(f"a: f{n % 7}" for n in range(many)),
            " ".join(f"...F{n}" for n in range(many)),
            " ".join(f"... on T{n} {{ id }}" for n in range(many)),
        ]
        return Sent("invalid", f"query V{self.seed} {{ me {{ {self.random.choice(wrong)} }} }}")

    def broken(self) -> Sent:
        many = self.random.choice([1, 100, 900])
        return Sent("broken", f"query B{self.seed} {{ me {{ " + "kind name " * many)

    def long(self) -> Sent:
        text = "x" * self.random.choice([1_000, 20_000, 90_000])
        return Sent("long", f'query L{self.seed} {{ products(channel: "{text}") {{ nodes {{ id }} }} }}')

    def too_complex(self) -> Sent:
        many = " ".join(f"a{n}: me {{ kind name }}" for n in range(self.random.choice([31, 100, 200])))
        return Sent("too complex", f"query T{self.seed} {{ {many} }}")

    # The schema.

    def root(self, depth: int) -> str:
        name = self.random.choice(sorted(SCHEMA.query_type.fields))
        return self.field(name, SCHEMA.query_type.fields[name], depth)

    def field(self, name: str, field: Any, depth: int) -> str:
        type_ = get_named_type(field.type)
        inside = "" if is_leaf_type(type_) else " " + self.selection(type_, depth)
        return f"{name}{self.arguments(field)}{inside}"

    def selection(self, type_: Any, depth: int) -> str:
        if is_union_type(type_) or not (is_object_type(type_) or is_interface_type(type_)):
            return "{ __typename }"
        names = [name for name, field in type_.fields.items()
                 if is_leaf_type(get_named_type(field.type)) or depth > 0]  # fmt: skip
        chosen = self.random.sample(names, min(len(names), self.random.choice([1, 3, 6])))
        if "nodes" in type_.fields and "nodes" not in chosen and depth >= 0:
            chosen = ["nodes", *chosen[:1]]
        inner = depth if "nodes" in type_.fields else depth - 1
        return (
            "{ "
            + (" ".join(self.field(name, type_.fields[name], inner) for name in chosen) or "__typename")
            + " }"
        )

    def arguments(self, field: Any) -> str:
        given = {
            name: self.value(name, each.type)
            for name, each in field.args.items()
            if is_required_argument(each)
        }
        if "first" in field.args:
            given["first"] = self.random.choice(SIZES)
        return "(" + ", ".join(f"{name}: {value}" for name, value in given.items()) + ")" if given else ""

    def value(self, name: str, type_: Any) -> str:
        inner = get_nullable_type(type_)
        if name in KNOWN:
            return KNOWN[name]
        if is_list_type(inner):
            return (
                "["
                + ", ".join(self.value(name, inner.of_type) for _ in range(self.random.choice([1, 3])))
                + "]"
            )
        if is_input_object_type(inner):
            needed = {key: each for key, each in inner.fields.items() if is_required_input_field(each)}
            if inner.is_one_of:
                needed = dict([next(iter(inner.fields.items()))])
            return (
                "{" + ", ".join(f"{key}: {self.value(key, each.type)}" for key, each in needed.items()) + "}"
            )
        if is_enum_type(inner):
            return str(next(iter(inner.values)))
        if inner.name == "ID":
            return f'"{self.random.choice(self.ids)}"'
        return SCALARS.get(inner.name, '"text"')

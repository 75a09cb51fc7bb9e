"""Fields of one response name are validated like in graphql-core, in a single pass."""

import random

import pytest
from graphql import OverlappingFieldsCanBeMergedRule, build_schema, parse, validate

from app.core.graphql.merging import FieldsMergeRule

SCHEMA = build_schema("""
  interface Being { name(short: Boolean, in: [String], like: Shape): String  friend: Being  size: Int }
  input Shape { round: Boolean  sides: Int }
  type Dog implements Being {
    name(short: Boolean, in: [String], like: Shape): String  friend: Being  size: Int
    barks: Boolean!  owner: Human  any: [Pet]  other: Pet
  }
  type Cat implements Being {
    name(short: Boolean, in: [String], like: Shape): String  friend: Being  size: Int
    barks: Boolean  owner: Human!  any: [Pet!]  other: [Pet]
  }
  type Human { name: String  pets: [Pet]  best: Pet  age: Int }
  union Pet = Dog | Cat
  type Query { being: Being  pet: Pet  dog: Dog  human: Human  pets: [Pet] }
""")
TYPES = {
    "Query": ["being", "pet", "dog", "human", "pets"],
    "Being": ["name", "friend", "size"],
    "Dog": ["name", "friend", "size", "barks", "owner", "any", "other"],
    "Cat": ["name", "friend", "size", "barks", "owner", "any", "other"],
    "Human": ["name", "pets", "best", "age"],
    "Pet": [],
}
INSIDE = {
    "being": "Being", "friend": "Being", "pet": "Pet", "pets": "Pet", "best": "Pet", "any": "Pet",
    "other": "Pet", "dog": "Dog", "human": "Human", "owner": "Human",
}  # fmt: skip
NARROWER = {"Being": ["Dog", "Cat", "Being"], "Pet": ["Dog", "Cat", "Being"]}
ARGUMENTS = [
    "", "", "", "", "", "", "", "", "", "", "", "(short: true)", "(short: $s)", '(in: ["a"])', '(in: ["b"])', '(in: ["a"], short: true)',
    '(short: true, in: ["a"])', "(like: {round: true, sides: 1})", "(like: {sides: 1, round: true})",
    "(like: {sides: 2})",
]  # fmt: skip


class Writer:
    """Writes a document in which many fields share a response name."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.fragments: list[str] = []

    def document(self) -> str:
        query = self.selections("Query", self.random.choice([1, 2, 2, 3]))
        return f"query($s: Boolean) {query} {' '.join(self.fragments)}"

    def selections(self, type_: str, depth: int) -> str:
        parts = [self.one(type_, depth) for _ in range(self.random.choice([1, 2, 2, 3]))]
        return "{ " + " ".join(parts) + " }"

    def one(self, type_: str, depth: int) -> str:
        chance = self.random.random()
        if (type_ in NARROWER and chance < 0.5) or not TYPES[type_]:
            narrower = self.random.choice(NARROWER[type_])
            inside = self.selections(narrower, depth - 1)
            return self.spread(narrower, inside) if chance < 0.2 else f"... on {narrower} {inside}"
        if chance < 0.15 and depth > 0:
            return self.spread(type_, self.selections(type_, depth - 1))
        names = [name for name in TYPES[type_] if depth > 0 or name not in INSIDE] or ["__typename"]
        name = self.random.choice(names)
        alias = self.random.choice(["", "", "", "", "", "x: ", "y: ", "z: "])
        if name in INSIDE:
            return f"{alias}{name} {self.selections(INSIDE[name], depth - 1)}"
        takes = name == "name" and type_ != "Human"
        return f"{alias}{name}{self.random.choice(ARGUMENTS) if takes else ''}"

    def spread(self, type_: str, inside: str) -> str:
        name = f"F{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {type_} {inside}")
        return " ".join([f"...{name}"] * self.random.choice([1, 1, 2]))


def test_generated_documents_are_accepted_and_refused_as_by_the_rule_of_graphql_core():
    verdicts = []
    for seed in range(1_000):
        text = Writer(seed).document()
        document = parse(text)
        theirs = bool(validate(SCHEMA, document, [OverlappingFieldsCanBeMergedRule]))
        ours = bool(validate(SCHEMA, document, [FieldsMergeRule]))
        assert ours == theirs, text
        verdicts.append(ours)
    assert 200 < sum(verdicts) < 800  # both results were frequent


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("{ dog { x: name x: barks } }", "`x` is selected with the types `String` and `Boolean!`"),
        ("{ dog { x: name x: friend { size } } }", "`x` is selected with the types"),
        ("{ dog { name name(short: true) } }", "`name` is selected with different arguments"),
        ("{ human { x: age } human { x: name } }", "`x` is selected with the types `Int` and `String`"),
        ("{ pet { ... on Dog { x: name } ... on Being { x: name(short: true) } } }", "different arguments"),
        (
            "{ pet { ... on Dog { owner { name } } ... on Cat { owner { name } } } }",
            "`owner` is selected with the types",
        ),
        ("{ dog { owner { x: name } } dog { owner { x: age } } }", "`x` is selected with the types"),
    ],
)
def test_a_conflict_is_reported_with_the_response_name_and_both_locations(query: str, why: str):
    (error, *_) = validate(SCHEMA, parse(query), [FieldsMergeRule])
    assert why in error.message and error.locations is not None and len(error.locations) == 2


def test_fields_of_types_that_cannot_overlap_may_have_different_arguments():
    query = "{ pet { ... on Dog { x: name } ... on Cat { x: name(short: true) } } }"
    assert validate(SCHEMA, parse(query), [FieldsMergeRule]) == []


def test_a_document_with_exponentially_many_overlaps_is_refused():
    doubled = " ".join(
        f"fragment G{n} on Human {{ a{n}: best {{ ... on Dog {{ owner {{ ...G{n + 1} }} }} }} "
        f"b{n}: best {{ ... on Dog {{ owner {{ ...G{n + 1} }} }} }} }}"
        for n in range(30)
    )
    text = f"{{ human {{ ...G0 }} }} {doubled} fragment G30 on Human {{ name }}"
    errors = validate(SCHEMA, parse(text), [FieldsMergeRule])
    assert [error.extensions for error in errors] == [{"code": "QUERY_TOO_COMPLEX"}]

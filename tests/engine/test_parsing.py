"""The parser returns the same documents and errors as graphql-core."""

import json

import pytest
from graphql import GraphQLError, Lexer
from graphql import parse as parse_by_graphql
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.graphql import parsing
from tests.documents import Writer

PIECES = [
    "a", "é", "🇩🇪", " ", "\t", "\x00", "\x7f", "\u2028", "'", "#", "{", "}", '\\"', "\\\\", "\\/", "\\b", "\\f", "\\n",
    "\\r", "\\t", "\\u0041", "\\u00e9", "\\uD83D\\uDE00", "\\ud83d", "\\uDE00", "\\uD7FF", "\\uE000", "\\u{1F600}", "\\u{41}",
    "\\u00", "\\u٠٠٤١", "\\x", "\\", '"', '""', "\n", "\r", "\ud83d", "\ude00", "\ud83d\ude00",
]  # fmt: skip


def outcome(parse, text: str) -> object:
    try:
        return json.dumps(parse(text).to_dict(locations=True))
    except GraphQLError as error:
        return error.formatted


def both(text: str, most: int = 2_000) -> tuple[object, object]:
    ours = outcome(lambda each: parsing.parse(each, most), text)
    return ours, outcome(lambda each: parse_by_graphql(each, max_tokens=most), text)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(PIECES), max_size=6))
def test_strings_with_escapes_and_errors_are_parsed_as_by_graphql_core(pieces: list[str]):
    ours, theirs = both('{ a(b: "' + "".join(pieces) + '", c: """x""", d: "") }')
    assert ours == theirs


@pytest.mark.parametrize("piece", PIECES)
def test_each_escape_in_a_string_is_parsed_as_by_graphql_core(piece: str):
    ours, theirs = both('{ a(b: "x' + piece + 'y") b }')
    assert ours == theirs


def test_documents_and_token_limits_are_handled_as_by_graphql_core():
    nested = "{a" * 5_000 + "}" * 5_000
    for text in ["", "{", nested, *(Writer(seed, ["x"]).document().query for seed in range(30))]:
        for most in (20, 20_000):
            ours, theirs = both(text, most)
            assert ours == theirs


def test_a_long_string_is_not_parsed_character_by_character(monkeypatch: pytest.MonkeyPatch):
    slow: list[int] = []
    monkeypatch.setattr(Lexer, "read_string", lambda _lexer, start: slow.append(start))
    text = 'say \\"so\\" \\u0041\\n' * 5_000
    document = parsing.parse(f'{{ a(b: "{text}") }}', 100)
    (field,) = document.definitions[0].selection_set.selections
    assert field.arguments[0].value.value == 'say "so" A\n' * 5_000 and slow == []

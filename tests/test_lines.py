"""A single-line text has no line break and no character that hides or reorders others, in any field."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import get_named_type, get_nullable_type, is_input_object_type, is_list_type, is_object_type

from app.core.characters import harmless_line, harmless_lines, not_in_a_line
from app.core.graphql.bounds import BOUNDS, refusal_of
from app.core.graphql.coercion import read_metadata
from app.identifiers import SPELLINGS
from app.lines import SEVERAL
from app.orders.models import Order
from app.schema import schema
from tests import make
from tests.ask import PLACE, Api, order_input

BREAKS = ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
CONTROLS = ["\t", "\x01", "\x07", "\x08", "\x1b", "\x1f", "\x7f", "\x80", "\x9b", "\x9f"]
DIRECTIONS = [chr(point) for point in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]
HIDDEN = [
    "\u2061",
    "\u2064",
    "\u206a",
    "\u206f",
    "\ufff9",
    "\ufffb",
    "\U000e0001",
    "\U000e0041",
    "\U000e007f",
]
PRIVATE_USE = ["\ue000", "\uf8ff", "\U000f0000", "\U00100000", "\U0010fffd", "\ufdd0", "\ufdef", "\ufffe", "\uffff", "\U0001fffe", "\U0010ffff"]  # fmt: skip
NOT_STORED = ["\x00", "\ud800", "\udfff"]
FORGING = [*BREAKS, *CONTROLS, *DIRECTIONS, *HIDDEN, *PRIVATE_USE, *NOT_STORED]
ZERO_WIDTH = ["\u200b", "\ufeff", "\u2060", "\u00ad"]
GOOD = [
    "Ada Lovelace", "O’Brien-Smith & Søn", "علی‌رضا", "क्‍ष", "שלום\u200f!", "\u200eA-1", "עברית Latin 12", "👩‍🚀", "❤️", "葛󠄀城",
    "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "Nguyễn Thị", "e\u0301", "𝒜", "ｆｕｌｌ", "a\u00a0b", "a\u3000b", "",
]  # fmt: skip

Place = tuple[tuple[str, ...], str]  # the place of a text, and the name that determines its rules


def _places(type_: Any, name: str, path: tuple[str, ...], within: frozenset[str]) -> Iterator[Place]:
    """The texts of an argument; a recursive type is entered once, and a list has one item."""
    inner = get_nullable_type(type_)
    if is_list_type(inner):
        yield from _places(inner.of_type, name, (*path, "0"), within)
    elif is_input_object_type(inner):
        if inner.name not in within:
            for each, field in inner.fields.items():
                known = (
                    name
                    if inner.name == "StringFilter" and each in ("eq", "in") and name in SPELLINGS
                    else each
                )
                yield from _places(field.type, known, (*path, each), within | {inner.name})
    elif inner.name in ("String", "ID", "JSON"):
        yield path, inner.name if inner.name == "JSON" and name in SEVERAL else name


def _given(type_: Any, path: tuple[str, ...], text: str) -> Any:
    """An argument with only a text at a place."""
    inner = get_nullable_type(type_)
    if is_list_type(inner):
        return [_given(inner.of_type, path[1:], text)]
    if is_input_object_type(inner):
        return {path[0]: _given(inner.fields[path[0]].type, path[1:], text)}
    return {"a": [{"b": text}]} if inner.name == "JSON" else text


def _at(given: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        given = given[int(step)] if isinstance(given, list) else given[step]
    return given


def _fields() -> Iterator[tuple[str, Any, str, Any, Place]]:
    for type_ in schema._schema.type_map.values():
        if is_object_type(type_) and not type_.name.startswith("__"):
            for name, field in type_.fields.items():
                for argument, each in field.args.items():
                    for place in _places(each.type, argument, (argument,), frozenset()):
                        yield f"{type_.name}.{name}", field, argument, each.type, place


def test_every_text_input_refuses_or_removes_forging_characters():
    tried, wrong = 0, []
    for where, field, argument, type_, (path, name) in _fields():
        assert BOUNDS in field.extensions, where
        for character in FORGING:
            given = {argument: _given(type_, path[1:], f"a{character}b")}
            refusal = refusal_of(field, given)
            tried += 1
            if refusal is not None:
                (problem,) = refusal.problems
                if problem.path != path or problem.code.name != "UNSUPPORTED_CHARACTER":
                    wrong.append((where, path, character, problem))
                elif name in SEVERAL and character not in NOT_STORED:
                    wrong.append((where, path, character, "refused"))
                continue
            kept = _at(given, path)
            if name == "JSON":  # custom data; its scalar refuses what cannot be stored
                continue
            if character in NOT_STORED or (name not in SEVERAL and not_in_a_line(kept)):
                wrong.append((where, path, character, "taken"))
            if name not in (*SEVERAL, *SPELLINGS) or (
                name in SPELLINGS and character in (*BREAKS, *CONTROLS)
            ):
                wrong.append((where, path, character, "taken"))
    assert wrong == [], (len(wrong), wrong[:20])
    assert tried > 50_000


def test_every_text_input_accepts_the_characters_of_real_names():
    for where, field, argument, type_, (path, name) in _fields():
        for text in GOOD:
            given = {argument: _given(type_, path[1:], text)}
            assert refusal_of(field, given) is None, (where, path, text)
            if name not in SPELLINGS:
                assert given == {argument: _given(type_, path[1:], text)}, (where, path, text)


def test_zero_width_characters_are_removed_from_single_line_texts():
    for where, field, argument, type_, (path, name) in _fields():
        if get_named_type(type_).name == "JSON" or name in ("options", "JSON"):
            continue
        for character in ZERO_WIDTH:
            given = {argument: _given(type_, path[1:], f"a{character}b")}
            assert refusal_of(field, given) is None
            assert _at(given, path) == (f"a{character}b" if name in SEVERAL else "ab"), (where, path)


def test_every_listed_multi_line_text_is_a_text_of_an_input():
    assert {name for *_, (path, _) in _fields() for name in path} >= SEVERAL
    assert not SEVERAL & SPELLINGS.keys()


@pytest.mark.parametrize("character", NOT_STORED)
def test_characters_that_cannot_be_stored_are_refused_in_metadata(character: str):
    for value in ({"a": f"x{character}"}, {f"x{character}": 1}, {"a": [{"b": {f"{character}": None}}]}):
        assert read_metadata(value).code.name == "UNSUPPORTED_CHARACTER"


@pytest.mark.parametrize("text", GOOD)
def test_the_characters_of_real_names_are_shown_unchanged(text: str):
    assert not_in_a_line(text) is None
    assert harmless_line(text) == harmless_lines(text) == text


@pytest.mark.parametrize("character", FORGING)
def test_forging_characters_are_removed_when_a_text_is_shown(character: str):
    text = f"Ada{character}{character}Pay here{character}"
    assert not_in_a_line(text) is not None
    line = harmless_line(text)
    assert not_in_a_line(line) is None and line.replace(" ", "") == "AdaPayhere"
    assert len(line.splitlines()) == 1
    lines = harmless_lines(text)
    assert all(not_in_a_line(each) is None for each in lines.split("\n"))
    assert lines.count("\n") == (3 if character in BREAKS else 0)
    flag = GOOD[10]
    assert harmless_line(f"{flag}{character}{flag}").replace(" ", "") == flag * 2


def test_every_character_is_harmless_when_it_is_shown():
    every = "".join(map(chr, range(0x110000)))
    assert not_in_a_line(harmless_line(every)) is None
    assert len(harmless_line(every).splitlines()) == 1
    assert all(not_in_a_line(line) is None for line in harmless_lines(every).split("\n"))


# Through the API.

VALIDATED = "__typename ... on UserError { path } ... on ValidationFailed { problems { code path } }"


async def test_a_name_with_a_line_break_is_refused_and_no_order_is_placed(api: Api):
    await (await make.shop()).sell("A", stock=5)
    sent = order_input(("A", 1), note="First line.\nSecond line.\u202e", tags=["gift\n"])
    forged = {"company": "Acme\r\n\r\nPay at https://evil.example", "city": "x\u2028y"}
    sent["shippingAddress"] = sent["shippingAddress"] | forged
    answer = await api.do(
        f"mutation($input: OrderPlaceInput!) {{ orderPlace(input: $input) {{ {VALIDATED} }} }}", input=sent
    )
    assert {problem["code"] for problem in answer["problems"]} == {"UNSUPPORTED_CHARACTER"}
    assert {".".join(problem["path"]) for problem in answer["problems"]} == {
        "input.shippingAddress.company", "input.shippingAddress.city", "input.tags.0",
    }  # fmt: skip
    assert await Order.all().count() == 0
    sent = order_input(("A", 1), note="First line.\nSecond line.")
    assert (await api.do(PLACE, input=sent))["__typename"] == "Order"
    assert (await Order.get()).note == "First line.\nSecond line."


@pytest.mark.parametrize("character", ["\n", "\u202e", "\ue000", "\x1b"])
async def test_queries_refuse_forging_characters_with_the_path_of_the_argument(api: Api, character: str):
    await make.shop()
    staff = api.as_(await make.token())
    text = f"a{character}b"
    for query, path in (
        (
            "query($t: String!) { orders(filter: {email: {contains: $t}}) { totalCount } }",
            ["filter", "email", "contains"],
        ),
        (
            "query($t: String!) { orders(filter: {name: {eq: $t}}) { totalCount } }",
            ["filter", "name", "eq"],
        ),
        ("query($t: String!) { customer(email: $t) { id } }", ["email"]),
        ("query($t: String!) { orders(after: $t) { totalCount } }", ["after"]),
    ):
        error = await staff.error(query, t=text)
        assert error["extensions"]["code"] == "INVALID" and error["extensions"]["path"] == path
    found = await staff.ask(
        "query($t: String!) { orders(search: $t) { totalCount } customers(search: $t) { totalCount } }",
        t=text,
    )
    assert found == {"orders": {"totalCount": 0}, "customers": {"totalCount": 0}}


async def test_subscriptions_and_get_requests_refuse_forging_characters(api: Api):
    asked = {
        "query": "subscription($t: String!) { orderTracking(token: $t) { cursor } }",
        "variables": {"t": "a\u202eb"},
    }
    headers = {"content-type": "application/json", "accept": "text/event-stream"}
    answer = await api.client.post("/graphql", content=json.dumps(asked), headers=headers)
    assert answer.json()["errors"][0]["extensions"]["path"] == ["token"]
    query = {
        "query": "query($t: String!) { trackOrder(token: $t) { number } }",
        "variables": '{"t": "a\\u2028b"}',
    }
    answer = await api.client.get("/graphql", params=query)
    assert answer.json()["errors"][0]["extensions"]["path"] == ["token"]


async def test_the_options_of_a_variant_must_be_single_lines(api: Api):
    await make.shop()
    staff = api.as_(await make.token())
    create = f"mutation($i: ProductCreateInput!) {{ productCreate(input: $i) {{ {VALIDATED} }} }}"
    for options in ({"Colour": "red\nblue"}, {"Col\u202eour": "red"}):
        answer = await staff.do(create, i={"name": "Lamp", "variants": [{"sku": "L", "options": options}]})
        assert answer["problems"] == [
            {"code": "UNSUPPORTED_CHARACTER", "path": ["input", "variants", "0", "options"]}
        ]

"""Encoding of responses and decoding of requests as JSON."""

import asyncio
import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.graphql.encoding import Encoded, NotJson, dumps, dumps_in_pieces, loads


def _nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("depth", [1, 100, 253, 254, 255, 290])
def test_nested_values_are_encoded(depth: int):
    assert json.loads(dumps({"a": _nested(depth), "b": "é"})) == {"a": _nested(depth), "b": "é"}


def test_a_value_nested_too_deep_to_be_decoded_is_encoded_as_null():
    found = json.loads(dumps([{"number": "A", "deep": _nested(5_00)}, {"number": "B"}]))
    assert [each["number"] for each in found] == ["A", "B"]
    while isinstance(found, list) and found:
        found = found[0] if not isinstance(found[0], dict) else found[0]["deep"]
    assert found is None


@pytest.mark.parametrize(
    ("value", "written"),
    [("a\ud83d", "a\ufffd"), ("\ud83d\ude00", "😀"), (2**70, 2**70), (float("inf"), None)],
)
def test_values_that_orjson_refuses_are_encoded(value: Any, written: Any):
    assert json.loads(dumps({"odd": value, "big": 2**70, "ok": 1})) == {"odd": written, "big": 2**70, "ok": 1}


def test_an_encoded_value_is_embedded_in_a_response():
    deep = {"order": {"metadata": _nested(252)}}
    shared = Encoded(deep)
    assert json.loads(dumps({"data": {"ordersUpdated": shared}})) == {"data": {"ordersUpdated": deep}}
    assert json.loads(dumps({"data": shared, "odd": 2**70}))["data"] == deep


async def test_a_large_response_is_encoded_in_pieces_with_the_same_result(
    monkeypatch: pytest.MonkeyPatch,
):
    rows: list[Any] = [
        {"n": n, "deep": _nested(n % 300), "seen": Encoded({"a": n}), "few": [n], "none": []}
        for n in range(200)
    ]
    message = {"data": {"rows": {"nodes": rows}, "é": None, "few": [1, "é"]}, "errors": []}
    monkeypatch.setattr("app.core.graphql.encoding.PIECE", 0.0)
    writing = asyncio.ensure_future(dumps_in_pieces(message))
    turns = 0
    while not writing.done():
        await asyncio.sleep(0)
        turns += 1
    assert json.loads(await writing) == json.loads(dumps(message))
    assert turns >= len(rows)


def test_encoding_an_object_that_is_not_json_raises_a_type_error():
    with pytest.raises(TypeError):
        dumps({"a": object()})


@given(st.text(st.characters(codec=None)))
def test_lone_surrogates_in_escapes_are_decoded(text: str):
    assert loads(json.dumps({"a": text}).encode()) == {"a": json.loads(json.dumps(text))}


def test_lone_surrogates_in_raw_bytes_are_decoded():
    assert loads(b'{"a":"\xed\xa0\xbd"}') == {"a": "\ud83d"}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'"\\ud800', b'["\\ud800", NaN]', b'["\\ud800", Infinity]', b"[" * 100_000 + b'"\\ud800"', b"\xff",
     b'["\\ud800", ' + b"9" * 5000 + b"]", b'\xed\xa0["\xed\xa0"]', '["\ud800"]'.encode("utf-16", "surrogatepass")],
)  # fmt: skip
def test_a_body_that_is_not_json_is_refused(body: bytes):
    with pytest.raises(NotJson):
        loads(body)


def test_decoding_agrees_with_the_json_module():
    body = orjson.dumps({"a": [1, 1.5, "é", None, True, {"b": -0.0}]})
    assert loads(body) == json.loads(body)

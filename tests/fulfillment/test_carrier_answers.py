"""Values of a carrier's JSON are read, are not given, or are missing with a typed error."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.core.money import Money
from app.fulfillment.carrier_adapters import CarrierRefuses, CarrierSilent, NotFromCarrier, UnreadableAnswer
from app.fulfillment.carrier_adapters.answers import (
    LARGEST_INTEGER,
    check_signature,
    json_of,
    objects_in,
    optional_integer,
    optional_money,
    optional_object,
    optional_text,
    optional_time,
    required_text,
)
from app.fulfillment.carrier_adapters.asking import ask_carrier
from tests.courier import signature
from tests.listening import listening

Reading = Callable[[Mapping[str, Any], str], Any]


@pytest.mark.parametrize(
    ("read", "value", "found"),
    [
        (optional_text, " a ", "a"), (optional_text, 7, "7"), (optional_text, 7.5, "7.5"), (optional_text, None, ""),
        (optional_text, True, ""), (optional_text, ["a"], ""), (optional_text, {"a": 1}, ""), (required_text, 0, "0"),
        (optional_integer, 2, 2), (optional_integer, 2.0, 2), (optional_integer, "2", 2), (optional_integer, 0, 0),
        (optional_integer, 2.5, None), (optional_integer, -1, None), (optional_integer, "1e99", None),
        (optional_integer, "NaN", None), (optional_integer, "", None), (optional_integer, False, None),
        (optional_integer, LARGEST_INTEGER, LARGEST_INTEGER), (optional_integer, LARGEST_INTEGER + 1, None),
        (optional_time, "2031-01-02T08:00:00", datetime(2031, 1, 2, 8, tzinfo=UTC)),
        (optional_time, "2031-01-02T08:00:00+02:00", datetime(2031, 1, 2, 6, tzinfo=UTC)),
        (optional_time, "soon", None), (optional_time, "2031-99-02", None), (optional_time, None, None),
        (optional_object, {"a": 1}, {"a": 1}), (optional_object, [1], {}), (optional_object, None, {}),
        (objects_in, [{"a": 1}, 2, None], [{"a": 1}]), (objects_in, {"a": 1}, []), (objects_in, None, []),
    ],
)  # fmt: skip
def test_a_value_is_read_or_not_given(read: Reading, value: Any, found: Any):
    assert read({"name": value}, "name") == found
    assert not optional_text({}, "name") and not optional_object({}, "name") and not objects_in({}, "name")


@pytest.mark.parametrize("given", [{}, {"id": None}, {"id": " "}, {"id": True}, {"id": {}}, {"id": ["x"]}])
def test_a_required_value_that_is_missing_is_named(given: dict[str, Any]):
    with pytest.raises(UnreadableAnswer, match="`id`"):
        required_text(given, "id")


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("4.20", "USD", 420), (4.2, "usd", 420), (7, "JPY", 7), ("1.234", "KWD", 1234), ("4.2000", "USD", 420),
        ("0", "USD", 0), ("4.205", "USD", None), ("7.5", "JPY", None), ("-1", "USD", None), ("4,20", "USD", None),
        ("1", "", None), ("1", "XXL", None), (None, "USD", None), ("inf", "USD", None), ("1e99", "USD", None),
    ],
)  # fmt: skip
def test_an_amount_is_exact_or_not_given(amount: Any, currency: str, minor: int | None):
    wanted = None if minor is None else Money(minor, currency.upper())
    assert optional_money({"price": amount}, "price", currency) == wanted


def test_a_body_is_an_object_an_array_or_unreadable():
    assert json_of(b"") == {} and json_of(b'{"a": 1}') == {"a": 1} and json_of(b"[1]") == {"items": [1]}
    for body in (b"null", b"7", b'"x"', b"<html>", b"\xff", b'{"a": NaN}', b'{"a": 1'):
        with pytest.raises(UnreadableAnswer):
            json_of(body)


def test_a_signature_is_compared_and_an_empty_secret_matches_nothing():
    check_signature("key", b"body", f"sha256={signature(b'body', 'key')}", prefix="sha256=")
    for secret, given in (("", signature(b"body", "")), ("key", ""), ("key", signature(b"bodY", "key"))):
        with pytest.raises(NotFromCarrier):
            check_signature(secret, b"body", given)


@pytest.mark.parametrize("status", [300, 302, 400, 401, 403, 404, 409, 410, 422])
async def test_a_refusal_has_the_status_and_the_message_of_the_response(status: int):
    without = f"X responded with status {status}."
    bodies = {b'{"message": "No."}': "No.", b'{"error": {"message": "No."}}': "No."}
    for body, message in {**bodies, b"<html>": without, b"[]": without}.items():
        async with _answering(status, body) as url:
            with pytest.raises(CarrierRefuses) as refused:
                await ask_carrier("X", "GET", url)
        assert (refused.value.status, str(refused.value)) == (status, message)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_a_server_that_is_busy_or_failing_is_silent(status: int):
    async with _answering(status, b'{"message": "No."}') as url:
        with pytest.raises(CarrierSilent):
            await ask_carrier("X", "GET", url)


def _answering(status: int, body: bytes):
    async def answer(request: Request) -> Response:
        return Response(body, status)

    return listening(Starlette(routes=[Route("/", answer)]))

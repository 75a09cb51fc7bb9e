"""Reads the JSON that carriers send, in responses and webhooks.

A required value that is missing raises UnreadableAnswer. An optional value that is missing, or has another
form than expected, is read as not given: a bought label is stored also if its price cannot be read.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from app.core.money import Money, checked_currency
from app.core.refusals import Refusal
from app.fulfillment.carrier_adapters.protocol import NotFromCarrier, UnreadableAnswer

LARGEST_INTEGER = 2**31 - 1


def json_of(body: bytes) -> dict[str, Any]:
    """The JSON object in a body; {} for an empty body, and {"items": […]} for an array.

    Raises:
        UnreadableAnswer: it is no JSON, or neither an object nor an array.
    """
    try:
        found = orjson.loads(body or b"{}")
    except ValueError as error:
        raise UnreadableAnswer("The carrier sent no JSON.") from error
    if isinstance(found, list):
        return {"items": found}
    if not isinstance(found, dict):
        raise UnreadableAnswer("The carrier sent no JSON object.")
    return found


def required_text(given: Mapping[str, Any], name: str) -> str:
    """A text or number that must be there.

    Raises:
        UnreadableAnswer: it is missing, empty, or an object or array.
    """
    text = optional_text(given, name)
    if not text:
        raise UnreadableAnswer(f"The carrier sent no `{name}`.")
    return text


def optional_text(given: Mapping[str, Any], name: str) -> str:
    """A text or number; "" if it is not given."""
    value = given.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()


def optional_integer(given: Mapping[str, Any], name: str) -> int | None:
    """An integer from 0 to LARGEST_INTEGER, also written as 2.0 or "2"; None if it is not given."""
    try:
        number = Decimal(optional_text(given, name))
    except InvalidOperation:
        return None
    if not number.is_finite() or not 0 <= number <= LARGEST_INTEGER or number != int(number):
        return None
    return int(number)


def optional_time(given: Mapping[str, Any], name: str) -> datetime | None:
    """A time in ISO 8601; without a time zone it is in UTC. None if it is not given."""
    try:
        at = datetime.fromisoformat(optional_text(given, name))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def optional_object(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object; {} if it is not given."""
    value = given.get(name)
    return value if isinstance(value, dict) else {}


def objects_in(given: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects of an array; [] if it is not given."""
    value = given.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def optional_money(given: Mapping[str, Any], amount: str, currency: str) -> Money | None:
    """An amount in units of the currency (12.50) that `currency` is the code of; None if it is not given.

    An amount that is negative or has more decimals than the currency is not given either.
    """
    try:
        money = Money.of(Decimal(optional_text(given, amount)), checked_currency(currency))
    except (InvalidOperation, Refusal):
        return None
    return money if money.minor >= 0 else None


def check_signature(secret: str, body: bytes, signature: str, *, prefix: str = "") -> None:
    """Check that a signature is the HMAC-SHA256 of a body, in hexadecimal after the prefix.

    Raises:
        NotFromCarrier: it is not, or there is no secret.
    """
    wanted = prefix + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not secret or not hmac.compare_digest(wanted.encode(), signature.strip().encode()):
        raise NotFromCarrier("The signature does not match the webhook secret.")

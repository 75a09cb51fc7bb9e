"""What the client of a request accepts: media types with their weights (RFC 9110, section 12.5.1)."""

import functools
import re
from collections.abc import Mapping

from app.core.graphql.faults import EVENT_STREAM

RESPONSE_JSON = "application/graphql-response+json"
PLAIN_JSON = "application/json"
_WEIGHT = re.compile(r"\s*q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*", re.IGNORECASE)
_RANGES = "application/*", "*/*"  # the more specific first


@functools.lru_cache(maxsize=64)
def weights(accept: str) -> Mapping[str, float]:
    """The weight of each media type of an `Accept` field, in lower case; 0 if it is not acceptable."""
    found = {}
    for part in accept.split(","):
        media_type, *parameters = part.split(";")
        given = [match[1] for each in parameters if (match := _WEIGHT.fullmatch(each))]
        found[media_type.strip().lower()] = float(given[0]) if given else 1.0
    return found


def accepts_stream(accept: str) -> bool:
    """Whether an event stream is accepted by its name: `*/*` alone means JSON."""
    return weights(accept).get(EVENT_STREAM, 0) > 0


def accepts_json(accept: str) -> bool:
    """Whether JSON is accepted, also by a range such as `*/*`."""
    known = weights(accept)
    return any(_weight(known, media_type) > 0 for media_type in (PLAIN_JSON, RESPONSE_JSON))


def _weight(known: Mapping[str, float], media_type: str) -> float:
    return next((known[name] for name in (media_type, *_RANGES) if name in known), 0)


def json_type(accept: str) -> str:
    """The media type of a JSON response: that of GraphQL responses only if it is named."""
    known = weights(accept)
    named = known.get(RESPONSE_JSON, 0)
    return RESPONSE_JSON if named > 0 and named >= known.get(PLAIN_JSON, 0) else PLAIN_JSON

"""The workloads: the requests to the application and to its limit."""

import base64
import hashlib
import random
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx
import orjson

from benchmark.dataset import SEED, STAFF_TOKEN
from benchmark.load import Requests

CATALOGUE = """query($after: String) { products(channel: "bench", first: 20, after: $after) {
  nodes { slug name description imageUrl variants { sku name price { amount currency } available } }
  pageInfo { hasNextPage } } }"""
DETAIL = """query($number: String!) { order(number: $number) {
  number status placedAt total { amount currency } shipping { amount currency } customer { name email }
  lines { nodes { sku productName quantity unitPrice { amount currency } total { amount currency } } }
  events { number name at } } }"""
LIST = """query($after: String) { orders(first: 50, after: $after) {
  nodes { number status placedAt total { amount currency } customer { name email } }
  pageInfo { hasNextPage } } }"""
PLACE = """mutation($input: OrderPlaceInput!, $key: String) { orderPlace(input: $input, idempotencyKey: $key)
  {  __typename ... on Order { number } ... on UserError { message } } }"""
ADDRESS = {
    "name": "Ada Lovelace", "line1": "12 Main Street", "city": "Springfield", "region": "IL",
    "postalCode": "62701", "country": "US",
}  # fmt: skip
STAFF = {"Authorization": f"Bearer {STAFF_TOKEN}"}
_rng = random.Random(SEED)
HOT = "place an order, one hot SKU, 64 buyers"
BODIES = 500  # different requests in each workload


@dataclass(frozen=True, slots=True)
class Workload:
    """One kind of request, with its limit and goal."""

    name: str
    app: Requests
    limit: Requests | None
    goal_ratio: float | None = None  # of the limit's rate
    goal_rate: float | None = None  # requests a second for one worker
    connections: int = 16


def body_of(query: str, variables: dict[str, Any]) -> str:
    return orjson.dumps({"query": query, "variables": variables}).decode()


def _graphql(query: str, many: list[dict[str, Any]], expect: str, **headers: str) -> Requests:
    return Requests("/graphql", [body_of(query, each) for each in many], headers=headers, expect=expect)


def _bare(path: str, many: list[dict[str, Any]], expect: str) -> Requests:
    return Requests(path, [body_of("", each) for each in many], expect=expect)


def _place_of(cursor: str) -> dict[str, Any]:
    """The position of a cursor, in the form that the routes of the limits take."""
    at, id = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return {"beforeAt": datetime.fromisoformat(at["t"]).timestamp(), "beforeId": str(UUID(id["u"]))}


def cursors(url: str, field: str, arguments: str, pages: int, headers: dict[str, str]) -> list[str]:
    """The end cursors of the first pages of a list, 100 rows each."""
    page = f"{field}({arguments} first: 100, after: $a) {{ pageInfo {{ endCursor hasNextPage }} }}"
    query = f"query($a: String) {{ {page} }}"
    found: list[str] = []
    with httpx.Client(timeout=60) as client:
        after = None
        while len(found) < pages:
            body = {"query": query, "variables": {"a": after}}
            answer = client.post(url + "/graphql", json=body, headers=headers).json()
            page = answer["data"][field]["pageInfo"]
            if not page["hasNextPage"]:
                break
            after = page["endCursor"]
            found.append(after)
    return found


def catalogue(url: str) -> Workload:
    places = cursors(url, "products", 'channel: "bench",', 8, {})
    return Workload(
        "catalogue page",
        _graphql(CATALOGUE, [{"after": place} for place in places], '"hasNextPage":true'),
        _bare("/catalogue", [_place_of(place) for place in places], "hasNextPage"),
        goal_ratio=0.22,
    )


def cached_catalogue(url: str) -> Workload:
    """The same page by GET and hash, as a storefront requests it; the text is sent only once."""
    sha = hashlib.sha256(CATALOGUE.encode()).hexdigest()
    extensions = orjson.dumps({"persistedQuery": {"version": 1, "sha256Hash": sha}}).decode()
    places = cursors(url, "products", 'channel: "bench",', 8, {})
    asked = [
        {"variables": orjson.dumps({"after": place}).decode(), "extensions": extensions} for place in places
    ]
    with httpx.Client(timeout=60) as client:
        client.get(url + "/graphql", params={**asked[0], "query": CATALOGUE}).raise_for_status()
    paths = ["/graphql?" + urlencode(each) for each in asked]
    return Workload(
        "catalogue page, public cached read",
        Requests("/graphql", paths, method="GET", expect='"hasNextPage":true'),
        None,
        goal_rate=5_000,
    )


def detail(orders: int) -> Workload:
    rng = random.Random(SEED)
    wanted = [{"number": f"B-{rng.randrange(1, orders + 1):06d}"} for _ in range(BODIES)]
    return Workload(
        "order detail",
        _graphql(DETAIL, wanted, '"events":[{', **STAFF),
        _bare("/detail", wanted, "events"),
        goal_ratio=0.2,
    )


def order_list(url: str) -> Workload:
    places = cursors(url, "orders", "", 3, STAFF)
    return _list("order list, first pages", places)


def deep_list(url: str, pages: int) -> Workload:
    places = cursors(url, "orders", "", pages, STAFF)[-3:]
    return _list("order list, far pages", places)


def _list(name: str, places: list[str]) -> Workload:
    return Workload(
        name,
        _graphql(LIST, [{"after": place} for place in places], '"hasNextPage":true', **STAFF),
        _bare("/orders", [_place_of(place) for place in places], "hasNextPage"),
        goal_ratio=0.2,
    )


def listed(name: str, query: str, variables: dict[str, Any]) -> Workload:
    """A list for staff, without a limit: it is compared with the size of the data."""
    return Workload(name, _graphql(query, [variables], '"hasNextPage":true', **STAFF), None)


def _order(skus: list[str], rng: random.Random, lines: int) -> dict[str, Any]:
    chosen = rng.sample(skus, lines)
    return {
        "channel": "bench",
        "email": f"buyer{rng.randrange(10_000)}@example.com",
        "shippingAddress": ADDRESS,
        "lines": [{"sku": sku, "quantity": rng.randrange(1, 4)} for sku in chosen],
        "shippingMethod": "standard",
        "payment": {"gateway": "manual"},
    }


def skus_of(products: int) -> list[str]:
    return [f"T{number:05d}-{letter}" for number in range(products) for letter in "AB"]


def placing_input(skus: list[str], lines: int = 3) -> dict[str, Any]:
    """An order of a few lines, different each time."""
    return _order(skus, _rng, lines)


def place(products: int) -> Workload:
    rng = random.Random(SEED)
    skus = skus_of(products)
    wanted = [{"input": _order(skus, rng, 3), "key": "@@"} for _ in range(BODIES)]
    return Workload(
        "place an order, 3 lines",
        _graphql(PLACE, wanted, '"__typename":"Order"'),
        _bare("/place", wanted, "Order"),
        goal_ratio=0.3,
        goal_rate=400,
    )


def hot_sku() -> Workload:
    rng = random.Random(SEED)
    wanted = [{"input": _order(["T00000-A"], rng, 1), "key": "@@"} for _ in range(BODIES)]
    return Workload(
        HOT,
        _graphql(PLACE, wanted, '"__typename":"Order"'),
        None,
        connections=64,
    )

"""Asking the API in a test: `await api.ask("{ me { kind } }")`."""

from typing import Any

import httpx


class Api:
    """A client of the API, with or without a bearer token."""

    def __init__(self, client: httpx.AsyncClient, token: str | None = None) -> None:
        self.client = client
        self.token = token

    def as_(self, token: str) -> "Api":
        return Api(self.client, token)

    async def post(
        self, query: str, variables: dict[str, Any] | None = None, **headers: str
    ) -> httpx.Response:
        sent = {"authorization": f"Bearer {self.token}"} if self.token else {}
        body = {"query": query, "variables": variables}
        return await self.client.post("/graphql", json=body, headers=sent | headers)

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an operation that must succeed."""
        answer = (await self.post(query, variables)).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]  # type: ignore[no-any-return]

    async def do(self, query: str, **variables: Any) -> dict[str, Any]:
        """The single result of a mutation."""
        data = await self.ask(query, **variables)
        assert len(data) == 1
        return next(iter(data.values()))  # type: ignore[no-any-return]

    async def error(self, query: str, **variables: Any) -> dict[str, Any]:
        """The first error of an operation that must fail."""
        answer = (await self.post(query, variables)).json()
        assert answer.get("errors"), answer
        return answer["errors"][0]  # type: ignore[no-any-return]


ERRORS = """
  __typename
  ... on UserError { errorCode message path }
  ... on ValidationFailed { problems { message path } }
"""
SHORT = "... on InsufficientStock { shortages { sku requested available } } "
STALE = "... on StaleVersion { currentVersion } "
ILLEGAL = "... on IllegalTransition { current allowed } "

ORDER = """
  ... on Order {
    id number status trackingStage trackingToken version email
    total { amount currency } subtotal { amount } discount { amount } shipping { amount } tax { amount }
    lines { nodes { sku quantity quantityCancelled unitPrice { amount } total { amount } } }
  }
"""

PLACE = (
    """
mutation Place($input: OrderPlaceInput!, $key: String) {
  orderPlace(input: $input, idempotencyKey: $key) {"""
    + ERRORS
    + SHORT
    + ORDER
    + "} }"
)

ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "12 Main Street",
    "city": "Springfield",
    "region": "IL",
    "postalCode": "62701",
    "country": "US",
}


def order_input(*lines: tuple[str, int], **more: Any) -> dict[str, Any]:
    """The input of a valid order."""
    return {
        "channel": "web",
        "email": "ada@example.com",
        "shippingAddress": ADDRESS,
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
        "shippingMethod": "standard",
        "payment": {"gateway": "manual"},
        **more,
    }

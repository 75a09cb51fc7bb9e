"""GraphiQL for development, with operations that are ready to run on the demo shop."""

import re
from functools import cache

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from strawberry.http.ides import get_graphql_ide_html

EXAMPLES = """# Ordergraph. Press the play button and choose an operation; all of them run on the demo shop.
# Staff operations need a header: {"Authorization": "Bearer og_live_…"} (scripts/server prints one).

query Browse {
  products(channel: "web", first: 5, search: "mug") {
    nodes { name variants { sku name price { amount currency } available } }
  }
}

mutation Place {
  orderPlace(input: {
    channel: "web"
    email: "ada@example.com"
    shippingAddress: { name: "Ada Lovelace", line1: "12 Main Street", city: "Springfield", region: "IL",
                       postalCode: "62701", country: "US" }
    lines: [{ sku: "MUG-STONE-S", quantity: 2 }]
    shippingMethod: "standard"
    payment: { gateway: "manual" }
  }) {
    __typename
    ... on Order { id number trackingUrl trackingToken total { amount currency } }
    ... on InsufficientStock { message shortages { sku requested available } }
    ... on UserError { errorCode message path }
  }
}

query LatestOrders {
  orders(first: 5) { nodes { id number status trackingStage total { amount currency } events { title at } } }
}

mutation Cancel {
  orderCancel(input: { id: "put an order's id here", reason: CUSTOMER }) {
    ... on Order { number status }
    ... on UserError { errorCode message path }
  }
}

subscription Board {
  ordersUpdated { title at order { number trackingStage } }
}

subscription Stock {
  stockLevelUpdated { variant { sku } location { code } onHand reserved available }
}
"""


@cache
def html() -> str:
    text = EXAMPLES.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")
    page = get_graphql_ide_html("graphiql")
    return re.sub(
        r"const EXAMPLE_QUERY = `.*?`;", lambda _: f"const EXAMPLE_QUERY = `{text}`;", page, flags=re.DOTALL
    )


async def page(_request: Request) -> Response:
    return HTMLResponse(html())

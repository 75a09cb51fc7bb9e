"""GraphiQL for development, with example operations for the demo shop.

Its files are in static/graphiql, installed by scripts/graphiql, so that it works without internet access.
"""

from functools import cache
from pathlib import Path

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

HERE = Path(__file__).parent

EXAMPLES = """# Ordergraph. Press the play button and choose an operation; all of them run on the demo shop.
# Staff operations need a header: {"Authorization": "Bearer og_live_…"} (scripts/server prints one).

query Browse {
  products(channel: "web", first: 5, search: "mug") {
    nodes { name variants { sku name price(channel: "web") { amount currency } available(channel: "web") } }
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


# Everything is loaded from this server. The editor positions its text with inline styles.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self' ws: wss:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


@cache
def html() -> str:
    text = (HERE / "static" / "graphiql" / "index.html").read_text()
    # As JSON in a script element, where only `<` could be taken for markup.
    examples = orjson.dumps(EXAMPLES).decode().replace("<", "\\u003c")
    return text.replace("{{ examples }}", examples)


async def page(_request: Request) -> Response:
    return HTMLResponse(html(), headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY})

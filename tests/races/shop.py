"""A shop set up through the API of a running server."""

from typing import Any

import httpx

from tests.ask import PLACE, Api, order_input
from tests.servers import Server

SET_UP = """
mutation SetUp($stock: Int!) {
  channel: channelCreate(input: {code: "web", name: "Web", currency: "USD", isPublic: true}) { __typename }
  location: locationCreate(input: {code: "main", name: "Main"}) { __typename }
  link: channelLocationsSet(input: {channel: "web", locations: ["main"]}) { __typename }
  method: shippingMethodSet(input: {channel: "web", code: "standard", name: "S", price: {amount: "5", currency: "USD"}})
    { __typename }
  list: priceListCreate(input: {channel: "web", code: "retail", name: "Retail"}) { __typename }
}
"""
PRODUCTS = """
mutation Products($products: [ProductUpsertInput!]!, $prices: [PriceRowInput!]!, $stock: [StockRowInput!]!) {
  products: productBulkUpsert(input: $products) { ... on BulkResult { failed } }
  prices: priceBulkSet(input: {priceList: "retail", rows: $prices}) { ... on BulkResult { failed } }
  stock: stockBulkSet(input: $stock) { ... on BulkResult { failed } }
}
"""
ADD_STOCK = """
mutation Stock($stock: [StockRowInput!]!) {
  stockBulkSet(input: $stock) { ... on BulkResult { failed } }
}
"""


async def set_up(api: Api, skus: dict[str, int]) -> None:
    """A public channel `web` that sells some SKUs at 10.00, with their stock in `main`."""
    await api.ask(SET_UP.replace("mutation SetUp($stock: Int!)", "mutation SetUp"))
    done = await api.ask(
        PRODUCTS,
        products=[
            {
                "name": f"Thing {sku}",
                "slug": f"thing-{sku.lower()}",
                "status": "PUBLISHED",
                "variants": [{"sku": sku}],
            }
            for sku in skus
        ],
        prices=[{"sku": sku, "amount": "10"} for sku in skus],
        stock=[{"sku": sku, "location": "main", "onHand": count} for sku, count in skus.items()],
    )
    assert all(part["failed"] == 0 for part in done.values()), done


async def restock(api: Api, sku: str, free: int) -> None:
    """Raise what is on hand so that `free` more can be sold."""
    found = await api.ask(
        "query($sku: String!) { stockLevels(filter: {sku: {eq: $sku}}) { nodes { onHand available } } }",
        sku=sku,
    )
    level = found["stockLevels"]["nodes"][0]
    on_hand = level["onHand"] - level["available"] + free
    done = await api.do(ADD_STOCK, stock=[{"sku": sku, "location": "main", "onHand": on_hand}])
    assert done["failed"] == 0


async def buy(api: Api, *lines: tuple[str, int], key: str | None = None) -> dict[str, Any]:
    return await api.do(PLACE, input=order_input(*lines), key=key)


def client() -> httpx.AsyncClient:
    # httpx gives up a connection that was idle for 5 seconds, even one that it has just handed to a request:
    # with many at once, on a busy machine, that request then fails with a ReadError of the client's own making.
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=600)
    return httpx.AsyncClient(timeout=60, limits=limits)


def at(server: Server, http: httpx.AsyncClient, token: str | None = None) -> Api:
    """The API of one server, over a shared client."""

    class Bound:
        async def post(self, path: str, **options: Any) -> httpx.Response:
            return await http.post(server.url + path, **options)

    return Api(Bound(), token)  # type: ignore[arg-type]

"""Generated operations over the real schema that use existing data."""

import random
import re

from hypothesis import strategies as st
from hypothesis_graphql import nodes

from app.catalog import queries as catalog
from app.core.ids import to_global
from app.orders.service import drafting
from tests import make

SCALARS = {
    "JSON": st.just(nodes.String("{}")),
    "BigInt": st.sampled_from(["0", "-1", "3000000000", "9007199254740991", "9007199254740992"]).map(
        nodes.Int
    ),
    "Decimal": st.sampled_from(
        ["1.00", "-1", "0", "1e400", "NaN", "-0.0001", "9" * 40, "0.123456789", "", "x"]
    ).map(nodes.String),
    "DateTime": st.sampled_from(
        ["2026-01-01T00:00:00Z", "0001-01-01T00:00:00", "9999-12-31T23:59:59.999999-14:00", "soon", ""]
    ).map(nodes.String),
    "Date": st.sampled_from(["2026-01-01", "0001-01-01", "9999-12-31", "x"]).map(nodes.String),
    "Time": st.sampled_from(["09:30", "09:30:00", "24:00", "23:59:59.999999", "x"]).map(nodes.String),
    "CountryCode": st.sampled_from(["US", "us", "GB", "XX", "USA", "", "🇩🇪"]).map(nodes.String),
    "CurrencyCode": st.sampled_from(["USD", "usd", "XXX", "", "€"]).map(nodes.String),
}
# The values that a field of a name needs for the request to be valid.
REAL = {
    "channel": ["web", "WEB", "nope"],
    "sku": ["A", "A", "a", "NOPE"],
    "location": ["web-main", "nope"],
    "locations": ["web-main"],
    "priceList": ["web-retail", "nope"],
    "shippingMethod": ["standard", "nope"],
    "email": ["ada@example.com", "ada@"],
    "country": ["US", "GB", "XX"],
    "gateway": ["manual"],
    "role": ["administrator", "nope"],
    "permissions": ["orders_view", "nope"],
    "password": ["a password long enough"],
}
_STRING = re.compile(r'(\w+): (\[?)"((?:[^"\\]|\\.)*)"')


def with_existing_values(query: str, ids: list[str], rng: random.Random) -> str:
    """The request with half of its texts replaced by existing ones."""

    def real(match: re.Match[str]) -> str:
        name, bracket = match[1], match[2]
        choices = ids if name == "id" or name.endswith("Id") else REAL.get(name)
        if choices is None or rng.random() < 0.2:
            return match[0]
        return f'{name}: {bracket}"{rng.choice(choices)}"'

    return _STRING.sub(real, query)


async def sample_data() -> list[str]:
    """A shop with an order and a cart; the ids of its objects."""
    shop = await make.shop()
    await shop.sell("A", stock=100)
    placed = await make.order(("A", 1))
    draft = await drafting.draft(make.SYSTEM, make.order_data(("A", 1)))
    variant = await catalog.variant_by_sku("A")
    assert variant is not None
    ids = {
        "Order": [placed.id, draft.id],
        "Variant": [variant.id],
        "Product": [variant.product_id],
        "Channel": [shop.channel.id],
        "Location": [shop.location.id],
    }
    return [to_global(name, id) for name, found in ids.items() for id in found]

"""A shop with two SKUs, and a caller with a supplier of both."""

import pytest

from tests import make
from tests.ask import Api
from tests.suppliers.purchases import ITEMS, SUPPLIER, usd


@pytest.fixture
async def shop() -> make.Shop:
    shop = await make.shop()
    for sku in ("A", "B"):
        await shop.sell(sku, stock=0)
    return shop


@pytest.fixture
async def buyer(api: Api, shop: make.Shop) -> Api:
    buyer = api.as_(await make.token())
    made = await buyer.do(SUPPLIER, input={"code": "acme", "name": "Acme", "currency": "USD", "leadDays": 10})
    assert made["__typename"] == "Supplier"
    items = [
        {"sku": "A", "unitCost": usd("2.00"), "packQuantity": 6, "isPreferred": True},
        {"sku": "B", "unitCost": usd("5.00")},
    ]
    done = await buyer.do(ITEMS, input={"supplier": "acme", "items": items})
    assert [item["packQuantity"] for item in done["items"]] == [6, 1]
    return buyer

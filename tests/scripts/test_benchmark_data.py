"""The benchmark's data passes `ordergraph verify`, before and after orders are shipped."""

import pytest
from benchmark.dataset import STAFF_TOKEN, Size, load
from benchmark.workloads import PLACE, placing_input, skus_of

from app.fulfillment import queries as fulfillment
from app.inventory.stock import queries as inventory
from app.inventory.stock.models import CostFlow
from app.orders import queries as orders
from app.payments import queries as payments
from app.settings import settings
from tests.ask import Api

SIZE = Size(products=3, customers=2, orders=12)


async def differences() -> list[str]:
    """The differences that `ordergraph verify` reports."""
    return [
        *await inventory.differences(),
        *await orders.differences(),
        *await payments.differences(),
        *await fulfillment.differences(),
    ]


@pytest.fixture
async def loaded(api: Api) -> Api:
    await load(settings().database_url, SIZE, lambda _: None)
    return api


async def test_the_loaded_data_passes_verification(loaded: Api):
    assert await differences() == []


PLACED = PLACE.replace("number }", "fulfillmentOrders { id } }")
STEPS = (
    "fulfillmentRelease(id: $id)",
    *(f"fulfillment{step}(input: {{id: $id}})" for step in ("Pick", "Pack", "Ship")),
)


async def test_the_data_passes_verification_after_orders_were_shipped(loaded: Api):
    staff = loaded.as_(STAFF_TOKEN)
    for _ in range(3):
        placed = await staff.do(PLACED, input=placing_input(skus_of(SIZE.products)))
        for work in placed["fulfillmentOrders"]:
            for step in STEPS:
                done = await staff.do(f"mutation($id: ID!) {{ {step} {{ __typename }} }}", id=work["id"])
                assert done["__typename"] == "FulfillmentOrder", (step, done)
    assert await CostFlow.filter(quantity__lt=0).count() >= 3
    assert await differences() == []


async def test_cost_layers_without_a_source_are_reported(loaded: Api):
    await CostFlow.all().delete()
    named = await differences()
    assert len(named) == SIZE.products * 2 * 2  # variants of a product, and locations
    assert all("but the ledger has 0 units worth 0" in each for each in named)

"""The size of a response is counted: it is limited, and points are charged if it exceeds the estimated price."""

from typing import Any

import pytest

from app.catalog.lifecycle import ProductStatus
from app.catalog.service import pricing, products
from app.catalog.service.products import ProductData
from app.catalog.service.variants import VariantData
from app.core.actor import SYSTEM
from app.core.budgets import Budgets
from app.core.graphql import prices, tally
from app.core.ids import to_global
from tests import make
from tests.ask import Api

VARIANTS = 12


@pytest.fixture
async def product(api: Api) -> str:
    """The id of a product with many variants, which refer to it and so to each other."""
    shop = await make.shop()
    variants = [VariantData(sku=f"S{n}") for n in range(VARIANTS)]
    data = ProductData(name="Shirt", slug="shirt", status=ProductStatus.PUBLISHED, variants=variants)
    found = await products.create_product(SYSTEM, data)
    for each in variants:
        await pricing.set_price(SYSTEM, shop.prices, sku=each.sku, amount_minor=1_000)
    return to_global("Product", found.id)


def inside(levels: int, leaf: str = "sku") -> str:
    """Variants of the product of variants, and so on: `VARIANTS` times as many with each level."""
    further = f"product {{ {inside(levels - 1, leaf)} }}" if levels > 1 else ""
    return f"variants {{ {leaf} {further} }}"


WAYS = {
    "list": '{{ products(channel: "web") {{ nodes {{ {inner} }} }} }}',
    "interface": '{{ node(id: "{id}") {{ ... on Product {{ {inner} }} }} }}',
    "object": '{{ product(id: "{id}", channel: "web") {{ {inner} }} }}',
    "list beside a field that fails": '{{ products(channel: "web") {{ nodes {{ {inner} }} }} '
                                                'product(slug: "shirt", channel: "nope") {{ id }} }}',
}  # fmt: skip


@pytest.fixture(params=[True, False], ids=["compiled", "graphql-core"])
def compiled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, one_executor: None) -> bool:
    """The executor that answers."""
    if not request.param:
        from app.core.graphql.executor import Executor

        begin = Executor.__init__

        def without_compiling(self: Any, *args: Any, **kwargs: Any) -> None:
            begin(self, *args, **kwargs)
            self.compiles = False

        monkeypatch.setattr(Executor, "__init__", without_compiling)
    return bool(request.param)


@pytest.mark.parametrize("way", WAYS)
async def test_a_query_whose_response_exceeds_the_limit_is_refused(
    api: Api, product: str, compiled: bool, monkeypatch: pytest.MonkeyPatch, way: str
):
    monkeypatch.setattr(tally, "MOST", 3_000)
    counted: list[int] = []
    add = tally.Tally.add

    def recorded(self: tally.Tally, units: int, path: Any) -> None:
        add(self, units, path)
        counted.append(units)

    monkeypatch.setattr(tally.Tally, "add", recorded)
    staff = api.as_(await make.token())
    small = WAYS[way].format(inner=inside(2), id=product)
    answer = (await staff.post(small)).json()
    assert "QUERY_TOO_COMPLEX" not in str(answer)
    counted.clear()
    refused = (await staff.post(WAYS[way].format(inner=inside(5), id=product))).json()
    codes = {error["extensions"]["code"] for error in refused["errors"]}
    assert "QUERY_TOO_COMPLEX" in codes and "INTERNAL" not in codes
    assert "Request fewer rows" in str(refused["errors"])
    assert sum(counted) <= 2 * 3_000  # compiled, and again by graphql-core after an error


async def test_points_are_charged_for_a_response_larger_than_its_estimate(
    api: Api, product: str, compiled: bool, monkeypatch: pytest.MonkeyPatch
):
    paid: list[int] = []
    pay = Budgets._pay

    def recorded(self: Budgets, paying: Any, cost: int) -> None:
        paid.append(cost)
        pay(self, paying, cost)

    monkeypatch.setattr(Budgets, "_pay", recorded)
    for levels in (1, 2, 3):
        query = WAYS["object"].format(inner=inside(levels), id=product)
        await api.ask(query)
        paid.clear()
        await api.ask(query)  # its document is cached from here on
        assert sum(paid) >= VARIANTS**levels // prices.UNITS
    values = " ".join(f'a{n}: available(channel: "web")' for n in range(14))
    query = WAYS["object"].format(inner=inside(2, values), id=product)
    paid.clear()
    await api.ask(query)
    assert sum(paid) >= (14 if compiled else 1) * VARIANTS**2 // prices.UNITS


async def test_the_limit_of_a_response_does_not_apply_to_mutations(
    api: Api, product: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tally, "MOST", 100)
    staff = api.as_(await make.token())
    answer = await staff.ask(
        "mutation($id: ID!) { productUpdate(input: {id: $id, name: \"Shirts\"}) { ... on Product { name "
        + inside(3) + " } } }", id=product)  # fmt: skip
    assert answer["productUpdate"]["name"] == "Shirts"
    assert len(answer["productUpdate"]["variants"]) == VARIANTS

"""The catalog: choice of prices, search, visibility in channels, creation of products."""

from datetime import UTC, datetime, timedelta

from app.catalog.gtin import gtin_is_valid
from app.catalog.pricing import Candidate, choose
from tests import make
from tests.ask import Api

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _price(amount: int, minimum: int = 1, priority: int = 0, **times) -> Candidate:
    return Candidate("v", amount, minimum, times.get("starts_at"), times.get("ends_at"), priority)


def test_the_price_of_the_highest_quantity_break_that_is_reached_applies():
    steps = [_price(100), _price(90, 10), _price(80, 100)]
    assert [choose(steps, n, NOW).amount_minor for n in (1, 9, 10, 99, 100)] == [100, 100, 90, 90, 80]  # type: ignore[union-attr]


def test_a_limited_time_price_beats_an_unlimited_one_and_a_higher_list_priority_beats_both():
    sale = _price(70, starts_at=NOW - timedelta(days=1), ends_at=NOW + timedelta(days=1))
    assert choose([_price(100), sale], 1, NOW) is sale
    assert choose([_price(100), sale], 1, NOW + timedelta(days=1)).amount_minor == 100  # type: ignore[union-attr]
    special = _price(120, priority=5)
    assert choose([_price(100), sale, special], 1, NOW) is special
    assert choose([], 1, NOW) is None


def test_a_gtin_is_validated_by_its_check_digit():
    assert gtin_is_valid("4006381333931") and gtin_is_valid("96385074")
    assert (
        not gtin_is_valid("4006381333932")
        and not gtin_is_valid("12345")
        and not gtin_is_valid("400638133393X")
    )


async def test_each_search_term_must_be_the_beginning_of_a_word_of_the_product(api: Api):
    shop = await make.shop()
    await shop.sell("CB-01", name="Crème Brûlée Set", tags=["gift"])
    await shop.sell("CR-02", name="Cream Jug")
    query = 'query($s: String) { products(channel: "web", search: $s) { nodes { name } } }'

    async def found(search: str) -> list[str]:
        return sorted(node["name"] for node in (await api.ask(query, s=search))["products"]["nodes"])

    assert await found("cre") == ["Cream Jug", "Crème Brûlée Set"]
    assert await found("creme brulee") == ["Crème Brûlée Set"]
    assert await found("BRULEE gift") == ["Crème Brûlée Set"]
    assert await found("cb01") == ["Crème Brûlée Set"]
    assert await found("rulee") == []
    assert await found("%") == []
    assert await found("") == ["Cream Jug", "Crème Brûlée Set"]


async def test_search_matches_every_script_and_a_sku_without_hyphens_only_as_a_whole(api: Api):
    shop = await make.shop()
    await shop.sell("MUG-SLATE", name="Кружка Straße 東京 Køkken")
    await shop.sell("CUP-1", name="Ποτήρι مج")
    query = 'query($s: String) { products(channel: "web", search: $s) { nodes { name } } }'

    async def found(search: str) -> list[str]:
        return [node["name"] for node in (await api.ask(query, s=search))["products"]["nodes"]]

    for search in ("кружка", "КРУЖ", "Strasse", "straße", "東京", "kokken", "Køkken", "mugslate", "mug-sl"):
        assert await found(search) == ["Кружка Straße 東京 Køkken"], search
    for search in ("ποτηρι", "مج"):
        assert await found(search) == ["Ποτήρι مج"], search
    for search in ("mugs", "ружка", "#mugslate mugs", "strae"):
        assert await found(search) == [], search


async def test_a_storefront_lists_products_that_are_published_and_priced_in_its_channel(api: Api):
    one, two = await make.shop("one"), await make.shop("two", currency="EUR")
    await one.sell("A")
    await two.sell("B")
    query = "query($c: String!) { products(channel: $c) { nodes { slug variants { sku price { amount currency } } } } }"
    found = (await api.ask(query, c="two"))["products"]["nodes"]
    assert found == [
        {"slug": "thing-b", "variants": [{"sku": "B", "price": {"amount": "10.00", "currency": "EUR"}}]}
    ]
    staff = api.as_(await make.token())
    product = (await staff.ask('{ product(slug: "thing-b") { id } }'))["product"]["id"]
    archive = "mutation($i: ID!) { productArchive(id: $i) { ... on Product { status nextSteps { step } } } }"
    assert (await staff.do(archive, i=product)) == {"status": "ARCHIVED", "nextSteps": [{"step": "PUBLISH"}]}
    assert (await api.ask(query, c="two"))["products"]["nodes"] == []
    assert (await api.ask("query($i: ID!) { node(id: $i) { id } }", i=product))["node"] is None


async def test_one_query_shows_a_product_with_the_prices_and_stock_of_two_channels(api: Api):
    one, two = await make.shop("one"), await make.shop("two", currency="EUR")
    await one.sell("A", price=1000)
    await make.pricing.set_price(make.SYSTEM, two.prices, sku="A", amount_minor=900)
    query = (
        '{ a: product(slug: "thing-a", channel: "one") { variants { price { amount currency } available } } '
        '  b: product(slug: "thing-a", channel: "two") { variants { price { amount currency } available } } }'
    )
    found = await api.ask(query)
    assert found["a"]["variants"] == [{"price": {"amount": "10.00", "currency": "USD"}, "available": 10}]
    assert found["b"]["variants"] == [{"price": {"amount": "9.00", "currency": "EUR"}, "available": 0}]


async def test_creating_a_product_reports_all_invalid_fields_together(api: Api):
    staff = api.as_(await make.token())
    create = (
        "mutation($i: ProductCreateInput!) { productCreate(input: $i) "
        "{ __typename ... on ValidationFailed { problems { path } } ... on UserError { path } } }"
    )
    refused = await staff.do(
        create, i={"name": " ", "slug": "No Slug", "variants": [{"sku": "A", "barcode": "123"}, {"sku": "A"}]}
    )
    paths = [".".join(problem["path"]) for problem in refused["problems"]]
    assert paths == ["input.name", "input.slug", "input.variants.0.barcode", "input.variants.1.sku"]
    assert (await staff.do(create, i={"name": "A", "variants": [{"sku": "S"}]}))["__typename"] == "Product"
    again = await staff.do(create, i={"name": "B", "variants": [{"sku": "S"}]})
    assert again["__typename"] == "AlreadyExists" and again["path"] == ["input", "variants", "0", "sku"]

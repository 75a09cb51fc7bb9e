"""Public reads: by hash, by GET, cached, and never older than the last change of a price."""

import hashlib
import json
from pathlib import Path

import httpx
import orjson
import pytest

from app.catalog.service import pricing
from app.core.graphql import persisted
from app.core.graphql.http import Endpoint
from app.settings import Misconfigured
from tests import make
from tests.ask import Api
from tests.database import feed_has_read_all
from tests.statements import statements

PRICE = 'query Price { variant(sku: "A", channel: "web") { price { amount } available } }'
SHA = hashlib.sha256(PRICE.encode()).hexdigest()


def by_hash(sha: str = SHA, query: str | None = None) -> dict[str, str]:
    params = {"extensions": json.dumps({"persistedQuery": {"version": 1, "sha256Hash": sha}})}
    return params | ({"query": query} if query else {})


async def get(api: Api, params: dict[str, str], **headers: str) -> httpx.Response:
    return await api.client.get("/graphql", params=params, headers=headers)


@pytest.fixture
async def shop(clean: None) -> make.Shop:
    persisted._learned.clear()
    shop = await make.shop()
    await shop.sell("A", stock=5, price=1000)
    await feed_has_read_all()
    return shop


async def test_a_document_is_sent_once_and_then_by_its_hash(api: Api, shop: make.Shop):
    unknown = await get(api, by_hash())
    assert unknown.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
    assert (await get(api, by_hash(query=PRICE))).json()["data"]["variant"]["price"] == {"amount": "10.00"}
    assert (await get(api, by_hash())).json()["data"]["variant"]["available"] == 5
    posted = await api.client.post("/graphql", json={"extensions": json.loads(by_hash()["extensions"])})
    assert posted.json()["data"]["variant"]["available"] == 5


@pytest.mark.parametrize(
    "extensions", [{"sha256Hash": "0" * 64}, {"sha256Hash": 5}, {}, 7, {"version": 2, "sha256Hash": SHA}]
)
async def test_a_hash_that_does_not_match_the_document_is_refused(
    api: Api, shop: make.Shop, extensions: object
):
    body = {"query": PRICE, "extensions": {"persistedQuery": extensions}}
    answer = await api.client.post("/graphql", json=body)
    assert answer.status_code == 400 and not persisted._learned


async def test_a_cached_answer_needs_no_statement_and_is_revalidated_with_304(api: Api, shop: make.Shop):
    first = await get(api, {"query": PRICE})
    with statements() as ran:
        again = await get(api, {"query": PRICE})
        confirmed = await get(api, {"query": PRICE}, **{"if-none-match": first.headers["etag"]})
    assert ran == [] and again.content == first.content
    assert confirmed.status_code == 304 and confirmed.content == b""
    assert first.headers["cache-control"] == "public, no-cache"


async def test_a_new_price_shows_in_the_next_read(api: Api, shop: make.Shop):
    for cents in (1100, 1200, 1300):
        before = await get(api, {"query": PRICE})
        await pricing.set_price(make.SYSTEM, shop.prices, sku="A", amount_minor=cents)
        after = await get(api, {"query": PRICE}, **{"if-none-match": before.headers["etag"]})
        assert after.status_code == 200
        assert after.json()["data"]["variant"]["price"]["amount"] == f"{cents / 100:.2f}"


async def test_an_unpublished_product_disappears_in_the_next_read(api: Api, shop: make.Shop):
    assert (await get(api, {"query": PRICE})).json()["data"]["variant"]
    found = await api.as_(await make.token()).ask('{ variant(sku: "A") { product { id } } }')
    archive = "mutation($id: ID!) { productArchive(id: $id) { __typename } }"
    done = await api.as_(await make.token()).do(archive, id=found["variant"]["product"]["id"])
    assert done["__typename"] == "Product"
    assert (await get(api, {"query": PRICE})).json()["data"]["variant"] is None


@pytest.mark.parametrize(
    "query",
    [
        "{ me { kind } }",
        '{ trackOrder(token: "x") { number } }',
        '{ variant(sku: "A") { sku } me { kind } }',
        "{ ...F } fragment F on Query { me { kind } }",
        '{ variant(sku: "A", channel: "nope") { sku } }',
    ],
)
async def test_private_and_failed_answers_are_not_cached(api: Api, shop: make.Shop, query: str):
    answer = await get(api, {"query": query})
    assert "etag" not in answer.headers and answer.headers["cache-control"] == "no-store"


async def test_a_caller_with_a_token_never_gets_a_cached_public_response(api: Api, shop: make.Shop):
    hidden = 'query { variant(sku: "A") { privateMetadata } }'
    assert (await get(api, {"query": hidden})).json()["data"]["variant"] == {"privateMetadata": None}
    token = await make.token()
    mine = await get(api, {"query": hidden}, authorization=f"Bearer {token}")
    assert mine.json()["data"]["variant"] == {"privateMetadata": {}} and "etag" not in mine.headers
    assert (await get(api, {"query": hidden})).json()["data"]["variant"] == {"privateMetadata": None}


async def test_visitors_may_send_only_registered_documents_when_there_are_any(
    api: Api, shop: make.Shop, monkeypatch
):
    monkeypatch.setattr(persisted, "trusted", lambda _path: {SHA: PRICE})
    other = await api.error("{ me { kind } }")
    assert other["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"
    assert (await api.ask(PRICE))["variant"]["available"] == 5
    assert (await api.as_(await make.token()).ask("{ me { kind } }"))["me"]["kind"] == "APP"


@pytest.mark.parametrize("content", [b"[]", b"{", orjson.dumps({"0" * 64: PRICE}), orjson.dumps({SHA: 5})])
def test_an_invalid_file_of_registered_documents_prevents_the_start(tmp_path: Path, content: bytes):
    file = tmp_path / "documents.json"
    file.write_bytes(content)
    with pytest.raises(Misconfigured, match="ORDERGRAPH_TRUSTED_DOCUMENTS"):
        Endpoint(None, None, None, 1000, str(file))  # type: ignore[arg-type]

"""Answers report the cost of their operation; a caller beyond its budget has to wait, and others do not."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from app.core.budgets import Budgets
from app.main import create_app
from app.settings import settings
from tests import make
from tests.ask import Api

CHEAP = "{ me { kind } }"
EXPENSIVE = "{ channels(first: 80) { nodes { shippingMethods { price { amount } } } } }"


@pytest.fixture
async def limited(api: Api, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Api]:
    """A server where visitors have 10 points a second, everybody else 1,000, and whose clock stands still."""
    monkeypatch.setattr(Budgets.__init__, "__defaults__", (lambda: 0.0,))
    app = create_app(settings().model_copy(update={"visitor_points": 10, "principal_points": 1_000}))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield Api(client)


async def test_an_answer_reports_its_cost_and_the_remaining_points(limited: Api):
    answer = (await limited.post(CHEAP)).json()
    assert answer["extensions"]["cost"]["spent"] == 2
    assert answer["extensions"]["cost"]["perSecond"] == 10
    left = answer["extensions"]["cost"]["left"]
    again = (await limited.post(EXPENSIVE)).json()["extensions"]["cost"]
    assert again["spent"] > 200 and again["left"] < left - 200


async def test_an_operation_beyond_the_budget_is_refused_with_a_waiting_time(limited: Api):
    assert "data" in (await limited.post(EXPENSIVE)).json()
    refused = await limited.post(EXPENSIVE, accept="application/graphql-response+json")
    assert refused.status_code == 429
    error = refused.json()["errors"][0]
    assert error["extensions"]["code"] == "RATE_LIMITED" and "data" not in refused.json()
    assert 0 < error["extensions"]["retryAfter"] <= int(refused.headers["retry-after"]) <= 60
    assert (await limited.post(EXPENSIVE)).status_code == 200  # plain JSON carries every refusal as 200
    assert "data" in (await limited.post(CHEAP)).json()  # the remaining points cover a cheap operation


async def test_a_token_has_its_own_points(limited: Api):
    staff = limited.as_(await make.token())
    await limited.post(EXPENSIVE)
    assert "errors" in (await limited.post(EXPENSIVE)).json()
    assert "data" in (await staff.post(EXPENSIVE)).json()


async def test_each_operation_of_a_document_has_a_separate_cost(limited: Api):
    both = "query Cheap { me { kind } } query Dear { channels(first: 50) { nodes { code } } }"
    body = {"query": both, "operationName": "Cheap"}
    cheap = (await limited.client.post("/graphql", json=body)).json()
    dear = (await limited.client.post("/graphql", json=body | {"operationName": "Dear"})).json()
    again = (await limited.client.post("/graphql", json=body)).json()
    costs = [answer["extensions"]["cost"]["spent"] for answer in (cheap, dear, again)]
    assert costs[0] == costs[2] < costs[1]


async def test_zero_points_per_second_mean_no_limit(api: Api):
    app = create_app(settings().model_copy(update={"visitor_points": 0}))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        for _ in range(3):
            answer = (await Api(client).post(EXPENSIVE)).json()
            assert "data" in answer and "extensions" not in answer


async def test_invalid_documents_cost_points_even_if_each_is_different(limited: Api):
    answers = await asyncio.gather(*(limited.post(f"{{ nothing{number} }}") for number in range(60)))
    codes = {answer.json()["errors"][0]["extensions"]["code"] for answer in answers}
    assert codes == {"GRAPHQL_VALIDATION_FAILED", "RATE_LIMITED"}


async def test_a_document_that_is_too_large_is_refused_each_time_that_it_is_sent(api: Api):
    many = " ".join(f"a{n}: channels(first: 100) {{ nodes {{ code }} }}" for n in range(31))
    for _ in range(3):
        assert (await api.error(f"{{ {many} }}"))["extensions"]["code"] == "QUERY_TOO_COMPLEX"


async def test_lists_without_pagination_count_as_long(api: Api):
    staff = api.as_(await make.token())
    assert "stockLevels" in await staff.ask(
        "{ stockLevels(first: 100) { nodes { lots { lot { number } } } } }"
    )
    nested = "{ stockLevels { nodes { lots { lot { levels { level { lots { lot { number } } } } } } } } }"
    assert (await staff.error(nested))["extensions"]["code"] == "QUERY_TOO_COMPLEX"

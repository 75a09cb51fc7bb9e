"""A card number in any field that has to do with payments is refused, and appears in no answer, log, row or event."""

import json
import logging
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.schema import schema
from tests.ask import Api
from tests.database import tables_with
from tests.hostile.fields import Site, sites_of
from tests.hostile.ground import Ground, lay
from tests.hostile.trying import Attempt, Trial
from tests.preparing import Preparing

GRAPH = schema._schema
ABOUT_PAYMENTS = re.compile("payment|gateway|gift_?card|store_?credit|stored_?value", re.IGNORECASE)
NUMBERS = ("4012888888881881", "4012 8888 8888 1881")
TRACE = re.compile(r"4012\D?8888\D?8888\D?1881")
NO_TEXTS = ("OBJECT", "LIST", "Int", "Float", "Boolean")


def sites_about_payments() -> dict[tuple[str, str], list[Site]]:
    """The texts that are given to an operation about payments, or within an argument or a field about them."""
    found: dict[tuple[str, str], list[Site]] = {}
    for root in ("Query", "Mutation"):
        for name, field in GRAPH.type_map[root].fields.items():
            sites = [site for site in sites_of(root, name, field) if site.kind not in NO_TEXTS]
            own = [site for site in sites if any(map(ABOUT_PAYMENTS.search, (name, *site.path)))]
            if own:
                found[root, name] = own
    return found


@pytest.fixture
async def trial(api: Api, application: httpx.ASGITransport, one_executor: None) -> AsyncIterator[Trial]:
    ground = Ground()
    tokens = await lay(api, ground)
    await ground.look()
    return Trial(
        application, ground, GRAPH, tokens, Preparing(api, api.as_(tokens["staff"]), api.as_(tokens["buyer"]))
    )


def _is_refused(answer: dict[str, Any], name: str) -> bool:
    found = (answer.get("data") or {}).get(name)
    return bool(answer.get("errors")) or (isinstance(found, dict) and "message" in found)


@pytest.mark.timeout(900)
async def test_a_card_number_in_any_field_about_payments_is_refused_and_leaves_no_trace(
    trial: Trial, caplog: pytest.LogCaptureFixture, capsys: Any
):
    caplog.set_level(logging.DEBUG)
    accepted, answered, tried = [], [], 0
    for (root, name), sites in sites_about_payments().items():
        attempt = Attempt(trial, root, name, await trial.caller(root, name))
        await attempt.without_hostile_values()
        for site in sites:
            for number in NUMBERS:
                answer = await attempt.send({site.path: {"card": number} if site.kind == "JSON" else number})
                tried += 1
                if not _is_refused(answer, name):
                    accepted.append(site.name)
                if TRACE.search(json.dumps(answer)):
                    answered.append(site.name)
    assert tried > 200
    assert not accepted, sorted(set(accepted))
    assert not answered, sorted(set(answered))
    assert await tables_with(TRACE) == []
    assert TRACE.search(caplog.text + "".join(capsys.readouterr())) is None


@pytest.mark.parametrize("value", ["4012888888881881", '"4012 8888 8888 1881"', "[4012888888881881]"])
async def test_a_card_number_that_is_written_in_the_document_is_not_answered(api: Api, value: str):
    query = f"mutation {{ paymentContinue(input: {{orderId: {value}, token: {value}}}) {{ __typename ... on UserError {{ message }} }} }}"
    answer = await api.client.post("/graphql", json={"query": query})
    assert "payment card" in answer.text
    assert TRACE.search(answer.text) is None

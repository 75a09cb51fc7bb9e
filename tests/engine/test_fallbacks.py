"""Selections that a plan cannot complete are executed by graphql-core, counted and logged."""

import pytest
from structlog.testing import capture_logs
from tortoise.exceptions import ValidationError

from app.engine.database.columns import ColumnNotRead
from app.engine.graphql.compiled import executor, running
from app.engine.graphql.compiled.fallbacks import EVERY, Fallbacks
from tests import make
from tests.ask import Api

QUERY = "query Codes { channels { nodes { code } } }"


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch, one_executor: None) -> Fallbacks:
    """The fallbacks of this test."""
    found = Fallbacks()
    monkeypatch.setattr(executor, "fallbacks", found)
    return found


async def test_a_fallback_after_an_unexpected_error_is_counted_and_logged_with_a_correct_response(
    api: Api, recorded: Fallbacks, monkeypatch: pytest.MonkeyPatch
):
    await make.shop("web")
    right = await api.ask(QUERY)
    assert not recorded.counts

    def broken(*_: object) -> None:
        raise LookupError("planted")

    monkeypatch.setattr(running, "complete_leaves", broken)
    with capture_logs() as logs:
        assert await api.ask(QUERY) == right
    assert recorded.counts == {"LookupError": 1} and recorded.unexpected == 1
    (entry,) = [log for log in logs if log["event"] == "engine.fallback"]
    assert (entry["cause"], entry["operation"], entry["total"]) == ("LookupError", "Codes", 1)


async def test_an_expected_error_is_counted_as_an_expected_fallback(api: Api, recorded: Fallbacks):
    with capture_logs() as logs:
        await api.error('{ products(channel: "nowhere") { nodes { name } } }')
    assert recorded.counts.total() == 1 and recorded.unexpected == 0
    assert not [log for log in logs if log["event"] == "engine.fallback"]


@pytest.mark.parametrize("error", [ColumnNotRead("status"), ValidationError("code: too long")], ids=repr)
async def test_unread_columns_and_values_that_do_not_fit_are_expected_fallbacks(
    api: Api, recorded: Fallbacks, monkeypatch: pytest.MonkeyPatch, error: Exception
):
    await make.shop("web")
    right = await api.ask(QUERY)

    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(running, "complete_leaves", fails)
    with capture_logs() as logs:
        assert await api.ask(QUERY) == right
    assert recorded.counts.total() == 1 and recorded.unexpected == 0
    assert not [log for log in logs if log["event"] == "engine.fallback"]


def test_each_cause_is_logged_at_most_once_per_interval_with_its_count():
    now = 0.0
    fallbacks = Fallbacks(lambda: now)
    with capture_logs() as logs:
        for _ in range(3):
            fallbacks.note(ValueError(), "", "", is_expected=False)
        fallbacks.note(TypeError(), "", "", is_expected=False)
        now = EVERY
        fallbacks.note(ValueError(), "", "", is_expected=False)
    assert [(log["cause"], log["since_last"], log["total"]) for log in logs] == [
        ("ValueError", 1, 1), ("TypeError", 1, 1), ("ValueError", 3, 4),
    ]  # fmt: skip

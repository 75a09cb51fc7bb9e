"""What a plan could not complete is answered by graphql-core, counted and logged."""

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
def noted(monkeypatch: pytest.MonkeyPatch, one_executor: None) -> Fallbacks:
    """The fallbacks of this test."""
    found = Fallbacks()
    monkeypatch.setattr(executor, "fallbacks", found)
    return found


async def test_a_broken_plan_is_counted_and_the_response_is_right(
    api: Api, noted: Fallbacks, monkeypatch: pytest.MonkeyPatch
):
    await make.shop("web")
    right = await api.ask(QUERY)
    assert not noted.counts

    def broken(*_: object) -> None:
        raise LookupError("planted")

    monkeypatch.setattr(running, "complete_leaves", broken)
    with capture_logs() as logs:
        assert await api.ask(QUERY) == right
    assert noted.counts == {"LookupError": 1} and noted.unexpected == 1
    (entry,) = [log for log in logs if log["event"] == "engine.fallback"]
    assert (entry["cause"], entry["operation"], entry["total"]) == ("LookupError", "Codes", 1)


async def test_an_error_that_the_application_expects_is_not_a_broken_plan(api: Api, noted: Fallbacks):
    with capture_logs() as logs:
        await api.error('{ products(channel: "nowhere") { nodes { name } } }')
    assert noted.counts.total() == 1 and noted.unexpected == 0
    assert not [log for log in logs if log["event"] == "engine.fallback"]


@pytest.mark.parametrize("error", [ColumnNotRead("status"), ValidationError("code: too long")], ids=repr)
async def test_a_column_read_for_the_first_time_and_a_value_that_does_not_fit_are_no_broken_plans(
    api: Api, noted: Fallbacks, monkeypatch: pytest.MonkeyPatch, error: Exception
):
    await make.shop("web")
    right = await api.ask(QUERY)

    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(running, "complete_leaves", fails)
    with capture_logs() as logs:
        assert await api.ask(QUERY) == right
    assert noted.counts.total() == 1 and noted.unexpected == 0
    assert not [log for log in logs if log["event"] == "engine.fallback"]


def test_each_cause_is_logged_once_in_a_while_with_the_number_of_times():
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

"""API tokens show when they were last used."""

from datetime import UTC, datetime, timedelta

import pytest

from app.access import tokens, using
from app.access.models import ApiToken
from app.access.permissions import Permission
from app.core import clock
from app.core.actor import SYSTEM
from tests import make
from tests.ask import Api

LIST = "{ apiTokens(first: 10) { nodes { name lastUsedAt } } }"
ME = "{ me { kind } }"


@pytest.fixture(autouse=True)
def no_recorded_uses() -> None:
    using._noted.clear()
    using._written.clear()


async def _used(api: Api) -> datetime | None:
    """When the token `till` was last used, as seen by another token."""
    nodes = (await api.as_(await make.token()).ask(LIST))["apiTokens"]["nodes"]
    (used_at,) = (node["lastUsedAt"] for node in nodes if node["name"] == "till")
    return None if used_at is None else datetime.fromisoformat(used_at)


async def _till(api: Api) -> Api:
    _, secret = await tokens.create_api_token(SYSTEM, name="till", permissions=[Permission.ORDERS_VIEW])
    return api.as_(secret)


async def test_last_used_at_is_null_before_the_first_use_and_then_the_time_of_the_last_use(api: Api):
    till = await _till(api)
    await using.write_uses()
    assert await _used(api) is None
    before = datetime.now(UTC)
    await till.ask(ME)
    assert await _used(api) is None  # requests do not write it to the database
    await using.write_uses()
    assert before <= (await _used(api) or before - timedelta(1)) <= datetime.now(UTC)


async def test_uses_of_a_token_are_written_at_most_every_five_minutes_without_losing_the_last(api: Api):
    till = await _till(api)
    await till.ask(ME)
    assert await using.write_uses() == 1
    first = await _used(api)
    with clock.shifted(timedelta(minutes=4)):
        await till.ask(ME)
        again = clock.now()
        await _assert_no_write()
        assert await _used(api) == first
    with clock.shifted(timedelta(minutes=6)):
        await using.write_uses()
        later = await _used(api)
        assert later is not None and timedelta(0) <= again - later < timedelta(seconds=10)
        await _assert_no_write()


async def _assert_no_write() -> None:
    (before,) = await ApiToken.filter(name="till").values_list("last_used_at", flat=True)
    await using.write_uses()
    (after,) = await ApiToken.filter(name="till").values_list("last_used_at", flat=True)
    assert after == before


async def test_an_earlier_use_that_another_process_writes_later_changes_nothing(api: Api):
    till = await _till(api)
    await till.ask(ME)
    later = datetime(2099, 1, 1, tzinfo=UTC)
    await ApiToken.filter(name="till").update(last_used_at=later)
    await using.write_uses()
    assert await _used(api) == later


async def test_requests_of_visitors_and_with_invalid_tokens_record_no_use(api: Api):
    await api.ask(ME)
    assert (await api.as_("og_live_nobody").post(ME)).status_code == 401
    assert await using.write_uses() == 0


async def test_recorded_uses_are_removed_from_memory_after_five_minutes(api: Api):
    till = await _till(api)
    await till.ask(ME)
    await using.write_uses()
    assert len(using._written) == 1 and not using._noted
    with clock.shifted(timedelta(minutes=6)):
        await using.write_uses()
    assert not using._written

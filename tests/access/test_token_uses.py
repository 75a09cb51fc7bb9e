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
def nothing_noted() -> None:
    using._noted.clear()
    using._written.clear()


async def _used(api: Api) -> datetime | None:
    """When the token `till` was last used, as seen by another token."""
    nodes = (await api.as_(await make.token()).ask(LIST))["apiTokens"]["nodes"]
    (said,) = (node["lastUsedAt"] for node in nodes if node["name"] == "till")
    return None if said is None else datetime.fromisoformat(said)


async def _till(api: Api) -> Api:
    _, secret = await tokens.create_api_token(SYSTEM, name="till", permissions=[Permission.ORDERS_VIEW])
    return api.as_(secret)


async def test_a_token_shows_when_it_was_last_used_and_nothing_before_its_first_use(api: Api):
    till = await _till(api)
    await using.write_uses()
    assert await _used(api) is None
    before = datetime.now(UTC)
    await till.ask(ME)
    assert await _used(api) is None  # requests do not write it
    await using.write_uses()
    assert before <= (await _used(api) or before - timedelta(1)) <= datetime.now(UTC)


async def test_the_use_of_a_token_is_written_at_most_every_five_minutes_and_never_missed(api: Api):
    till = await _till(api)
    await till.ask(ME)
    assert await using.write_uses() == 1
    first = await _used(api)
    with clock.shifted(timedelta(minutes=4)):
        await till.ask(ME)
        again = clock.now()
        await _writes_nothing_of_till()
        assert await _used(api) == first
    with clock.shifted(timedelta(minutes=6)):
        await using.write_uses()
        later = await _used(api)
        assert later is not None and timedelta(0) <= again - later < timedelta(seconds=10)
        await _writes_nothing_of_till()


async def _writes_nothing_of_till() -> None:
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


async def test_visitors_staff_and_refused_tokens_leave_nothing(api: Api):
    await api.ask(ME)
    assert (await api.as_("og_live_nobody").post(ME)).status_code == 401
    assert await using.write_uses() == 0


async def test_what_is_remembered_of_uses_goes_after_five_minutes(api: Api):
    till = await _till(api)
    await till.ask(ME)
    await using.write_uses()
    assert len(using._written) == 1 and not using._noted
    with clock.shifted(timedelta(minutes=6)):
        await using.write_uses()
    assert not using._written

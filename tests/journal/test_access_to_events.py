"""Access to events is defined for each kind of subject and checked with one statement per page."""

from collections.abc import Iterator

import pytest

from app.core.journal.event import Event
from app.core.journal.sequencing import sequence
from app.journal import queries
from tests import make
from tests.ask import Api
from tests.statements import statements


def _kinds(base: type[Event]) -> Iterator[str]:
    for each in base.__subclasses__():
        yield from [each.subject_kind] if hasattr(each, "subject_kind") else []
        yield from _kinds(each)


@pytest.mark.parametrize("kind", sorted(set(_kinds(Event))))
def test_a_subject_kind_without_an_access_rule_raises_an_error_that_names_it(
    kind: str, monkeypatch: pytest.MonkeyPatch
):
    queries.refuse_unknown_kinds()
    monkeypatch.delitem(queries.SUBJECTS, kind)
    with pytest.raises(TypeError, match=rf"\b{kind}$"):
        queries.refuse_unknown_kinds()


async def test_a_page_of_events_is_read_with_the_same_number_of_statements_by_every_caller(api: Api):
    shop = await make.shop(confirms_at_once=True)
    await shop.sell("A", stock=100)
    for _ in range(5):
        await make.order(("A", 1))
    await sequence()  # the feed may not have placed the last ones yet
    ran = []
    for limits in ({}, {"channels": [shop.channel]}, {"locations": [shop.location]}):
        reader = api.as_(await make.token(**limits))
        await reader.ask("{ events(first: 3) { nodes { name } } }")  # the token is looked up
        with statements() as found:
            page = await reader.ask("{ events(first: 10) { nodes { name } pageInfo { endCursor } } }")
        assert len(page["events"]["nodes"]) >= 5
        ran.append(len([each for each in found if "journal_entry" in each]))
    assert ran == [ran[0]] * 3

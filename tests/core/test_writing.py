"""Writes by condition change only the matching rows and return their number."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.access.models import AttemptCount, KnownNetwork
from app.core.database import (
    among,
    delete_each,
    delete_where,
    insert,
    insert_or_update,
    update_returning,
    update_where,
)

NOW = datetime(2999, 3, 4, 5, 6, 7, tzinfo=UTC)  # the sweeper deletes past counts
LATER = NOW + timedelta(hours=1)


@pytest.fixture
async def counts(clean: None) -> None:
    await insert([_count(id, tries) for id, tries in (("a", 0), ("b", 1), ("c", 2))])


def _count(id: str, tries: int, forget_at: datetime = NOW) -> AttemptCount:
    return AttemptCount(id=id, tries=tries, next_at=None, forget_at=forget_at)


async def _stored() -> dict[str, Any]:
    rows = await AttemptCount.all().order_by("id")
    return {row.id: (row.tries, row.next_at, row.forget_at) for row in rows}


async def test_matching_rows_are_updated_and_counted(counts: None):
    changed = await update_where(
        AttemptCount, "tries = tries - 1, next_at = $1", "tries > 0 AND forget_at <= $2", LATER, NOW
    )
    assert changed == 2
    assert await _stored() == {"a": (0, None, NOW), "b": (0, LATER, NOW), "c": (1, LATER, NOW)}


async def test_an_update_that_matches_nothing_changes_nothing(counts: None):
    before = await _stored()
    assert await update_where(AttemptCount, "tries = 9", "forget_at < $1", NOW) == 0
    assert await _stored() == before


async def test_an_update_returns_the_columns_after_the_change(counts: None):
    rows = await update_returning(
        AttemptCount, "tries = tries + 5", "id = $1 AND tries < 2", "id, tries", "b"
    )
    assert [(row["id"], row["tries"]) for row in rows] == [("b", 6)]
    assert await update_returning(AttemptCount, "tries = 0", "id = $1 AND tries < 2", "id", "b") == []


async def test_matching_rows_are_deleted_and_counted(counts: None):
    assert await delete_where(AttemptCount, f"{among('id', 1)} AND tries > $2", ["a", "b", "d"], 0) == 1
    assert (await _stored()).keys() == {"a", "c"}


async def test_an_upsert_inserts_new_rows_and_updates_existing_ones(counts: None):
    rows = await insert_or_update(
        [_count("b", 7, LATER), _count("d", 3, LATER)],
        "id",
        "tries = old.tries + excluded.tries, forget_at = excluded.forget_at",
        returning="id, tries",
    )
    assert [(row["id"], row["tries"]) for row in rows] == [("b", 8), ("d", 3)]
    assert await _stored() == {
        "a": (0, None, NOW),
        "b": (8, None, LATER),
        "c": (2, None, NOW),
        "d": (3, None, LATER),
    }


async def test_an_upsert_returns_the_unique_columns_by_default(clean: None):
    for at in (NOW, LATER):
        rows = await insert_or_update(
            [KnownNetwork(id="n", forget_at=at)], "id", "forget_at = excluded.forget_at"
        )
        assert [dict(row) for row in rows] == [{"id": "n"}]
    assert await KnownNetwork.all().values_list("forget_at", flat=True) == [LATER]


async def test_deletion_by_id_counts_only_rows_that_still_exist(counts: None):
    a, b = await AttemptCount.filter(id__in=["a", "b"]).order_by("id")
    assert await delete_each([a]) == 1
    assert await delete_each([a, b]) == 1
    assert await delete_each([]) == 0
    assert (await _stored()).keys() == {"c"}

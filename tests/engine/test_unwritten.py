"""Differences between models and migrations are found; changes without effect on tables need no migration."""

from enum import StrEnum
from types import SimpleNamespace
from typing import Any

import pytest
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.graph import MigrationGraph, MigrationKey

from app.core.database import tortoise_config
from app.engine.database import unwritten
from app.orders.models import Hold
from app.settings import settings


class Mood(StrEnum):
    GOOD = "good"
    BAD = "bad"


async def _missing() -> list[Any]:
    changes = await unwritten.unwritten_changes(tortoise_config(settings()))
    return [operation for writer in changes for operation in writer.operations]


async def test_the_migrations_are_complete():
    assert await _missing() == []


async def test_changed_descriptions_and_enum_members_need_no_migration(monkeypatch: pytest.MonkeyPatch):
    kind = Hold._meta.fields_map["kind"]
    monkeypatch.setattr(kind, "enum_type", Mood)
    monkeypatch.setattr(kind, "description", "GOOD: good\nBAD: bad")
    monkeypatch.setattr(Hold._meta.fields_map["rule"], "description", "The rule that placed the hold.")
    monkeypatch.setattr(Hold._meta, "table_description", "Another description.")
    assert await _missing() == []


async def test_a_longer_text_a_new_column_and_a_new_index_need_a_migration(monkeypatch: pytest.MonkeyPatch):
    mood = fields.CharEnumField(Mood, default=Mood.GOOD, description="How it feels.", max_length=9)
    mood.model_field_name = "mood"
    longer = fields.CharField(max_length=77)
    longer.model_field_name = "rule"
    monkeypatch.setitem(Hold._meta.fields_map, "mood", mood)
    monkeypatch.setitem(Hold._meta.fields_map, "rule", longer)
    monkeypatch.setattr(Hold._meta, "indexes", [*Hold._meta.indexes, ("rule", "mood")])
    (change,) = await unwritten.unwritten_changes(tortoise_config(settings()))
    assert [unwritten.named(each) for each in change.operations] == [
        "Alter field rule on Hold",
        "Add field mood to Hold",
        "Add index to Hold (rule, mood)",
    ]
    written = change.as_string()
    assert "field=fields.CharField(default='good', max_length=9)" in written
    assert "from app." not in written


def test_a_missing_migration_operation_is_described_with_its_columns():
    assert unwritten.named(ops.RemoveIndex("Hold", fields=["rule", "kind"])) == (
        "Remove index from Hold (rule, kind)"
    )
    assert unwritten.named(ops.AddIndex("Hold", Index(fields=["rule"]))) == "Add index to Hold (rule)"
    assert unwritten.named(ops.RemoveConstraint("Hold", name="held")) == "Remove constraint from Hold (held)"


async def test_two_migrations_that_follow_the_same_one_are_an_error():
    graph = MigrationGraph()
    first, *both = (MigrationKey("app", name) for name in ("0001_initial", "0002_boxes", "0002_parcels"))
    for key in (first, *both):
        graph.add_node(key, None)
    for key in both:
        graph.add_dependency(key, key, first)
    comparing = unwritten._AsStored.__new__(unwritten._AsStored)
    comparing.loader = SimpleNamespace(graph=graph)
    with pytest.raises(unwritten.Unmerged, match="have the same predecessor: 0002_boxes, 0002_parcels"):
        await comparing._project_state()

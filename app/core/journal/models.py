from typing import Any

from tortoise import fields

from app.engine.database.rows import Row


class JournalEntry(Row):
    """One event. Rows are only inserted; `position` is set once afterwards."""

    id = fields.UUIDField(primary_key=True)
    # The global position, assigned after the commit: see sequencing.
    position = fields.BigIntField(null=True, unique=True)
    subject_kind = fields.CharField(max_length=40)
    subject_id = fields.UUIDField()
    number = fields.IntField()
    name = fields.CharField(max_length=80)
    payload: Any = fields.JSONField()
    actor_kind = fields.CharField(max_length=20)
    actor_id = fields.UUIDField(null=True)
    actor_label = fields.CharField(max_length=200)
    channel_id = fields.UUIDField(null=True)
    at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "journal_entry"
        unique_together = (("subject_id", "number"),)
        indexes = (("subject_kind", "position"), ("channel_id", "position"), ("actor_id", "position"))

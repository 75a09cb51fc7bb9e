from tortoise import fields

from app.engine.database.rows import Row


class DeferredTask(Row):
    """Work on a subject, to be done after the commit."""

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=40)
    subject_id = fields.UUIDField(db_index=True)
    created_at = fields.DatetimeField(db_index=True)

    class Meta:
        app = "app"
        table = "deferred_task"

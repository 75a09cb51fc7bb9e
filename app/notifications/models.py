from tortoise import fields

from app.engine.database.rows import Row
from app.notifications.lifecycle import MessageKind, MessageStatus


class Message(Row):
    """A message to a recipient. Its text is made when it is sent."""

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharEnumField(MessageKind, max_length=40)
    address = fields.CharField(max_length=254)
    subject_id = fields.UUIDField(db_index=True)  # the subject: see its kind
    status = fields.CharEnumField(MessageStatus, max_length=10, default=MessageStatus.QUEUED)
    attempts = fields.IntField(default=0)
    next_at = fields.DatetimeField()
    problem = fields.CharField(max_length=300, default="")
    created_at = fields.DatetimeField()
    sent_at = fields.DatetimeField(null=True)

    class Meta:
        app = "app"
        table = "message"
        indexes = (("status", "next_at", "id"), ("created_at", "id"))

from typing import Any

from tortoise import fields

from app.engine.database.rows import Row
from app.notifications.lifecycle import MessageKind, MessageStatus, TemplateStatus


class Message(Row):
    """A message to a recipient. Its text is made when it is sent."""

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharEnumField(MessageKind, max_length=40)
    address = fields.CharField(max_length=254)
    subject_id = fields.UUIDField(db_index=True)  # the subject: see its kind
    # What happened, so that a recipient is told of it once.
    cause = fields.CharField(max_length=120, default="", db_default="")
    order_id = fields.UUIDField(null=True, db_index=True)  # of messages to the buyer of an order
    language = fields.CharField(max_length=35, default="", db_default="")  # BCP 47; "" if it is not known
    facts: Any = fields.JSONField(null=True)  # of what happened: see facts
    status = fields.CharEnumField(MessageStatus, max_length=10, default=MessageStatus.QUEUED)
    attempts = fields.IntField(default=0)
    next_at = fields.DatetimeField()
    problem = fields.CharField(max_length=300, default="")
    created_at = fields.DatetimeField()
    sent_at = fields.DatetimeField(null=True)

    class Meta:
        app = "app"
        table = "message"
        unique_together = (("kind", "cause", "address"),)
        indexes = (("status", "next_at", "id"), ("created_at", "id"))


class MessageTemplate(Row):
    """A template of a kind of message in a language, for one channel or all.

    A kind has one draft and one published template in each place; retired ones remain.
    """

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharEnumField(MessageKind, max_length=40)
    channel: Any = fields.ForeignKeyField(
        "app.Channel", related_name=False, on_delete=fields.CASCADE, null=True, db_index=True
    )
    channel_id: Any
    language = fields.CharField(max_length=35)
    status = fields.CharEnumField(TemplateStatus, max_length=10, default=TemplateStatus.DRAFT)
    slot = fields.CharField(max_length=140, unique=True)  # see templates.slot_of
    subject = fields.CharField(max_length=300)
    html = fields.TextField()
    text = fields.TextField()
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "message_template"
        indexes = (("created_at", "id"),)


class MessageRule(Row):
    """Whether a channel sends messages of a kind. Without a rule it does."""

    id = fields.UUIDField(primary_key=True)
    channel: Any = fields.ForeignKeyField("app.Channel", related_name=False, on_delete=fields.CASCADE)
    channel_id: Any
    kind = fields.CharEnumField(MessageKind, max_length=40)
    is_active = fields.BooleanField(default=True)

    class Meta:
        app = "app"
        table = "message_rule"
        unique_together = (("channel", "kind"),)


class MessageSuppression(Row):
    """An address to which no messages are sent, because its mail server says that it does not exist."""

    id = fields.UUIDField(primary_key=True)
    fingerprint = fields.CharField(max_length=64, unique=True)  # of the address
    message_id = fields.UUIDField(null=True)  # the message that was refused
    reason = fields.CharField(max_length=300)
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "message_suppression"
        indexes = (("created_at", "id"),)

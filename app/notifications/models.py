from typing import Any

from tortoise import fields

from app.engine.database.rows import Row
from app.notifications.lifecycle import BackInStockStatus, MessageKind, MessageStatus, TemplateStatus


class Message(Row):
    """A message to a recipient. Its text is made when it is sent."""

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharEnumField(MessageKind, max_length=40)
    address = fields.CharField(max_length=254)
    subject_id = fields.UUIDField(db_index=True)  # the subject: see its kind
    # What happened, so that a recipient gets one message about it.
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

    @property
    def may_have_been_sent(self) -> bool:
        """Whether it was sent; an attempt without a known result counts."""
        is_trying = self.status is MessageStatus.QUEUED and self.attempts > 0 and not self.problem
        return self.status is MessageStatus.SENT or is_trying

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


class BackInStockRequest(Row):
    """A request to be told when a variant is available in a channel.

    It belongs to a customer, who is notified at the present address, or to an address without a customer.
    """

    id = fields.UUIDField(primary_key=True)
    variant: Any = fields.ForeignKeyField(
        "app.Variant", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    variant_id: Any
    channel: Any = fields.ForeignKeyField(
        "app.Channel", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    channel_id: Any
    customer: Any = fields.ForeignKeyField(
        "app.Customer", related_name=False, on_delete=fields.CASCADE, null=True, db_index=True
    )
    customer_id: Any
    email = fields.CharField(max_length=254, default="", db_index=True)  # of a guest, normalized
    language = fields.CharField(max_length=35)  # BCP 47
    status = fields.CharEnumField(BackInStockStatus, max_length=12)
    slot = fields.CharField(max_length=140, null=True, unique=True)  # while waiting: see back_in_stock.slots
    token_hash = fields.CharField(max_length=64, unique=True)
    created_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)
    told_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)  # when it was told or withdrawn

    class Meta:
        app = "app"
        table = "back_in_stock_request"
        indexes = (
            ("status", "variant_id", "channel_id", "confirmed_at", "id"),
            ("status", "created_at", "id"),
            ("created_at", "id"),
        )

"""Queries of notifications."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q, RawSQL, Subquery
from tortoise.queryset import QuerySet

from app.access import secrets
from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.database import among, read, rows_by_id
from app.core.ids import derived_secret, fingerprint
from app.core.loading import grouped, in_order
from app.core.refusals import NotFound
from app.fulfillment import queries as fulfillment
from app.notifications.lifecycle import OF_WORK, MessageKind, MessageStatus, TemplateStatus
from app.notifications.models import Message, MessageRule, MessageSuppression, MessageTemplate
from app.orders import queries as orders

# An order whose buyer gets messages about it, by its id. Other systems notify the buyers of imported orders.
ORDER_TO_TELL = """
    sales_order o WHERE o.id = $7 AND o.email <> '' AND NOT EXISTS (
        SELECT 1 FROM journal_entry j
        WHERE j.subject_kind = 'order' AND j.subject_id = o.id AND j.name = 'order_imported'
    )
"""
# The kind of the message about a shipment.
KIND_OF_SHIPPED = """
    CASE WHEN o.fulfillment_status IN ('partially_shipped', 'partially_delivered')
    THEN 'order_partly_shipped' ELSE 'order_shipped' END
"""
_ORDER = RawSQL('"message"."order_id"')
_SUBJECT = RawSQL('"message"."subject_id"')


def visible_to(actor: Actor) -> QuerySet[Message]:
    """The messages that an actor with permission to read the journal may see.

    An actor with a limited permission sees messages about orders and fulfillment orders within its limits.
    """
    scope = actor.scope_of(Permission.EVENTS_VIEW)
    if scope.is_everywhere:
        return Message.all()
    uow = fulfillment.within(fulfillment.visible_to(actor), scope)
    about = Subquery(uow.filter(id=_SUBJECT).values("id"))
    to_suppliers = Q(kind__in=[kind.value for kind in OF_WORK], subject_id__in=about)
    rows, limit = orders.visible_to(actor), orders.within(scope)
    seen = rows if limit is None else rows.filter(limit)
    return Message.filter(to_suppliers | Q(order_id__in=Subquery(seen.filter(id=_ORDER).values("id"))))


async def is_active(channel_id: UUID, kind: MessageKind) -> bool:
    """Whether a channel sends messages of a kind."""
    return not await MessageRule.filter(channel_id=channel_id, kind=kind, is_active=False).exists()


async def rules_by_channel(ids: list[UUID]) -> list[list[MessageRule]]:
    """Batch: the rules of each channel."""
    return grouped(ids, await read(MessageRule, among("channel_id", 1), ids), "channel_id")


async def rule(channel_id: UUID, kind: MessageKind) -> MessageRule | None:
    return await MessageRule.get_or_none(channel_id=channel_id, kind=kind)


async def messages_by_order(ids: list[UUID]) -> list[list[Message]]:
    """Batch: the messages to the buyer of each order, oldest first."""
    rows = await read(Message, f"{among('order_id', 1)} ORDER BY order_id, created_at, id", ids)
    return grouped(ids, rows, "order_id")


async def message_of_order(id: UUID) -> Message | None:
    """A message to the buyer of an order, for internal use without a permission check."""
    return await Message.get_or_none(id=id, order_id__isnull=False)


async def is_queued(kind: MessageKind, order_id: UUID) -> bool:
    """Whether a message of a kind about an order is waiting to be sent."""
    return await Message.filter(kind=kind, order_id=order_id, status=MessageStatus.QUEUED).exists()


async def messages_by_id(ids: list[UUID]) -> Sequence[Message | None]:
    """Batch: the message of each id."""
    return in_order(ids, await rows_by_id(Message, ids))


def templates_visible_to(actor: Actor) -> QuerySet[MessageTemplate]:
    """The templates that an actor may see: those of channels that it manages, and those of all channels."""
    scope = actor.scope_of(Permission.CHANNELS_MANAGE)
    limit = scope.rows("channel_id", None)
    if limit is None:
        return MessageTemplate.all()
    return MessageTemplate.filter(limit | Q(channel_id__isnull=True) if scope.areas else limit)


async def locked_template(actor: Actor, id: UUID) -> MessageTemplate:
    """A template for an update; the row is locked until the transaction ends.

    Raises:
        NotFound: it does not exist, or the actor does not manage its channel; all channels for one of all.
    """
    found = await MessageTemplate.select_for_update().get_or_none(id=id)
    scope = actor.scope_of(Permission.CHANNELS_MANAGE)
    if found is None or not (scope.covers(found.channel_id) if found.channel_id else scope.is_everywhere):
        raise NotFound.of("message template", "id")
    return found


async def template(
    kind: MessageKind, channel_id: UUID | None, language: str, status: TemplateStatus
) -> MessageTemplate | None:
    """The draft or the published template of a place; the row is locked until the transaction ends."""
    rows = MessageTemplate.filter(kind=kind, language=language, status=status)
    rows = rows.filter(channel_id__isnull=True) if channel_id is None else rows.filter(channel_id=channel_id)
    return await rows.select_for_update().first()


async def published_templates(
    kind: MessageKind, channel_id: UUID, languages: Sequence[str]
) -> list[MessageTemplate]:
    """The published templates of a kind for a channel or for all, in some languages."""
    rows = MessageTemplate.filter(kind=kind, status=TemplateStatus.PUBLISHED, language__in=list(languages))
    return await rows.filter(Q(channel_id=channel_id) | Q(channel_id__isnull=True))


def suppressions_visible_to(actor: Actor) -> QuerySet[MessageSuppression]:
    """The suppressed addresses that an actor may see: it must see all customers."""
    if actor.scope_of(Permission.CUSTOMERS_VIEW).is_everywhere:
        return MessageSuppression.all()
    return MessageSuppression.filter(id__in=[])


async def suppression_of(address: str) -> MessageSuppression | None:
    return await MessageSuppression.get_or_none(fingerprint=fingerprint_of(address))


async def locked_suppression(id: UUID) -> MessageSuppression:
    """A suppression; the row is locked until the transaction ends.

    Raises:
        NotFound: it does not exist.
    """
    found = await MessageSuppression.select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("message suppression", "id")
    return found


def fingerprint_of(address: str) -> str:
    """What is stored of a suppressed address. Only a deployment can compute it, with its secret key."""
    return fingerprint(derived_secret(secrets.deployment_key(), "suppression", address.casefold()))


async def due(at: datetime, limit: int) -> list[Message]:
    """Messages that are due, oldest first."""
    rows = Message.filter(status=MessageStatus.QUEUED, next_at__lte=at)
    return await rows.order_by("next_at", "id").limit(limit)


async def may_have_been_sent(kind: MessageKind, subject_id: UUID, address: str) -> bool:
    """Whether a message about a subject may have been delivered; an attempt without a known result counts."""
    rows = Message.filter(kind=kind, subject_id=subject_id, address=address)
    is_trying = Q(status=MessageStatus.QUEUED, attempts__gt=0, problem="")
    return await rows.filter(Q(status=MessageStatus.SENT) | is_trying).exists()


async def locked(id: UUID) -> Message:
    return await Message.filter(id=id).select_for_update().get()

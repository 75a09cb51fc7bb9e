"""Queries of notifications."""

from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q, RawSQL, Subquery
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.core.actor import Actor
from app.fulfillment import queries as fulfillment
from app.notifications.lifecycle import OF_WORK, MessageKind, MessageStatus
from app.notifications.models import Message

_SUBJECT = RawSQL('"message"."subject_id"')


def visible_to(actor: Actor) -> QuerySet[Message]:
    """The messages that an actor with permission to read the journal may see.

    An actor with a limited permission sees messages about fulfillment orders within its limits.
    """
    scope = actor.scope_of(Permission.EVENTS_VIEW)
    if scope.is_everywhere:
        return Message.all()
    uow = fulfillment.within(fulfillment.visible_to(actor), scope)
    about = Subquery(uow.filter(id=_SUBJECT).values("id"))
    return Message.filter(kind__in=[kind.value for kind in OF_WORK], subject_id__in=about)


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

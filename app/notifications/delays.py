"""What a message about a delay tells, from the messages that the buyer was sent before."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from app.notifications.facts import MessageFacts
from app.notifications.lifecycle import MessageKind, MessageStatus
from app.notifications.models import Message
from app.orders.models import Order

K = MessageKind
# Kinds that tell the promised day. The day is recorded when they are sent.
TELLING = frozenset({K.ORDER_PLACED, K.ORDER_CONFIRMED, K.ORDER_EDITED, K.ORDER_DELAYED})


def is_superseded(message: Message, others: Sequence[Message]) -> bool:
    """Whether a later message about a delay is waiting, which tells the present day too."""
    return any(
        other.kind is K.ORDER_DELAYED
        and other.status is MessageStatus.QUEUED
        and (other.created_at, other.id) > (message.created_at, message.id)
        for other in others
    )


def facts_of_delay(message: Message, order: Order, others: Sequence[Message]) -> MessageFacts:
    """The facts of a message about a delay, with the day that the buyer knows and the present day.

    A message that is sent again repeats the day that the buyer knew before it.
    """
    facts = MessageFacts.from_json(message.facts)
    is_again = message.cause == str(message.id)
    before = facts.before_on if is_again else _told_last(others) or order.first_promised_on or facts.before_on
    return replace(facts, before_on=before, promised_on=order.promised_on)


def is_news(facts: MessageFacts) -> bool:
    """Whether the present day is unknown, or later than the day that the buyer knows."""
    now, before = facts.promised_on, facts.before_on
    return now is None or before is None or now > before


def _told_last(messages: Sequence[Message]) -> date | None:
    """The day that the last message with a day told."""
    told = [(each.sent_at, each.id, _told_by(each)) for each in messages if each.sent_at is not None]
    return next((day for *_, day in sorted(told, reverse=True, key=lambda each: each[:2]) if day), None)


def _told_by(message: Message) -> date | None:
    facts = MessageFacts.from_json(message.facts)
    # A message that was sent before days were recorded told the day that it is about.
    return facts.told_on or (facts.promised_on if message.kind is K.ORDER_DELAYED else None)

"""The content of a message about a delay, from the messages that the buyer was sent before."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from app.notifications.facts import MessageFacts
from app.notifications.lifecycle import MessageKind, MessageStatus
from app.notifications.models import Message
from app.orders.models import Order

K = MessageKind
# Kinds that state the promised day. The day is recorded when they are sent.
TELLING = frozenset({K.ORDER_PLACED, K.ORDER_CONFIRMED, K.ORDER_EDITED, K.ORDER_DELAYED})


def is_superseded(message: Message, others: Sequence[Message]) -> bool:
    """Whether a later message about a delay is waiting, which states the present day too."""
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
    if message.cause == str(message.id):
        return replace(facts, promised_on=order.promised_on)
    day, was_unknown = _last_day_sent(others)
    before = day or order.first_promised_on or facts.before_on
    return replace(facts, before_on=before, promised_on=order.promised_on, was_unknown=was_unknown)


def is_news(facts: MessageFacts) -> bool:
    """Whether the present day differs from what the buyer knows: it is later, has become known or unknown."""
    now, before = facts.promised_on, facts.before_on
    if facts.was_unknown:
        return now is not None
    return now is None or before is None or now > before


def _last_day_sent(messages: Sequence[Message]) -> tuple[date | None, bool]:
    """The day that the last message with a day told, and whether a later one told that it is not known."""
    sent = [each for each in messages if each.sent_at is not None]
    was_unknown = False
    for each in sorted(sent, key=lambda each: (each.sent_at, each.id), reverse=True):
        if day := _day_in(each):
            return day, was_unknown
        was_unknown = was_unknown or MessageFacts.from_json(each.facts).is_told_unknown
    return None, was_unknown


def _day_in(message: Message) -> date | None:
    facts = MessageFacts.from_json(message.facts)
    # A message that was sent before days were recorded told the day that it is about.
    return facts.told_on or (facts.promised_on if message.kind is K.ORDER_DELAYED else None)

"""Words messages to buyers: whether they are still needed, in which language, with which values."""

from dataclasses import asdict, replace
from datetime import timedelta

from liquid.exceptions import LiquidError

from app.channels import queries as channels
from app.channels.models import Channel
from app.core import clock
from app.core.languages import locale_of
from app.fulfillment import queries as fulfillment
from app.fulfillment.lifecycle import FulfillmentOrderStatus
from app.notifications import queries
from app.notifications.buyer_templates import languages_to_try, shipped, words_of
from app.notifications.delays import TELLING, facts_of_delay, is_news, is_superseded
from app.notifications.facts import MessageFacts
from app.notifications.lifecycle import MessageKind
from app.notifications.models import Message
from app.notifications.order_values import Subject, values_of
from app.notifications.parcels import OrderParcels, parcels_of
from app.notifications.rendering import Rendered, Sources, render
from app.orders import queries as orders
from app.orders.lifecycle import HoldKind, OrderStatus
from app.orders.models import Hold, Order
from app.payments.service import links
from app.stored_value import queries as stored_value

K = MessageKind
STALE_AFTER = timedelta(days=4)  # longer than all retries take
ABOUT_PARCELS = frozenset(
    {K.ORDER_PARTLY_SHIPPED, K.ORDER_SHIPPED, K.ORDER_OUT_FOR_DELIVERY, K.ORDER_DELIVERED}
    | {K.ORDER_DELIVERY_FAILED}
)
# What is not told any more when the whole order is cancelled: the message about that says it.
UNTIL_CANCELLED = frozenset(
    {K.ORDER_PLACED, K.ORDER_HELD, K.ORDER_CONFIRMED, K.ORDER_DELAYED, K.ORDER_EDITED}
    | {K.ORDER_ITEMS_CANCELLED, K.ORDER_NOT_READY_FOR_PICKUP}
)


class NotNeeded(Exception):
    """A message is not sent; the text says why."""


async def order_message(message: Message) -> Rendered:
    """The parts of a message to the buyer of an order. The promised day that it states is added to its facts.

    Raises:
        NotNeeded: it is not wanted, or no longer true.
    """
    if clock.now() - message.created_at > STALE_AFTER:
        raise NotNeeded("It could not be sent in time.")
    (order,) = await orders.orders_by_id([message.subject_id])
    if order is None:
        raise NotNeeded("The order does not exist any more.")
    (channel,) = await channels.channels_by_id([order.channel_id])
    assert channel is not None
    if not await queries.is_active(channel.id, message.kind):
        raise NotNeeded("The channel does not send messages of this kind.")
    await _refuse_other_readiness(message)
    sources, language = await template_for(message.kind, message.language, channel)
    about = await subject_of(message, order, channel, language)
    if message.kind is K.ORDER_DELAYED:
        about = replace(about, facts=await _delay(message, order))
    refuse_outdated(message.kind, about)
    if message.kind in TELLING:
        day = order.promised_on
        message.facts = replace(about.facts, told_on=day, is_told_unknown=day is None).to_json()
    try:
        return render(sources, asdict(values_of(message.kind, about)), locale_of(language))
    except LiquidError as error:
        raise ValueError(f"The template failed: {error}") from error


async def _refuse_other_readiness(message: Message) -> None:
    """Raise NotNeeded for a message that something is or is not ready for pick-up, if it is otherwise."""
    if message.kind not in (K.ORDER_READY_FOR_PICKUP, K.ORDER_NOT_READY_FOR_PICKUP):
        return
    facts = MessageFacts.from_json(message.facts)
    assert facts.fulfillment_order_id is not None
    (row,) = await fulfillment.by_id([facts.fulfillment_order_id])
    status = row.status if row is not None else FulfillmentOrderStatus.CANCELLED
    if message.kind is K.ORDER_READY_FOR_PICKUP:
        if status is not FulfillmentOrderStatus.READY:
            raise NotNeeded("It is not waiting for its pick-up any more.")
    elif status is FulfillmentOrderStatus.READY or not status.is_ahead:
        raise NotNeeded("It is ready again, was picked up or was cancelled.")
    elif not await _was_told_ready(message, facts):
        raise NotNeeded("The buyer was not told that it is ready.")


async def _was_told_ready(message: Message, facts: MessageFacts) -> bool:
    """Whether the message of the time at which something was made ready may have been sent, or sent again.

    It names another fulfillment order if a part was handed over since.
    """
    (others,) = await queries.messages_by_order([message.subject_id])
    ready = [other for other in others if other.kind is K.ORDER_READY_FOR_PICKUP]
    told = [other.facts for other in ready if other.created_at == facts.ready_at]
    return any(
        other.may_have_been_sent and other.address == message.address and other.facts in told
        for other in ready
        if facts.ready_at is not None and other.created_at >= facts.ready_at
    )


async def _delay(message: Message, order: Order) -> MessageFacts:
    """The facts of a message about a delay.

    Raises:
        NotNeeded: a later one is waiting.
    """
    (others,) = await queries.messages_by_order([order.id])
    if is_superseded(message, others):
        raise NotNeeded("A later message states the promised day.")
    return facts_of_delay(message, order, others)


async def subject_of(message: Message, order: Order, channel: Channel, language: str) -> Subject:
    """An order with what the values of a message about it need."""
    facts = MessageFacts.from_json(message.facts)
    lines = await orders.lines(order.id)
    parcels, holds = OrderParcels(), list[Hold]()
    if message.kind in ABOUT_PARCELS:
        parcels = await parcels_of(order.id, lines, facts)
    if message.kind is K.ORDER_HELD and order.open_holds:
        holds = [hold for hold in await orders.open_holds(order.id) if _is_told(hold, message, facts)]
    locale, words = locale_of(language), words_of(language)
    can_be_paid = bool(holds) and await links.can_be_paid(order.id)
    cards = [card for card in await stored_value.by_id(list(facts.card_ids)) if card is not None]
    return Subject(order, channel, lines, facts, locale, words, parcels, holds, can_be_paid, cards)


def _is_told(hold: Hold, message: Message, facts: MessageFacts) -> bool:
    """Whether a message is about a hold: it names it, or is about those put with the order."""
    if facts.hold_ids:
        return hold.id in facts.hold_ids
    return hold.kind is not HoldKind.STOCK and hold.placed_at <= message.created_at


def refuse_outdated(kind: MessageKind, about: Subject) -> None:
    """Raise NotNeeded for a message that is not true any more."""
    order, facts = about.order, about.facts
    if kind is K.ORDER_HELD and not about.holds:
        raise NotNeeded("The hold was released.")
    if kind in UNTIL_CANCELLED and order.status is OrderStatus.CANCELLED:
        raise NotNeeded("The order was cancelled.")
    if kind is K.ORDER_DELAYED and not is_news(facts):
        raise NotNeeded("The promised day is not later than the day that the buyer was told.")
    if kind is K.GIFT_CARD_ISSUED and all(card.disabled_at is not None for card in about.cards):
        raise NotNeeded("The gift cards were disabled.")
    if kind in ABOUT_PARCELS and not about.parcels.named:
        raise NotNeeded("The parcel is not in this stage any more.")


async def template_for(kind: MessageKind, language: str, channel: Channel) -> tuple[Sources, str]:
    """The template of a kind, and the language of amounts and dates in it.

    In each language, the channel's own template precedes the one for all channels, and that the shipped one.
    The language is that of the order, if the template is in it: `de-AT` writes amounts as in Austria.
    """
    tried = list(languages_to_try(language, channel))
    own = {
        (row.language, row.channel_id): row
        for row in await queries.published_templates(kind, channel.id, tried)
    }
    for each in tried:
        row = own.get((each, channel.id)) or own.get((each, None))
        found = Sources(row.subject, row.html, row.text) if row else shipped(kind, each)
        if found is not None:
            wanted = (language, channel.default_language)
            return found, next((tag for tag in wanted if tag.split("-")[0] == each), each)
    raise LookupError(f"no template of {kind.value}")

"""Shows a message as it would be sent, with an order or with sample values."""

from dataclasses import asdict, dataclass, replace
from uuid import UUID

from liquid.exceptions import LiquidError

from app.channels.models import Channel
from app.core import clock
from app.core.actor import Actor
from app.core.ids import new_id
from app.core.languages import locale_of
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.notifications.buyer_templates import words_of
from app.notifications.checking import LONGEST, MEDIA, unresolved
from app.notifications.contexts import sample_of
from app.notifications.facts import MessageFacts
from app.notifications.lifecycle import MessageKind
from app.notifications.models import Message
from app.notifications.order_values import Subject, values_of
from app.notifications.order_wording import ABOUT_PARCELS, subject_of, template_for
from app.notifications.rendering import Rendered, render
from app.notifications.templates import PARTS, checked_place
from app.orders import queries as orders
from app.orders.models import Order
from app.payments import queries as payments
from app.stored_value import queries as stored_value

PATIENCE = 0.025  # seconds of CPU time for a preview
# What is shown in place of values that do not exist.
NOTHING = Rendered("", "", "")


@dataclass(frozen=True, slots=True)
class Preview:
    """A message as it would be sent, and the values that its template names and that do not exist.

    With such values, the parts are empty.
    """

    parts: Rendered
    unresolved: list[str]


async def preview(
    actor: Actor,
    channel: Channel,
    kind: MessageKind,
    language: str,
    said: dict[str, str],
    order_id: UUID | None = None,
) -> Preview:
    """A preview of the template that a message would use, with the parts in `said` instead of its own.

    Raises:
        NotFound: the order does not exist in the channel, or the actor may not see it.
        Invalid: an unknown kind or language; a part that is too long, invalid or too expensive.
    """
    language = checked_place(kind, language)
    sources, tag = await template_for(kind, language, channel)
    for name, source in said.items():
        if len(source) > LONGEST[name]:
            text = f"This must have at most {LONGEST[name]:,} characters."
            raise Invalid(text, name, code=ProblemCode.TOO_LONG, maximum=LONGEST[name])
    sources = replace(sources, **said)
    missing: dict[str, None] = {}
    for name in PARTS:
        try:
            missing |= dict.fromkeys(unresolved(kind, getattr(sources, name), MEDIA[name]))
        except (LiquidError, RecursionError) as error:
            text = f"This is not a valid template: {error}"[:300]
            raise Invalid(text, name, code=ProblemCode.MALFORMED) from error
    if missing:
        return Preview(NOTHING, list(missing))
    values = sample_of(kind, words_of(tag))
    if order_id is not None:
        values = asdict(values_of(kind, await _about(actor, channel, kind, tag, order_id)))
    try:
        return Preview(render(sources, values, locale_of(tag), PATIENCE), [])
    except LiquidError as error:
        text = f"The template failed: {error}"[:300]
        raise Invalid(text, "html", code=ProblemCode.MALFORMED) from error


async def _about(actor: Actor, channel: Channel, kind: MessageKind, language: str, order_id: UUID) -> Subject:
    """An order as the subject of a message: with its present day, its latest shipment and its items."""
    order = await orders.order(actor, order_id, "order_id")
    if order.channel_id != channel.id or order.number is None:
        text = "This is not a placed order of the channel."
        raise Invalid(text, "order_id", code=ProblemCode.NOT_FOUND)
    message = Message(
        id=new_id(), kind=kind, address=order.email, subject_id=order.id, language=language,
        created_at=clock.now(), next_at=clock.now(),
    )  # fmt: skip
    about = await subject_of(message, order, channel, language)
    facts = MessageFacts(
        promised_on=order.promised_on, amount_minor=order.total_minor, currency=order.currency
    )
    if kind is MessageKind.GIFT_CARD_ISSUED:
        return await _with_cards(about, order)
    return replace(about, facts=facts) if kind not in ABOUT_PARCELS else about


async def _with_cards(about: Subject, order: Order) -> Subject:
    """The gift cards of the first line of an order that has any, without their codes."""
    bought = await payments.purchased(order.id)
    line_id = bought[0].order_line_id if bought else None
    ids = [each.card_id for each in bought if each.order_line_id == line_id]
    cards = [card for card in await stored_value.by_id(ids) if card is not None]
    facts = MessageFacts(line_id=line_id)
    return replace(about, facts=facts, cards=cards, shows_codes=False)

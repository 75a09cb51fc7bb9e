"""Asking to be told, and confirming the address."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.access import attempts, signing_in
from app.access.refusals import TooManyAttempts
from app.catalog import queries as catalog
from app.catalog.pricing import Offered, choose
from app.channels import queries as channels
from app.channels.models import Channel
from app.core import clock
from app.core.actor import Actor
from app.core.contact import checked_email, without_tag
from app.core.database import insert, insert_if_new, update_each
from app.core.ids import fingerprint, new_id
from app.core.languages import checked_language
from app.core.networks import UNKNOWN, Networks
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork, command
from app.customers import queries as customers
from app.notifications import queries as notifications
from app.notifications.back_in_stock import queries
from app.notifications.back_in_stock.slots import is_expired, slot, slot_of, token_of
from app.notifications.events import BackInStockConfirmed, BackInStockRequested
from app.notifications.lifecycle import BackInStockStatus, MessageKind
from app.notifications.models import BackInStockRequest
from app.notifications.service import queue
from app.orders import queries as orders

MOST_WAITING = 50  # requests of one person
# Mails to one mailbox with a link to confirm: the first three are free.
OF_CONFIRMATIONS = attempts.Limit(
    "back in stock", 3, timedelta(minutes=20), timedelta(hours=1), timedelta(hours=1)
)
S = BackInStockStatus


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for."""

    channel: Channel
    variant_id: UUID
    sku: str
    language: str


@dataclass(frozen=True, slots=True)
class Received:
    """The recipient; and the request of a customer. A guest is not told which requests an address has."""

    email: str
    request: BackInStockRequest | None = None


async def ask_to_be_told(
    actor: Actor,
    *,
    channel: str,
    sku: str,
    email: str | None = None,
    language: str | None = None,
    networks: Networks = UNKNOWN,
) -> Received:
    """Request a notice when a variant is available again, for a customer or a guest who confirms the address.

    Raises:
        NotFound: the channel does not exist, or the actor may not see it.
        Invalid: the variant is not sold there, or is available now; the address or language is invalid; the
            customer has too many requests.
        TooManyAttempts: too many mails were requested from this network.
    """
    wanted = await _wanted(actor, channel, sku, language)
    if actor.is_customer and actor.id is not None:
        return await _ask_as_customer(actor, wanted, email)
    if not email:
        raise Invalid("Enter the email address to be told.", "email", code=ProblemCode.REQUIRED)
    address = checked_email(email, "email")
    await attempts.count(signing_in.SESSIONS, *attempts.by_network(attempts.OF_MAILS, networks))
    try:
        await attempts.count(signing_in.SESSIONS, attempts.by(OF_CONFIRMATIONS, without_tag(address)))
    except TooManyAttempts:
        return Received(address)  # the mailbox has mails to confirm already
    await _ask_as_guest(actor, wanted, address)
    return Received(address)


async def _wanted(actor: Actor, code: str, sku: str, language: str | None) -> Wanted:
    found = await channels.open_for_orders(code, actor, "channel")
    offer = (await catalog.offered([sku], found.id)).get(sku)
    if offer is None or choose(offer.prices, 1, clock.now()) is None:
        raise Invalid("This SKU is not sold in the channel.", "sku", code=ProblemCode.NOT_SOLD)
    await _refuse_if_pointless(offer, found)
    chosen = checked_language(language, "language") if language else await _language_of(actor)
    return Wanted(found, offer.variant_id, sku, chosen or found.default_language)


async def _language_of(actor: Actor) -> str:
    """The language of the latest order of a customer."""
    customer = await customers.holder_of(actor) if actor.is_customer else None
    return await orders.language_of(customer.email) if customer is not None and customer.email else ""


async def _refuse_if_pointless(offer: Offered, channel: Channel) -> None:
    if not offer.tracks_stock:
        text = "This variant has no stock tracking: it is never out of stock."
        raise Invalid(text, "sku", code=ProblemCode.NOT_APPLICABLE)
    if not await notifications.is_active(channel.id, MessageKind.BACK_IN_STOCK):
        text = "This channel does not send messages about availability."
        raise Invalid(text, "channel", code=ProblemCode.NOT_APPLICABLE)
    if await queries.available([(offer.variant_id, channel.id)]):
        raise Invalid("This variant is available now.", "sku", code=ProblemCode.NOT_POSSIBLE_NOW)


async def _ask_as_customer(actor: Actor, wanted: Wanted, email: str | None) -> Received:
    if email:
        text = "Omit the address: customers are notified at the address of their account."
        raise Invalid(text, "email", code=ProblemCode.NOT_APPLICABLE)
    row = await _asked(actor, wanted)
    return Received(await queries.address_of(row), row)


@command
async def _asked(uow: UnitOfWork, wanted: Wanted) -> BackInStockRequest:
    """The waiting request of the acting customer, new or existing."""
    row = _new(uow, wanted, customer_id=uow.actor.id)
    place = slot(row)
    known = await queries.in_slot(place)
    if known is not None:
        return known
    await _refuse_too_many(row, "sku")
    row.status, row.slot, row.confirmed_at = S.WAITING, place, uow.at
    if await insert_if_new(row):
        _announce(uow, row, wanted)
        return row
    # Another request of the same customer was first.
    again = await queries.in_slot(place)
    return again if again is not None else row


@command
async def _ask_as_guest(uow: UnitOfWork, wanted: Wanted, email: str) -> None:
    """Send a link to confirm. The same is done whether or not the address has a request."""
    row = _new(uow, wanted, email=email)
    await insert([row])
    _announce(uow, row, wanted)
    await queue(uow, MessageKind.BACK_IN_STOCK_CONFIRM, email, row.id, language=row.language)


def _new(
    uow: UnitOfWork, wanted: Wanted, *, customer_id: UUID | None = None, email: str = ""
) -> BackInStockRequest:
    id = new_id()
    return BackInStockRequest(
        id=id,
        variant_id=wanted.variant_id,
        channel_id=wanted.channel.id,
        customer_id=customer_id,
        email=email,
        language=wanted.language,
        status=S.UNCONFIRMED,
        token_hash=fingerprint(token_of(id)),
        created_at=uow.at,
    )


def _announce(uow: UnitOfWork, row: BackInStockRequest, wanted: Wanted) -> None:
    uow.is_new(row.id)
    uow.announce(BackInStockRequested(subject_id=row.id, channel_id=row.channel_id, sku=wanted.sku))


async def _refuse_too_many(row: BackInStockRequest, *path: str) -> None:
    if await queries.waiting_of(row.customer_id, row.email) >= MOST_WAITING:
        text = f"At most {MOST_WAITING} requests can wait at a time. Withdraw one of them first."
        raise Invalid(text, *path, code=ProblemCode.TOO_MANY, maximum=MOST_WAITING)


async def confirm(actor: Actor, token: str, networks: Networks = UNKNOWN) -> BackInStockRequest:
    """Confirm the address of a request. A second confirmation changes nothing.

    Raises:
        Invalid: the token is unknown, expired, or of a request that was withdrawn; the address has too many
            requests.
        TooManyAttempts: too many such tokens came from this network.
    """
    attempt = attempts.by_network(attempts.OF_LINKS, networks)
    await attempts.count(signing_in.SESSIONS, *attempt)
    row = await _confirmed(actor, token)
    await attempts.give_back(signing_in.SESSIONS, *attempt)
    return row


@command
async def _confirmed(uow: UnitOfWork, token: str) -> BackInStockRequest:
    row = await queries.of_token(token, locks=True)
    kept = await queries.instead_of(row) if row is not None else None
    if kept is not None:
        return kept
    if row is None or row.status is S.WITHDRAWN or is_expired(row):
        text = "This link is unknown or expired. Ask again on the page of the product."
        raise Invalid(text, "token", code=ProblemCode.LINK_NOT_VALID)
    if row.status is not S.UNCONFIRMED:
        return row
    customer = await customers.by_email(row.email)
    if customer is not None:
        row.customer_id, row.email = customer.id, ""
    place = slot_of(row.variant_id, row.channel_id, row.customer_id, row.email)
    known = await queries.in_slot(place)
    if known is not None:  # the address waits already: one request is enough
        row.status, row.ended_at = S.WITHDRAWN, uow.at
        await update_each([row], "customer_id", "email", "status", "ended_at")
        return known
    await _refuse_too_many(row, "token")
    row.status, row.slot, row.confirmed_at = S.WAITING, place, uow.at
    await update_each([row], "customer_id", "email", "status", "slot", "confirmed_at")
    uow.announce(BackInStockConfirmed(subject_id=row.id, channel_id=row.channel_id))
    return row

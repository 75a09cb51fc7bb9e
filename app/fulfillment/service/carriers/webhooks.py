"""Webhook messages of carriers: authenticated, stored as received, then processed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import structlog

from app.access.permissions import Permission
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind, grants_of
from app.core.characters import harmless_line, harmless_lines
from app.core.database import insert_if_new, update_each
from app.core.ids import new_id
from app.core.refusals import NotFound
from app.core.spelling import LONGEST_TRACKING_NUMBER, tracking_number
from app.core.uow import UnitOfWork, command
from app.fulfillment import queries
from app.fulfillment.carrier_adapters import NotFromCarrier, TrackingNews, UnreadableAnswer, WebhookMessage
from app.fulfillment.models import CarrierAccount, CarrierMessage
from app.fulfillment.service.carriers.accounts import adapter_for
from app.fulfillment.service.carriers.delivery_estimates import update_delivery_estimate
from app.fulfillment.service.carriers.tracking import (
    CLOCKS_DIFFER,
    EARLIEST,
    LONGEST_PLACE,
    LONGEST_TEXT,
    TrackingData,
    record,
)

_log = structlog.get_logger("carriers")

LEFT_BEHIND = timedelta(seconds=5)
AT_ONCE = 100
LONGEST_CODE = 40
LONGEST_ID = 120


async def receive_webhook(code: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Store a message received at a carrier's URL; return whether it was relevant and new.

    Raises:
        NotFound: the carrier does not exist or has no webhooks.
        NotFromCarrier: the message is not authentic.
    """
    account = (
        await queries.carrier_of_webhook(code) if len(code) <= LONGEST_CODE and code.isprintable() else None
    )
    if account is None or not account.kind.adapter.CALLS_BACK:
        raise NotFound.of("carrier", "code")
    try:
        message = adapter_for(account).read(headers, body)
    except UnreadableAnswer as error:
        raise NotFromCarrier(str(error)) from error
    if message is None:
        return False
    stored = await _store(SYSTEM, account, message, sha256(body).hexdigest())
    if stored is not None:
        await process_webhook(_caller(account), stored)
    return stored is not None


@command
async def _store(
    uow: UnitOfWork, account: CarrierAccount, message: WebhookMessage, digest: str
) -> UUID | None:
    """Store a message; None if it is stored already. One without a usable id has the digest of its body."""
    external_id = harmless_line(message.external_id).strip()
    row = CarrierMessage(
        id=new_id(),
        account_id=account.id,
        external_id=external_id if 1 <= len(external_id) <= LONGEST_ID else digest,
        tracking_number=tracking_number(harmless_line(message.tracking_number))[:LONGEST_TRACKING_NUMBER],
        body=[_cleaned(news).to_json() for news in message.news],
        expected_on=message.expected_on,
        received_at=uow.at,
    )
    return row.id if await insert_if_new(row) else None


def _cleaned(news: TrackingNews) -> TrackingNews:
    """An event as stored: harmless texts of the length that fits, and a time with a time zone."""
    at = news.at
    return replace(
        news,
        at=at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at,
        text=harmless_lines(news.text)[:LONGEST_TEXT],
        place=harmless_line(news.place)[:LONGEST_PLACE],
        signed_by=harmless_line(news.signed_by)[:LONGEST_PLACE],
    )


@command
async def process_webhook(uow: UnitOfWork, message_id: UUID) -> None:
    """Apply a message to its package. A message about a package that was not shipped waits."""
    known = await queries.message(message_id)
    (account,) = await queries.accounts_by_id([known.account_id])
    assert account is not None
    packages = await queries.packages_by_tracking(account.code, known.tracking_number)
    if not packages:
        return
    shipment_id = max(package.shipment_id for package in packages)  # numbers are reused after years
    own = [
        package for package in packages if package.shipment_id == shipment_id
    ]  # several may share a number
    # The order is locked first, as in all commands; then the message, which another process may have
    # processed.
    await queries.locked_order_of_shipment(Permission.FULFILLMENT_MANAGE, uow.actor, shipment_id)
    message = await queries.locked_message(message_id)
    if message.done_at is not None:
        return
    for news in map(TrackingNews.from_json, message.body):
        for package in own:
            await record(uow, shipment_id, _tracking_data(news, account.code, uow.at), package_id=package.id)
    if message.expected_on is not None:
        for package in own:
            await update_delivery_estimate(uow, shipment_id, package.id, message.expected_on)
    message.done_at, message.outcome = uow.at, f"{len(message.body)} noted"
    await update_each([message], "done_at", "outcome")


def _caller(account: CarrierAccount) -> Actor:
    """The carrier as actor in the timeline."""
    return Actor(
        ActorKind.APP,
        account.id,
        account.name,
        grants_of([Permission.FULFILLMENT_VIEW.value, Permission.FULFILLMENT_MANAGE.value]),
    )


def _tracking_data(news: TrackingNews, source: str, now: datetime) -> TrackingData:
    at = news.at
    if at is not None and not EARLIEST <= at <= now + CLOCKS_DIFFER:
        at = None  # an implausible time: use the present one
    return TrackingData(
        news.stage,
        at=at,
        text=news.text,
        place=news.place,
        source=source,
        reference=f"{news.stage.value}|{news.at.isoformat() if news.at else None}|{news.text}|{news.place}",
        signed_by=news.signed_by,
    )


async def process_pending_webhooks(uow: UnitOfWork, shipment_id: UUID) -> None:
    """Process messages about packages that were received before shipping."""
    (packages,) = await queries.packages_by_shipment([shipment_id])
    numbers = {package.tracking_number for package in packages if package.tracking_number}
    for message_id in await queries.pending_messages(numbers):
        await process_webhook(uow, message_id)


async def process_remaining_webhooks() -> int:
    """Process messages whose process ended before they were processed; returns their number."""
    found = await queries.unprocessed_messages(clock.now() - LEFT_BEHIND, AT_ONCE)
    for message_id in found:
        try:
            await process_webhook(SYSTEM, message_id)
        except Exception as error:  # an unexpected error must not stop the others
            _log.warning(
                "message.failed", message=str(message_id), error=type(error).__name__, exc_info=error
            )
    return len(found)

"""Queries of back-in-stock requests."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.lifecycle import Composition
from app.catalog.pricing import choose
from app.channels import queries as channels
from app.core import clock
from app.core.actor import Actor
from app.core.database import among, fetch, read_locked, uuid_of
from app.core.ids import fingerprint
from app.core.refusals import NotFound
from app.customers import queries as customers
from app.inventory.stock import queries as stock
from app.notifications import queries as notifications
from app.notifications.lifecycle import BackInStockStatus, MessageKind, MessageStatus
from app.notifications.models import BackInStockRequest, Message

Pair = tuple[UUID, UUID]  # a variant and a channel
_WAITING = BackInStockStatus.WAITING


def visible_to(actor: Actor) -> QuerySet[BackInStockRequest]:
    """The requests that an actor may see: a customer its own, staff those of their channels."""
    if actor.is_customer:
        return BackInStockRequest.filter(customer_id=actor.id)
    limit = actor.scope_of(Permission.CUSTOMERS_VIEW).rows("channel_id", None)
    return BackInStockRequest.all() if limit is None else BackInStockRequest.filter(limit)


async def locked(actor: Actor, id: UUID) -> BackInStockRequest:
    """A request for an update; the row is locked until the transaction ends.

    Raises:
        NotFound: it does not exist, or the actor may not see or change it.
    """
    rows = visible_to(actor)
    if not actor.is_customer:
        limit = actor.scope_of(Permission.CUSTOMERS_MANAGE).rows("channel_id", None)
        rows = rows if limit is None else rows.filter(limit)
    found = await rows.select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("back-in-stock request", "id")
    return found


async def by_id(id: UUID) -> BackInStockRequest | None:
    return await BackInStockRequest.get_or_none(id=id)


async def of_token(token: str, *, locks: bool = False) -> BackInStockRequest | None:
    """The request of a mailed link."""
    rows = BackInStockRequest.filter(token_hash=fingerprint(token))
    return await (rows.select_for_update() if locks else rows).first()


async def locked_told(id: UUID) -> BackInStockRequest | None:
    """A request that was told, locked."""
    return await BackInStockRequest.filter(id=id, status=BackInStockStatus.TOLD).select_for_update().first()


async def in_slot(slot: str) -> BackInStockRequest | None:
    return await BackInStockRequest.get_or_none(slot=slot)


async def waiting_of(customer_id: UUID | None, email: str) -> int:
    """The number of waiting requests of a customer, or of an address without one."""
    return await BackInStockRequest.filter(_of(customer_id, email), status=_WAITING).count()


async def locked_of_person(row: BackInStockRequest) -> list[BackInStockRequest]:
    """The requests of the same person in the same channel that were not withdrawn, locked.

    A guest and the customer with the guest's address are one person.
    """
    address, customer_id = await address_of(row), row.customer_id
    customer = await customers.by_email(address) if customer_id is None else None
    if customer is not None:
        customer_id = customer.id
    mine = Q(customer_id=customer_id) if customer_id is not None else Q()
    if address:
        mine |= _of(None, address)
    rows = BackInStockRequest.filter(mine, channel_id=row.channel_id)
    rows = rows.exclude(status=BackInStockStatus.WITHDRAWN)
    return await rows.order_by("id").select_for_update()


async def with_queued_message(ids: Sequence[UUID]) -> set[UUID]:
    """Those of some requests whose message about availability is not sent yet."""
    rows = Message.filter(
        kind=MessageKind.BACK_IN_STOCK, subject_id__in=list(ids), status=MessageStatus.QUEUED
    )
    found: Any = await rows.values_list("subject_id", flat=True) if ids else ()
    return set(found)


async def instead_of(row: BackInStockRequest) -> BackInStockRequest | None:
    """The request that was waiting already when a withdrawn one was confirmed; None if there is none."""
    if row.status is not BackInStockStatus.WITHDRAWN:
        return None
    rows = BackInStockRequest.filter(
        _of(row.customer_id, row.email), variant_id=row.variant_id, channel_id=row.channel_id
    )
    rows = rows.filter(status__in=(_WAITING, BackInStockStatus.TOLD), confirmed_at__lte=row.ended_at)
    return await rows.filter(Q(ended_at__isnull=True) | Q(ended_at__gte=row.ended_at)).first()


async def locked_of_customer(customer_id: UUID) -> list[BackInStockRequest]:
    return await BackInStockRequest.filter(customer_id=customer_id).order_by("id").select_for_update()


async def locked_of_address(email: str) -> list[BackInStockRequest]:
    """The confirmed requests of an address without a customer, locked."""
    rows = BackInStockRequest.filter(email=email, customer_id__isnull=True)
    rows = rows.exclude(status=BackInStockStatus.UNCONFIRMED)
    return await rows.order_by("id").select_for_update()


def _of(customer_id: UUID | None, email: str) -> Q:
    return Q(customer_id=customer_id) if customer_id else Q(customer_id__isnull=True, email=email)


async def waited_for(after: Pair | None, limit: int) -> list[Pair]:
    """Variants and channels with waiting requests, in order."""
    beyond, values = ("", ()) if after is None else ("AND (variant_id, channel_id) > ($2, $3)", after)
    rows = await fetch(
        "SELECT DISTINCT variant_id, channel_id FROM back_in_stock_request"  # noqa: S608  # only $n go in
        f" WHERE status = 'waiting' {beyond} ORDER BY variant_id, channel_id LIMIT $1",
        limit,
        *values,
    )
    return [(uuid_of(row["variant_id"]), uuid_of(row["channel_id"])) for row in rows]


async def oldest_waiting(pair: Pair, limit: int) -> list[BackInStockRequest]:
    """The requests that have waited longest, locked."""
    return await read_locked(
        BackInStockRequest,
        "status = 'waiting' AND variant_id = $1 AND channel_id = $2 ORDER BY confirmed_at, id LIMIT $3",
        *pair,
        limit,
    )


async def told_since(pair: Pair, at: datetime) -> int:
    """The number of requests that were told since a time."""
    rows = BackInStockRequest.filter(variant_id=pair[0], channel_id=pair[1], status=BackInStockStatus.TOLD)
    return await rows.filter(told_at__gt=at).count()


async def available(pairs: Sequence[Pair]) -> dict[Pair, int]:
    """The units of each variant that can be bought now in a channel; none if it is not on sale there."""
    found = await _variants([variant for variant, _ in pairs])
    known = [pair for pair in pairs if pair[0] in found]
    bundles = {id for id, row in found.items() if row.composition is Composition.BUNDLE}
    counts = await stock.availability_with_bundles(known, bundles) if known else []
    in_stock = {pair: units for pair, units in zip(known, counts, strict=True) if units > 0}
    skus = {id: row.sku for id, row in found.items()}
    for channel_id in {channel for _, channel in in_stock}:
        here = [pair for pair in in_stock if pair[1] == channel_id]
        sold = await _sold(channel_id, [skus[variant] for variant, _ in here])
        for pair in here:
            if skus[pair[0]] not in sold:
                del in_stock[pair]
    return in_stock


async def _variants(ids: Collection[UUID]) -> dict[UUID, Any]:
    rows = await catalog.variants_by_id(list(set(ids)))
    return {row.id: row for row in rows if row is not None and row.is_active}


async def _sold(channel_id: UUID, skus: Sequence[str]) -> set[str]:
    """The SKUs that are on sale in a channel that sends these messages."""
    (channel,) = await channels.channels_by_id([channel_id])
    if channel is None or not channel.is_active:
        return set()
    if not await notifications.is_active(channel_id, MessageKind.BACK_IN_STOCK):
        return set()
    offers = await catalog.offered(skus, channel_id)
    return {sku for sku, offer in offers.items() if choose(offer.prices, 1, clock.now()) is not None}


async def demand(variant_ids: Sequence[UUID], channel_ids: Collection[UUID] | None) -> dict[UUID, int]:
    """The number of waiting requests for each variant, in some channels or all."""
    limit = "" if channel_ids is None else f"AND {among('channel_id', 2)}"
    rows = await fetch(
        "SELECT variant_id, COUNT(*) AS n FROM back_in_stock_request"  # noqa: S608  # only column names go in
        f" WHERE status = 'waiting' AND {among('variant_id', 1)} {limit} GROUP BY variant_id",
        list(variant_ids),
        *([] if channel_ids is None else [list(channel_ids)]),
    )
    return {uuid_of(row["variant_id"]): int(row["n"]) for row in rows}


async def address_of(row: BackInStockRequest) -> str:
    """The address that is notified: the present one of the customer, or that of the guest; empty if none."""
    return (await addresses_of([row]))[0]


async def addresses_of(rows: Sequence[BackInStockRequest]) -> list[str]:
    """Batch: the address of each request."""
    ids = list({row.customer_id for row in rows if row.customer_id is not None})
    found = (
        {each.id: each for each in await customers.customers_by_id(ids) if each is not None} if ids else {}
    )
    return [
        row.email
        if row.customer_id is None
        else (found[row.customer_id].email or "")
        if row.customer_id in found
        else ""
        for row in rows
    ]

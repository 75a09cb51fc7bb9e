"""Queries of carriers, labels, carrier messages, boxes and manifests."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.database import among, fetch, read, rows_by_id, uuid_of
from app.core.loading import grouped, in_order
from app.core.refusals import NotFound
from app.core.spelling import spelled
from app.fulfillment.lifecycle import LabelStatus
from app.fulfillment.models import Box, CarrierAccount, CarrierMessage, Label, Manifest, Shipment
from app.fulfillment.queries.orders import visible_to


def carriers_visible_to(actor: Actor) -> QuerySet[CarrierAccount]:
    sees = actor.may(Permission.FULFILLMENT_VIEW) or actor.may(Permission.CARRIERS_MANAGE)
    return CarrierAccount.all() if sees else CarrierAccount.filter(id__in=[])


async def carrier(actor: Actor, code: str, *path: str) -> CarrierAccount:
    """An active carrier by code.

    Raises:
        NotFound: it does not exist, or the actor may not see it.
    """
    found = await carriers_visible_to(actor).get_or_none(code=await carrier_code(code), is_active=True)
    if found is None:
        raise NotFound.of("carrier", *(path or ("carrier",)))
    return found


async def carrier_code(typed: str) -> str:
    """The code of the carrier whose code or name was typed, in any case; otherwise the typed text."""
    text = spelled(typed)
    rows = await CarrierAccount.filter(Q(code=text.lower()) | Q(name__iexact=text)).order_by("code")
    codes = [row.code for row in rows]
    if text.lower() in codes:
        return text.lower()
    return codes[0] if len(codes) == 1 else text


async def locked_carrier(code: str) -> CarrierAccount | None:
    return await CarrierAccount.filter(code=code).select_for_update().get_or_none()


async def carrier_of_webhook(code: str) -> CarrierAccount | None:
    """The carrier with a webhook at a URL."""
    return await CarrierAccount.get_or_none(code=code)


async def carrier_names(codes: Collection[str]) -> dict[str, str]:
    """The names of carriers by code."""
    rows = await CarrierAccount.filter(code__in=list(codes))
    return {row.code: row.name for row in rows}


async def accounts_by_id(ids: list[UUID]) -> Sequence[CarrierAccount | None]:
    """Batch: the carrier of each id."""
    return in_order(ids, await rows_by_id(CarrierAccount, ids))


async def labels_by_package(ids: list[UUID]) -> list[Label | None]:
    """Batch: the latest label of each package."""
    rows = await read(Label, f"{among('package_id', 1)} ORDER BY package_id, created_at, id", ids)
    return [own[-1] if own else None for own in grouped(ids, rows, "package_id")]


async def labels_of_work(fulfillment_order_id: UUID) -> list[Label]:
    """The bought and pending labels of a fulfillment order's packages."""
    rows = Label.filter(
        fulfillment_order_id=fulfillment_order_id, status__in=[LabelStatus.PENDING, LabelStatus.BOUGHT]
    )
    return await rows.order_by("created_at", "id").select_for_update()


async def label(id: UUID) -> Label:
    return await Label.get(id=id)


async def locked_label(id: UUID) -> Label:
    return await Label.filter(id=id).select_for_update().get()


async def due_labels(now: datetime, limit: int) -> list[Label]:
    """Labels for which a carrier must be called again."""
    rows = Label.filter(status__in=[LabelStatus.PENDING, LabelStatus.VOIDING], next_at__lte=now)
    return await rows.order_by("next_at", "id").limit(limit)


def pending_labels_visible_to(actor: Actor) -> QuerySet[Label]:
    """Labels whose buying or voiding has no result yet."""
    visible = visible_to(actor).values("id")
    rows = Label.filter(status__in=[LabelStatus.PENDING, LabelStatus.VOIDING])
    return rows.filter(fulfillment_order_id__in=Subquery(visible))


async def message(id: UUID) -> CarrierMessage:
    return await CarrierMessage.get(id=id)


async def locked_message(id: UUID) -> CarrierMessage:
    return await CarrierMessage.filter(id=id).select_for_update().get()


async def pending_messages(numbers: Collection[str]) -> list[UUID]:
    """Messages about parcels that were received before the parcels were shipped."""
    rows = CarrierMessage.filter(tracking_number__in=list(numbers), done_at__isnull=True)
    return [row.id for row in await rows.order_by("received_at", "id")]


async def unprocessed_messages(before: datetime, limit: int) -> list[UUID]:
    """Unprocessed messages about shipped parcels."""
    rows = await fetch(
        """
        SELECT m.id FROM carrier_message m
        JOIN carrier_account a ON a.id = m.account_id
        JOIN package p ON p.carrier = a.code AND p.tracking_number = m.tracking_number
        WHERE m.done_at IS NULL AND m.received_at < $1 AND p.shipment_id IS NOT NULL
        ORDER BY m.received_at, m.id LIMIT $2
        """,
        before,
        limit,
    )
    return [uuid_of(row["id"]) for row in rows]


async def locked_box(code: str) -> Box | None:
    return await Box.filter(code=code).select_for_update().get_or_none()


def boxes_visible_to(actor: Actor) -> QuerySet[Box]:
    sees = actor.may(Permission.FULFILLMENT_VIEW) or actor.may(Permission.CARRIERS_MANAGE)
    return Box.all() if sees else Box.filter(id__in=[])


async def boxes_in_use() -> list[Box]:
    return await Box.filter(is_active=True).order_by("code")


def manifests_visible_to(actor: Actor) -> QuerySet[Manifest]:
    """The manifests of locations where an actor sees the work of all channels."""
    condition = actor.scope_of(Permission.FULFILLMENT_VIEW).rows(channel=None)
    return Manifest.all() if condition is None else Manifest.filter(condition)


async def manifest_by_id(id: UUID) -> Manifest | None:
    return await Manifest.get_or_none(id=id)


async def locked_unmanifested(location_id: UUID, carrier: str, most: int) -> list[Shipment]:
    """The shipments of a location and carrier without a manifest, oldest first."""
    rows = Shipment.filter(location_id=location_id, carrier=carrier, manifest_id__isnull=True)
    return await rows.order_by("shipped_at", "id").limit(most).select_for_update()


async def shipments_by_manifest(ids: list[UUID]) -> list[list[Shipment]]:
    """Batch: the shipments of each manifest, oldest first."""
    rows = await read(Shipment, f"{among('manifest_id', 1)} ORDER BY manifest_id, shipped_at, id", ids)
    return grouped(ids, rows, "manifest_id")

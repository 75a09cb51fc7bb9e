"""The status of a shipment, its lines and its fulfillment order, derived from its parcels."""

from collections.abc import Sequence
from uuid import UUID

from app.core.database import Change
from app.core.uow import UnitOfWork
from app.core.versions import touch
from app.fulfillment import lifecycle as life
from app.fulfillment.contents import read
from app.fulfillment.lifecycle import FulfillmentOrderStatus, ShipmentStage
from app.fulfillment.models import Package, Shipment
from app.fulfillment.service.locking import OrderWork
from app.fulfillment.service.saving import changed
from app.fulfillment.tracking_stages import least_advanced

S = FulfillmentOrderStatus
P = ShipmentStage


def is_returned(package: Package) -> bool:
    """Whether all that was in a parcel came back and was put away."""
    return package.received_back_at is not None and all(not each.kept for each in read(package.contents))


def has_unknown_contents(packages: Sequence[Package]) -> bool:
    """Whether a supplier's parcel has no entered contents; the first parcel then has those of all parcels."""
    return any(not package.contents for package in packages)


async def update_shipment_status(
    uow: UnitOfWork, known: OrderWork, shipment: Shipment, packages: Sequence[Package]
) -> bool:
    """Have units, stage and status follow from a shipment's parcels; whether the last has arrived just now.

    Changes are left to be written with `known`.
    """
    row = known.row
    away = [package for package in packages if not is_returned(package)]
    is_settled = all(package.stage is P.DELIVERED for package in away)
    shipment.stage = least_advanced(package.stage for package in away or packages)
    shipment.delivered_at = (
        max((package.delivered_at for package in away if package.delivered_at), default=None)
        if is_settled
        else None
    )
    touch(shipment, uow.at)
    known.changes.append(Change([shipment], ("stage", "delivered_at", "version", "updated_at")))
    await _count(known, packages, is_settled)
    before, arrived = row.status, row.delivered_at
    if is_settled:
        if before is S.SHIPPED:
            life.lifecycle.move(row, life.deliver if away else life.bring_back)
    elif before is S.DELIVERED:
        life.lifecycle.move(row, life.undeliver)
    row.delivered_at = shipment.delivered_at if row.status is S.DELIVERED else None
    if (row.status, row.delivered_at) != (before, arrived):
        known.changes.append(changed(uow, row, "delivered_at"))
    return before is S.SHIPPED and row.status is S.DELIVERED


async def _count(known: OrderWork, packages: Sequence[Package], is_settled: bool) -> None:
    """Count delivered and returned units of each line.

    If it is unknown which units are in which parcel, none count as delivered before the last parcel.
    """
    delivered: dict[UUID, int] = {}
    returned: dict[UUID, int] = {}
    sorted_ = is_settled or not has_unknown_contents(packages)
    for package in packages:
        for each in read(package.contents):
            returned[each.line_id] = returned.get(each.line_id, 0) + each.returned
            if sorted_ and (package.stage is P.DELIVERED or is_settled):
                delivered[each.line_id] = delivered.get(each.line_id, 0) + each.kept
    parts = await known.own_lines()
    counted = [
        part
        for part in parts
        if (part.delivered, part.returned) != (delivered.get(part.id, 0), returned.get(part.id, 0))
    ]
    for part in counted:
        part.delivered, part.returned = delivered.get(part.id, 0), returned.get(part.id, 0)
    known.changes.append(Change(counted, ("delivered", "returned")))

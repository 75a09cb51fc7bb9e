"""Manifests: the shipments handed to a carrier at a location, for the driver's signature."""

from collections.abc import Sequence

from app.access.permissions import Permission
from app.core.database import among, count_up, insert, update_where
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Forbidden, Invalid
from app.core.uow import UnitOfWork, command
from app.fulfillment import queries
from app.fulfillment.events import ManifestCreated
from app.fulfillment.models import Manifest, ManifestNumber, Shipment
from app.fulfillment.service.locking import refuse_elsewhere
from app.inventory.locations.clocks import day_at
from app.inventory.locations.models import Location

MOST_SHIPMENTS = 5_000


@command
async def create_manifest(uow: UnitOfWork, location: Location, *, carrier: str) -> Manifest:
    """Create a manifest of all shipments of a location and carrier that are on none.

    Each collection of a carrier has its manifest; a shipment is on one.

    Raises:
        NotFound: the actor may do nothing at the location.
        Forbidden: the actor may not act in all channels.
        Invalid: there is no shipment without a manifest.
    """
    await refuse_elsewhere(uow, location, "location")
    if not uow.actor.scope_of(Permission.FULFILLMENT_MANAGE).covers(location_id=location.id):
        raise Forbidden(
            "A manifest contains packages of all channels. Creating it needs the permission for all of them."
        )
    carrier = await queries.carrier_code(carrier)
    shipments = await queries.locked_unmanifested(location.id, carrier, MOST_SHIPMENTS)
    if not shipments:
        message = "All shipments with this carrier are already on a manifest."
        raise Invalid(message, "carrier", code=ProblemCode.NO_CHANGE)
    packages = await queries.packages_by_shipment([shipment.id for shipment in shipments])
    weights = [package.weight_grams for own in packages for package in own]
    made = Manifest(
        id=new_id(),
        number=f"MF-{await count_up(ManifestNumber):06d}",
        location_id=location.id,
        carrier=carrier,
        day=day_at(location.hours, uow.at),
        shipments=len(shipments),
        packages=len(weights),
        weight_grams=None if None in weights else sum(weight for weight in weights if weight),
        created_by=uow.actor.name,
        created_at=uow.at,
    )
    await insert([made])
    await _assign(shipments, made)
    uow.is_new(made.id)
    uow.announce(
        ManifestCreated(
            subject_id=made.id,
            number=made.number,
            location_id=location.id,
            carrier=made.carrier,
            shipments=made.shipments,
        )
    )
    return made


async def _assign(shipments: Sequence[Shipment], manifest: Manifest) -> None:
    await update_where(
        Shipment,
        "manifest_id = $1, version = version + 1, updated_at = $3",
        among("id", 2),
        manifest.id,
        [shipment.id for shipment in shipments],
        manifest.created_at,
    )

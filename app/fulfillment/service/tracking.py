"""What carriers say of packages: late, twice and out of order; stored once, and never going backwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from app.core.database import Change, insert_if_new
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import IllegalTransition, NotFound, Problems
from app.core.steps import LifecycleStep
from app.core.work import Work, verb
from app.fulfillment import lifecycle as life
from app.fulfillment import queries
from app.fulfillment.events import FulfillmentDelivered, ShipmentTracked
from app.fulfillment.lifecycle import FulfillmentOrderStatus, ShipmentStage
from app.fulfillment.models import Package, Shipment, TrackingRecord
from app.fulfillment.service.locking import OrderWork, locked_by_shipment
from app.fulfillment.service.releasing import changed
from app.fulfillment.service.telling import tell_order, told
from app.fulfillment.tracing import least_advanced, stage_after

S = FulfillmentOrderStatus
P = ShipmentStage
CLOCKS_DIFFER = timedelta(hours=26)  # a carrier's clock may be in any time zone, and some say no zone
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # what is before is a clock that was never set


@dataclass(frozen=True, slots=True)
class TrackingData:
    """One thing that was said of a package."""

    stage: ShipmentStage
    at: datetime | None = None  # when it happened; None: now
    text: str = ""
    place: str = ""
    source: str = "staff"
    reference: str = ""  # the carrier's own id of the message: said twice, it is one
    signed_by: str = ""


@verb
async def record(
    work: Work, shipment_id: UUID, data: TrackingData, *, package_id: UUID | None = None
) -> Shipment:
    """Note where a package of a shipment is, or all of its packages.

    Said twice it is stored once. The stage follows from all that was said, by when it happened.

    Raises:
        NotFound: no such shipment or package.
        Invalid: overlong words, or a time in the future or long past.
    """
    _check(work, data)
    known, shipment = await locked_by_shipment(work, shipment_id)
    await _note(work, known, shipment, data, package_id)
    return shipment


async def _note(
    work: Work, known: OrderWork, shipment: Shipment, data: TrackingData, package_id: UUID | None = None
) -> None:
    (packages,) = await queries.packages_by_shipment([shipment.id])
    known.packages[known.row.id] = packages
    chosen = [each for each in packages if package_id in (None, each.id)]
    if not chosen:
        raise NotFound.of("package", "package_id")
    moved = [package for package in chosen if await _say(work, package, data)]
    if moved:
        _follow(work, known, shipment, packages, moved)
        await tell_order(work, known.order, known)
        await known.write()


def _check(work: Work, data: TrackingData) -> None:
    problems = Problems()
    for name, value, longest in (
        ("text", data.text, 300),
        ("place", data.place, 120),
        ("source", data.source, 40),
        ("signed_by", data.signed_by, 120),
    ):
        if len(value) > longest:
            problems.add(
                f"This has {longest} characters at the most.",
                name,
                code=ProblemCode.TOO_LONG,
                maximum=longest,
            )
    if data.at is not None and data.at > work.at + CLOCKS_DIFFER:
        problems.add("This has not happened yet.", "at", code=ProblemCode.IN_THE_FUTURE)
    if data.at is not None and data.at < EARLIEST:
        problems.add(
            f"No parcel that is tracked here is from before {EARLIEST.year}.",
            "at",
            code=ProblemCode.OUT_OF_RANGE,
            earliest=EARLIEST,
        )
    problems.refuse()


async def _say(work: Work, package: Package, data: TrackingData) -> bool:
    """Store what was said of a package; whether its stage is another now."""
    at = min(data.at or work.at, work.at)
    said = data.reference or f"{data.stage.value}|{at.isoformat() if data.at else ''}|{data.place}"
    row = TrackingRecord(
        id=new_id(),
        package_id=package.id,
        fingerprint=sha256(f"{data.source}|{said}".encode()).hexdigest(),
        stage=data.stage,
        at=at,
        text=data.text,
        place=data.place,
        source=data.source,
        received_at=work.at,
    )
    if not await insert_if_new(row):
        return False
    records = await queries.records_of([package.id])
    stage = stage_after((each.at, each.stage) for each in records)
    if stage is package.stage:
        return False
    package.stage = stage
    if stage is P.DELIVERED:
        package.delivered_at = at
        package.signed_by = data.signed_by
    return True


def _follow(
    work: Work, known: OrderWork, shipment: Shipment, packages: Sequence[Package], moved: Sequence[Package]
) -> None:
    """What follows for the shipment and its fulfillment order from packages that are elsewhere now."""
    row = known.row
    shipment.stage = least_advanced(package.stage for package in packages)
    all_there = all(package.stage is P.DELIVERED for package in packages)
    shipment.delivered_at = (
        max(package.delivered_at for package in packages if package.delivered_at) if all_there else None
    )
    shipment.version += 1
    shipment.updated_at = work.at
    known.changes += [
        Change(moved, ("stage", "delivered_at", "signed_by")),
        Change([shipment], ("stage", "delivered_at", "version", "updated_at")),
    ]
    if all_there and row.status is S.SHIPPED:
        life.lifecycle.move(row, life.deliver)
        row.delivered_at = shipment.delivered_at
        known.changes.append(changed(work, row, "delivered_at"))
        work.announce(FulfillmentDelivered(**told(row), shipment_id=shipment.id))
        return
    for package in moved:
        work.announce(
            ShipmentTracked(
                **told(row),
                shipment_id=shipment.id,
                package_id=package.id,
                stage=package.stage.value,
                title=package.stage.description,
            )
        )


@verb
async def deliver(
    work: Work, shipment_id: UUID, *, at: datetime | None = None, signed_by: str = ""
) -> Shipment:
    """Note that all packages of a shipment have arrived, as staff or a driver know.

    Raises:
        NotFound, Invalid.
        IllegalTransition: it has arrived already, or came back.
    """
    known, shipment = await locked_by_shipment(work, shipment_id)
    if shipment.stage in (P.DELIVERED, P.RETURNED_TO_SENDER):
        raise IllegalTransition(LifecycleStep.DELIVER, shipment.stage.value, [])
    data = TrackingData(P.DELIVERED, at=at, signed_by=signed_by)
    _check(work, data)
    await _note(work, known, shipment, data)
    return shipment

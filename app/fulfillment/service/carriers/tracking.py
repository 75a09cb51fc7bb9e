"""Tracking events of packages: late, repeated and out of order; stored once.

Only a correction moves a stage back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from app.core.database import Change, insert, insert_if_new
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import IllegalTransition, Invalid, NotFound, Problems
from app.core.steps import LifecycleStep
from app.core.texts import checked_note
from app.core.uow import UnitOfWork, command
from app.fulfillment import queries
from app.fulfillment.events import FulfillmentDelivered, ShipmentTracked, ShipmentTrackingCorrected
from app.fulfillment.lifecycle import ShipmentStage
from app.fulfillment.models import Package, Shipment, TrackingRecord
from app.fulfillment.service.carriers.shipment_status import update_shipment_status
from app.fulfillment.service.event_fields import event_fields
from app.fulfillment.service.locking import OrderWork, locked_by_shipment
from app.fulfillment.service.progress import report_progress
from app.fulfillment.tracking_stages import StageReport, stage_after

P = ShipmentStage
BY_STAFF = "staff"
BEFORE_IT_LEFT = (P.LABEL_CREATED, P.PICKED_UP)  # stages that can precede the recording of shipping
REPEATED = timedelta(minutes=5)  # a repeated manual event without a time within this period is ignored
CLOCKS_DIFFER = timedelta(hours=26)  # carriers' clocks may be in any time zone, and some send none
OWN_CLOCKS_DIFFER = timedelta(minutes=5)  # of the devices on which staff record a delivery
LONGEST_REASON = 300
LONGEST_TEXT = 300
LONGEST_PLACE = 120  # also of who signed
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # an earlier time comes from a clock that was never set


@dataclass(frozen=True, slots=True)
class TrackingData:
    """A tracking event of a package."""

    stage: ShipmentStage
    at: datetime | None = None  # time of the event; None: now
    text: str = ""
    place: str = ""
    source: str = BY_STAFF
    reference: str = ""  # the carrier's id of the message, for deduplication
    signed_by: str = ""


@command
async def record(
    uow: UnitOfWork, shipment_id: UUID, data: TrackingData, *, package_id: UUID | None = None
) -> Shipment:
    """Record a tracking event of a package, or of all packages that were not delivered.

    A repeated event is stored once: with the same time and place, the same `reference`, or by hand within a
    few minutes. The stage follows from all events by time.

    Raises:
        NotFound: the shipment or package does not exist.
        Invalid: a text that is too long, or a time in the future, too long ago or before shipping.
    """
    _check(uow, data)
    known, shipment = await locked_by_shipment(uow, shipment_id)
    _refuse_before_shipment(shipment, data)
    packages = await _packages(known, shipment)
    await _record(uow, known, shipment, packages, _selected(packages, package_id), data)
    return shipment


async def _packages(known: OrderWork, shipment: Shipment) -> list[Package]:
    (packages,) = await queries.packages_by_shipment([shipment.id])
    known.packages[known.row.id] = packages
    return packages


def _selected(packages: Sequence[Package], package_id: UUID | None) -> list[Package]:
    """The named package; without a name those that were not delivered, or all if all were."""
    if package_id is None:
        return [each for each in packages if each.stage is not P.DELIVERED] or list(packages)
    chosen = [each for each in packages if each.id == package_id]
    if not chosen:
        raise NotFound.of("package", "package_id")
    return chosen


async def _record(
    uow: UnitOfWork,
    known: OrderWork,
    shipment: Shipment,
    packages: Sequence[Package],
    chosen: Sequence[Package],
    data: TrackingData,
) -> None:
    earlier = await queries.records_by_package([package.id for package in chosen])
    moved = [
        package
        for package, records in zip(chosen, earlier, strict=True)
        if await _store_record(uow, shipment, package, records, data)
    ]
    if not moved:
        return
    known.changes.append(Change(moved, ("stage", "delivered_at", "signed_by")))
    if await update_shipment_status(uow, known, shipment, packages):
        ids = [package.id for package in moved]
        uow.announce(
            FulfillmentDelivered(**event_fields(known.row), shipment_id=shipment.id, package_ids=ids)
        )
    else:
        for package in moved:
            uow.announce(
                ShipmentTracked(
                    **event_fields(known.row),
                    shipment_id=shipment.id,
                    package_id=package.id,
                    stage=package.stage.value,
                    title=package.stage.description,
                )
            )
    await report_progress(uow, known.order, known)
    await known.write()


def _check(uow: UnitOfWork, data: TrackingData, ahead: timedelta = CLOCKS_DIFFER) -> None:
    problems = Problems()
    for name, value, longest in (
        ("text", data.text, LONGEST_TEXT),
        ("place", data.place, LONGEST_PLACE),
        ("source", data.source, 40),
        ("signed_by", data.signed_by, LONGEST_PLACE),
    ):
        if len(value) > longest:
            problems.add(
                f"This must have at most {longest} characters.",
                name,
                code=ProblemCode.TOO_LONG,
                maximum=longest,
            )
    if data.at is not None and data.at > uow.at + ahead:
        problems.add("The time must not be in the future.", "at", code=ProblemCode.IN_THE_FUTURE)
    if data.at is not None and data.at < EARLIEST:
        problems.add(
            f"The time must not be before {EARLIEST.year}.",
            "at",
            code=ProblemCode.OUT_OF_RANGE,
            earliest=EARLIEST,
        )
    problems.refuse()


def _refuse_before_shipment(shipment: Shipment, data: TrackingData) -> None:
    """Refuse a time before shipping from staff; a carrier's clock may be wrong, so its events are stored as
    they are.
    """
    if data.at is None or data.source != BY_STAFF or data.stage in BEFORE_IT_LEFT:
        return
    if data.at < shipment.shipped_at:
        raise Invalid(
            (
                f"The shipment left on {shipment.shipped_at:%Y-%m-%d at %H:%M} UTC, after this "
                "time. Correct the time, or omit it for the current time."
            ),
            "at",
            code=ProblemCode.OUT_OF_RANGE,
            earliest=shipment.shipped_at,
        )


async def _store_record(
    uow: UnitOfWork, shipment: Shipment, package: Package, known: Sequence[TrackingRecord], data: TrackingData
) -> bool:
    """Store an event of a package; return whether its stage has changed."""
    if _is_repeated(uow, known, data):
        return False
    row = record_of(uow, package, data)
    return await insert_if_new(row) and _update_stage(shipment, package, [*known, row], data.signed_by)


def _is_repeated(uow: UnitOfWork, known: Sequence[TrackingRecord], data: TrackingData) -> bool:
    """Whether an event without a time is entered by hand again."""
    if data.reference or data.at is not None:
        return False
    own = [each for each in known if each.source == data.source and not each.is_correction]
    last = max(own, key=lambda each: (each.received_at, each.id), default=None)
    return (
        last is not None
        and (last.stage, last.place, last.text) == (data.stage, data.place, data.text)
        and all(each.received_at <= last.received_at for each in known)
        and uow.at - last.received_at < REPEATED
    )


def record_of(
    uow: UnitOfWork, package: Package, data: TrackingData, *, is_correction: bool = False
) -> TrackingRecord:
    reference = data.reference or f"{data.stage.value}|{(data.at or uow.at).isoformat()}|{data.place}"
    kind = "correction|" if is_correction else ""
    return TrackingRecord(
        id=new_id(),
        package_id=package.id,
        fingerprint=sha256(f"{kind}{data.source}|{reference}".encode()).hexdigest(),
        stage=data.stage,
        at=min(data.at or uow.at, uow.at),
        text=data.text,
        place=data.place,
        source=data.source,
        is_correction=is_correction,
        received_at=uow.at,
    )


def _update_stage(
    shipment: Shipment, package: Package, records: Sequence[TrackingRecord], signed_by: str
) -> bool:
    """Set the stage of a package from all of its events; the last record is the new one."""
    stage = stage_after(StageReport(each.at, each.stage, each.is_correction) for each in records)
    if stage is package.stage:
        return False
    package.stage = stage
    arrived = stage is P.DELIVERED
    # A carrier's clock may be slow: delivery is never before shipping.
    package.delivered_at = max(records[-1].at, shipment.shipped_at) if arrived else None
    package.signed_by = signed_by if arrived else ""
    return True


@command
async def deliver(
    uow: UnitOfWork,
    shipment_id: UUID,
    *,
    at: datetime | None = None,
    signed_by: str = "",
    package_id: UUID | None = None,
) -> Shipment:
    """Record the delivery of a package, or of all packages of a shipment in transit.

    Raises:
        NotFound, Invalid.
        IllegalTransition: it was delivered or returned already.
    """
    data = TrackingData(P.DELIVERED, at=at, signed_by=signed_by)
    _check(uow, data, OWN_CLOCKS_DIFFER)
    known, shipment = await locked_by_shipment(uow, shipment_id)
    packages = await _packages(known, shipment)
    chosen = [
        package
        for package in _selected(packages, package_id)
        if package.stage not in (P.DELIVERED, P.RETURNED_TO_SENDER)
    ]
    if not chosen:
        stands = next((each.stage for each in packages if each.id == package_id), shipment.stage)
        wrong = any(each.stage is P.RETURNED_TO_SENDER and not each.received_back_at for each in packages)
        instead = "If the recorded stage is wrong, correct it (shipmentTrackingCorrect)." if wrong else ""
        raise IllegalTransition(LifecycleStep.DELIVER, stands.value, [], instead)
    _refuse_before_shipment(shipment, data)
    await _record(uow, known, shipment, packages, chosen, data)
    return shipment


@command
async def correct(
    uow: UnitOfWork, shipment_id: UUID, *, stage: ShipmentStage, reason: str, package_id: UUID | None = None
) -> Shipment:
    """Correct the stage of a package after a wrong scan, also from DELIVERED or RETURNED_TO_SENDER.

    Earlier events no longer count. The order's timeline has who corrected it, from what to what, and why.

    Raises:
        NotFound: the shipment or package does not exist.
        Invalid: no reason; the package is not named although there are several; the stage is unchanged; or
            its
            content was returned and put away.
    """
    checked_note(reason, "reason", longest=LONGEST_REASON)
    if not reason.strip():
        raise Invalid("Enter a reason. It is shown in the timeline.", "reason", code=ProblemCode.REQUIRED)
    known, shipment = await locked_by_shipment(uow, shipment_id)
    packages = await _packages(known, shipment)
    package = _package_to_correct(packages, package_id, stage)
    before = package.stage
    (records,) = await queries.records_by_package([package.id])
    row = record_of(uow, package, TrackingData(stage, text=reason.strip()), is_correction=True)
    await insert([row])
    _update_stage(shipment, package, [*records, row], "")
    known.changes.append(Change([package], ("stage", "delivered_at", "signed_by")))
    await update_shipment_status(uow, known, shipment, packages)
    uow.announce(
        ShipmentTrackingCorrected(
            **event_fields(known.row),
            shipment_id=shipment.id,
            package_id=package.id,
            was=before.value,
            stage=stage.value,
            reason=reason.strip(),
            title=f"Corrected: {stage.description[0].lower()}{stage.description[1:]}",
        )
    )
    await report_progress(uow, known.order, known)
    await known.write()
    return shipment


def _package_to_correct(
    packages: Sequence[Package], package_id: UUID | None, stage: ShipmentStage
) -> Package:
    """The package of which the stage is corrected.

    Raises:
        NotFound, Invalid.
    """
    if package_id is None and len(packages) > 1:
        raise Invalid(
            "The shipment has several packages. Select one with `packageId`.",
            "package_id",
            code=ProblemCode.REQUIRED,
        )
    package = next((each for each in packages if package_id in (None, each.id)), None)
    if package is None:
        raise NotFound.of("package", "package_id")
    if package.received_back_at is not None:
        raise Invalid(
            "The contents of the package were put away, so its stage stays RETURNED_TO_SENDER.",
            "package_id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    if stage is package.stage:
        raise Invalid("The package is already in this stage.", "stage", code=ProblemCode.NO_CHANGE)
    return package

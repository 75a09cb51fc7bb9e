"""What happens in the locations, told as events of the order concerned: one timeline has it all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from app.core.journal.event import Event


@dataclass(frozen=True, kw_only=True)
class FulfillmentEvent(Event):
    """The base of these: `subject_id` is the order, the rest says which part of its work."""

    subject_kind: ClassVar[str] = "order"
    fulfillment_order_id: UUID
    fulfillment_number: str
    location_id: UUID


@dataclass(frozen=True, kw_only=True)
class FulfillmentAllocated(FulfillmentEvent):
    """A location was given something of an order, or something else of it."""

    units: int


@dataclass(frozen=True, kw_only=True)
class FulfillmentReleased(FulfillmentEvent):
    pass


@dataclass(frozen=True, kw_only=True)
class FulfillmentRecalled(FulfillmentEvent):
    pass


@dataclass(frozen=True, kw_only=True)
class FulfillmentPickingBegun(FulfillmentEvent):
    picker: str


@dataclass(frozen=True, kw_only=True)
class FulfillmentUnitsPicked(FulfillmentEvent):
    """Some units were taken; others are still to be."""

    units: int


@dataclass(frozen=True, kw_only=True)
class FulfillmentPicked(FulfillmentEvent):
    units: int


@dataclass(frozen=True, kw_only=True)
class FulfillmentUnpicked(FulfillmentEvent):
    units: int


@dataclass(frozen=True, kw_only=True)
class FulfillmentPickedShort(FulfillmentEvent):
    """Units were not on the shelf: found elsewhere, waiting for stock, cancelled, or sent as another SKU."""

    sku: str
    units: int
    found_elsewhere: int
    backordered: int
    cancelled: int
    substituted_by: str | None


@dataclass(frozen=True, kw_only=True)
class FulfillmentPacked(FulfillmentEvent):
    packages: int


@dataclass(frozen=True, kw_only=True)
class FulfillmentUnpacked(FulfillmentEvent):
    pass


@dataclass(frozen=True, kw_only=True)
class FulfillmentShipped(FulfillmentEvent):
    shipment_id: UUID
    carrier: str
    tracking_numbers: list[str]
    units: int


@dataclass(frozen=True, kw_only=True)
class FulfillmentDelivered(FulfillmentEvent):
    shipment_id: UUID


@dataclass(frozen=True, kw_only=True)
class ShipmentTracked(FulfillmentEvent):
    """A package is somewhere else than before."""

    shipment_id: UUID
    package_id: UUID
    stage: str
    title: str


@dataclass(frozen=True, kw_only=True)
class ShipmentTrackingCorrected(FulfillmentEvent):
    """Staff put the stage of a package right after a wrong scan; `was` is the stage before."""

    shipment_id: UUID
    package_id: UUID
    was: str
    stage: str
    reason: str
    title: str


@dataclass(frozen=True, kw_only=True)
class FulfillmentReturned(FulfillmentEvent):
    """A package could not be delivered and is back, or some of it: sent again, or cancelled.

    `received_at_id` is the location that put them away. `resolution` is "mixed" where its lines have several;
    each line has `sku`, `quantity`, `bucket` and `resolution`.
    """

    shipment_id: UUID
    package_id: UUID
    received_at_id: UUID
    units: int
    resolution: str
    lines: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class FulfillmentSplit(FulfillmentEvent):
    """Some units of it are sent by themselves, as another fulfillment order of the same location."""

    new_fulfillment_order_id: UUID
    new_number: str
    lines: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class FulfillmentMerged(FulfillmentEvent):
    """It sends what others of its order and location were to send; `merged` is their numbers."""

    merged: list[str]
    lines: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class FulfillmentReassigned(FulfillmentEvent):
    """Another location is to send it; None: whichever sourcing chose."""

    reason: str
    to_location_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class FulfillmentSubmitted(FulfillmentEvent):
    """The supplier was asked to send it."""


@dataclass(frozen=True, kw_only=True)
class FulfillmentAccepted(FulfillmentEvent):
    ships_on: str


@dataclass(frozen=True, kw_only=True)
class FulfillmentRejected(FulfillmentEvent):
    """The supplier will not send it; others were asked."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class FulfillmentCancelled(FulfillmentEvent):
    reason: str


@dataclass(frozen=True, kw_only=True)
class FulfillmentChanged(FulfillmentEvent):
    """What a location is to send is other than before; `lines` is the units now by SKU."""

    why: str
    lines: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class FulfillmentLabelBought(FulfillmentEvent):
    """A carrier's label is there for a package."""

    package_id: UUID
    carrier: str
    tracking_number: str


@dataclass(frozen=True, kw_only=True)
class FulfillmentLabelFailed(FulfillmentEvent):
    """A carrier would not give a label for a package; `problem` is in its own words."""

    package_id: UUID
    carrier: str
    problem: str


@dataclass(frozen=True, kw_only=True)
class FulfillmentLabelsVoided(FulfillmentEvent):
    """The labels of its packages are given back; it stays packed."""

    labels: int


@dataclass(frozen=True, kw_only=True)
class CarrierSet(Event):
    """A carrier was set up, or changed; its secrets are not told."""

    subject_kind: ClassVar[str] = "carrier"
    code: str


@dataclass(frozen=True, kw_only=True)
class BoxSet(Event):
    subject_kind: ClassVar[str] = "box"
    code: str


@dataclass(frozen=True, kw_only=True)
class ManifestCreated(Event):
    """What was handed to a carrier is on a sheet."""

    subject_kind: ClassVar[str] = "manifest"
    number: str
    location_id: UUID
    carrier: str
    shipments: int


# How the timeline of an order shows these: see `app.orders.events`.
BUYER_TITLES: Mapping[str, str] = {
    FulfillmentShipped.name(): "A parcel is on its way",
    FulfillmentDelivered.name(): "A parcel has arrived",
    ShipmentTracked.name(): "News of a parcel",
    ShipmentTrackingCorrected.name(): "News of a parcel was corrected",
    FulfillmentReturned.name(): "A parcel could not be delivered",
}
STAFF_TITLES: Mapping[str, str] = {
    FulfillmentAllocated.name(): "Given to a location",
    FulfillmentReleased.name(): "Released to the location",
    FulfillmentRecalled.name(): "Called back from the location",
    FulfillmentPickingBegun.name(): "Picking begun",
    FulfillmentUnitsPicked.name(): "Units picked",
    FulfillmentPicked.name(): "Picked",
    FulfillmentUnpicked.name(): "Put back on the shelf",
    FulfillmentPickedShort.name(): "Something was missing on the shelf",
    FulfillmentPacked.name(): "Packed",
    FulfillmentUnpacked.name(): "Unpacked",
    FulfillmentLabelBought.name(): "A label was bought",
    FulfillmentLabelFailed.name(): "A label was refused",
    FulfillmentLabelsVoided.name(): "The labels were given back",
    FulfillmentSplit.name(): "A location's work was split",
    FulfillmentMerged.name(): "A location's work was merged",
    FulfillmentReassigned.name(): "Given to another location",
    FulfillmentSubmitted.name(): "The supplier was asked",
    FulfillmentAccepted.name(): "The supplier will send it",
    FulfillmentRejected.name(): "The supplier will not send it",
    FulfillmentCancelled.name(): "A location's work was cancelled",
    FulfillmentChanged.name(): "A location's work changed",
}

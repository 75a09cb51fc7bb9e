"""Events of fulfillment. Their subject is the order, so that one timeline contains everything."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

from app.core.journal.event import Event


@dataclass(frozen=True, kw_only=True)
class FulfillmentEvent(Event):
    """Base class: `subject_id` is the order, the other fields name the fulfillment order."""

    subject_kind: ClassVar[str] = "order"
    fulfillment_order_id: UUID
    fulfillment_number: str
    location_id: UUID


@dataclass(frozen=True, kw_only=True)
class FulfillmentAllocated(FulfillmentEvent):
    """A location was assigned units of an order, or the assignment has changed."""

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
    """A part of the units was picked."""

    units: int


@dataclass(frozen=True, kw_only=True)
class FulfillmentPicked(FulfillmentEvent):
    units: int


@dataclass(frozen=True, kw_only=True)
class FulfillmentUnpicked(FulfillmentEvent):
    units: int


@dataclass(frozen=True, kw_only=True)
class FulfillmentPickedShort(FulfillmentEvent):
    """Units were missing: replaced from elsewhere, backordered, cancelled, or substituted by another SKU."""

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
class FulfillmentReady(FulfillmentEvent):
    """It is ready for pick-up, and is kept until a date; `lines` are its units by SKU."""

    units: int
    keep_until: str
    lines: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class FulfillmentReadyUndone(FulfillmentEvent):
    """It is not ready for pick-up after all; it was from `ready_at`. `lines` are its units by SKU."""

    ready_at: str
    lines: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class FulfillmentPickupExtended(FulfillmentEvent):
    """It is kept for pick-up until another date."""

    keep_until: str


@dataclass(frozen=True, kw_only=True)
class FulfillmentCollected(FulfillmentEvent):
    """The buyer picked it up; `lines` are its units by SKU."""

    shipment_id: UUID
    units: int
    lines: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class FulfillmentDelivered(FulfillmentEvent):
    """The last packages of a shipment were delivered; `package_ids` are those."""

    shipment_id: UUID
    package_ids: list[UUID] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class ShipmentTracked(FulfillmentEvent):
    """The stage of a package has changed."""

    shipment_id: UUID
    package_id: UUID
    stage: str
    title: str


@dataclass(frozen=True, kw_only=True)
class ShipmentTrackingCorrected(FulfillmentEvent):
    """Staff corrected the stage of a package; `was` is the previous stage."""

    shipment_id: UUID
    package_id: UUID
    was: str
    stage: str
    reason: str
    title: str


@dataclass(frozen=True, kw_only=True)
class FulfillmentReturned(FulfillmentEvent):
    """An undeliverable package, or a part of it, was returned: to be shipped again, or cancelled.

    `received_at_id` is the location that put it away. `resolution` is "mixed" if its lines have several; each
    line has `sku`, `quantity`, `bucket` and `resolution`.
    """

    shipment_id: UUID
    package_id: UUID
    received_at_id: UUID
    units: int
    resolution: str
    lines: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class FulfillmentSplit(FulfillmentEvent):
    """Units were split off into another fulfillment order of the same location."""

    new_fulfillment_order_id: UUID
    new_number: str
    lines: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class FulfillmentMerged(FulfillmentEvent):
    """Other fulfillment orders of the same order and location were merged into it; `merged` are their
    numbers.
    """

    merged: list[str]
    lines: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class FulfillmentReassigned(FulfillmentEvent):
    """It was reassigned to another location; None: chosen by sourcing."""

    reason: str
    to_location_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class FulfillmentSubmitted(FulfillmentEvent):
    """The supplier was sent a request."""


@dataclass(frozen=True, kw_only=True)
class FulfillmentAccepted(FulfillmentEvent):
    ships_on: str


@dataclass(frozen=True, kw_only=True)
class FulfillmentRejected(FulfillmentEvent):
    """The supplier rejected the request; other locations take over."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class FulfillmentCancelled(FulfillmentEvent):
    reason: str


@dataclass(frozen=True, kw_only=True)
class FulfillmentChanged(FulfillmentEvent):
    """The units of a fulfillment order have changed; `lines` are the present units by SKU."""

    why: str
    lines: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class FulfillmentLabelBought(FulfillmentEvent):
    """A label of a carrier was bought for a package."""

    package_id: UUID
    carrier: str
    tracking_number: str


@dataclass(frozen=True, kw_only=True)
class FulfillmentLabelFailed(FulfillmentEvent):
    """A carrier refused a label for a package; `problem` is the carrier's message."""

    package_id: UUID
    carrier: str
    problem: str


@dataclass(frozen=True, kw_only=True)
class FulfillmentLabelsVoided(FulfillmentEvent):
    """The labels of its packages were voided; it stays packed."""

    labels: int


@dataclass(frozen=True, kw_only=True)
class CarrierSet(Event):
    """A carrier was created or updated; its secrets are not included."""

    subject_kind: ClassVar[str] = "carrier"
    code: str


@dataclass(frozen=True, kw_only=True)
class BoxSet(Event):
    subject_kind: ClassVar[str] = "box"
    code: str


@dataclass(frozen=True, kw_only=True)
class ManifestCreated(Event):
    """A manifest of handed-over shipments was created."""

    subject_kind: ClassVar[str] = "manifest"
    number: str
    location_id: UUID
    carrier: str
    shipments: int


# Timeline titles: see `app.orders.events`.
BUYER_TITLES: Mapping[str, str] = {
    FulfillmentShipped.name(): "A parcel is on its way",
    FulfillmentReady.name(): "Ready for pick-up",
    FulfillmentReadyUndone.name(): "Not ready for pick-up after all",
    FulfillmentPickupExtended.name(): "Kept longer for pick-up",
    FulfillmentCollected.name(): "Collected",
    FulfillmentDelivered.name(): "A parcel has arrived",
    ShipmentTracked.name(): "Parcel update",
    ShipmentTrackingCorrected.name(): "Parcel tracking corrected",
    FulfillmentReturned.name(): "A parcel could not be delivered",
}
STAFF_TITLES: Mapping[str, str] = {
    FulfillmentAllocated.name(): "Assigned to a location",
    FulfillmentReleased.name(): "Released to the location",
    FulfillmentRecalled.name(): "Release undone",
    FulfillmentPickingBegun.name(): "Picking started",
    FulfillmentUnitsPicked.name(): "Units picked",
    FulfillmentPicked.name(): "Picked",
    FulfillmentUnpicked.name(): "Put back on the shelf",
    FulfillmentPickedShort.name(): "Units were missing during picking",
    FulfillmentPacked.name(): "Packed",
    FulfillmentUnpacked.name(): "Unpacked",
    FulfillmentLabelBought.name(): "A label was bought",
    FulfillmentLabelFailed.name(): "The carrier rejected a label",
    FulfillmentLabelsVoided.name(): "The labels were voided",
    FulfillmentSplit.name(): "The fulfillment order was split",
    FulfillmentMerged.name(): "Fulfillment orders were merged",
    FulfillmentReassigned.name(): "Reassigned to another location",
    FulfillmentSubmitted.name(): "Sent to the supplier",
    FulfillmentAccepted.name(): "Accepted by the supplier",
    FulfillmentRejected.name(): "Rejected by the supplier",
    FulfillmentCancelled.name(): "The fulfillment order was cancelled",
    FulfillmentChanged.name(): "The fulfillment order was changed",
}

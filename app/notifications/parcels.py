"""The parcels that a message about an order names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.fulfillment import queries as fulfillment
from app.fulfillment.contents import read
from app.fulfillment.lifecycle import ShipmentStage
from app.fulfillment.models import Package, Shipment
from app.fulfillment.service.warehouse.shipping import BY_HAND
from app.notifications.facts import MessageFacts
from app.notifications.naming import name_of
from app.orders.editing import live
from app.orders.models import OrderLine

MOST_PARCELS = 20  # named in one message


@dataclass(frozen=True, slots=True)
class NamedParcel:
    """A parcel with its number among those of the order."""

    number: int
    package: Package
    shipment: Shipment
    names: Mapping[str, str]  # of the order's items, by SKU

    @property
    def carrier(self) -> str | None:
        return None if self.package.carrier in ("", BY_HAND) else self.package.carrier

    @property
    def expected_on(self) -> date | None:
        has_arrived = self.package.stage in (ShipmentStage.DELIVERED, ShipmentStage.RETURNED_TO_SENDER)
        return None if has_arrived else self.package.expected_on or self.shipment.expected_on

    @property
    def is_returned(self) -> bool:
        return self.package.stage is ShipmentStage.RETURNED_TO_SENDER

    @property
    def contents(self) -> list[tuple[str, str, int]]:
        """The name, SKU and units of each item."""
        return [
            (self.names.get(each.sku, each.name), each.sku, each.quantity)
            for each in read(self.package.contents)
        ]


@dataclass(frozen=True, slots=True)
class OrderParcels:
    """The parcels that a message names.

    `is_last`: nothing remains to be shipped. `is_only`: the order has no other parcels, and will have none.
    """

    named: Sequence[NamedParcel] = ()
    is_last: bool = True
    is_only: bool = True


async def parcels_of(order_id: UUID, lines: Sequence[OrderLine], facts: MessageFacts) -> OrderParcels:
    """The parcels of the shipment that a message is about, or only the packages that the message names."""
    (shipments,) = await fulfillment.shipments_by_order([order_id])
    by_shipment = await fulfillment.packages_by_shipment([each.id for each in shipments])
    every = [
        (package, shipment)
        for shipment, packages in zip(shipments, by_shipment, strict=True)
        for package in packages
    ]
    names = {line.sku: name_of(line) for line in lines}
    named = [
        NamedParcel(number, package, shipment, names)
        for number, (package, shipment) in enumerate(every, 1)
        if shipment.id == facts.shipment_id and _is_named(package, facts)
    ]
    is_last = all(line.quantity_shipped >= live(line) for line in lines)
    return OrderParcels(named[:MOST_PARCELS], is_last, is_last and len(named) == len(every))


def _is_named(package: Package, facts: MessageFacts) -> bool:
    """Whether a package is one of those named, and still in the stage that the message states."""
    if facts.package_ids and package.id not in facts.package_ids:
        return False
    return not facts.stage or (package.stage is not None and package.stage.value == facts.stage)

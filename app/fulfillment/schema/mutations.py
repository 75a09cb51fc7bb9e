"""Working in the warehouse through the graph."""

from datetime import date
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.errors import UserError, mutation, refusal_type
from app.core.graphql.policy import needs
from app.core.graphql.scalars import ExpectedVersion, IdempotencyKey, MoneyInput, Text, arg, doc
from app.core.ids import row_id
from app.core.money import Money as MoneyValue
from app.core.problems import ProblemCode
from app.fulfillment import models, queries, service
from app.fulfillment.lifecycle import PickListKind
from app.fulfillment.refusals import NotReleasable as NotReleasableRefusal
from app.fulfillment.schema.types import FulfillmentOrder, PickList
from app.fulfillment.service import (
    ContentData,
    Missing,
    PackageData,
    PickData,
    PickedLot,
    Scan,
    ShipData,
)
from app.inventory.locations import queries as locations
from app.inventory.stock import refusals as stock_refusals

MANAGE = needs(Permission.FULFILLMENT_MANAGE)


@strawberry.type(
    description="The fulfillment order cannot be released to the location yet; `message` contains the reason."
)
class NotReleasable(UserError):
    pass


refusal_type(NotReleasableRefusal, NotReleasable)

STEPS = (refusals.IllegalTransition,)
WORK = (*STEPS, NotReleasableRefusal)
TAKES = (*WORK, stock_refusals.InsufficientStock)


@strawberry.input(description="Units of a lot, or a serial number, that were picked.")
class PickedLotInput:
    number: str = doc("Lot number or serial number.")
    quantity: int = doc("Number of units; for a serial number, 1.", default=1)


@strawberry.input(description="Input for picked units.")
class PickLineInput:
    code: str = doc("SKU, or the scanned barcode of the piece or carton.")
    quantity: int = doc("Quantity in pieces, or in cartons if the barcode is that of a carton.", default=1)
    lots: list[PickedLotInput] = doc(
        "Lots or serial numbers of the units, if the SKU is tracked by lot or serial number.",
        default_factory=list,
    )


@strawberry.input(description="Input for reporting units that are missing from their bin.")
class PickMissingInput:
    code: str = doc("SKU, or a barcode of the piece or carton.")
    quantity: int = doc("Quantity in pieces, or in cartons if the barcode is that of a carton.")
    substitute: Text = doc(
        "SKU of the substitute to ship instead: one of the variant's `substitutes`, at no higher price.",
        default="",
    )
    lots: list[PickedLotInput] = doc(
        "Missing lots or serial numbers; if omitted, those reserved for the order and not picked.",
        default_factory=list,
    )


@strawberry.input(
    description="Input for picking a fulfillment order. Without `lines` and `missing`, all units are picked."
)
class FulfillmentPickInput:
    id: strawberry.ID = doc("The fulfillment order.")
    lines: list[PickLineInput] = doc("Picked units.", default_factory=list)
    missing: list[PickMissingInput] = doc("Units that were not found.", default_factory=list)
    picker: Text = doc("Name of the picker; defaults to the caller.", default="")

    def data(self) -> PickData:
        return PickData(
            scans=[
                Scan(
                    line.code,
                    line.quantity,
                    [PickedLot(lot.number, lot.quantity) for lot in line.lots],
                )
                for line in self.lines
            ],
            missing=[
                Missing(
                    each.code,
                    each.quantity,
                    each.substitute,
                    [PickedLot(lot.number, lot.quantity) for lot in each.lots],
                )
                for each in self.missing
            ],
            picker=self.picker,
        )


@strawberry.input(description="Units of a SKU in a package.")
class PackageContentInput:
    sku: str = doc("The SKU.")
    quantity: int = doc("Number of units.")


@strawberry.input(description="Input for a package.")
class PackageInput:
    contents: list[PackageContentInput] | None = doc(
        "Contents of the package; one package can omit them to contain all units that are not in the "
        "other packages.",
        default=None,
    )
    box: Text = doc("Code of the box: an active box, or any text if no boxes are set up.", default="")
    weight_grams: int | None = doc("Weight in grams.", default=None)
    length_mm: int | None = doc("Length in millimeters.", default=None)
    width_mm: int | None = doc("Width in millimeters.", default=None)
    height_mm: int | None = doc("Height in millimeters.", default=None)
    tracking_number: str | None = doc("Tracking number of the carrier.", default=None)

    def data(self) -> PackageData:
        contents = self.contents
        return PackageData(
            contents=None if contents is None else [ContentData(c.sku, c.quantity) for c in contents],
            box=self.box,
            weight_grams=self.weight_grams,
            length_mm=self.length_mm,
            width_mm=self.width_mm,
            height_mm=self.height_mm,
            tracking_number=self.tracking_number,
        )


@strawberry.input(description="Input for packing a fulfillment order.")
class FulfillmentPackInput:
    id: strawberry.ID = doc("The fulfillment order.")
    packages: list[PackageInput] = doc(
        "Packages; if omitted, a single package with all units.", default_factory=list
    )
    as_proposed: bool = doc(
        "Pack according to `proposedPackages`; `packages` must then be omitted.", default=False
    )


@strawberry.input(description="Input for shipping a fulfillment order.")
class FulfillmentShipInput:
    id: strawberry.ID = doc("The fulfillment order.")
    carrier: str = doc("The carrier.", default="manual")
    service: Text = doc("Service of the carrier.", default="")
    tracking_numbers: list[str] = doc("Tracking numbers, in the order of the packages.", default_factory=list)
    tracking_url: Text = doc(
        "URL template of the carrier's tracking page, with `{number}` as the placeholder for the "
        "tracking number.",
        default="",
    )
    cost: MoneyInput | None = doc("Shipping cost charged by the carrier.", default=None)
    expected_on: date | None = doc("Expected delivery date; defaults to the promised date.", default=None)
    packages: list[PackageInput] = doc(
        "Packages, if the fulfillment order is not packed yet.", default_factory=list
    )

    def data(self) -> ShipData:
        cost = self.cost
        return ShipData(
            carrier=self.carrier,
            service=self.service,
            tracking_numbers=self.tracking_numbers,
            tracking_url=self.tracking_url,
            cost=MoneyValue.of(cost.amount, cost.currency.upper(), "cost", "amount") if cost else None,
            expected_on=self.expected_on,
            packages=[package.data() for package in self.packages],
        )


@strawberry.input(description="Input for creating a pick list.")
class PickListCreateInput:
    location_id: strawberry.ID = doc("The location.")
    kind: PickListKind = doc("Kind of pick list.", default=PickListKind.SINGLE)
    fulfillment_order_ids: list[strawberry.ID] | None = doc(
        "IDs of the fulfillment orders; if omitted, the most urgent released ones that are not on a "
        "pick list.",
        default=None,
    )
    zone: Text = doc("Limit to bins in this zone; required for a WAVE.", default="")
    most_orders: int = doc(
        "Maximum number of fulfillment orders if no IDs are given: 1 to 100. A SINGLE pick list always "
        "has one.",
        default=20,
    )
    picker: Text = doc("Name of the picker; defaults to the caller.", default="")


@strawberry.input(description="Input for reassigning a fulfillment order to another location.")
class FulfillmentReassignInput:
    id: strawberry.ID = doc("The fulfillment order.")
    location_id: strawberry.ID | None = doc(
        "ID of the new location; if omitted, sourcing selects the location.", default=None
    )
    reason: Text = doc("Reason, up to 500 characters.", default="")


def _id(given: strawberry.ID) -> Any:
    return row_id(given, "FulfillmentOrder", "id")


@strawberry.type
class FulfillmentMutation:
    @mutation("FulfillmentReleaseResult", FulfillmentOrder, policy=MANAGE, refuses=WORK)
    async def fulfillment_release(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The fulfillment order.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Release a fulfillment order, so that its location can start work."""
        return await service.release(info.context.actor, _id(id), expected_version=expected_version)

    @mutation("FulfillmentRecallResult", FulfillmentOrder, policy=MANAGE, refuses=STEPS)
    async def fulfillment_recall(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The fulfillment order.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Undo the release of a fulfillment order that has not been started."""
        return await service.recall(info.context.actor, _id(id), expected_version=expected_version)

    @mutation(
        "FulfillmentReassignResult",
        FulfillmentOrder,
        policy=MANAGE,
        refuses=(*STEPS, stock_refusals.InsufficientStock),
    )
    async def fulfillment_reassign(
        self,
        info: strawberry.Info,
        input: Annotated[FulfillmentReassignInput, arg("The fulfillment order and its new location.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Reassign the part of a fulfillment order that has not been started to another location. Returns the
        remaining part of the original fulfillment order."""
        actor = info.context.actor
        to = None
        if input.location_id is not None:
            to = await locations.location(
                actor, "location_id", id=row_id(input.location_id, "Location", "location_id")
            )
        row = await service.reassign(
            actor, _id(input.id), to=to, reason=input.reason, expected_version=expected_version
        )
        return (await queries.by_id([row.id]))[0]

    @mutation("PickListCreateResult", PickList, policy=MANAGE)
    async def pick_list_create(
        self,
        info: strawberry.Info,
        input: Annotated[PickListCreateInput, arg("Fulfillment orders to pick.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Create a pick list for one walk through the warehouse: for one order, for several orders, or for
        several orders in one zone."""
        actor = info.context.actor
        place = row_id(input.location_id, "Location", "location_id")
        location = await locations.location(actor, "location_id", id=place)
        ids = input.fulfillment_order_ids
        wanted = (
            None
            if ids is None
            else [
                row_id(id, "FulfillmentOrder", "fulfillment_order_ids", str(index))
                for index, id in enumerate(ids)
            ]
        )
        return await info.context.once_row(
            idempotency_key,
            "pickListCreate",
            input,
            lambda uow: service.create_list(
                uow,
                location,
                kind=input.kind,
                fulfillment_order_ids=wanted,
                zone=input.zone,
                most_orders=input.most_orders,
                picker=input.picker,
            ),
            models.PickList,
        )

    @mutation("PickListCancelResult", PickList, policy=MANAGE)
    async def pick_list_cancel(
        self, info: strawberry.Info, id: Annotated[strawberry.ID, arg("The pick list.")]
    ) -> Any:
        """Cancel a pick list. Picked units stay picked; the rest can be added to another pick list."""
        return await service.cancel_list(info.context.actor, row_id(id, "PickList", "id"))

    @mutation("FulfillmentPickResult", FulfillmentOrder, policy=MANAGE, refuses=TAKES)
    async def fulfillment_pick(
        self,
        info: strawberry.Info,
        input: Annotated[FulfillmentPickInput, arg("Picked and missing units.")],
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Record picked and missing units. Missing units are written off and re-sourced: another location
        ships them, otherwise they are backordered or cancelled according to the `shortPick` setting of the
        channel; or a substitute is shipped. The outcome is recorded in the order's timeline."""
        id, data = _id(input.id), input.data()
        return await info.context.once_row(
            idempotency_key,
            "fulfillmentPick",
            input,
            lambda uow: service.pick(uow, id, data, expected_version=expected_version),
            models.FulfillmentOrder,
        )

    @mutation("FulfillmentUnpickResult", FulfillmentOrder, policy=MANAGE, refuses=STEPS)
    async def fulfillment_unpick(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The fulfillment order.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Return picked units to the shelf."""
        return await service.unpick(info.context.actor, _id(id), expected_version=expected_version)

    @mutation("FulfillmentPackResult", FulfillmentOrder, policy=MANAGE, refuses=WORK)
    async def fulfillment_pack(
        self,
        info: strawberry.Info,
        input: Annotated[FulfillmentPackInput, arg("The packages.")],
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Pack all picked units."""
        id, packages = _id(input.id), [package.data() for package in input.packages]
        if input.as_proposed:
            if packages:
                raise refusals.Invalid(
                    "Say packages, or have them as proposed.",
                    "as_proposed",
                    code=ProblemCode.CONTRADICTION,
                    field="packages",
                )
            packages = await service.proposed_packages(
                await queries.fulfillment_order(info.context.actor, id)
            )
        return await info.context.once_row(
            idempotency_key,
            "fulfillmentPack",
            input,
            lambda uow: service.pack(uow, id, packages, expected_version=expected_version),
            models.FulfillmentOrder,
        )

    @mutation("FulfillmentUnpackResult", FulfillmentOrder, policy=MANAGE, refuses=STEPS)
    async def fulfillment_unpack(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The fulfillment order.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Unpack all packages of a fulfillment order."""
        return await service.unpack(info.context.actor, _id(id), expected_version=expected_version)

    @mutation("FulfillmentShipResult", FulfillmentOrder, policy=MANAGE, refuses=TAKES)
    async def fulfillment_ship(
        self,
        info: strawberry.Info,
        input: Annotated[FulfillmentShipInput, arg("Shipping details.")],
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Ship a fulfillment order: its units are removed from stock and the buyer is notified. A fulfillment
        order that is only released is treated as picked and packed."""
        id, data = _id(input.id), input.data()
        return await info.context.once_row(
            idempotency_key,
            "fulfillmentShip",
            input,
            lambda uow: service.ship(uow, id, data, expected_version=expected_version),
            models.FulfillmentOrder,
        )

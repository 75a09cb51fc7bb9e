"""Mutations for pick lists and picking."""

from typing import Annotated

import strawberry

from app.core.graphql.errors import mutation
from app.core.graphql.once import Effect
from app.core.graphql.scalars import ExpectedVersion, Text, arg, doc
from app.core.ids import row_id
from app.fulfillment import models
from app.fulfillment.lifecycle import PickListKind
from app.fulfillment.schema.errors import MANAGE, STEPS, TAKES
from app.fulfillment.schema.types import FulfillmentOrder, PickList
from app.fulfillment.service.warehouse import pick_lists, picking
from app.fulfillment.service.warehouse.picked_lots import PickedLot
from app.fulfillment.service.warehouse.picking import Missing, PickData, Scan
from app.inventory.locations import queries as locations


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


@strawberry.type
class PickingMutation:
    @mutation("PickListCreateResult", PickList, policy=MANAGE, once=models.PickList)
    async def pick_list_create(
        self,
        info: strawberry.Info,
        input: Annotated[PickListCreateInput, arg("Fulfillment orders to pick.")],
    ) -> Effect:
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
        return lambda uow: pick_lists.create_list(
            uow,
            location,
            kind=input.kind,
            fulfillment_order_ids=wanted,
            zone=input.zone,
            most_orders=input.most_orders,
            picker=input.picker,
        )

    @mutation("PickListCancelResult", PickList, policy=MANAGE)
    async def pick_list_cancel(
        self, info: strawberry.Info, id: Annotated[strawberry.ID, arg("The pick list.")]
    ) -> models.PickList:
        """Cancel a pick list. Picked units stay picked; the rest can be added to another pick list."""
        return await pick_lists.cancel_list(info.context.actor, row_id(id, "PickList", "id"))

    @mutation(
        "FulfillmentPickResult", FulfillmentOrder, policy=MANAGE, refuses=TAKES, once=models.FulfillmentOrder
    )
    async def fulfillment_pick(
        self,
        info: strawberry.Info,
        input: Annotated[FulfillmentPickInput, arg("Picked and missing units.")],
        expected_version: ExpectedVersion = None,
    ) -> Effect:
        """Record picked and missing units. Missing units are written off and re-sourced: another location
        ships them, otherwise they are backordered or cancelled according to the `shortPick` setting of the
        channel; or a substitute is shipped. The outcome is recorded in the order's timeline."""
        id, data = row_id(input.id, "FulfillmentOrder", "id"), input.data()
        return lambda uow: picking.pick(uow, id, data, expected_version=expected_version)

    @mutation("FulfillmentUnpickResult", FulfillmentOrder, policy=MANAGE, refuses=STEPS)
    async def fulfillment_unpick(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The fulfillment order.")],
        expected_version: ExpectedVersion = None,
    ) -> models.FulfillmentOrder:
        """Return picked units to the shelf."""
        return await picking.unpick(
            info.context.actor, row_id(id, "FulfillmentOrder", "id"), expected_version=expected_version
        )

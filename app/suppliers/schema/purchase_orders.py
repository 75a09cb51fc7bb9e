"""Purchase order mutations."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.changes import changes_of
from app.core.graphql.errors import mutation
from app.core.graphql.once import Effect
from app.core.graphql.policy import needs
from app.core.graphql.scalars import ExpectedVersion, MoneyInput, Text, arg, doc
from app.core.ids import row_id
from app.inventory.locations import queries as location_queries
from app.inventory.policies import MANAGE as MANAGE_STOCK
from app.inventory.receiving.schema.inputs import (
    RECEIVED_AT,
    LandedCostInput,
    StockReceiptReverseInput,
    checked_rate,
)
from app.inventory.stock.lifecycle import StockBucket
from app.inventory.stock.schema.mutations.lots import StockLotInput, lots_of
from app.suppliers import models, queries, service
from app.suppliers.schema.costs import cost_in
from app.suppliers.schema.types import PurchaseOrder

MANAGE = needs(Permission.PURCHASING_MANAGE)
STEPS = (refusals.IllegalTransition,)


@strawberry.input(description="Input for a purchase order line.")
class PurchaseOrderLineInput:
    sku: str = doc("SKU of the variant.")
    quantity: int = doc("Quantity in pieces, or in the unit given by `unit`.")
    unit: str | None = doc(
        "Code of the unit of measure for the quantity and `unitCost`, such as carton; defaults to "
        "pieces. The units of a variant are set with `variantUnitsSet`.",
        default=None,
    )
    unit_cost: MoneyInput | None = doc("Cost per unit; defaults to the supplier's cost.", default=None)
    expected_on: date | None = doc(
        "Expected delivery date of the line, if it differs from the date of the order.", default=None
    )

    def item(self, currency: str, index: int) -> service.PurchaseItem:
        cost = cost_in(currency, self.unit_cost, "lines", str(index), "unit_cost")
        return service.PurchaseItem(self.sku, self.quantity, cost, self.unit, self.expected_on)


@strawberry.input(description="Purchase order to create.")
class PurchaseOrderCreateInput:
    supplier: str = doc("Code of the supplier.")
    location: str = doc("Code of the location that receives the goods.")
    lines: list[PurchaseOrderLineInput] = doc("1 to 1,000 lines, with each SKU once.")
    expected_on: date | None = doc("Expected delivery date.", default=None)
    note: Text = doc("Internal note.", default="")
    external_reference: str | None = doc("Key in an external system, unique.", default=None)


@strawberry.input(
    description="Changes to a line of a draft purchase order, or a new line; omitted fields keep "
    "their values."
)
class PurchaseOrderLineChangeInput:
    sku: str = doc("SKU of the line; a SKU that is not in the order yet is added as a new line.")
    quantity: int | None = doc(
        "Quantity in pieces, or in the unit given by `unit`; required for a new line and when the "
        "unit changes.",
        default=strawberry.UNSET,
    )
    unit: str | None = doc(
        "Code of the unit of measure for the quantity and `unitCost`; null for pieces.",
        default=strawberry.UNSET,
    )
    unit_cost: MoneyInput | None = doc(
        "Cost per unit. If null, or if omitted when the unit changes, the supplier's cost is used.",
        default=strawberry.UNSET,
    )
    expected_on: date | None = doc(
        "Expected delivery date of the line; null for the date of the order.", default=strawberry.UNSET
    )

    def change(self, currency: str, index: int) -> dict[str, Any]:
        """The input under the names of the service."""
        path = ("lines", str(index))
        try:
            said = changes_of(self, nullable=("unit", "unit_cost", "expected_on"))
        except refusals.Refusal as refusal:
            raise refusal.under(*path) from None
        if "unit_cost" in said:
            said["cost_minor"] = cost_in(currency, said.pop("unit_cost"), *path, "unit_cost")
        return said


@strawberry.input(description="Input for updating a draft purchase order; omitted fields keep their values.")
class PurchaseOrderUpdateInput:
    id: strawberry.ID = doc("The purchase order.")
    location: str | None = doc("Code of the location that receives the goods.", default=strawberry.UNSET)
    expected_on: date | None = doc("Expected delivery date; null for none.", default=strawberry.UNSET)
    note: Text | None = doc("Internal note; null for none.", default=strawberry.UNSET)
    external_reference: str | None = doc(
        "Key in an external system, unique; null for none.", default=strawberry.UNSET
    )
    lines: list[PurchaseOrderLineChangeInput] = doc(
        "Lines to change or add, with each SKU once; other lines are kept.", default_factory=list
    )
    removed: list[str] = doc("SKUs to remove from the order.", default_factory=list)


@strawberry.input(description="Delivery date of a SKU, as confirmed by the supplier.")
class PurchaseOrderDayInput:
    sku: str = doc("SKU of the variant.")
    expected_on: date = doc("The day.")


@strawberry.input(description="Received quantity of a SKU.")
class PurchaseOrderArrivalInput:
    sku: str = doc("SKU of the variant.")
    quantity: int = doc("Quantity in pieces, or in the unit given by `unit`.")
    unit: str | None = doc(
        "Code of the unit of measure for the quantity and `unitCost`, such as carton; defaults to pieces.",
        default=None,
    )
    unit_cost: MoneyInput | None = doc("Cost per unit, if it differs from the agreed cost.", default=None)
    bucket: StockBucket = doc(
        "Stock state of the received units: AVAILABLE, or another such as IN_QUALITY_CHECK.",
        default=StockBucket.AVAILABLE,
    )
    lots: list[StockLotInput] = doc(
        "Lots or serial numbers of the units, if the SKU is tracked by lot or serial number.",
        default_factory=list,
    )


@strawberry.input(description="Input for receiving goods of a purchase order.")
class PurchaseOrderReceiveInput:
    id: strawberry.ID = doc("The purchase order.")
    lines: list[PurchaseOrderArrivalInput] | None = doc(
        "Received quantities; if omitted, everything that is still open.", default=None
    )
    landed_costs: list[LandedCostInput] = doc("Landed costs of the receipt.", default_factory=list)
    exchange_rate: Decimal | None = doc(
        "Exchange rate: the value of one unit of the order's currency in the currency of the stock "
        "valuation.",
        default=None,
    )
    note: Text = doc("Note recorded in the stock ledger.", default="")
    accept_over_receipt: bool = doc(
        "Whether to accept a quantity above the ordered quantity and the supplier's "
        "`overReceiptPercent`; otherwise it is rejected.",
        default=False,
    )
    received_at: datetime | None = doc(RECEIVED_AT, default=None)


@strawberry.type
class PurchaseOrderMutation:
    @mutation(
        "PurchaseOrderCreateResult",
        PurchaseOrder,
        policy=MANAGE,
        refuses=(refusals.AlreadyExists,),
        once=models.PurchaseOrder,
    )
    async def purchase_order_create(
        self,
        info: strawberry.Info,
        input: Annotated[PurchaseOrderCreateInput, arg("Purchase order to create.")],
    ) -> Effect:
        """Create a purchase order as a draft. Its goods do not count as incoming stock until it is sent."""
        actor = info.context.actor
        supplier = await queries.supplier(actor, code=input.supplier)
        data = service.PurchaseOrderData(
            supplier=supplier,
            location=await location_queries.location_for(
                Permission.PURCHASING_MANAGE, actor, code=input.location
            ),
            lines=[line.item(supplier.currency, index) for index, line in enumerate(input.lines)],
            expected_on=input.expected_on,
            note=input.note,
            external_reference=input.external_reference,
        )
        return lambda uow: service.create_purchase_order(uow, data)

    @mutation(
        "PurchaseOrderUpdateResult",
        PurchaseOrder,
        policy=MANAGE,
        refuses=(*STEPS, refusals.AlreadyExists),
    )
    async def purchase_order_update(
        self,
        info: strawberry.Info,
        input: Annotated[PurchaseOrderUpdateInput, arg("Fields to change.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Update a draft purchase order: its lines and its header fields. A purchase order that was sent
        cannot be changed."""
        actor = info.context.actor
        id = row_id(input.id, "PurchaseOrder", "id")
        currency = (await queries.order_for(Permission.PURCHASING_MANAGE, actor, id, "id")).currency
        nullable = ("expected_on", "note", "external_reference")
        changes = changes_of(input, nullable=nullable, besides=("id", "lines", "removed"))
        if "location" in changes:
            changes["location"] = await location_queries.location_for(
                Permission.PURCHASING_MANAGE, actor, "location", code=changes["location"]
            )
        if "note" in changes:
            changes["note"] = changes["note"] or ""
        return await service.update_purchase_order(
            actor,
            id,
            changes,
            lines=[line.change(currency, index) for index, line in enumerate(input.lines)],
            removed=input.removed,
            expected_version=expected_version,
        )

    @mutation("PurchaseOrderSendResult", PurchaseOrder, policy=MANAGE, refuses=STEPS)
    async def purchase_order_send(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The purchase order.")],
        expected_on: Annotated[
            date | None, arg("Expected arrival date; defaults to the date after the lead time.")
        ] = None,
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Record that a purchase order was sent to the supplier; its goods count as incoming stock from then
        on."""
        return await service.send_purchase_order(
            info.context.actor,
            row_id(id, "PurchaseOrder", "id"),
            expected_on=expected_on,
            expected_version=expected_version,
        )

    @mutation("PurchaseOrderConfirmResult", PurchaseOrder, policy=MANAGE, refuses=STEPS)
    async def purchase_order_confirm(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The purchase order.")],
        expected_on: Annotated[
            date | None,
            arg("Arrival date confirmed by the supplier, for every line that is not in `lines`."),
        ] = None,
        lines: Annotated[
            list[PurchaseOrderDayInput] | None, arg("Arrival dates of individual lines, where they differ.")
        ] = None,
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Record the arrival date of all or the remaining goods, as confirmed by the supplier. Orders that
        wait for them get a new promised date, and their buyers are notified."""
        return await service.confirm_purchase_order(
            info.context.actor,
            row_id(id, "PurchaseOrder", "id"),
            expected_on=expected_on,
            days=[(line.sku, line.expected_on) for line in lines or []],
            expected_version=expected_version,
        )

    @mutation(
        "PurchaseOrderReceiveResult",
        PurchaseOrder,
        policy=MANAGE_STOCK,
        refuses=STEPS,
        once=models.PurchaseOrder,
    )
    async def purchase_order_receive(
        self,
        info: strawberry.Info,
        input: Annotated[PurchaseOrderReceiveInput, arg("The received goods.")],
        expected_version: ExpectedVersion = None,
    ) -> Effect:
        """Receive goods of a purchase order into stock, at the agreed cost."""
        id = row_id(input.id, "PurchaseOrder", "id")
        actor = info.context.actor
        currency = (await queries.order_for(Permission.STOCK_MANAGE, actor, id, "id")).currency
        arrived = None
        if input.lines is not None:
            arrived = [
                service.ArrivedItem(
                    line.sku,
                    line.quantity,
                    cost_in(currency, line.unit_cost, "lines", str(index), "unit_cost"),
                    line.bucket,
                    lots_of(line.lots),
                    line.unit,
                )
                for index, line in enumerate(input.lines)
            ]
        landed = [each.cost("landed_costs", str(n)) for n, each in enumerate(input.landed_costs)]
        return lambda uow: service.receive_purchase_order(
            uow,
            id,
            arrived=arrived,
            landed=landed,
            rate=checked_rate(input.exchange_rate),
            note=input.note,
            accepts_more=input.accept_over_receipt,
            received_at=input.received_at,
            expected_version=expected_version,
        )

    @mutation(
        "PurchaseOrderReceiptReverseResult", PurchaseOrder, policy=MANAGE_STOCK, once=models.PurchaseOrder
    )
    async def purchase_order_receipt_reverse(
        self,
        info: strawberry.Info,
        input: Annotated[StockReceiptReverseInput, arg("The receipt and the lines to reverse.")],
    ) -> Effect:
        """Reverse an incorrect receipt of a purchase order: its goods are removed from stock and expected
        again."""
        id = row_id(input.receipt_id, "StockReceipt", "receipt_id")
        return lambda uow: service.reverse_purchase_receipt(uow, id, items=input.items(), note=input.note)

    @mutation("PurchaseOrderCloseResult", PurchaseOrder, policy=MANAGE, refuses=STEPS)
    async def purchase_order_close(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The purchase order.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Close a purchase order; goods that have not arrived are no longer expected."""
        return await service.close_purchase_order(
            info.context.actor, row_id(id, "PurchaseOrder", "id"), expected_version=expected_version
        )

    @mutation("PurchaseOrderCancelResult", PurchaseOrder, policy=MANAGE, refuses=STEPS)
    async def purchase_order_cancel(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The purchase order.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Cancel a purchase order; its goods are no longer expected."""
        return await service.cancel_purchase_order(
            info.context.actor, row_id(id, "PurchaseOrder", "id"), expected_version=expected_version
        )

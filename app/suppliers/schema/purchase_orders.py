"""Purchase order mutations."""

from datetime import date
from typing import Annotated

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.changes import changes_of
from app.core.graphql.errors import mutation
from app.core.graphql.once import Effect
from app.core.graphql.policy import needs
from app.core.graphql.scalars import ExpectedVersion, arg
from app.core.ids import row_id
from app.inventory.locations import queries as location_queries
from app.inventory.policies import MANAGE as MANAGE_STOCK
from app.inventory.receiving.schema.inputs import (
    StockReceiptReverseInput,
    checked_rate,
)
from app.inventory.stock.schema.mutations.lots import lots_of
from app.suppliers import models, queries
from app.suppliers.schema.costs import cost_in
from app.suppliers.schema.purchase_order_inputs import (
    PurchaseOrderCreateInput,
    PurchaseOrderDayInput,
    PurchaseOrderReceiveInput,
    PurchaseOrderUpdateInput,
)
from app.suppliers.schema.types import PurchaseOrder
from app.suppliers.service import confirming, editing, ordering, receiving, reversing

MANAGE = needs(Permission.PURCHASING_MANAGE)
STEPS = (refusals.IllegalTransition,)


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
        data = ordering.PurchaseOrderData(
            supplier=supplier,
            location=await location_queries.location_for(
                Permission.PURCHASING_MANAGE, actor, code=input.location
            ),
            lines=[line.item(supplier.currency, index) for index, line in enumerate(input.lines)],
            expected_on=input.expected_on,
            note=input.note,
            external_reference=input.external_reference,
        )
        return lambda uow: ordering.create_purchase_order(uow, data)

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
    ) -> models.PurchaseOrder:
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
        return await editing.update_purchase_order(
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
    ) -> models.PurchaseOrder:
        """Record that a purchase order was sent to the supplier; its goods count as incoming stock from then
        on."""
        return await ordering.send_purchase_order(
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
    ) -> models.PurchaseOrder:
        """Record the arrival date of all or the remaining goods, as confirmed by the supplier. Orders that
        wait for them get a new promised date, and their buyers are notified."""
        return await confirming.confirm_purchase_order(
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
                receiving.ArrivedItem(
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
        return lambda uow: receiving.receive_purchase_order(
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
        return lambda uow: reversing.reverse_purchase_receipt(uow, id, items=input.items(), note=input.note)

    @mutation("PurchaseOrderCloseResult", PurchaseOrder, policy=MANAGE, refuses=STEPS)
    async def purchase_order_close(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The purchase order.")],
        expected_version: ExpectedVersion = None,
    ) -> models.PurchaseOrder:
        """Close a purchase order; goods that have not arrived are no longer expected."""
        return await ordering.close_purchase_order(
            info.context.actor, row_id(id, "PurchaseOrder", "id"), expected_version=expected_version
        )

    @mutation("PurchaseOrderCancelResult", PurchaseOrder, policy=MANAGE, refuses=STEPS)
    async def purchase_order_cancel(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The purchase order.")],
        expected_version: ExpectedVersion = None,
    ) -> models.PurchaseOrder:
        """Cancel a purchase order; its goods are no longer expected."""
        return await ordering.cancel_purchase_order(
            info.context.actor, row_id(id, "PurchaseOrder", "id"), expected_version=expected_version
        )

"""Purchase orders through the graph."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.changes import changes_of, changes_without_nulls
from app.core.graphql.errors import mutation
from app.core.graphql.policy import needs
from app.core.graphql.scalars import ExpectedVersion, IdempotencyKey, MoneyInput, Text, arg, doc
from app.core.ids import row_id
from app.inventory import queries as inventory
from app.inventory.lifecycle import StockBucket
from app.inventory.schema.mutations.locations import MANAGE as MANAGE_STOCK
from app.inventory.schema.mutations.lots import StockLotInput, lots_of
from app.inventory.schema.mutations.receipts import (
    RECEIVED_AT,
    LandedCostInput,
    StockReceiptReverseInput,
    checked_rate,
)
from app.suppliers import models, queries, service
from app.suppliers.schema.costs import cost_in
from app.suppliers.schema.types import PurchaseOrder

MANAGE = needs(Permission.PURCHASING_MANAGE)
STEPS = (refusals.IllegalTransition,)


@strawberry.input(description="So much of a SKU to be bought.")
class PurchaseOrderLineInput:
    sku: str = doc("What.")
    quantity: int = doc("How many pieces, or units as `unit` says.")
    unit: str | None = doc(
        "The code of the unit that the quantity and `unitCost` are in, such as carton; left out: pieces. "
        "`variantUnitsSet` says which there are.",
        default=None,
    )
    unit_cost: MoneyInput | None = doc("What a unit costs; left out, what the supplier asks.", default=None)
    expected_on: date | None = doc(
        "The day on which it should come, where that is not the order's.", default=None
    )

    def item(self, currency: str, index: int) -> service.PurchaseItem:
        cost = cost_in(currency, self.unit_cost, "lines", str(index), "unit_cost")
        return service.PurchaseItem(self.sku, self.quantity, cost, self.unit, self.expected_on)


@strawberry.input(description="What is to be bought.")
class PurchaseOrderCreateInput:
    supplier: str = doc("The supplier's code.")
    location: str = doc("The code of the location that it is for.")
    lines: list[PurchaseOrderLineInput] = doc("What: 1 to 1,000 lines, each SKU once.")
    expected_on: date | None = doc("The day on which it should come.", default=None)
    note: Text = doc("A note.", default="")
    external_reference: str | None = doc("Its key in another system, unique.", default=None)


@strawberry.input(
    description="What changes of a line of a draft, or a new line; what is left out stays as it is."
)
class PurchaseOrderLineChangeInput:
    sku: str = doc("What; a SKU that is not in the order is a new line.")
    quantity: int | None = doc(
        "How many pieces, or units as `unit` says; needed for a new line, and with another unit.",
        default=strawberry.UNSET,
    )
    unit: str | None = doc(
        "The code of the unit that the quantity and `unitCost` are in; null: pieces.",
        default=strawberry.UNSET,
    )
    unit_cost: MoneyInput | None = doc(
        "What a unit costs; null, or left out with another unit: what the supplier asks.",
        default=strawberry.UNSET,
    )
    expected_on: date | None = doc(
        "The day on which it should come; null: on the order's.", default=strawberry.UNSET
    )

    def change(self, currency: str, index: int) -> dict[str, Any]:
        """What it says, in the service's words."""
        path = ("lines", str(index))
        try:
            said = changes_of(self, nullable=("unit", "unit_cost", "expected_on"))
        except refusals.Refusal as refusal:
            raise refusal.under(*path) from None
        if "unit_cost" in said:
            said["cost_minor"] = cost_in(currency, said.pop("unit_cost"), *path, "unit_cost")
        return said


@strawberry.input(description="What changes of a draft of a purchase order; what is left out stays.")
class PurchaseOrderUpdateInput:
    id: strawberry.ID = doc("The purchase order.")
    location: str | None = doc("The code of the location that it is for.", default=strawberry.UNSET)
    expected_on: date | None = doc(
        "The day on which it should come; null for none.", default=strawberry.UNSET
    )
    note: Text | None = doc("A note; null for none.", default=strawberry.UNSET)
    external_reference: str | None = doc(
        "Its key in another system, unique; null for none.", default=strawberry.UNSET
    )
    lines: list[PurchaseOrderLineChangeInput] = doc(
        "Lines that change or are new, each SKU once; the others stay.", default_factory=list
    )
    removed: list[str] = doc("SKUs that are not bought after all.", default_factory=list)


@strawberry.input(description="The day on which the supplier says that a SKU comes.")
class PurchaseOrderDayInput:
    sku: str = doc("What.")
    expected_on: date = doc("The day.")


@strawberry.input(description="So much of a SKU that came.")
class PurchaseOrderArrivalInput:
    sku: str = doc("What.")
    quantity: int = doc("How many pieces, or units as `unit` says.")
    unit: str | None = doc(
        "The code of the unit that the quantity and `unitCost` are in, such as carton; left out: pieces.",
        default=None,
    )
    unit_cost: MoneyInput | None = doc("What a unit cost, where it is not what was agreed.", default=None)
    bucket: StockBucket = doc(
        "The state that they are in: AVAILABLE, or for instance IN_QUALITY_CHECK.",
        default=StockBucket.AVAILABLE,
    )
    lots: list[StockLotInput] = doc(
        "Which units, where the SKU is kept by lot or serial number.", default_factory=list
    )


@strawberry.input(description="Goods of a purchase order that came.")
class PurchaseOrderReceiveInput:
    id: strawberry.ID = doc("The purchase order.")
    lines: list[PurchaseOrderArrivalInput] | None = doc(
        "What came; left out, all that was still open.", default=None
    )
    landed_costs: list[LandedCostInput] = doc("What bringing it here cost.", default_factory=list)
    exchange_rate: Decimal | None = doc(
        "What a unit of the order's currency is worth in the one that stock is valued in.", default=None
    )
    note: Text = doc("A note for the ledger.", default="")
    accept_over_receipt: bool = doc(
        "Whether more came than was ordered and the supplier's `overReceiptPercent` allows; without it that "
        "is refused.",
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
    )
    async def purchase_order_create(
        self,
        info: strawberry.Info,
        input: Annotated[PurchaseOrderCreateInput, arg("What is to be bought.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Write a purchase order. Nothing is expected before it is sent."""
        actor = info.context.actor
        supplier = await queries.supplier(actor, code=input.supplier)
        data = service.PurchaseOrderData(
            supplier=supplier,
            location=await inventory.location_for(Permission.PURCHASING_MANAGE, actor, code=input.location),
            lines=[line.item(supplier.currency, index) for index, line in enumerate(input.lines)],
            expected_on=input.expected_on,
            note=input.note,
            external_reference=input.external_reference,
        )
        return await info.context.once_row(
            idempotency_key,
            "purchaseOrderCreate",
            input,
            lambda work: service.create_purchase_order(work, data),
            models.PurchaseOrder,
        )

    @mutation(
        "PurchaseOrderUpdateResult",
        PurchaseOrder,
        policy=MANAGE,
        refuses=(*STEPS, refusals.AlreadyExists),
    )
    async def purchase_order_update(
        self,
        info: strawberry.Info,
        input: Annotated[PurchaseOrderUpdateInput, arg("What changes.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Change a draft: its lines, and what is said of it as a whole. What was sent is not changed."""
        actor = info.context.actor
        id = row_id(input.id, "PurchaseOrder", "id")
        currency = (await queries.order_for(Permission.PURCHASING_MANAGE, actor, id, "id")).currency
        nullable = ("expected_on", "note", "external_reference")
        changes = changes_without_nulls(input, nullable, "location", *nullable)
        if "location" in changes:
            changes["location"] = await inventory.location_for(
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
            date | None, arg("The day on which it should come; left out, after the lead time.")
        ] = None,
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Say that it has gone to the supplier: its goods are incoming stock from then on."""
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
            arg("The day that the supplier has named, for every line that `lines` does not name."),
        ] = None,
        lines: Annotated[
            list[PurchaseOrderDayInput] | None, arg("The days of single lines, where they differ.")
        ] = None,
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Note when the goods come, or the rest of them. Who waits for them is promised anew, and told."""
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
    )
    async def purchase_order_receive(
        self,
        info: strawberry.Info,
        input: Annotated[PurchaseOrderReceiveInput, arg("What came.")],
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Put what came on the shelf, at what was agreed."""
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
        return await info.context.once_row(
            idempotency_key,
            "purchaseOrderReceive",
            input,
            lambda work: service.receive_purchase_order(
                work,
                id,
                arrived=arrived,
                landed=landed,
                rate=checked_rate(input.exchange_rate),
                note=input.note,
                accepts_more=input.accept_over_receipt,
                received_at=input.received_at,
                expected_version=expected_version,
            ),
            models.PurchaseOrder,
        )

    @mutation("PurchaseOrderReceiptReverseResult", PurchaseOrder, policy=MANAGE_STOCK)
    async def purchase_order_receipt_reverse(
        self,
        info: strawberry.Info,
        input: Annotated[StockReceiptReverseInput, arg("What is taken back.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Take back a receipt that was wrong: its goods have not come, and are expected again."""
        id = row_id(input.receipt_id, "StockReceipt", "receipt_id")
        return await info.context.once_row(
            idempotency_key,
            "purchaseOrderReceiptReverse",
            input,
            lambda work: service.reverse_purchase_receipt(work, id, items=input.items(), note=input.note),
            models.PurchaseOrder,
        )

    @mutation("PurchaseOrderCloseResult", PurchaseOrder, policy=MANAGE, refuses=STEPS)
    async def purchase_order_close(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The purchase order.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """End it; what has not come is not expected any more."""
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
        """Call it off; its goods are not expected any more."""
        return await service.cancel_purchase_order(
            info.context.actor, row_id(id, "PurchaseOrder", "id"), expected_version=expected_version
        )

"""Purchasing through the graph."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.changes import changes_of, changes_without_nulls
from app.core.graphql.errors import mutation
from app.core.graphql.policy import needs
from app.core.graphql.scalars import CurrencyCode, ExpectedVersion, IdempotencyKey, MoneyInput, Text, arg, doc
from app.core.ids import row_id
from app.core.money import Money as MoneyValue
from app.core.problems import ProblemCode
from app.inventory import queries as inventory
from app.inventory.lifecycle import StockBucket
from app.inventory.schema.mutations.locations import MANAGE as MANAGE_STOCK
from app.inventory.schema.mutations.lots import StockLotInput, lots_of
from app.inventory.schema.mutations.receipts import LandedCostInput, checked_rate
from app.suppliers import models, queries, service
from app.suppliers.schema.types import PurchaseOrder, Supplier

MANAGE = needs(Permission.PURCHASING_MANAGE)
STEPS = (refusals.IllegalTransition,)


def cost_in(currency: str, given: MoneyInput | None, *path: str) -> int | None:
    """A cost in minor units of a supplier's currency.

    Raises:
        Invalid: it is in another one, or no amount of it.
    """
    if given is None:
        return None
    if given.currency != currency:
        raise refusals.Invalid(
            f"This supplier is paid in {currency}.",
            *path,
            "currency",
            code=ProblemCode.WRONG_CURRENCY,
            currency=currency,
        )
    return MoneyValue.of(given.amount, currency, *path, "amount").minor


@strawberry.input(description="A new supplier.")
class SupplierCreateInput:
    code: str = doc("A short name, unique; never changes.")
    name: str = doc("What people call it.")
    currency: CurrencyCode = doc("The currency that it is paid in.")
    email: str | None = doc("Where orders are sent.", default=None)
    lead_days: int = doc("In how many days its goods come.", default=14)
    lead_deviation_days: int = doc("By how many days that differs: one standard deviation.", default=0)
    external_reference: str | None = doc("Its key in another system, unique.", default=None)
    location: str | None = doc(
        "The code of the location, of the kind DROP_SHIP, from which it sends to buyers.", default=None
    )


@strawberry.input(description="What changes of a supplier; what is left out stays.")
class SupplierUpdateInput:
    id: strawberry.ID = doc("The supplier.")
    name: str | None = doc("What people call it.", default=strawberry.UNSET)
    email: str | None = doc("Where orders are sent.", default=strawberry.UNSET)
    lead_days: int | None = doc("In how many days its goods come.", default=strawberry.UNSET)
    lead_deviation_days: int | None = doc("By how many days that differs.", default=strawberry.UNSET)
    is_active: bool | None = doc("Whether anything is bought from it.", default=strawberry.UNSET)
    location: str | None = doc(
        "The code of the location from which it sends to buyers; null for none.", default=strawberry.UNSET
    )


@strawberry.input(
    description="What a supplier asks for a SKU. What is left out stays as it is; a new one needs a cost."
)
class SupplierItemInput:
    sku: str = doc("What.")
    unit_cost: MoneyInput | None = doc(
        "What a piece costs, in the supplier's currency.", default=strawberry.UNSET
    )
    supplier_sku: str | None = doc("What the supplier calls it; may be empty.", default=strawberry.UNSET)
    pack_quantity: int | None = doc("It is ordered in multiples of so many pieces.", default=strawberry.UNSET)
    min_quantity: int | None = doc("At least so many pieces are ordered.", default=strawberry.UNSET)
    lead_days: int | None = doc(
        "In how many days it comes, where that differs; null: in the supplier's.", default=strawberry.UNSET
    )
    is_preferred: bool | None = doc("Whether it is bought here first.", default=strawberry.UNSET)


@strawberry.input(description="What a supplier sells.")
class SupplierItemsSetInput:
    supplier: str = doc("The supplier's code.")
    items: list[SupplierItemInput] = doc("What is new or has changed; the rest stays.")
    removed: list[str] = doc("SKUs that it does not sell any more.", default_factory=list)


@strawberry.input(description="Pieces of a SKU to be bought.")
class PurchaseOrderLineInput:
    sku: str = doc("What.")
    quantity: int = doc("How many pieces.")
    unit_cost: MoneyInput | None = doc("What a piece costs; left out, what the supplier asks.", default=None)


@strawberry.input(description="What is to be bought.")
class PurchaseOrderCreateInput:
    supplier: str = doc("The supplier's code.")
    location: str = doc("The code of the location that it is for.")
    lines: list[PurchaseOrderLineInput] = doc("What: 1 to 1,000 lines, each SKU once.")
    expected_on: date | None = doc("The day on which it should come.", default=None)
    note: Text = doc("A note.", default="")
    external_reference: str | None = doc("Its key in another system, unique.", default=None)


@strawberry.input(description="Pieces of a SKU that came.")
class PurchaseOrderArrivalInput:
    sku: str = doc("What.")
    quantity: int = doc("How many pieces.")
    unit_cost: MoneyInput | None = doc("What a piece cost, where it is not what was agreed.", default=None)
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


async def _place(info: strawberry.Info, code: str | None) -> Any:
    return None if code is None else await inventory.location(info.context.actor, "location", code=code)


def _said(given: SupplierItemInput, currency: str, index: int) -> dict[str, Any]:
    """What an input says of an item, in the service's words.

    Raises:
        Invalid: null for what must have a value, or another currency.
    """
    path = ("items", str(index))
    try:
        said = changes_of(given, nullable=("lead_days",))
    except refusals.Refusal as refusal:
        raise refusal.under(*path) from None
    if "unit_cost" in said:
        said["cost_minor"] = cost_in(currency, said.pop("unit_cost"), *path, "unit_cost")
    return said


@strawberry.type
class PurchasingMutation:
    @mutation(
        "SupplierCreateResult",
        Supplier,
        policy=MANAGE,
        refuses=(refusals.AlreadyExists,),
    )
    async def supplier_create(
        self,
        info: strawberry.Info,
        input: Annotated[SupplierCreateInput, arg("The supplier.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Add somebody from whom things are bought."""
        place = await _place(info, input.location)
        data = service.SupplierData(**vars(input) | {"location": place})
        return await info.context.once_row(
            idempotency_key,
            "supplierCreate",
            input,
            lambda work: service.create_supplier(work, data),
            models.Supplier,
        )

    @mutation("SupplierUpdateResult", Supplier, policy=MANAGE)
    async def supplier_update(
        self,
        info: strawberry.Info,
        input: Annotated[SupplierUpdateInput, arg("What changes.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Change a supplier."""
        names = ("name", "email", "lead_days", "lead_deviation_days", "is_active", "location")
        changes = changes_without_nulls(input, ("email", "location"), *names)
        if "location" in changes:
            changes["location"] = await _place(info, changes["location"])
        id = row_id(input.id, "Supplier", "id")
        return await service.update_supplier(
            info.context.actor, id, changes, expected_version=expected_version
        )

    @mutation("SupplierItemsSetResult", Supplier, policy=MANAGE)
    async def supplier_items_set(
        self,
        info: strawberry.Info,
        input: Annotated[SupplierItemsSetInput, arg("What it sells.")],
    ) -> Any:
        """Say what a supplier asks for some SKUs, and how they can be ordered."""
        supplier = await queries.supplier(info.context.actor, code=input.supplier)
        items = [_said(item, supplier.currency, index) for index, item in enumerate(input.items)]
        return await service.change_supplier_items(
            info.context.actor, supplier.id, items, removed=input.removed
        )

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
            location=await inventory.location(actor, code=input.location),
            lines=[
                service.PurchaseItem(
                    line.sku,
                    line.quantity,
                    cost_in(supplier.currency, line.unit_cost, "lines", str(index), "unit_cost"),
                )
                for index, line in enumerate(input.lines)
            ],
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
        expected_on: Annotated[date, arg("The day that the supplier has named.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Note when the goods come. Orders that wait for them are promised anew, and their buyers told."""
        return await service.confirm_purchase_order(
            info.context.actor,
            row_id(id, "PurchaseOrder", "id"),
            expected_on=expected_on,
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
        currency = await queries.currency_of(info.context.actor, id)
        arrived = None
        if input.lines is not None:
            arrived = [
                service.ArrivedItem(
                    line.sku,
                    line.quantity,
                    cost_in(currency, line.unit_cost, "lines", str(index), "unit_cost"),
                    line.bucket,
                    lots_of(line.lots),
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
                expected_version=expected_version,
            ),
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

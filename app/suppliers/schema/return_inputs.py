"""Inputs and filters of supplier returns."""

import strawberry

from app.core.graphql.filters import (
    DateTimeFilter,
    IdFilter,
    StringFilter,
)
from app.core.graphql.scalars import (
    MoneyInput,
    Text,
    doc,
)
from app.inventory.stock.lifecycle import StockBucket
from app.inventory.stock.schema.mutations.lots import StockLotInput
from app.inventory.stock.schema.types import levels as _levels  # noqa: F401  # StockBucket is an enum of the API


@strawberry.input(description="Quantity of a SKU to return to the supplier.")
class SupplierReturnLineInput:
    sku: str = doc("SKU of the variant.")
    quantity: int = doc("Quantity in pieces, or in the unit given by `unit`.")
    unit: str | None = doc(
        "Code of the unit of measure of the quantity and `unitCredit`, such as carton; defaults to pieces.",
        default=None,
    )
    unit_credit: MoneyInput | None = doc(
        "Expected credit per unit, in the currency of the supplier; defaults to the cost in the purchase "
        "order, or else the supplier's current cost.",
        default=None,
    )
    bucket: StockBucket = doc(
        "Stock state of the pieces: AVAILABLE, or for example DAMAGED.", default=StockBucket.AVAILABLE
    )
    lots: list[StockLotInput] = doc(
        "Lots or serial numbers of the units, if the SKU is tracked by lot or serial number.",
        default_factory=list,
    )


@strawberry.input(description="Input for returning goods to a supplier.")
class SupplierReturnCreateInput:
    purchase_order_id: strawberry.ID | None = doc(
        "ID of the purchase order with which the goods were received; determines supplier and location.",
        default=None,
    )
    supplier: str | None = doc("Code of the supplier; required without a purchase order.", default=None)
    location: str | None = doc(
        "Code of the location that the goods leave; required without a purchase order, defaults to "
        "the location of the purchase order otherwise.",
        default=None,
    )
    lines: list[SupplierReturnLineInput] = doc("Lines of the return: 1 to 1,000.")
    reference: Text = doc(
        "Reference of the supplier for the return, such as a return authorization number.", default=""
    )
    note: Text = doc("Note, also recorded in the stock ledger.", default="")
    external_reference: str | None = doc("Key in an external system, unique.", default=None)


@strawberry.input(description="Input for recording the supplier's credit note for returned goods.")
class SupplierReturnCreditInput:
    id: strawberry.ID = doc("The supplier return.")
    amount: MoneyInput = doc("Amount of the credit note, in the currency of the return.")
    reference: Text = doc("Number of the credit note.", default="")


@strawberry.input(description="Filter conditions for supplier returns.")
class SupplierReturnFilter:
    number: StringFilter | None = doc("Filter by number.", default=None)
    supplier: StringFilter | None = doc("Filter by supplier code.", default=None)
    location: StringFilter | None = doc("Filter by the code of the source location.", default=None)
    sku: StringFilter | None = doc("Filter by SKU of a line.", default=None)
    purchase_order_id: IdFilter | None = doc("Filter by purchase order ID.", default=None)
    reference: StringFilter | None = doc("Filter by the supplier's reference.", default=None)
    external_reference: StringFilter | None = doc("Filter by key in an external system.", default=None)
    created_at: DateTimeFilter | None = doc("Filter by the time at which the goods left.", default=None)
    updated_at: DateTimeFilter | None = doc("Filter by time of the last change.", default=None)
    and_: list["SupplierReturnFilter"] | None = doc(
        "Additional conditions, all of which must match.", default=None, name="and"
    )
    or_: list["SupplierReturnFilter"] | None = doc(
        "Additional conditions, at least one of which must match.", default=None, name="or"
    )
    not_: "SupplierReturnFilter | None" = doc("Condition that must not match.", default=None, name="not")

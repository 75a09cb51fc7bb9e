"""Inputs of purchase orders."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry

from app.core import refusals
from app.core.graphql.changes import changes_of
from app.core.graphql.scalars import MoneyInput, Text, doc
from app.inventory.receiving.schema.inputs import (
    RECEIVED_AT,
    LandedCostInput,
)
from app.inventory.stock.lifecycle import StockBucket
from app.inventory.stock.schema.mutations.lots import StockLotInput
from app.inventory.stock.schema.types import levels as _levels  # noqa: F401  # StockBucket is an enum of the API
from app.suppliers.schema.costs import cost_in
from app.suppliers.service import lines as lines_commands


@strawberry.input(description="Input for a purchase order line.")
class PurchaseOrderLineInput:
    sku: str = doc("SKU of the variant.")
    quantity: int = doc("Quantity in pieces, or in the unit given by `unit`.")
    unit: str | None = doc(
        "Code of the unit of measure for the quantity and `unitCost`, such as carton; defaults to "
        "pieces. The units of a variant are set with `variantUnitsSet`.",
        default=None,
    )
    unit_cost: MoneyInput | None = doc(
        "Cost per unit, in the currency of the supplier; defaults to the supplier's cost.",
        default=None,
    )
    expected_on: date | None = doc(
        "Expected delivery date of the line, if it differs from the date of the order.", default=None
    )

    def item(self, currency: str, index: int) -> lines_commands.PurchaseItem:
        cost = cost_in(currency, self.unit_cost, "lines", str(index), "unit_cost")
        return lines_commands.PurchaseItem(self.sku, self.quantity, cost, self.unit, self.expected_on)


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
        "Cost per unit, in the currency of the purchase order. If null, or if omitted when the unit changes, "
        "the supplier's cost is used.",
        default=strawberry.UNSET,
    )
    expected_on: date | None = doc(
        "Expected delivery date of the line; null for the date of the order.", default=strawberry.UNSET
    )

    def change(self, currency: str, index: int) -> dict[str, Any]:
        """The input under the names of the service."""
        path = ("lines", str(index))
        try:
            changes = changes_of(self, nullable=("unit", "unit_cost", "expected_on"))
        except refusals.Refusal as refusal:
            raise refusal.under(*path) from None
        if "unit_cost" in changes:
            changes["cost_minor"] = cost_in(currency, changes.pop("unit_cost"), *path, "unit_cost")
        return changes


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
    expected_on: date = doc("Confirmed delivery date.")


@strawberry.input(description="Received quantity of a SKU.")
class PurchaseOrderArrivalInput:
    sku: str = doc("SKU of the variant.")
    quantity: int = doc("Quantity in pieces, or in the unit given by `unit`.")
    unit: str | None = doc(
        "Code of the unit of measure for the quantity and `unitCost`, such as carton; defaults to pieces.",
        default=None,
    )
    unit_cost: MoneyInput | None = doc(
        "Cost per unit, in the currency of the purchase order, if it differs from the agreed cost.",
        default=None,
    )
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

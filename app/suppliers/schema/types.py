"""GraphQL types of purchasing."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import compress
from typing import Any

import strawberry

from app.access.permissions import Permission
from app.catalog import queries as catalog
from app.catalog.schema import Variant
from app.core.database import values_of
from app.core.graphql.empty import none_if_empty
from app.core.graphql.levels import level_field
from app.core.graphql.next_steps import NextStep
from app.core.graphql.node import Node
from app.core.graphql.policy import ABOUT_IT, AROUND_IT, OWN_SCOPE, field, needs
from app.core.graphql.scalars import CurrencyCode, Money, doc, graphql_enum, money, serves
from app.inventory.locations import queries as locations
from app.inventory.locations.schema.places import held_at, with_permission
from app.inventory.locations.schema.types import Location
from app.inventory.policies import COSTS
from app.inventory.receiving import queries as receiving
from app.inventory.receiving.schema.types import StockReceipt
from app.suppliers import models, queries
from app.suppliers.conditions import PERMISSIONS
from app.suppliers.lifecycle import PurchaseOrderStatus
from app.suppliers.next_steps import steps_of_purchase

graphql_enum(PurchaseOrderStatus, "Status of a purchase order.")

VIEW = needs(Permission.PURCHASING_VIEW)


@strawberry.type(description="Price and ordering conditions of a supplier for a variant.")
class SupplierItem:
    is_type_of = serves(models.SupplierItem)

    supplier_sku: str | None = none_if_empty("SKU of the supplier; null if not specified.")
    pack_quantity: int = doc("Pack size: quantities are ordered in multiples of this number of pieces.")
    min_quantity: int = doc("Minimum order quantity in pieces.")
    lead_days: int | None = doc("Lead time in days; null to use the lead time of the supplier.")
    is_preferred: bool = doc("Whether this supplier is preferred for the variant.")

    @field(COSTS)
    async def unit_cost(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Money | None:
        """Cost per piece; null without the permission STOCK_COSTS."""
        supplier = await info.context.load(queries.suppliers_by_id, root.supplier_id)
        return money(root.cost_minor, supplier.currency)

    @field(reach=ABOUT_IT)
    async def variant(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Variant:
        """The variant."""
        return await info.context.load(catalog.variants_by_id, root.variant_id)

    @field(reach=ABOUT_IT)
    async def supplier(self, root: strawberry.Parent[Any], info: strawberry.Info) -> "Supplier":
        """The supplier."""
        return await info.context.load(queries.suppliers_by_id, root.supplier_id)


@strawberry.type(description="A supplier from which goods are purchased.")
class Supplier(Node):
    is_type_of = serves(models.Supplier)

    code: str = doc("Unique short code; cannot be changed.")
    name: str = doc("Display name.")
    email: str | None = doc("Email address for purchase orders; null if there is none.")
    currency: CurrencyCode = doc("Currency of payments to the supplier.")
    lead_days: int = doc("Lead time in days.")
    lead_deviation_days: int = doc(
        "Standard deviation of the lead time, in days. Replenishment planning uses the observed "
        "deviation instead once three orders have been received."
    )
    over_receipt_percent: int | None = doc(
        "Percentage by which a receipt can exceed the ordered quantity without confirmation; null to "
        "use the default setting."
    )
    is_active: bool = doc("Whether the supplier is in use for purchases.")
    external_reference: str | None = doc("Key in an external system; null if there is none.")
    version: int = doc(
        "Version number; increases with every change. Pass it as `expectedVersion` to detect concurrent "
        "edits."
    )

    @field(reach=ABOUT_IT)
    async def location(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Location | None:
        """Location from which the supplier ships to buyers directly; null for suppliers that do not, and for
        callers who cannot see purchasing data."""
        if root.location_id is None:
            return None
        seen = await with_permission(info, Permission.PURCHASING_VIEW, [root])
        return await info.context.load(locations.locations_by_id, root.location_id) if seen else None

    @field()
    async def items(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[SupplierItem]:
        """SKUs sold by the supplier."""
        return await info.context.load(queries.items_by_supplier, root.id)


async def _orders(info: strawberry.Info, lines: Sequence[Any]) -> list[Any]:
    return await info.context.load_many(queries.orders_by_id, values_of(lines, "purchase_order_id"))


async def _held_at_order(info: strawberry.Info, permission: str, lines: Sequence[Any]) -> list[bool]:
    return await held_at(info, permission, await _orders(info, lines))


@strawberry.type(description="A line of a purchase order.")
class PurchaseOrderLine:
    is_type_of = serves(models.PurchaseOrderLine)

    quantity: int = doc("Quantity ordered, in pieces.")
    received: int = doc("Quantity received, in pieces.")
    unit: str | None = doc(
        "Code of the unit of measure in which the line is ordered, such as carton; null for pieces."
    )
    unit_quantity: int = doc("Number of pieces per unit; 1 if ordered in pieces.")

    @field()
    async def expected_on(self, root: strawberry.Parent[Any], info: strawberry.Info) -> date | None:
        """Expected delivery date of the line, or else of the order; null for a draft without a date."""
        order = await info.context.load(queries.orders_by_id, root.purchase_order_id)
        return root.expected_on or order.expected_on

    @level_field(Money | None, COSTS, _held_at_order)
    async def unit_cost(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Cost per unit: a piece, or the unit in `unit`. Null without the permission STOCK_COSTS at the
        location."""
        orders = await _orders(info, roots)
        return [money(root.cost_minor, order.currency) for root, order in zip(roots, orders, strict=True)]

    @field(reach=ABOUT_IT)
    async def variant(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Variant:
        """The variant."""
        return await info.context.load(catalog.variants_by_id, root.variant_id)


@strawberry.type(description="A purchase order to a supplier for one location.")
class PurchaseOrder(Node):
    is_type_of = serves(models.PurchaseOrder)

    number: str = doc("Human-readable number.")
    status: PurchaseOrderStatus = doc("Current status.")
    currency: CurrencyCode = doc("Currency of the costs.")
    is_drop_ship: bool = doc(
        "Whether the supplier ships directly to the buyer (drop shipping); the purchase order then "
        "follows a fulfillment order."
    )
    expected_on: date | None = doc(
        "Expected delivery date; lines can have their own. Null for a draft without a date."
    )
    note: str | None = none_if_empty("Note; null if there is none.")
    external_reference: str | None = doc("Key in an external system; null if there is none.")
    version: int = doc(
        "Version number; increases with every change. Pass it as `expectedVersion` to detect concurrent "
        "edits."
    )
    created_at: datetime = doc("Date and time of creation.")
    updated_at: datetime = doc("Date and time of the last change.")
    sent_at: datetime | None = doc("Time at which the order was sent to the supplier; null before.")
    confirmed_at: datetime | None = doc(
        "Time at which the supplier last confirmed the delivery date; null before."
    )
    received_at: datetime | None = doc("Time of the last receipt; null before.")

    @field(reach=ABOUT_IT)
    async def supplier(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Supplier:
        """The supplier."""
        return await info.context.load(queries.suppliers_by_id, root.supplier_id)

    @field(reach=AROUND_IT)
    async def location(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Location:
        """Location that receives the goods."""
        return await info.context.load(locations.locations_by_id, root.location_id)

    @field()
    async def lines(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[PurchaseOrderLine]:
        """Lines of the purchase order."""
        return await info.context.load(queries.lines_by_order, root.id)

    @field(reach=OWN_SCOPE)
    async def receipts(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[StockReceipt]:
        """Receipts for the purchase order, oldest first, including reversed receipts. Empty without the
        permission STOCK_VIEW at the location."""
        found = await info.context.load(receiving.receipts_by_source, root.id)
        return await with_permission(info, Permission.STOCK_VIEW, found)

    @level_field(Money | None, COSTS, held_at)
    async def total(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Total cost of the purchase order; null without the permission STOCK_COSTS at the location."""
        lines = await info.context.load_many(queries.lines_by_order, values_of(roots, "id"))
        return [
            money(sum(line.cost_of(line.quantity) for line in own), root.currency)
            for root, own in zip(roots, lines, strict=True)
        ]

    @level_field(list[NextStep])
    async def next_steps(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Steps that are possible in the current status, and steps that the caller cannot take."""
        needed = dict.fromkeys(PERMISSIONS.values())
        held = [await held_at(info, permission, roots) for permission in needed]
        lines = await info.context.load_many(queries.lines_by_order, values_of(roots, "id"))
        return [
            [NextStep.of(each) for each in steps_of_purchase(root, own, set(compress(needed, holds)))]
            for root, own, holds in zip(roots, lines, zip(*held, strict=True), strict=True)
        ]


@strawberry.type
class VariantSuppliers:
    @field(VIEW)
    async def suppliers(
        self, root: strawberry.Parent[Any], info: strawberry.Info
    ) -> list[SupplierItem] | None:
        """Suppliers of the variant: the preferred supplier first, then sorted by cost; null without the
        permission PURCHASING_VIEW."""
        return await info.context.load(queries.items_by_variant, root.id)

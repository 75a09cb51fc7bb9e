"""The nouns of purchasing."""

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
from app.core.graphql.extending import extends
from app.core.graphql.levels import level_field
from app.core.graphql.next_steps import NextStep
from app.core.graphql.node import Node
from app.core.graphql.policy import ABOUT_IT, AROUND_IT, OWN_SCOPE, field, needs
from app.core.graphql.scalars import CurrencyCode, Money, doc, graphql_enum, money, serves
from app.inventory import queries as inventory
from app.inventory.schema import Location, StockReceipt
from app.inventory.schema.places import held_at, where_held
from app.inventory.schema.types import COSTS
from app.suppliers import models, queries
from app.suppliers.conditions import PERMISSIONS
from app.suppliers.lifecycle import PurchaseOrderStatus
from app.suppliers.next_steps import steps_of_purchase

graphql_enum(PurchaseOrderStatus, "How far a purchase order is.")

VIEW = needs(Permission.PURCHASING_VIEW)


@strawberry.type(description="What a supplier asks for a variant, and how it can be ordered.")
class SupplierItem:
    is_type_of = serves(models.SupplierItem)

    supplier_sku: str | None = none_if_empty("What the supplier calls it; null if nobody said.")
    pack_quantity: int = doc("It is ordered in multiples of so many pieces.")
    min_quantity: int = doc("At least so many pieces are ordered.")
    lead_days: int | None = doc("In how many days it comes; null: as everything of this supplier.")
    is_preferred: bool = doc("Whether it is bought here first.")

    @field(COSTS)
    async def unit_cost(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Money | None:
        """What a piece costs; null without the permission STOCK_COSTS."""
        supplier = await info.context.load(queries.suppliers_by_id, root.supplier_id)
        return money(root.cost_minor, supplier.currency)

    @field(reach=ABOUT_IT)
    async def variant(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Variant:
        """What."""
        return await info.context.load(catalog.variants_by_id, root.variant_id)

    @field(reach=ABOUT_IT)
    async def supplier(self, root: strawberry.Parent[Any], info: strawberry.Info) -> "Supplier":
        """Whose."""
        return await info.context.load(queries.suppliers_by_id, root.supplier_id)


@strawberry.type(description="Somebody from whom things are bought.")
class Supplier(Node):
    is_type_of = serves(models.Supplier)

    code: str = doc("Its short name, unique; never changes.")
    name: str = doc("What people call it.")
    email: str | None = doc("Where orders are sent.")
    currency: CurrencyCode = doc("The currency that it is paid in.")
    lead_days: int = doc("In how many days its goods come.")
    lead_deviation_days: int = doc(
        "By how many days that differs: one standard deviation. Once three orders have come, they say it."
    )
    over_receipt_percent: int | None = doc(
        "By how many percent more than was ordered may be received without a word; null: as the setting says."
    )
    is_active: bool = doc("Whether anything is bought from it.")
    external_reference: str | None = doc("Its key in another system.")
    version: int = doc("Goes up with each change; see `expectedVersion`.")

    @field(reach=ABOUT_IT)
    async def location(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Location | None:
        """From where it sends to buyers itself; null for a supplier that does not.

        Null too where the caller does not see purchasing.
        """
        if root.location_id is None:
            return None
        seen = await where_held(info, Permission.PURCHASING_VIEW, [root])
        return await info.context.load(inventory.locations_by_id, root.location_id) if seen else None

    @field()
    async def items(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[SupplierItem]:
        """What it sells."""
        return await info.context.load(queries.items_by_supplier, root.id)


async def _orders(info: strawberry.Info, lines: Sequence[Any]) -> list[Any]:
    return await info.context.load_many(queries.orders_by_id, values_of(lines, "purchase_order_id"))


async def _held_at_order(info: strawberry.Info, permission: str, lines: Sequence[Any]) -> list[bool]:
    return await held_at(info, permission, await _orders(info, lines))


@strawberry.type(description="One SKU of a purchase order.")
class PurchaseOrderLine:
    is_type_of = serves(models.PurchaseOrderLine)

    quantity: int = doc("How many pieces are ordered.")
    received: int = doc("How many pieces have come.")
    unit: str | None = doc("The code of the unit that it is ordered in, such as carton; null: pieces.")
    unit_quantity: int = doc("How many pieces are in a unit; 1 where it is ordered in pieces.")

    @field()
    async def expected_on(self, root: strawberry.Parent[Any], info: strawberry.Info) -> date | None:
        """The day on which it is expected: its own, else the order's; null for a draft without a day."""
        order = await info.context.load(queries.orders_by_id, root.purchase_order_id)
        return root.expected_on or order.expected_on

    @level_field(Money | None, COSTS, _held_at_order)
    async def unit_cost(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What a unit costs: a piece, or what `unit` says; null without STOCK_COSTS there."""
        orders = await _orders(info, roots)
        return [money(root.cost_minor, order.currency) for root, order in zip(roots, orders, strict=True)]

    @field(reach=ABOUT_IT)
    async def variant(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Variant:
        """What."""
        return await info.context.load(catalog.variants_by_id, root.variant_id)


@strawberry.type(description="What is ordered of a supplier for one location.")
class PurchaseOrder(Node):
    is_type_of = serves(models.PurchaseOrder)

    number: str = doc("What people call it.")
    status: PurchaseOrderStatus = doc("How far it is.")
    currency: CurrencyCode = doc("The currency of its costs.")
    is_drop_ship: bool = doc("Whether the supplier sends it to a buyer: it follows a fulfillment order.")
    expected_on: date | None = doc(
        "The day on which it is expected; a line may have another. Null for a draft without a day."
    )
    note: str | None = none_if_empty("What was noted; null if nothing.")
    external_reference: str | None = doc("Its key in another system.")
    version: int = doc("Goes up with each change; see `expectedVersion`.")
    created_at: datetime = doc("When it was written.")
    updated_at: datetime = doc("When it last changed.")
    sent_at: datetime | None = doc("When it was sent.")
    confirmed_at: datetime | None = doc("When the supplier last said on which day it comes.")
    received_at: datetime | None = doc("When the last of it came.")

    @field(reach=ABOUT_IT)
    async def supplier(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Supplier:
        """From whom."""
        return await info.context.load(queries.suppliers_by_id, root.supplier_id)

    @field(reach=AROUND_IT)
    async def location(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Location:
        """For where."""
        return await info.context.load(inventory.locations_by_id, root.location_id)

    @field()
    async def lines(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[PurchaseOrderLine]:
        """What."""
        return await info.context.load(queries.lines_by_order, root.id)

    @field(reach=OWN_SCOPE)
    async def receipts(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[StockReceipt]:
        """What has come of it, the earliest first; also receipts that were taken back.

        Empty without the permission STOCK_VIEW there.
        """
        found = await info.context.load(inventory.receipts_by_source, root.id)
        return await where_held(info, Permission.STOCK_VIEW, found)

    @level_field(Money | None, COSTS, held_at)
    async def total(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What all of it costs; null without the permission STOCK_COSTS there."""
        lines = await info.context.load_many(queries.lines_by_order, values_of(roots, "id"))
        return [
            money(sum(line.cost_of(line.quantity) for line in own), root.currency)
            for root, own in zip(roots, lines, strict=True)
        ]

    @level_field(list[NextStep])
    async def next_steps(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What can be done with it from where it stands, and what the caller may not."""
        needed = dict.fromkeys(PERMISSIONS.values())
        held = [await held_at(info, permission, roots) for permission in needed]
        lines = await info.context.load_many(queries.lines_by_order, values_of(roots, "id"))
        return [
            [NextStep.of(each) for each in steps_of_purchase(root, own, set(compress(needed, holds)))]
            for root, own, holds in zip(roots, lines, zip(*held, strict=True), strict=True)
        ]


@extends(Variant)
class VariantSuppliers:
    @field(VIEW)
    async def suppliers(
        self, root: strawberry.Parent[Any], info: strawberry.Info
    ) -> list[SupplierItem] | None:
        """Who sells it: whoever is preferred first, then the cheapest; null without PURCHASING_VIEW."""
        return await info.context.load(queries.items_by_variant, root.id)

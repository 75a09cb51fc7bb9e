"""Queries of suppliers and purchase orders."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.catalog.models import Variant
from app.core.actor import Actor
from app.core.database import among, fetch, uuid_of
from app.core.loading import grouped, in_order
from app.core.refusals import NotFound
from app.inventory.locations import queries as locations
from app.suppliers.lifecycle import PurchaseOrderStatus
from app.suppliers.models import (
    PurchaseOrder,
    PurchaseOrderLine,
    Supplier,
    SupplierItem,
    SupplierReturn,
    SupplierReturnLine,
)


def suppliers_visible_to(actor: Actor) -> QuerySet[Supplier]:
    return Supplier.all() if actor.may(Permission.PURCHASING_VIEW) else Supplier.filter(id__in=[])


def orders_visible_to(actor: Actor) -> QuerySet[PurchaseOrder]:
    """The purchase orders to the locations for which an actor may see purchasing."""
    return locations.within(PurchaseOrder.all(), actor.scope_of(Permission.PURCHASING_VIEW))


async def supplier(actor: Actor, *path: str, code: str) -> Supplier:
    """A supplier by code.

    Raises:
        NotFound: it does not exist, or the actor may not see it.
    """
    found = await suppliers_visible_to(actor).get_or_none(code=code)
    if found is None:
        raise NotFound.of("supplier", *(path or ("supplier",)))
    return found


async def locked_supplier(actor: Actor, id: UUID, *path: str) -> Supplier:
    found = await suppliers_visible_to(actor).select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("supplier", *path)
    return found


async def is_taken(code: str, reference: str | None) -> str | None:
    """Which key of a new supplier is taken: `code`, `external_reference`, or None."""
    if await Supplier.filter(code=code).exists():
        return "code"
    if reference is not None and await Supplier.filter(external_reference=reference).exists():
        return "external_reference"
    return None


async def order_reference_is_taken(reference: str) -> bool:
    return await PurchaseOrder.filter(external_reference=reference).exists()


def _orders_for(permission: Permission, actor: Actor) -> QuerySet[PurchaseOrder]:
    """The purchase orders to locations for which an actor has a permission."""
    return locations.within(orders_visible_to(actor), actor.scope_of(permission))


async def locked_order(permission: Permission, actor: Actor, id: UUID, *path: str) -> PurchaseOrder:
    """A locked purchase order, for an action that requires a permission at its location.

    Raises:
        NotFound: it does not exist, or the actor may not see it or does not have the permission for it.
    """
    found = await _orders_for(permission, actor).select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("purchase order", *path)
    return found


async def locked_drop_ship(id: UUID) -> PurchaseOrder:
    """The drop-ship purchase order of a fulfillment order, which the caller has locked; locked."""
    return await PurchaseOrder.filter(id=id, is_drop_ship=True).select_for_update().get()


async def lines_of(order_id: UUID) -> list[PurchaseOrderLine]:
    return await PurchaseOrderLine.filter(purchase_order_id=order_id).order_by("position")


async def lines_by_order(ids: list[UUID]) -> list[list[PurchaseOrderLine]]:
    """Batch: the lines of each purchase order, in order."""
    rows = await PurchaseOrderLine.filter(purchase_order_id__in=ids).order_by("position")
    return grouped(ids, rows, "purchase_order_id")


async def supplier_of_order(purchase_order_id: UUID | None) -> Supplier | None:
    """The supplier of a purchase order."""
    return await Supplier.get_or_none(
        id__in=Subquery(PurchaseOrder.filter(id=purchase_order_id).values("supplier_id"))
    )


async def supplier_at(location_id: UUID) -> Supplier | None:
    """The supplier that ships to buyers from a location."""
    return await Supplier.get_or_none(location_id=location_id)


async def suppliers_by_id(ids: list[UUID]) -> Sequence[Supplier | None]:
    """Batch: the supplier of each id."""
    return in_order(ids, {row.id: row for row in await Supplier.filter(id__in=ids)})


async def orders_by_id(ids: list[UUID]) -> Sequence[PurchaseOrder | None]:
    """Batch: the purchase order of each id."""
    return in_order(ids, {row.id: row for row in await PurchaseOrder.filter(id__in=ids)})


async def items_by_supplier(ids: list[UUID]) -> list[list[SupplierItem]]:
    """Batch: the items of each supplier."""
    return grouped(ids, await SupplierItem.filter(supplier_id__in=ids).order_by("id"), "supplier_id")


async def items_by_variant(ids: list[UUID]) -> list[list[SupplierItem]]:
    """Batch: the suppliers' items of each variant; the preferred first, then the cheapest."""
    rows = await SupplierItem.filter(variant_id__in=ids)
    rows.sort(key=lambda row: (not row.is_preferred, row.cost_minor, row.id))
    return grouped(ids, rows, "variant_id")


async def items_of(supplier_id: UUID, variant_ids: Iterable[UUID]) -> dict[UUID, SupplierItem]:
    rows = await SupplierItem.filter(supplier_id=supplier_id, variant_id__in=list(variant_ids))
    return {row.variant_id: row for row in rows}


async def lock_variants(ids: Iterable[UUID]) -> None:
    """Lock variants in the order of their ids, so that concurrent changes of the preferred supplier are
    serialized.
    """
    await Variant.filter(id__in=list(ids)).order_by("id").select_for_update()


async def drafted_units(location_ids: Iterable[UUID]) -> dict[tuple[UUID, UUID], int]:
    """The units of each variant on draft purchase orders to a location."""
    rows = await fetch(
        f"""
        SELECT o.location_id, l.variant_id, SUM(l.quantity) AS units
        FROM purchase_order_line l JOIN purchase_order o ON o.id = l.purchase_order_id
        WHERE {among("o.location_id", 1)} AND o.status = '{PurchaseOrderStatus.DRAFT.value}'
        GROUP BY o.location_id, l.variant_id
        """,  # noqa: S608  # a column and a status of ours
        list(location_ids),
    )
    return {(uuid_of(r["location_id"]), uuid_of(r["variant_id"])): int(r["units"]) for r in rows}


async def lead_times(supplier_ids: Iterable[UUID], most: int = 20) -> dict[UUID, list[float]]:
    """The days from sending to complete receipt of each supplier's recent orders."""
    rows = (
        await PurchaseOrder.filter(
            supplier_id__in=list(supplier_ids), received_at__isnull=False, is_drop_ship=False
        )
        .order_by("-received_at")
        .limit(1_000)
    )
    found: dict[UUID, list[float]] = {}
    for row in rows:
        own = found.setdefault(row.supplier_id, [])
        if row.sent_at is not None and row.received_at is not None and len(own) < most:
            own.append((row.received_at - row.sent_at).total_seconds() / 86_400)
    return found


def returns_visible_to(actor: Actor) -> QuerySet[SupplierReturn]:
    """The supplier returns from the locations for which an actor may see purchasing."""
    return locations.within(SupplierReturn.all(), actor.scope_of(Permission.PURCHASING_VIEW))


async def locked_return(permission: Permission, actor: Actor, id: UUID, *path: str) -> SupplierReturn:
    """A locked supplier return, for an action that requires a permission at its location.

    Raises:
        NotFound: it does not exist, or the actor may not see it or does not have the permission for it.
    """
    rows = locations.within(returns_visible_to(actor), actor.scope_of(permission))
    found = await rows.select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("return to a supplier", *path)
    return found


async def return_of(actor: Actor, id: UUID) -> SupplierReturn:
    """The same without a lock."""
    found = await returns_visible_to(actor).get_or_none(id=id)
    if found is None:
        raise NotFound.of("return to a supplier", "id")
    return found


async def order_for(permission: Permission, actor: Actor, id: UUID, *path: str) -> PurchaseOrder:
    """A purchase order, for an action that requires a permission at its location.

    Raises:
        NotFound: it does not exist, or the actor may not see it or does not have the permission for it.
    """
    found = await _orders_for(permission, actor).get_or_none(id=id)
    if found is None:
        raise NotFound.of("purchase order", *path)
    return found


async def return_reference_is_taken(reference: str) -> bool:
    return await SupplierReturn.filter(external_reference=reference).exists()


async def returned_to_supplier(order_id: UUID) -> dict[UUID, int]:
    """The pieces of each variant of a purchase order that were returned to the supplier."""
    rows = SupplierReturn.filter(purchase_order_id=order_id, cancelled_at__isnull=True)
    returns = Subquery(rows.values("id"))
    found: dict[UUID, int] = {}
    for line in await SupplierReturnLine.filter(supplier_return_id__in=returns):
        found[line.variant_id] = found.get(line.variant_id, 0) + line.quantity
    return found


async def return_lines_by_return(ids: list[UUID]) -> list[list[SupplierReturnLine]]:
    """Batch: the lines of each supplier return, in order."""
    rows = await SupplierReturnLine.filter(supplier_return_id__in=ids).order_by("position")
    return grouped(ids, rows, "supplier_return_id")


async def returns_by_id(ids: list[UUID]) -> Sequence[SupplierReturn | None]:
    """Batch: the supplier return of each id."""
    return in_order(ids, {row.id: row for row in await SupplierReturn.filter(id__in=ids)})


async def returns_by_order(ids: list[UUID]) -> list[list[SupplierReturn]]:
    """Batch: the supplier returns of each purchase order, oldest first."""
    rows = await SupplierReturn.filter(purchase_order_id__in=ids).order_by("created_at", "id")
    return grouped(ids, rows, "purchase_order_id")


def return_ids_with_sku(sku: Q) -> Subquery:
    """The ids of returns with some SKUs, for a query that applies the scope."""
    variants = Subquery(Variant.filter(sku).values("id"))
    return Subquery(SupplierReturnLine.filter(variant_id__in=variants).values("supplier_return_id"))


def ids_with_sku(sku: Q) -> Subquery:
    """The ids of purchase orders with some SKUs, for a query that applies the scope."""
    variants = Subquery(Variant.filter(sku).values("id"))
    return Subquery(PurchaseOrderLine.filter(variant_id__in=variants).values("purchase_order_id"))


def supplier_ids(code: Q) -> Subquery:
    """The ids of some suppliers, for a query that applies the scope."""
    return Subquery(Supplier.filter(code).values("id"))

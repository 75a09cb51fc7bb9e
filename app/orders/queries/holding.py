"""Queries of holds and rule settings."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.database import among, read, read_locked
from app.core.loading import grouped
from app.customers.merging import Purchases
from app.orders.lifecycle import HoldKind, OrderStatus
from app.orders.models import Hold, Order, RuleSetting
from app.orders.queries.orders import visible_to
from app.promotions import queries as promotions


def holds_visible_to(actor: Actor) -> QuerySet[Hold]:
    """The holds of the orders that an actor may see."""
    if actor.scope_of(Permission.ORDERS_VIEW).is_everywhere:
        return Hold.all()
    return Hold.filter(order_id__in=Subquery(visible_to(actor).values("id")))


def held_for(kinds: Sequence[HoldKind]) -> Q:
    """Orders with an open hold of one of some kinds."""
    rows = Hold.filter(kind__in=list(kinds), released_at__isnull=True)
    return Q(id__in=Subquery(rows.values("order_id")))


def held() -> Q:
    """Orders with an open hold."""
    return Q(id__in=Subquery(Hold.filter(released_at__isnull=True).values("order_id")))


def of_open_orders() -> Q:
    """Holds of open orders, because cancelled orders are not held."""
    rows = Order.filter(status__in=[OrderStatus.PLACED, OrderStatus.CONFIRMED], open_holds__gt=0)
    return Q(order_id__in=Subquery(rows.values("id")))


async def open_holds(order_id: UUID) -> list[Hold]:
    return await Hold.filter(order_id=order_id, released_at__isnull=True).order_by("placed_at", "id")


async def all_holds(order_id: UUID) -> list[Hold]:
    return await Hold.filter(order_id=order_id).order_by("placed_at", "id")


async def holds_by_order(ids: list[UUID]) -> list[list[Hold]]:
    """Batch: the holds of each order, oldest first."""
    rows = await read(Hold, f"{among('order_id', 1)} ORDER BY order_id, placed_at, id", ids)
    return grouped(ids, rows, "order_id")


async def orders_with_due_holds(at: datetime, limit: int) -> list[UUID]:
    """Orders with a hold whose release time has come."""
    rows = Hold.filter(release_at__lte=at, released_at__isnull=True).order_by("release_at", "id").limit(limit)
    return list(dict.fromkeys([UUID(str(id)) for id in await rows.values_list("order_id", flat=True)]))


async def rule_settings_by_channel(ids: list[UUID]) -> list[list[RuleSetting]]:
    """Batch: the rule settings of each channel."""
    return grouped(ids, await RuleSetting.filter(channel_id__in=ids), "channel_id")


async def rule_setting(channel_id: UUID, rule: str) -> RuleSetting | None:
    return await RuleSetting.get_or_none(channel_id=channel_id, rule=rule)


async def open_orders_of(customer_id: UUID) -> int:
    """The number of a customer's placed orders that are neither completed nor cancelled."""
    return await Order.filter(customer_id=customer_id, status__in=["placed", "confirmed"]).count()


async def locked_guest_orders(email: str) -> list[Order]:
    """The placed orders of an address that have no customer; locked in a fixed order."""
    rows = Order.filter(email=email, customer_id__isnull=True, placed_at__isnull=False)
    return await rows.select_for_update().order_by("id")


async def locked_orders_of(customer_id: UUID) -> list[Order]:
    """All orders and carts of a customer; locked in a fixed order."""
    return await read_locked(Order, "customer_id = $1 ORDER BY id", customer_id)


async def purchases_of(customer_id: UUID) -> Purchases:
    """How many orders, carts and uses of discount codes a customer has."""
    orders = Order.filter(customer_id=customer_id)
    placed = await orders.filter(placed_at__isnull=False).count()
    carts = await orders.filter(placed_at__isnull=True).count()
    return Purchases(placed, carts, await promotions.count_uses_of(customer_id))

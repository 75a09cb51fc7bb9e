"""Queries of orders, their lines and their events."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from app.access import secrets
from app.access.permissions import Permission
from app.channels import queries as channels
from app.core.actor import Actor
from app.core.database import among, fetch, read, read_locked, rows_by_id, uuid_of
from app.core.ids import derived_secret, fingerprint
from app.core.journal import entry as entries
from app.core.journal.entry import Entry
from app.core.loading import grouped, in_order
from app.core.refusals import NotFound
from app.core.search import EntryKind, KeyFilter, entry_q, search_q
from app.core.search.entries import forms_of
from app.orders import timeline
from app.orders.conditions import Right
from app.orders.lifecycle import OrderStatus
from app.orders.models import Order, OrderCancellation, OrderEdit, OrderLine, OrderSearch
from app.orders.queries.proving import is_access_token, is_open_to_guests, proves_draft
from app.orders.queries.reaching import is_within, within
from app.orders.searching import spellings


def visible_to(actor: Actor) -> QuerySet[Order]:
    """The orders that an actor may see: those in the scope of ORDERS_VIEW, or a customer's own.

    For reads only. Commands that change an order use `locked` with their permission.
    """
    if actor.is_customer:
        return Order.filter(customer_id=actor.id)
    limit = within(actor.scope_of(Permission.ORDERS_VIEW))
    return Order.all() if limit is None else Order.filter(limit)


async def language_of(email: str) -> str:
    """The language of the latest order with an e-mail address; empty if there is none."""
    rows = Order.filter(email=email, placed_at__isnull=False).order_by("-created_at", "-id")
    found = await rows.limit(1).values_list("language", flat=True)
    return str(found[0]) if found else ""


async def ids_visible_to(actor: Actor, ids: Collection[UUID]) -> set[UUID]:
    """The ids among `ids` of orders that an actor may see."""
    rows: Any = visible_to(actor).filter(id__in=list(ids)).values_list("id", flat=True)
    return set(await rows)


async def is_visible(order: Order, actor: Actor) -> bool:
    """`visible_to` for a row that was read already."""
    if actor.is_customer:
        return bool(order.customer_id == actor.id)
    return await is_within(actor.scope_of(Permission.ORDERS_VIEW), order)


async def matches(id: UUID, conditions: Q) -> bool:
    return await Order.filter(conditions, id=id).exists()


async def by_number(actor: Actor, number: str) -> Order | None:
    """An order by its number, in any case and with or without #, if the actor may see it."""
    quoted, in_capitals = spellings(number)
    rows = await read(Order, among("number", 1), [quoted, in_capitals])
    if not rows and quoted:  # a prefix in lower case, or spaces for hyphens
        found = "SELECT order_id FROM order_search WHERE kind = $1 AND token = $2"
        tokens = forms_of(EntryKind.NUMBER, quoted)
        rows = await read(Order, f"id IN ({found})", EntryKind.NUMBER.value, tokens[0]) if tokens else []
    seen = [row for row in rows if await is_visible(row, actor)]
    return seen[0] if len(seen) == 1 else next((row for row in seen if row.number == quoted), None)


async def by_id(id: UUID) -> Order | None:
    """An order, for internal use without a permission check."""
    rows = await read(Order, "id = $1", id)
    return rows[0] if rows else None


async def order(actor: Actor, id: UUID, *path: str) -> Order:
    """An order by id.

    Raises:
        NotFound: it does not exist, or the actor may not see it.
    """
    found = await visible_to(actor).get_or_none(id=id)
    if found is None:
        raise NotFound.of("order", *(path or ("id",)))
    return found


async def locked(actor: Actor, id: UUID, right: Right, *path: str) -> Order:
    """An order for an update; the row is locked until the transaction ends.

    The actor must be able to see it and have the right for it.

    Raises:
        NotFound: it does not exist, or the actor may not see it or does not have the permission for it.
        Forbidden: the actor has the permission for no order, and is not a buyer who needs none.
    """
    found = await visible_to(actor).select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("order", *(path or ("id",)))
    holds_there = await is_within(actor.scope_of(right.permission), found)
    right.refuse(actor, holds_there, *(path or ("id",)))
    return found


async def locked_with_token(id: UUID, token: str, at: datetime, *path: str) -> Order:
    """A placed order for an update by the holder of its access token, while guests may read it.

    Raises:
        NotFound: it does not exist, the token is not valid for it, or the period has passed.
    """
    rows = await read_locked(Order, "id = $1", id)
    if rows and is_access_token(rows[0], token):
        (channel,) = await channels.channels_by_id([rows[0].channel_id])
        if channel is not None and is_open_to_guests(rows[0], channel, at):
            order: Order = rows[0]
            return order
    raise NotFound.of("order", *(path or ("id",)))


async def locked_by_id(id: UUID) -> Order | None:
    """A locked order, for internal use without a permission check; None if it does not exist."""
    rows = await read_locked(Order, "id = $1", id)
    return rows[0] if rows else None


async def locked_draft(actor: Actor, id: UUID, token: str | None, *path: str) -> Order:
    """A draft for an update: its customer and staff need no token, a guest needs its token.

    Raises:
        NotFound: it does not exist, or the token is not valid for it.
    """
    if token is not None:
        proven = await read_locked(Order, "id = $1", id)
        if not proven or not proves_draft(proven[0], token):
            raise NotFound.of("draft", *path)
        draft: Order = proven[0]
        return draft
    if not actor.is_customer and not actor.may(Permission.ORDERS_MANAGE):
        raise NotFound.of("draft", *path)
    found = await visible_to(actor).select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("draft", *path)
    if not actor.is_customer:
        scope = actor.scope_of(Permission.ORDERS_MANAGE)
        if not await is_within(scope, found):
            raise NotFound.of("draft", *path)
    return found


async def newest_cart_beside(actor: Actor, id: UUID) -> UUID | None:
    """A customer's draft that was changed last in the channel of another draft; None for other actors."""
    if not actor.is_customer:
        return None
    rows = await fetch(
        """
        SELECT own.id FROM sales_order own JOIN sales_order other ON other.channel_id = own.channel_id
        WHERE other.id = $2 AND own.customer_id = $1 AND own.status = 'draft' AND own.id <> $2
        ORDER BY own.updated_at DESC, own.id DESC LIMIT 1
        """,
        actor.id,
        id,
    )
    return uuid_of(rows[0]["id"]) if rows else None


def tracking_token(order_id: UUID, generation: int) -> str:
    """The secret in an order's tracking link. It is derived when needed; only its hash is stored."""
    return derived_secret(secrets.deployment_key(), "tracking", str(order_id), str(generation))


async def by_tracking_token(token: str) -> Order | None:
    """The placed order of a tracking link."""
    found = await Order.get_or_none(tracking_hash=fingerprint(token))
    return found if found and is_tracked_by(found, token) else None


def is_tracked_by(order: Order, token: str) -> bool:
    """Whether the token is that of the order's current tracking link, and the order is placed."""
    placed = order.status not in (OrderStatus.DRAFT, OrderStatus.EXPIRED)
    return placed and order.tracking_hash == fingerprint(token)


async def links_revoked(hashes: Sequence[str]) -> set[str]:
    """The hashes among `hashes` of tracking links that are no longer valid."""
    known = f"FROM sales_order WHERE {among('tracking_hash', 1)}"
    (counted,) = await fetch(f"SELECT COUNT(*) AS links {known}", list(hashes))  # a constant column name
    if counted["links"] == len(hashes):
        return set()
    rows = await fetch(f"SELECT tracking_hash {known}", list(hashes))
    return {*hashes} - {row["tracking_hash"] for row in rows}


async def by_reference(channel_id: UUID, reference: str) -> Order | None:
    return await Order.get_or_none(channel_id=channel_id, external_reference=reference)


async def placed_with_numbers(numbers: Collection[str]) -> list[Order]:
    """The placed orders with these numbers, for internal use without a permission check."""
    if not numbers:
        return []
    return await read(
        Order,
        f"{among('number', 1)} AND status NOT IN ($2, $3)",
        list(numbers),
        OrderStatus.DRAFT.value,
        OrderStatus.EXPIRED.value,
    )


async def existing_references(channel_id: UUID, references: Sequence[str]) -> set[str]:
    rows = await Order.filter(channel_id=channel_id, external_reference__in=list(references)).values_list(
        "external_reference", flat=True
    )
    return {str(reference) for reference in rows}


async def lines(order_id: UUID) -> list[OrderLine]:
    return await read(OrderLine, "order_id = $1 ORDER BY position", order_id)


async def lines_by_order(ids: list[UUID]) -> list[list[OrderLine]]:
    """Batch: the lines of each order, in order of position."""
    rows = await read(OrderLine, f"{among('order_id', 1)} ORDER BY order_id, position", ids)
    return grouped(ids, rows, "order_id")


async def lines_of_each(orders: Sequence[Order]) -> list[list[OrderLine]]:
    """The lines of each order, in order of position. Those that a command has just written are not read."""
    ids = [order.id for order in orders if order.written_lines is None]
    found = iter(await lines_by_order(ids) if ids else ())
    return [next(found) if order.written_lines is None else order.written_lines for order in orders]


async def orders_by_id(ids: list[UUID]) -> Sequence[Order | None]:
    """Batch: the order of each id."""
    return in_order(ids, await rows_by_id(Order, ids))


async def events_by_order(ids: list[UUID]) -> list[list[Entry]]:
    """Batch: the events of each order, in order."""
    return grouped(ids, await entries.of_subjects(ids), "subject_id")


async def cancellations_by_order(ids: list[UUID]) -> list[list[OrderCancellation]]:
    """Batch: the cancellations of each order, oldest first."""
    if not ids:
        return []
    rows = await read(OrderCancellation, f"{among('order_id', 1)} ORDER BY order_id, at, id", ids)
    return grouped(ids, rows, "order_id")


def edits_visible_to(actor: Actor) -> QuerySet[OrderEdit]:
    """The edits of orders that an actor with permission to see orders may see."""
    return OrderEdit.filter(order_id__in=Subquery(visible_to(actor).values("id")))


async def edits_by_order(ids: list[UUID]) -> list[list[OrderEdit]]:
    """Batch: the edits of each order, oldest first."""
    rows = await read(OrderEdit, f"{among('order_id', 1)} ORDER BY order_id, at, id", ids)
    return grouped(ids, rows, "order_id")


async def due_drafts(at: datetime, limit: int) -> list[UUID]:
    rows = (
        await Order.filter(status=OrderStatus.DRAFT, draft_expires_at__lte=at)
        .limit(limit)
        .values_list("id", flat=True)
    )
    return [UUID(str(id)) for id in rows]


async def locked_due_draft(id: UUID, at: datetime) -> Order | None:
    rows = Order.filter(status=OrderStatus.DRAFT, draft_expires_at__lte=at)
    return await rows.select_for_update().get_or_none(id=id)


def found_by(search: str | None, *, besides: Collection[EntryKind] = ()) -> Q:
    """The search condition for orders, without some kinds of entries: see `searching`."""
    return search_q("order_search", "order_id", search, besides)


def with_entry(kind: EntryKind, given: KeyFilter | None) -> Q:
    """The condition that an order has a search entry of a kind that matches a filter."""
    return entry_q("order_search", "order_id", kind, given)


async def tracking_entries(order_id: UUID, tokens: Sequence[str]) -> set[str]:
    """The folded tracking numbers among `tokens` for which an order has entries already."""
    rows = await OrderSearch.filter(
        order_id=order_id, kind=EntryKind.TRACKING.value, token__in=list(tokens)
    ).values_list("token", flat=True)
    return {str(token) for token in rows}


def with_sku(condition: Q) -> Q:
    return Q(id__in=Subquery(OrderLine.filter(condition).values("order_id")))


def buyer_sees(entry: Entry) -> bool:
    """Whether an event is shown to the buyer."""
    return timeline.buyer_sees(entry.name)


async def has_any_reference(channel_id: UUID, references: Sequence[str]) -> bool:
    """Whether a channel has an order with one of many references."""
    for start in range(0, len(references), 500):
        if await existing_references(channel_id, references[start : start + 500]):
            return True
    return False


async def existing_cancellations(channel_id: UUID, references: Sequence[str]) -> set[tuple[str, str]]:
    """The external references of some orders with those of their cancellations."""
    rows = await OrderCancellation.filter(
        order__channel_id=channel_id, order__external_reference__in=list(references)
    ).values_list("order__external_reference", "external_reference")
    return {(str(order), str(cancellation)) for order, cancellation in rows}


async def imported_totals(channel_id: UUID) -> list[tuple[datetime, int, str]]:
    """Time of placing, total in minor units and external reference of a channel's orders that have one."""
    placed = Order.filter(channel_id=channel_id, placed_at__isnull=False, external_reference__isnull=False)
    return await placed.values_list("placed_at", "total_minor", "external_reference")


async def imported_cancellations(channel_id: UUID) -> list[tuple[datetime, int, str]]:
    """The same for cancellations with an external reference."""
    rows = OrderCancellation.filter(
        order_id__in=Subquery(Order.filter(channel_id=channel_id).values("id")),
        external_reference__isnull=False,
    )
    return await rows.values_list("at", "amount_minor", "external_reference")

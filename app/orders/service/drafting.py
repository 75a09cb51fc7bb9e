"""Carts and prepared orders: drafts, whose stock is reserved for a limited time."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.access.permissions import Permission
from app.channels import queries as channels
from app.channels.models import Channel
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.database import delete_where
from app.core.ids import fingerprint, new_id
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Forbidden, Invalid
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, touch
from app.customers import queries as customers
from app.inventory.stock.refusals import InsufficientStock
from app.inventory.stock.service import releasing
from app.inventory.stock.service.reserving import ReservationResult
from app.orders import lifecycle, queries
from app.orders.cart import NOTHING, CartContents, CartWarningCode, SetAside
from app.orders.conditions import refuse_unless_draft
from app.orders.events import OrderDrafted, OrderDraftUpdated, OrderExpired
from app.orders.lifecycle import OrderStatus
from app.orders.models import Order, OrderLine
from app.orders.searching import searched_values
from app.orders.service.adjusting import announce_adjusted
from app.orders.service.indexing import index_changed
from app.orders.service.merging import merged
from app.orders.service.pricing import OrderData, PricedOrder, price_order
from app.orders.service.replacing import save_content
from app.orders.service.reserving import renew, reserve_stock
from app.orders.service.sharing import exceeds_share
from app.orders.service.writing import lines_of, write_onto
from app.settings import settings

DRAFT_LIVES = timedelta(days=30)
# The columns that remain of a deleted draft; all others were entered, or derived from that.
_OF_THE_ROW = frozenset(
    {"id", "channel_id", "customer_id", "status", "currency", "prices_include_tax", "tracking_hash",
     "tracking_generation", "draft_expires_at", "version", "created_at", "updated_at"}
)  # fmt: skip


@command
async def draft(
    uow: UnitOfWork, data: OrderData, *, reserve: bool = True, had: CartContents = NOTHING
) -> Order:
    """Create a draft. Its stock is reserved for the time that its channel sets.

    Parts that it `had` before, in an earlier order, are set aside with a warning instead of refused.

    Raises:
        NotFound, Invalid, ValidationFailed, InsufficientStock.
    """
    channel = await channels.open_for_orders(data.channel, uow.actor, "channel")
    priced = await price_order(channel, data, uow.at, uow.actor, complete=False, had=had)
    if data.external_reference is not None:
        await refuse_reference(uow.actor, channel.id, data.external_reference)
    order = await blank(uow, channel, data)
    order.draft_expires_at = uow.at + DRAFT_LIVES
    write_onto(order, priced)
    until = _until(channel, uow.at) if reserve else None
    order.reserved_until = until
    if until and had.skus:
        skus = {item.sold.sku for item in priced.items}
        await _reserve_again(uow, order, priced, until, skus - had.skus, told=had.skus)
    elif until:
        kept = await reserve_stock(
            uow, priced, channel_id=channel.id, claimant=order.id, expires_at=until, adds_rows=True
        )
        await _release_beyond_share(uow, order, priced, kept)
    await uow.write_added([order], lines_of(order, priced))
    uow.announce(OrderDrafted(subject_id=order.id, channel_id=channel.id, units=priced.units))
    announce_adjusted(uow, order, priced.adjusted)
    return order


async def blank(uow: UnitOfWork, channel: Channel, data: OrderData) -> Order:
    """An unsaved row of a new order with the fields that need no calculation."""
    refuse_tags(uow.actor, channel.id, data)
    id = new_id()
    uow.is_new(id)
    return Order(
        id=id,
        channel_id=channel.id,
        customer_id=await _customer(uow.actor, channel.id, data),
        status=OrderStatus.DRAFT,
        payment_gateway=data.payment_gateway or "",
        note=data.note,
        tags=data.tags,
        metadata=data.metadata,
        external_reference=data.external_reference,
        currency=channel.currency,
        prices_include_tax=channel.prices_include_tax,
        tracking_hash=fingerprint(queries.tracking_token(id, 1)),
        created_at=uow.at,
        updated_at=uow.at,
        **data.entered,
    )


def refuse_tags(actor: Actor, channel_id: UUID, sent: OrderData) -> None:
    """Raise Forbidden for tags sent by a caller who does not manage orders of the channel."""
    if sent.tags and not actor.scope_of(Permission.ORDERS_MANAGE).covers(channel_id):
        raise Forbidden("Only staff can set the tags of an order.")


async def refuse_reference(actor: Actor, channel_id: UUID, reference: str | None) -> None:
    """Check that a caller may set or remove the external reference of an order.

    Raises:
        Invalid: the caller does not manage orders of the channel; other systems find orders by it.
        AlreadyExists: another order of the channel has it.
    """
    if not actor.scope_of(Permission.ORDERS_MANAGE).covers(channel_id):
        raise Invalid(
            ("Setting an external reference needs the permission ORDERS_MANAGE in this channel. Omit it."),
            "external_reference",
            code=ProblemCode.NOT_APPLICABLE,
        )
    if reference is not None and await queries.by_reference(channel_id, reference):
        raise AlreadyExists("Another order already has this external reference.", "external_reference")


async def _customer(actor: Actor, channel_id: UUID, data: OrderData) -> UUID | None:
    if actor.is_customer:
        return actor.id
    if data.customer_id is None:
        return None
    scope = actor.scope_of(Permission.ORDERS_MANAGE)
    rows = customers.every() if scope.is_everywhere else customers.visible_to(actor)
    if not scope.covers(channel_id) or not await rows.filter(id=data.customer_id).exists():
        raise Invalid(
            "This customer does not exist, or you cannot place orders for them.",
            "customer_id",
            code=ProblemCode.NOT_FOUND,
        )
    return data.customer_id


def _until(channel: Channel, at: datetime) -> datetime:
    return at + timedelta(minutes=channel.reservation_minutes or settings().cart_ttl_minutes)


@command
async def update_draft(
    uow: UnitOfWork,
    id: UUID,
    data: OrderData,
    *,
    token: str | None = None,
    sent: frozenset[str] = frozenset(),
    reserve: bool | None = None,
    expected_version: int | None = None,
) -> Order:
    """Update a draft; `sent` names the fields of `data` that were sent, the others stay.

    `reserve` determines whether its stock is reserved for a limited time; None: if it was, or was not only
    for lack of stock.

    Raises:
        NotFound, StaleVersion, IllegalTransition, ValidationFailed, InsufficientStock.
    """
    order = await queries.locked_draft(uow.actor, id, token, "id")
    refuse_stale(order, expected_version)
    refuse_unless_draft(order, "id")
    refuse_tags(uow.actor, order.channel_id, data)
    channel = await channels.by_id(order.channel_id, uow.actor, "id")
    own = await queries.lines(order.id)
    had = CartContents.in_cart(order, (line.sku for line in own))
    whole = merged(uow.actor, order, channel, own, data, sent)
    must = reserve is True or ("lines" in sent and not SetAside.of(order).is_without_stock)
    skus = frozenset(line.sku for line in whole.lines) if must else frozenset[str]()
    return await write_content(uow, order, channel, whole, had, own, reserve=reserve, must_have=skus)


async def write_content(
    uow: UnitOfWork,
    order: Order,
    channel: Channel,
    data: OrderData,
    had: CartContents,
    lines: Sequence[OrderLine],
    *,
    must_have: Collection[str],
    reserve: bool | None = None,
) -> Order:
    """Price a draft's content anew, write it and renew its reservation.

    The draft is locked; `data` is its whole content, `had` the parts that are set aside instead of refused,
    and `lines` its present rows. `reserve` is described at `update_draft`. A shortage of one of the SKUs in
    `must_have` is refused; a shortage of others is a warning.

    Raises:
        ValidationFailed, InsufficientStock.
    """
    was_short, was_found_by = SetAside.of(order).is_without_stock, searched_values(order)
    priced = await price_order(channel, data, uow.at, uow.actor, complete=False, had=had)
    await set_content(uow, order, data, priced)
    keeps = order.reserved_until is not None or was_short if reserve is None else reserve
    until = order.reserved_until = _until(channel, uow.at) if keeps else None
    if until:
        await _reserve_again(uow, order, priced, until, must_have)
    else:
        await releasing.release(uow, claimant=order.id)
    await index_changed(uow, order, was_found_by)
    uow.announce(OrderDraftUpdated(subject_id=order.id, channel_id=channel.id, units=priced.units))
    announce_adjusted(uow, order, priced.adjusted)
    await uow.dispatch()
    await save_content(uow, order, lines, lines_of(order, priced))
    return order


async def _release_beyond_share(
    uow: UnitOfWork, order: Order, priced: PricedOrder, kept: ReservationResult
) -> None:
    """Release the stock just reserved for a buyer's cart, if it exceeds the share of all such carts."""
    if not await exceeds_share(uow, order, priced.demand, kept.levels):
        return
    await uow.write_added()  # the reservations, which are read to release them
    await releasing.release(uow, claimant=order.id)
    order.reserved_until = None
    text = (
        "The limit for stock reserved by carts is reached. No stock is reserved for this "
        "cart until it is ordered."
    )
    priced.aside.warn(CartWarningCode.NOT_RESERVED, text, "lines")
    order.set_aside = priced.aside.as_json()


async def _reserve_again(
    uow: UnitOfWork,
    order: Order,
    priced: PricedOrder,
    until: datetime,
    must_have: Collection[str],
    told: Collection[str] = (),
) -> None:
    """Reserve a draft's stock until a time, instead of what it has reserved; the caller writes the rows with
    `uow.write_added`.

    Raises:
        InsufficientStock: there is not enough of one of these SKUs. If only others are short, the cart gets a
            warning, and none of its stock is reserved. Those in `told` get a warning of their own.
    """
    try:
        kept = await renew(uow, priced, channel_id=order.channel_id, claimant=order.id, expires_at=until)
    except InsufficientStock as refusal:
        refused = [each for each in refusal.shortages if each.sku in must_have]
        if refused:
            raise InsufficientStock(refused, "lines") from None
        await releasing.release(uow, claimant=order.id)
        order.reserved_until = None
        for each in refusal.shortages:
            if each.sku in told:
                text = "There is not enough stock of this item."
                priced.aside.warn(CartWarningCode.NO_STOCK, text, "lines", given=each.sku)
        text = "There is not enough stock. No stock is reserved for the cart."
        priced.aside.warn(CartWarningCode.NOT_RESERVED, text, "lines")
        order.set_aside = priced.aside.as_json()
    else:
        await _release_beyond_share(uow, order, priced, kept)


async def set_content(uow: UnitOfWork, order: Order, data: OrderData, priced: PricedOrder) -> None:
    """Set new content on a draft's row, which the caller saves."""
    write_onto(order, priced)
    if data.external_reference != order.external_reference:
        await refuse_reference(uow.actor, order.channel_id, data.external_reference)
        order.external_reference = data.external_reference
    if data.customer_id != order.customer_id or order.customer_id is None:
        order.customer_id = await _customer(uow.actor, order.channel_id, data)
    order.payment_gateway = data.payment_gateway or ""
    order.note, order.tags, order.metadata = data.note, data.tags, data.metadata
    for name, value in data.entered.items():
        setattr(order, name, value)
    touch(order, uow.at)


@command
async def delete_draft(
    uow: UnitOfWork, id: UUID, *, token: str | None = None, expected_version: int | None = None
) -> Order:
    """Close a draft and delete its content; its stock is released at once.

    Raises:
        NotFound, StaleVersion, Invalid: it was placed already.
    """
    order = await queries.locked_draft(uow.actor, id, token, "id")
    if order.status is OrderStatus.EXPIRED:
        return order
    refuse_stale(order, expected_version)
    refuse_unless_draft(order, "id")
    await close_and_clear(uow, order)
    return order


async def close_and_clear(uow: UnitOfWork, order: Order) -> None:
    """Close a locked draft and delete its content."""
    await _close(uow, order)
    await delete_where(OrderLine, "order_id = $1", order.id)
    entered = [name for name in Order._meta.fields_db_projection if name not in _OF_THE_ROW]
    blank = Order(id=order.id, currency=order.currency, prices_include_tax=order.prices_include_tax)
    for name in entered:
        setattr(order, name, getattr(blank, name))
    await order.save(update_fields=entered)


async def expire_drafts(limit: int = 100) -> int:
    """Close expired drafts; return how many."""
    done = 0
    for id in await queries.due_drafts(clock.now(), limit):
        done += await _expire(SYSTEM, id)
    return done


@command
async def _expire(uow: UnitOfWork, id: UUID) -> int:
    order = await queries.locked_due_draft(id, uow.at)
    if order is None:
        return 0
    await _close(uow, order)
    return 1


async def _close(uow: UnitOfWork, order: Order) -> None:
    """Close a draft without placing it."""
    lifecycle.lifecycle.move(order, lifecycle.expire)
    await releasing.release(uow, claimant=order.id)
    touch(order, uow.at)
    order.reserved_until = None
    await order.save(update_fields=["status", "version", "updated_at", "reserved_until"])
    uow.announce(OrderExpired(subject_id=order.id, channel_id=order.channel_id))

"""Beginning a cart with the lines of an earlier order, at today's prices."""

from uuid import UUID

from app.catalog import queries as catalog
from app.channels import queries as channels
from app.channels.models import Channel
from app.core.refusals import NotFound
from app.core.uow import UnitOfWork, command
from app.customers.contact import AddressData
from app.orders import queries
from app.orders.cart import CartContents
from app.orders.conditions import REORDER, refuse_reorder
from app.orders.lifecycle import OrderStatus
from app.orders.models import Order, OrderLine
from app.orders.pickup import Pickup
from app.orders.service.drafting import draft
from app.orders.service.faults import LineData
from app.orders.service.pricing import OrderData


@command
async def reorder(uow: UnitOfWork, id: UUID, *, token: str | None = None) -> Order:
    """Create a cart with the lines of an order that the actor can see, or whose access token is `token`.

    What is no longer sold, has no price or is short of stock becomes a warning of the cart. Codes, notes, and
    prices and discounts set by staff are not taken over.

    Raises:
        NotFound.
        Forbidden: it is not the caller's own order, and the caller does not manage orders.
        Invalid: it was not placed, or its channel is closed.
    """
    source = await _source(uow, id, token)
    refuse_reorder(source)
    (found,) = await channels.channels_by_id([source.channel_id])
    assert found is not None
    channel = await channels.open_for_orders(found.code, uow.actor, "id")
    lines = await _lines(source)
    data = _content(source, channel, lines)
    if token is not None:  # proves the order, not the account
        data.customer_id = None
    skus = frozenset(line.sku for line in lines)
    had = CartContents(skus, frozenset(), data.shipping_method, data.pickup_location)
    return await draft(uow, data, had=had)


async def _source(uow: UnitOfWork, id: UUID, token: str | None) -> Order:
    if token is None:
        order = await queries.order(uow.actor, id)
        holds_there = await queries.is_within(uow.actor.scope_of(REORDER.permission), order)
        REORDER.refuse(uow.actor, holds_there, "id")
        return order
    found = await queries.with_token(id, "", token)
    (channel,) = await channels.channels_by_id([found.channel_id]) if found else (None,)
    if found is None or channel is None or not queries.is_open_to_guests(found, channel, uow.at):
        raise NotFound.of("order", "id")
    return found


async def _lines(source: Order) -> list[LineData]:
    """The lines under the present SKUs of their variants, without cancelled units unless all were."""
    own = await queries.lines(source.id)
    variants = await catalog.variants_by_id([line.variant_id for line in own])
    is_cancelled = source.status is OrderStatus.CANCELLED
    return [
        LineData(variant.sku if variant else line.sku, units, dict(line.metadata))
        for line, variant in zip(own, variants, strict=True)
        if (units := _units(line, is_cancelled=is_cancelled))
    ]


def _units(line: OrderLine, *, is_cancelled: bool) -> int:
    return int(line.quantity if is_cancelled else line.quantity - line.quantity_cancelled)


def _content(source: Order, channel: Channel, lines: list[LineData]) -> OrderData:
    shipping, billing = source.shipping_address, source.billing_address
    pickup = Pickup.of(source)
    if pickup is not None:
        shipping = None  # it is the address of the location
    return OrderData(
        channel=channel.code,
        lines=lines,
        email=source.email or None,
        phone=source.phone or None,
        shipping_address=AddressData.from_json(shipping) if shipping else None,
        billing_address=AddressData.from_json(billing) if billing else None,
        shipping_method=source.shipping_method or None,
        pickup_location=pickup.code if pickup else None,
        customer_id=source.customer_id,
        entered={"language": source.language} if source.language else {},
        stored=frozenset({"email", "phone", "shipping_address", "billing_address"}),
    )

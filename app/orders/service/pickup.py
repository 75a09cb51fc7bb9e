"""Pick-up locations for carts and for lines that are not in a cart yet."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from app.channels import queries as channels
from app.channels.models import Channel
from app.core import clock
from app.core.actor import Actor
from app.core.problems import ProblemCode
from app.core.refusals import Problems
from app.inventory.locations.models import PickupSetting
from app.inventory.locations.queries import pickup as pickup_queries
from app.inventory.sourcing import Place
from app.inventory.stock.service import previewing
from app.inventory.stock.service.previewing import DemandToPreview
from app.inventory.stock.service.reserving import ReservationResult
from app.orders import queries
from app.orders.components import left_of
from app.orders.models import Order, OrderLine
from app.orders.pickup_options import LineToPickUp, PickupOption, pickup_option
from app.orders.service.delivery import tracked_variants
from app.orders.service.edits import EditData
from app.orders.service.pricing import OrderData, PricedOrder, price_order
from app.orders.service.requested_pickup import pickup_of

Cart = tuple[UUID, int]  # id and version of a draft


async def pickup_options_for(actor: Actor, data: OrderData) -> tuple[Channel, list[PickupOption]]:
    """The pick-up locations for lines, with the channel.

    Raises:
        NotFound, Invalid: the channel does not exist or is closed.
        ValidationFailed: every problem of the lines.
    """
    channel = await channels.open_for_orders(data.channel, actor, "channel")
    priced = await price_order(channel, data, clock.now(), actor, complete=False)
    lines = [LineToPickUp(item.sold.sku, item.quantity, item.demand) for item in priced.items]
    (rows,) = await pickup_queries.offered_in([channel.id])
    return channel, await _options(channel.id, rows, lines)


async def pickup_options_of_carts(carts: list[Cart]) -> list[list[PickupOption]]:
    """Batch: the pick-up locations for each cart. What a cart has reserved itself counts as free."""
    ids = [id for id, _ in carts]
    orders = [order for order in await queries.orders_by_id(ids) if order is not None]
    lines = await queries.lines_by_order(ids)
    tracked = await tracked_variants(line for own in lines for line in own)
    offered = await pickup_queries.offered_in([order.channel_id for order in orders])
    return [
        await _options(order.channel_id, rows, _of_cart(own, tracked), claimant=order.id)
        for order, own, rows in zip(orders, lines, offered, strict=True)
    ]


def _of_cart(lines: Sequence[OrderLine], tracked: Collection[UUID]) -> list[LineToPickUp]:
    return [
        LineToPickUp(
            line.sku, line.quantity, {id: units for id, units in left_of(line).items() if id in tracked}
        )
        for line in lines
    ]


async def _options(
    channel_id: UUID,
    rows: Sequence[PickupSetting],
    lines: Sequence[LineToPickUp],
    claimant: UUID | None = None,
) -> list[PickupOption]:
    at = clock.now()
    demand: dict[UUID, int] = {}
    for line in lines:
        for variant, units in line.demand.items():
            demand[variant] = demand.get(variant, 0) + units
    wanted = [DemandToPreview(demand, Place.of(pickup_of(row).destination), claimant) for row in rows]
    previews = await previewing.preview_reservations(channel_id, wanted, at)
    return [pickup_option(row, lines, preview.plan, at) for row, preview in zip(rows, previews, strict=True)]


def promise_pickup(order: Order, priced: PricedOrder, kept: ReservationResult, at: datetime) -> None:
    """Set on an order that is being placed when it is ready at the location of its pick-up."""
    assert priced.pickup is not None
    pickup = priced.pickup.promised(kept.plan, at, is_waiting=kept.is_waiting, hours=priced.hours)
    order.pickup = pickup.to_json()
    day = kept.due_on if pickup.ready_by is None else pickup.day_of(pickup.ready_by)
    order.promised_on = order.first_promised_on = day


def refuse_delivery_of_pickup(order: Order, data: EditData, problems: Problems) -> None:
    """Note that an order that is picked up has no address or method of its own to change."""
    if order.pickup is None:
        return
    for name in ("shipping_address", "shipping_method"):
        if getattr(data, name) is not None:
            problems.add(
                "The order is picked up. Cancel it and place another one to have the items shipped.",
                name,
                code=ProblemCode.NOT_APPLICABLE,
            )

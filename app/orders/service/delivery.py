"""Previews when carts would be delivered if they were ordered now. Nothing is reserved."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.catalog import queries as catalog
from app.channels import queries as channels
from app.channels.models import Channel, ShippingMethod
from app.core import clock
from app.core.database import values_of
from app.inventory.sourcing import Place
from app.inventory.stock.service import previewing
from app.inventory.stock.service.previewing import DemandToPreview, ReservationPreview
from app.orders import queries
from app.orders.components import left_of
from app.orders.delivery_days import first_promise
from app.orders.models import Order, OrderLine
from app.orders.pickup import Pickup, destination_of, ready_by
from app.orders.recorded import ShippingTerms

Method = ShippingMethod | ShippingTerms | None
Cart = tuple[UUID, int]  # id and version of a draft


@dataclass(frozen=True, slots=True)
class _Part:
    """The stock of one line, as far as it is previewed."""

    due_on: date | None
    is_waiting: bool


@dataclass(frozen=True, slots=True)
class DeliveryPreview:
    """The preview of a cart; `variants` are those of each line that must be in stock, without gift cards."""

    channel: Channel
    at: datetime
    reserved: ReservationPreview
    variants: Mapping[UUID, Collection[UUID]]
    terms: ShippingTerms | None = None
    pickup: Pickup | None = None

    def day_with(self, method: Method) -> date | None:
        """The day of the whole cart with a shipping method; None if it is empty, short or unknown."""
        if not self.variants or self.reserved.plan.short:
            return None
        return first_promise(self.channel, method, self.reserved, self.at)

    @property
    def promised_on(self) -> date | None:
        """The day with the method or pick-up location of the cart; None without either."""
        if self.pickup is not None:
            return self._ready_on(self.pickup)
        return self.day_with(self.terms) if self.terms else None

    def _ready_on(self, pickup: Pickup) -> date | None:
        """The day on which the cart is ready for its pick-up; None if it is empty or short."""
        plan = self.reserved.plan
        if not self.variants or plan.short:
            return None
        hours = next((each.site.hours for each in plan.candidates), None)
        ready = ready_by(plan, hours, pickup.preparation_minutes, self.at)
        return pickup.day_of(ready) if ready else None

    def line_promised_on(self, line_id: UUID) -> date | None:
        """The day of a line; None if it falls short, the day is unknown or the cart has no method."""
        short, days = self.reserved.plan.short, self.reserved.days
        own = self.variants.get(line_id, ())
        if (
            line_id not in self.variants
            or self.terms is None
            or any(id in short for id in own)
            or (short and own)
        ):
            return None
        if self.pickup is not None:
            return self._ready_on(self.pickup)
        known = [days.get(id) for id in own]
        due = [day for day in known if day is not None]
        part = _Part(max(due, default=None) if len(due) == len(known) else None, len(due) < len(known))
        return first_promise(self.channel, self.terms, part, self.at)


async def preview_deliveries(carts: list[Cart]) -> list[DeliveryPreview]:
    """Batch: the preview of each cart, with a number of statements that depends on the channels only."""
    return await _previews(carts, as_shipped=False)


async def preview_as_shipped(carts: list[Cart]) -> list[DeliveryPreview]:
    """Batch: the preview of each cart if it was shipped; it may have a pick-up location now."""
    return await _previews(carts, as_shipped=True)


async def _previews(carts: list[Cart], *, as_shipped: bool) -> list[DeliveryPreview]:
    ids = [id for id, _ in carts]
    orders = {order.id: order for order in await queries.orders_by_id(ids) if order is not None}
    lines = dict(zip(ids, await queries.lines_by_order(ids), strict=True))
    tracked = await tracked_variants(line for own in lines.values() for line in own)
    channel_ids = list(dict.fromkeys(values_of(list(orders.values()), "channel_id")))
    at = clock.now()
    found: dict[UUID, DeliveryPreview] = {}
    for channel in await channels.channels_by_id(channel_ids):
        assert channel is not None
        own = [order for order in orders.values() if order.channel_id == channel.id]
        places = [_place(order, as_shipped=as_shipped) for order in own]
        demands = [
            _demand(order, lines[order.id], tracked, place) for order, place in zip(own, places, strict=True)
        ]
        previews = await previewing.preview_reservations(channel.id, demands, at)
        for order, preview in zip(own, previews, strict=True):
            pickup = None if as_shipped else Pickup.of(order)
            terms = ShippingTerms.recorded(order)
            variants = {
                line.id: tracked & set(left_of(line)) for line in lines[order.id] if not line.is_gift_card
            }
            found[order.id] = DeliveryPreview(channel, at, preview, variants, terms, pickup)
    return [found[id] for id in ids]


async def tracked_variants(lines: Iterable[OrderLine]) -> set[UUID]:
    """The variants of lines that must be in stock."""
    rows = list(lines)
    untracked = {
        variant.id
        for variant in await catalog.variants_by_id(list({line.variant_id for line in rows}))
        if variant is not None and not variant.tracks_stock
    }
    return {id for line in rows if line.variant_id not in untracked for id in left_of(line)}


def _place(order: Order, *, as_shipped: bool) -> Place | None:
    to = order.shipping_address or order.destination
    return Place.of(to if as_shipped else destination_of(order))


def _demand(
    order: Order, lines: Sequence[OrderLine], tracked: Collection[UUID], to: Place | None
) -> DemandToPreview:
    wanted: defaultdict[UUID, int] = defaultdict(int)
    for line in lines:
        for id, units in left_of(line).items():
            if id in tracked:
                wanted[id] += units
    return DemandToPreview(wanted, to, order.id)

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
    """The preview of a cart; `variants` are those of each line that must be in stock."""

    channel: Channel
    at: datetime
    reserved: ReservationPreview
    variants: Mapping[UUID, Collection[UUID]]
    terms: ShippingTerms | None = None

    def day_with(self, method: Method) -> date | None:
        """The day of the whole cart with a shipping method; None if it is empty, short or unknown."""
        if not self.variants or self.reserved.plan.short:
            return None
        return first_promise(self.channel, method, self.reserved, self.at)

    @property
    def promised_on(self) -> date | None:
        """The day with the method of the cart; None without a method."""
        return self.day_with(self.terms) if self.terms else None

    def line_promised_on(self, line_id: UUID) -> date | None:
        """The day of a line; None if it falls short, the day is unknown or the cart has no method."""
        short, days = self.reserved.plan.short, self.reserved.days
        own = self.variants.get(line_id, ())
        if self.terms is None or any(id in short for id in own) or (short and own):
            return None
        known = [days.get(id) for id in own]
        due = [day for day in known if day is not None]
        part = _Part(max(due, default=None) if len(due) == len(known) else None, len(due) < len(known))
        return first_promise(self.channel, self.terms, part, self.at)


async def preview_deliveries(carts: list[Cart]) -> list[DeliveryPreview]:
    """Batch: the preview of each cart, with a number of statements that depends on the channels only."""
    ids = [id for id, _ in carts]
    orders = {order.id: order for order in await queries.orders_by_id(ids) if order is not None}
    lines = dict(zip(ids, await queries.lines_by_order(ids), strict=True))
    tracked = await _tracked(line for own in lines.values() for line in own)
    channel_ids = list(dict.fromkeys(values_of(list(orders.values()), "channel_id")))
    at = clock.now()
    found: dict[UUID, DeliveryPreview] = {}
    for channel in await channels.channels_by_id(channel_ids):
        assert channel is not None
        own = [order for order in orders.values() if order.channel_id == channel.id]
        demands = [_demand(order, lines[order.id], tracked) for order in own]
        previews = await previewing.preview_reservations(channel.id, demands, at)
        for order, preview in zip(own, previews, strict=True):
            terms = ShippingTerms.recorded(order)
            variants = {line.id: tracked & set(left_of(line)) for line in lines[order.id]}
            found[order.id] = DeliveryPreview(channel, at, preview, variants, terms)
    return [found[id] for id in ids]


async def _tracked(lines: Iterable[OrderLine]) -> set[UUID]:
    """The variants of lines that must be in stock."""
    rows = list(lines)
    untracked = {
        variant.id
        for variant in await catalog.variants_by_id(list({line.variant_id for line in rows}))
        if variant is not None and not variant.tracks_stock
    }
    return {id for line in rows if line.variant_id not in untracked for id in left_of(line)}


def _demand(order: Order, lines: Sequence[OrderLine], tracked: Collection[UUID]) -> DemandToPreview:
    wanted: defaultdict[UUID, int] = defaultdict(int)
    for line in lines:
        for id, units in left_of(line).items():
            if id in tracked:
                wanted[id] += units
    return DemandToPreview(wanted, Place.of(order.shipping_address or order.destination), order.id)

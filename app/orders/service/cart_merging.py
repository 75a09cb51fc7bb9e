"""Merging the cart that a visitor filled into the carts of the customer who signed in.

What happens to a second cart is a rule of the channel. Whichever cart is closed releases its stock first; the
kept cart then reserves anew, so no unit is counted twice.
"""

from collections import Counter
from dataclasses import replace
from uuid import UUID

from app.channels import queries as channels
from app.channels.lifecycle import CartMerge
from app.channels.models import Channel
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, NotFound
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale
from app.inventory.stock.service import previewing, releasing
from app.inventory.stock.service.previewing import DemandToPreview
from app.orders import queries
from app.orders.cart import CartContents, CartWarningCode, SetAside
from app.orders.components import needs_of
from app.orders.conditions import refuse_unless_draft
from app.orders.lifecycle import OrderStatus
from app.orders.models import Order
from app.orders.service.cart_lines import add_line
from app.orders.service.drafting import close_and_clear, write_content
from app.orders.service.faults import LineData
from app.orders.service.merging import merged
from app.orders.service.pricing import MOST_UNITS, OrderData, price_order

# What the kept cart takes from the other one, if it has none.
_FILLED = (
    "email", "phone", "shipping_address", "billing_address", "destination", "payment_gateway", "note",
    "metadata",
)  # fmt: skip


@command
async def merge_carts(
    uow: UnitOfWork,
    id: UUID,
    *,
    token: str | None,
    into_id: UUID | None = None,
    expected_version: int | None = None,
) -> Order:
    """Give a visitor's cart to the customer who is signed in; return the cart to continue with.

    If the customer has another cart in the channel, `into_id` or the one changed last, the channel's rule
    applies. `expected_version` is that of the cart with `id`.

    Raises:
        NotFound, StaleVersion, ValidationFailed.
        Invalid: one of the carts was placed or closed, or both are the same or of different channels.
    """
    if into_id == id:
        raise Invalid("Name two different carts.", "into_id", code=ProblemCode.REPEATED)
    other_id = into_id or await queries.newest_cart_beside(uow.actor, id)
    guest, own = await _locked(uow, id, token, other_id, is_named=into_id is not None)
    refuse_stale(guest, expected_version)
    refuse_unless_draft(guest, "id")
    channel = await channels.by_id(guest.channel_id, uow.actor, "id")
    if own is None:
        return await _adopt(uow, channel, guest)
    refuse_unless_draft(own, "into_id")
    if own.channel_id != guest.channel_id:
        text = "The carts belong to different channels."
        raise Invalid(text, "into_id", code=ProblemCode.CONTRADICTION, field="id")
    if channel.cart_merge is CartMerge.KEEP_BOTH:
        return await _adopt(uow, channel, guest)
    await _lock_stock(uow, own, guest)
    if channel.cart_merge is CartMerge.KEEP_NEWEST:
        if await _is_kept(own, guest):
            await close_and_clear(uow, guest)
            return own
        await close_and_clear(uow, own)
        return await _adopt(uow, channel, guest)
    return await _merge_lines(uow, channel, own, guest)


async def _locked(
    uow: UnitOfWork, id: UUID, token: str | None, other_id: UUID | None, *, is_named: bool
) -> tuple[Order, Order | None]:
    """Both carts, locked in the order of their ids by every merge."""
    found: dict[UUID, Order] = {}
    for each in sorted((each for each in (id, other_id) if each is not None), key=str):
        if each == id:
            found[id] = await queries.locked_draft(uow.actor, id, token, "id")
        else:
            found[each] = await queries.locked_draft(uow.actor, each, None, "into_id")
    own = None if other_id is None else found[other_id]
    if own is not None and not is_named and own.status is not OrderStatus.DRAFT:
        own = None  # it was placed or closed since it was found
    if uow.actor.is_customer and found[id].customer_id not in (None, uow.actor.id):
        raise NotFound.of("draft", "id")  # of another account
    return found[id], own


async def _is_kept(own: Order, guest: Order) -> bool:
    """Whether the customer's cart is kept: the one changed last, but no empty cart in place of a full one."""
    is_full = [bool(await queries.lines(cart.id)) for cart in (own, guest)]
    return is_full[0] if is_full[0] != is_full[1] else own.updated_at > guest.updated_at


async def _lock_stock(uow: UnitOfWork, own: Order, guest: Order) -> None:
    """Lock the stock of both carts at once, because one after the other could deadlock with an order."""
    lines = [*await queries.lines(own.id), *await queries.lines(guest.id)]
    variants = {id for line in lines for id in needs_of(line)}
    await releasing.lock_variants(uow, own.channel_id, variants, own.id)


async def _adopt(uow: UnitOfWork, channel: Channel, guest: Order) -> Order:
    """The cart itself becomes the customer's; its content is priced anew for its new owner."""
    lines = await queries.lines(guest.id)
    had = CartContents.in_cart(guest, (line.sku for line in lines))
    data = merged(uow.actor, guest, channel, lines, OrderData(channel.code), frozenset())
    return await write_content(uow, guest, channel, data, had, lines, must_have=())


async def _merge_lines(uow: UnitOfWork, channel: Channel, own: Order, guest: Order) -> Order:
    kept, other = await _content(uow, channel, own), await _content(uow, channel, guest)
    before = [_units(kept), _units(other)]
    was_reserved = any(
        cart.reserved_until is not None or SetAside.of(cart).is_without_stock for cart in (own, guest)
    )
    await close_and_clear(uow, guest)
    await releasing.release(uow, claimant=own.id)
    _fill(kept, other)
    kept.discount_codes = list(dict.fromkeys([*kept.discount_codes, *other.discount_codes]))
    for line in other.lines:
        add_line(kept.lines, line)
    capped = _cap(kept.lines)
    skus = frozenset(line.sku for line in kept.lines)
    had = CartContents(
        skus,
        frozenset(kept.discount_codes),
        kept.shipping_method,
        kept.pickup_location,
        kept.payment_gateway,
    )
    reduced = await _reduce(uow, channel, kept, had, before)
    lines = await queries.lines(own.id)
    order = await write_content(uow, own, channel, kept, had, lines, must_have=(), reserve=was_reserved)
    return await _warn_of_reduced(order, capped | reduced)


async def _content(uow: UnitOfWork, channel: Channel, cart: Order) -> OrderData:
    lines = await queries.lines(cart.id)
    return merged(uow.actor, cart, channel, lines, OrderData(channel.code), frozenset())


def _fill(kept: OrderData, other: OrderData) -> None:
    """Complete a cart with what only the other one has."""
    for name in _FILLED:
        if not getattr(kept, name):
            setattr(kept, name, getattr(other, name))
    if not (kept.shipping_method or kept.pickup_location):
        kept.shipping_method, kept.pickup_location = other.shipping_method, other.pickup_location
    kept.entered = {name: value or other.entered.get(name) for name, value in kept.entered.items()}


def _cap(lines: list[LineData]) -> dict[str, int]:
    """Reduce quantities that were added up beyond the largest one of a line; return them by SKU."""
    capped = [line for line in lines if line.quantity > MOST_UNITS]
    for line in capped:
        line.quantity = MOST_UNITS
    return {line.sku: line.quantity for line in capped}


def _units(data: OrderData) -> Counter[str]:
    units = Counter[str]()
    for line in data.lines:
        units[line.sku] += line.quantity
    return units


async def _reduce(
    uow: UnitOfWork,
    channel: Channel,
    data: OrderData,
    had: CartContents,
    before: list[Counter[str]],
) -> dict[str, int]:
    """Reduce quantities that were added up beyond the stock; return the new quantities by SKU.

    A quantity is not reduced below the larger one of the two carts.
    """
    priced = await price_order(channel, replace(data), uow.at, uow.actor, complete=False, had=had)
    demand = DemandToPreview(priced.demand, priced.place)
    (preview,) = await previewing.preview_reservations(channel.id, [demand], uow.at)
    missing: dict[str, int] = {}
    for item in priced.items:
        for id, there in preview.plan.short.items():
            if id in item.demand:
                units, of_one = priced.demand[id] - max(0, there), item.demand[id] // item.quantity
                missing[item.sold.sku] = max(missing.get(item.sold.sku, 0), -(-units // of_one))
    together = _units(data)
    for sku, units in missing.items():
        spare = together[sku] - max(each[sku] for each in before)
        _take_off(data.lines, sku, min(units, spare))
    now = _units(data)
    return {sku: now[sku] for sku in missing if now[sku] < together[sku]}


def _take_off(lines: list[LineData], sku: str, units: int) -> None:
    """Take units off the lines of a SKU, the last one first; each keeps at least one."""
    for line in reversed([line for line in lines if line.sku == sku]):
        off = min(units, line.quantity - 1)
        line.quantity -= off
        units -= off


async def _warn_of_reduced(order: Order, reduced: dict[str, int]) -> Order:
    """Add a warning for each reduced quantity."""
    if not reduced:
        return order
    aside = SetAside.of(order)
    for sku, units in reduced.items():
        text = f"The quantities of both carts together cannot be ordered. The quantity is now {units}."
        aside.warn(CartWarningCode.QUANTITY_REDUCED, text, "lines", given=sku, maximum=units)
    order.set_aside = aside.as_json()
    await order.save(update_fields=["set_aside"])
    return order

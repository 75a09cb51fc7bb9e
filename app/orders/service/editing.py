"""Editing a placed order: previewed, then made in one step with stock, work, tax and amount due."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from app.channels import queries as channels
from app.channels.calendar import today_of
from app.channels.lifecycle import ShippingTax
from app.channels.models import Channel
from app.core.actor import Actor
from app.core.database import insert, update_each
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.steps import LifecycleStep
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command, transact
from app.core.versions import refuse_stale, touch
from app.inventory.sourcing import Place, SourcingDecision
from app.inventory.stock import queries as stock
from app.inventory.stock.refusals import InsufficientStock
from app.inventory.stock.service import releasing, reserving
from app.orders import derived_statuses, queries
from app.orders.changing import Change, Changed, apply, full_shipping
from app.orders.components import needs_of
from app.orders.conditions import RIGHTS, refuse_edit
from app.orders.delivery_days import promised_on
from app.orders.editing import Amounts, Difference, LineChange, LineState, live, state_of
from app.orders.events import OrderEdited
from app.orders.lifecycle import CancelReason
from app.orders.models import Order, OrderEdit, OrderLine
from app.orders.pickup import destination_of
from app.orders.pinned import PinnedDiscount, codes_of, discounts_as_json
from app.orders.recorded import ShippingTerms
from app.orders.service.adjusting import Adjusted, announce_adjusted
from app.orders.service.cancellations import cancellation_of
from app.orders.service.edited_gift_cards import refuse_gift_cards_for_stored_value
from app.orders.service.edits import EditData, Staged
from app.orders.service.holding import check_rules_again
from app.orders.service.paying import prioritize
from app.orders.service.promising import update_promise
from app.orders.service.sourcing import demand_of
from app.orders.service.staging import stage
from app.orders.shipping import ShippingToPrice, priced
from app.orders.totals import refuse_too_large
from app.orders.validation import content_of
from app.promotions import service as promotions
from app.promotions.scope import Buyer

TAKEN_OUT = "Removed when the order was edited."


class _Previewed(Exception):
    """Ends the transaction of a preview: everything is rolled back, and the result is returned."""

    def __init__(self, found: OrderEdit) -> None:
        super().__init__("previewed")
        self.found = found


@command
async def edit(
    uow: UnitOfWork, id: UUID, data: EditData, *, expected_version: int | None = None
) -> OrderEdit:
    """Edit the lines, addresses, shipping method or discounts of an open order.

    Returns the record of the edit with the differences.

    Raises:
        NotFound, StaleVersion.
        IllegalTransition: it is a draft, completed or cancelled.
        Invalid, ValidationFailed: invalid input; or nothing would change.
        InsufficientStock: stock for additions is missing.
        TooLateToEdit: a new address or method for what is packed or shipped.
        WithSupplier: a supplier was sent a request for what is to be changed.
    """
    order = await queries.locked(uow.actor, id, RIGHTS[LifecycleStep.EDIT])
    refuse_stale(order, expected_version)
    return await edit_locked(uow, order, data)


async def edit_locked(uow: UnitOfWork, order: Order, data: EditData) -> OrderEdit:
    """Edit a locked order, for commands whose callers need no permission to edit orders.

    Raises:
        What `edit` raises, except what concerns finding the order.
    """
    checked_note(data.reason, "reason", longest=LONGEST_REMARK)
    refuse_edit(order)
    (channel,) = await channels.channels_by_id([order.channel_id])
    assert channel is not None
    lines = await queries.lines(order.id)
    staged = await stage(channel, order, lines, data, uow.at, uow.actor)
    found = Difference(
        order.currency, Amounts.of(order), Amounts.of(order), promised_before=order.promised_on
    )
    before = {line.id: (live(line), line.unit_price_minor, line.tax_rate) for line in lines}
    needed = await demand_of(order)

    changed = apply(order, lines, _change(order, staged, data))
    refuse_too_large(order.subtotal_minor)
    await refuse_gift_cards_for_stored_value(order, [*lines, *staged.added])
    found.changed = await _put_words(order, channel, staged, changed.discounts, today_of(channel, uow.at))
    found.after = Amounts.of(order)
    if found.after != found.before:
        order.shown_total_minor = None  # the edit shows the total, not the cart
    found.lines = _changes(before, [*lines, *staged.added], changed)
    if found.is_empty and not staged.by_hand.events:
        raise Invalid("The edit changes nothing.", code=ProblemCode.NO_CHANGE)
    await _write(uow, order, lines, staged.added, changed)
    now = await demand_of(order)
    found.stock = await _differs(needed, now)
    record = OrderEdit(
        id=new_id(),
        order_id=order.id,
        reason=data.reason,
        edited_by=uow.actor.name,
        at=uow.at,
        difference={},
    )
    # Units that move between lines of the same SKU are released for one and reserved for the other.
    moved = [line for line in [*lines, *staged.added] if before.get(line.id, (0,))[0] != live(line)]
    touched = {id for line in moved for id in needs_of(line)} & (needed.keys() | now.keys())
    await _follow(uow, order, record, found, touched, staged.by_hand.events)
    again = await queries.locked_by_id(order.id)
    assert again is not None
    found.promised_after = again.promised_on
    record.difference = found.to_json()
    await insert([record])
    return record


async def preview_edit(
    actor: Actor, id: UUID, data: EditData, *, expected_version: int | None = None
) -> OrderEdit:
    """The exact result of `edit`: it is executed and rolled back.

    Raises:
        What `edit` raises.
    """

    async def look(uow: UnitOfWork) -> None:
        found = await edit(uow, id, data, expected_version=expected_version)
        await uow.dispatch()
        raise _Previewed(found)

    try:
        await transact(actor, look)
    except _Previewed as seen:
        return seen.found
    raise AssertionError("ends a preview")


def _change(order: Order, staged: Staged, data: EditData) -> Change:
    """The checked edit as a change of amounts."""
    shipping = None
    if staged.shipping_tax is not None:
        terms = ShippingTerms.recorded(order)
        shipping = (
            priced(staged.method, staged.shipping_tax)
            if staged.method
            else ShippingToPrice(
                full_shipping(order), staged.shipping_tax, terms.tax_mode if terms else ShippingTax.CLASS
            )
        )
    return Change(
        staged.wanted,
        staged.added,
        staged.prices,
        staged.taxes,
        shipping,
        staged.discounts,
        staged.reached,
        staged.by_hand.lines,
        staged.by_hand.list_prices,
        no_dearer=data.no_dearer,
    )


async def _put_words(
    order: Order, channel: Channel, staged: Staged, discounts: list[PinnedDiscount], today: date
) -> list[str]:
    """Set addresses, method and discounts on the row; return the names of changed fields."""
    method = staged.method
    now = {
        "shipping_address": staged.shipping_address,
        "billing_address": staged.billing_address,
        "shipping_method": method.code if method else order.shipping_method,
        "discount_codes": [discount.code for discount in discounts if discount.code is not None],
    }
    changed = [name for name, value in now.items() if value != getattr(order, name)]
    if "discount_codes" in changed:
        await _use_discounts(order, discounts)
    order.discounts = discounts_as_json(discounts)
    if method:
        order.shipping_terms = ShippingTerms.of(method).as_json()
    if "shipping_method" in changed and method:
        order.shipping_method_name = method.name
        if not order.is_promised_by_hand and order.promised_on is not None and not order.is_waiting:
            start = max(today, _ships_on(order) or today)
            order.promised_on = order.first_promised_on = promised_on(channel, method, start)
            order.is_delayed = False
    for name in changed:
        setattr(order, name, now[name])
    return changed


def _ships_on(order: Order) -> date | None:
    """The last day on which a chosen location ships."""
    decision = SourcingDecision.from_json(order.sourcing)
    return decision.ships_on if decision else None


async def _use_discounts(order: Order, discounts: list[PinnedDiscount]) -> None:
    """Count the use of codes that are new to an order, and uncount those that were removed."""
    had = codes_of(order)
    has = {each.code: each for each in discounts if each.code is not None}
    new = [(UUID(each.id), code) for code, each in has.items() if code not in had]
    gone = [UUID(each.id) for code, each in had.items() if code not in has]
    buyer = Buyer(order.customer_id, order.email)
    await insert(await promotions.use(new, order.id, buyer, instead_of=gone))


def _changes(
    before: dict[UUID, tuple[int, int, Decimal]], lines: list[OrderLine], changed: Changed
) -> list[LineChange]:
    """The lines whose quantity, price or amount has changed; not those with only another part of a tax that
    is rounded for all lines of its rate."""
    found = []
    totals = [*changed.before.lines, *(None for _ in lines[len(changed.before.lines) :])]
    for line, was, now in zip(lines, totals, changed.after.lines, strict=True):
        had = before.get(line.id)
        old = LineState(*had[:2], was.total_minor) if was and had else None
        new = state_of(line, now.total_minor)
        is_same = was is not None and was.taxable_minor == now.taxable_minor
        if old != new and not (is_same and had == (live(line), line.unit_price_minor, line.tax_rate)):
            found.append(LineChange(line.id, line.sku, old, new))
    return found


async def _write(
    uow: UnitOfWork, order: Order, lines: list[OrderLine], added: list[OrderLine], changed: Changed
) -> None:
    """Write the rows of an edited order, and its removed units as a cancellation."""
    await update_each(
        lines,
        "quantity", "quantity_cancelled", "unit_price_minor", "discount_minor", "tax_rate", "tax_name",
        "tax_minor", "total_minor", "priced_units", "priced_discount_minor", "shown_price_minor",
        "list_price_minor", "adjusted",
    )  # fmt: skip
    await insert(added)
    if changed.removed:
        row = cancellation_of(uow, order, lines, changed.leaving, CancelReason.OTHER, TAKEN_OUT)
        await insert([row])
    now = [*lines, *added]
    order.content = content_of((line.sku, live(line)) for line in now if live(line))
    derived_statuses.derive(order, now)
    touch(order, uow.at)
    await update_each(
        [order],
        "subtotal_minor", "discount_minor", "shipping_minor", "shipping_discount_minor",
        "shipping_tax_minor", "tax_minor", "total_minor", "cancelled_minor", "shipping_address",
        "billing_address", "shipping_method",
        "shipping_method_name", "shipping_terms", "shipping_taxes", "discount_codes", "discounts",
        "shown_total_minor", "promised_on", "first_promised_on", "is_delayed", "content",
        *derived_statuses.COLUMNS, "updated_at", "version",
    )  # fmt: skip


async def _follow(
    uow: UnitOfWork,
    order: Order,
    record: OrderEdit,
    found: Difference,
    touched: set[UUID],
    adjusted: Sequence[Adjusted],
) -> None:
    """Update locations, stock, promised day and holds for the edited order."""
    now = await demand_of(order)
    if touched:
        await releasing.lock_variants(uow, order.channel_id, touched, order.id)
    uow.announce(
        OrderEdited(
            subject_id=order.id,
            channel_id=order.channel_id,
            edit_id=str(record.id),
            lines=[
                {
                    "sku": each.sku,
                    "before": each.before.quantity if each.before else None,
                    "after": each.after.quantity,
                }
                for each in found.lines
            ],
            changed=found.changed,
            total_minor=found.after.total_minor - found.after.cancelled_minor,
            due_minor=found.after.due_minor,
            reason=record.reason,
        )
    )
    announce_adjusted(uow, order, adjusted)
    await uow.dispatch()  # locations release what they need not send, or refuse
    if touched:
        await releasing.release_beyond(uow, claimant=order.id, needed=now)
        await _reserve_more(uow, order, now)
    again = await queries.locked_by_id(order.id)
    assert again is not None
    if touched:
        await update_promise(uow, again)
    await _check_again(uow, again, found)


async def _check_again(uow: UnitOfWork, order: Order, found: Difference) -> None:
    """Update the precedence for stock, and the holds, after the amount due has changed."""
    was, now = (amounts.due_minor <= order.authorized_minor for amounts in (found.before, found.after))
    if was != now:
        await prioritize(uow, order, is_covered=now)
    await check_rules_again(uow, order)


async def _reserve_more(uow: UnitOfWork, order: Order, needed: dict[UUID, int]) -> None:
    kept = await stock.reserved_by_variant(order.id)
    short = {id: units - kept.get(id, 0) for id, units in needed.items() if units > kept.get(id, 0)}
    if not short:
        return
    try:
        taken = await reserving.reserve(
            uow,
            channel_id=order.channel_id,
            demand=short,
            claimant=order.id,
            to=Place.of(destination_of(order)),
            refused=await stock.refusals_of(order.id),
        )
    except InsufficientStock as refusal:
        refusal.path = ("lines",)
        raise
    if order.sourcing is None:
        order.sourcing = taken.decision.to_json()
        await update_each([order], "sourcing")


async def _differs(before: dict[UUID, int], after: dict[UUID, int]) -> dict[str, int]:
    """The change in reserved units of each SKU."""
    changes = {id: after.get(id, 0) - before.get(id, 0) for id in before.keys() | after.keys()}
    changes = {id: units for id, units in changes.items() if units}
    skus = await stock.skus_of(changes) if changes else {}
    return {skus[id]: units for id, units in sorted(changes.items(), key=lambda each: skus[each[0]])}

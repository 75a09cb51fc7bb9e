"""Runs the validation rules for an order and applies their findings."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from app.channels import queries as channels
from app.core.ids import new_id
from app.core.money import Money
from app.core.uow import UnitOfWork
from app.customers import queries as customers
from app.inventory.stock import queries as stock
from app.orders import derived_statuses, lifecycle, queries
from app.orders.editing import live
from app.orders.events import OrderConfirmed, OrderHeld
from app.orders.models import Hold, Order, OrderLine
from app.orders.queries import RuleData
from app.orders.recorded import ShippingTerms
from app.orders.rule_warnings import RuleWarning, warnings_from_json, warnings_to_json
from app.orders.service.pricing import PricedOrder
from app.orders.shown import Shown
from app.orders.validation import ExtraFact, Facts, Finding, LineFacts, Outcome, examine, needed

LOOK_BACK = timedelta(days=1)
LONGEST_REASON = 500


async def examine_new(
    uow: UnitOfWork, order: Order, priced: PricedOrder, shown: Shown | None
) -> list[Finding]:
    """The findings of the rules for an order that is being placed; most of their data is in memory."""
    known = await _known(uow, order)
    lines = [
        LineFacts(
            item.sold.sku,
            item.quantity,
            item.unit_price_minor,
            shown.price_of(item.sold.sku, item.adjusted) if shown else None,
            item.sold.barred_countries,
            item.sold.minimum_age,
        )
        for item in priced.items
    ]
    countries = priced.method.countries if priced.method else None
    extra = needed(known.settings) - {ExtraFact.STOCK}  # all of its stock is reserved, or it is refused
    facts = replace(await _facts(uow, order, lines, countries, extra, known), is_address_checked=True)
    return examine(facts, known.settings)


async def _known(uow: UnitOfWork, order: Order) -> RuleData:
    return await queries.rule_data(order.channel_id, order.email, uow.at - LOOK_BACK, order.id)


async def examine_placed(uow: UnitOfWork, order: Order, lines: Sequence[OrderLine]) -> list[Finding]:
    """The findings of the rules for a placed order, without those that staff have released before."""
    settled = {hold.rule for hold in await queries.all_holds(order.id)}
    return [finding for finding in await examine_all(uow, order, lines) if finding.rule not in settled]


async def examine_all(uow: UnitOfWork, order: Order, lines: Sequence[OrderLine]) -> list[Finding]:
    """The findings of the rules for a placed order."""
    read = await _known(uow, order)
    extra = needed(read.settings)
    terms = ShippingTerms.recorded(order)
    facts = await _facts(uow, order, _line_facts(lines), terms.countries if terms else None, extra, read)
    return examine(facts, read.settings)


def _line_facts(lines: Sequence[OrderLine]) -> list[LineFacts]:
    """The recorded facts of the remaining lines, whatever the present state of their products."""
    return [
        LineFacts(
            line.sku,
            live(line),
            line.unit_price_minor,
            line.shown_price_minor,
            frozenset(line.barred_countries or ()),
            line.minimum_age,
        )
        for line in lines
        if live(line)
    ]


async def _facts(
    uow: UnitOfWork,
    order: Order,
    lines: Sequence[LineFacts],
    method_countries: Sequence[str] | None,
    extra: frozenset[ExtraFact],
    known: RuleData,
) -> Facts:
    """The facts of an order, reading those that the rules ask for."""
    customer = None
    owed: dict[str, int] = {}
    if ExtraFact.CUSTOMER in extra and order.customer_id is not None:
        (customer,) = await customers.customers_by_id([order.customer_id])
        if customer and customer.credit_limit_minor is not None:
            owed = await queries.owed_by(customer.id, order.id)
    time_zone = "UTC"
    if customer is not None and customer.born_on is not None:
        (channel,) = await channels.channels_by_id([order.channel_id])
        time_zone = channel.time_zone if channel else time_zone
    recent = known.recent
    if ExtraFact.RECENT in extra:
        recent = await queries.recent_orders(order.email, uow.at - LOOK_BACK, order.id)
    limit_in = (customer.credit_currency if customer else None) or order.currency
    return Facts(
        at=uow.at,
        email=order.email,
        currency=order.currency,
        shown_total_minor=order.shown_total_minor,
        total_minor=order.total_minor - order.cancelled_minor,
        shipping=order.shipping_address,
        billing=order.billing_address,
        lines=lines,
        is_paid=derived_statuses.is_covered(order),
        method_countries=method_countries,
        recent=recent,
        blocked_because=known.blocked_because,
        unpromised_units=await _unpromised(order.id) if ExtraFact.STOCK in extra else 0,
        credit_limit_minor=customer.credit_limit_minor if customer else None,
        credit_currency=limit_in,
        owed_minor=owed.pop(limit_in, 0),
        owed_elsewhere=[Money(minor, currency) for currency, minor in sorted(owed.items())],
        born_on=customer.born_on if customer else None,
        time_zone=time_zone,
    )


async def _unpromised(order_id: UUID) -> int:
    return sum(row.quantity for row in await stock.backlog_of(order_id))


def apply_findings(
    uow: UnitOfWork, order: Order, findings: Sequence[Finding], *, confirms: bool
) -> list[Hold]:
    """Apply findings to an order: warnings, and holds or, with `confirms`, its confirmation.

    The caller saves the row and inserts the returned holds after it.
    """
    noted = [each for each in findings if each.outcome is Outcome.WARN]
    if noted:
        had = warnings_from_json(order.warnings)
        known = {each.rule for each in had}
        new = [RuleWarning(each.rule, each.reason) for each in noted if each.rule not in known]
        order.warnings = warnings_to_json([*had, *new])
    holds = [_hold(uow, order, each) for each in findings if each.outcome is Outcome.HOLD]
    order.open_holds += len(holds)
    if confirms and not order.open_holds:
        lifecycle.lifecycle.move(order, lifecycle.confirm)
        order.confirmed_at = uow.at
        order.tracking_stage = derived_statuses.tracking_stage(order.status, order.fulfillment_status)
    return holds


def _hold(uow: UnitOfWork, order: Order, finding: Finding) -> Hold:
    after = finding.release_after_minutes
    return Hold(
        id=new_id(),
        order_id=order.id,
        kind=finding.hold,
        rule=finding.rule,
        reason=finding.reason[:LONGEST_REASON],
        placed_by="validation",
        placed_at=uow.at,
        release_at=None if after is None else uow.at + timedelta(minutes=after),
    )


def announce_findings(uow: UnitOfWork, order: Order, holds: Sequence[Hold]) -> None:
    """Record the events of applying findings to an order that was not confirmed."""
    announce_held(uow, order, holds)
    if order.confirmed_at is not None:
        uow.announce(OrderConfirmed(subject_id=order.id, channel_id=order.channel_id))


def announce_held(uow: UnitOfWork, order: Order, holds: Sequence[Hold]) -> None:
    for hold in holds:
        uow.announce(
            OrderHeld(
                subject_id=order.id,
                channel_id=order.channel_id,
                hold_id=str(hold.id),
                kind=hold.kind.value,
                rule=hold.rule,
                reason=hold.reason,
            )
        )

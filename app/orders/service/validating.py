"""Runs the validation rules for an order and applies their findings."""

from collections.abc import Sequence
from datetime import timedelta

from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.orders import derived_statuses, lifecycle, queries
from app.orders.events import OrderConfirmed, OrderHeld
from app.orders.models import Hold, Order, OrderLine
from app.orders.queries.facts import LOOK_BACK, RuleData, backlog, rule_data
from app.orders.rule_settings import Outcome
from app.orders.rule_warnings import RuleWarning, warnings_from_json, warnings_to_json
from app.orders.validation import Finding, examine, facts_of, needed

LONGEST_REASON = 500


async def examine_new(uow: UnitOfWork, order: Order, lines: Sequence[OrderLine]) -> list[Finding]:
    """The findings of the rules for an order that is being placed, before its stock is reserved."""
    known = await _known(uow, order)
    # All of its stock is reserved, or the order is refused.
    readers = [reader for reader in needed(known.settings) if reader is not backlog]
    facts = await facts_of(order, lines, uow.at, known, readers, is_address_checked=True)
    return examine(facts, known.settings)


async def _known(uow: UnitOfWork, order: Order) -> RuleData:
    return await rule_data(order.channel_id, order.email, uow.at - LOOK_BACK, order.id)


async def examine_placed(uow: UnitOfWork, order: Order, lines: Sequence[OrderLine]) -> list[Finding]:
    """The findings of the rules for a placed order, without those that staff have released before."""
    settled = {hold.rule for hold in await queries.all_holds(order.id)}
    return [finding for finding in await examine_all(uow, order, lines) if finding.rule not in settled]


async def examine_all(uow: UnitOfWork, order: Order, lines: Sequence[OrderLine]) -> list[Finding]:
    """The findings of the rules for a placed order."""
    known = await _known(uow, order)
    readers = needed(known.settings)
    facts = await facts_of(order, lines, uow.at, known, readers, is_address_checked=False)
    return examine(facts, known.settings)


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

"""Holding and releasing orders."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from app.access.permissions import Permission
from app.core.actor import SYSTEM
from app.core.database import insert
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problems
from app.core.steps import LifecycleStep
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, touch
from app.orders import derived_statuses, lifecycle, queries
from app.orders.conditions import RIGHTS, refuse_confirm, refuse_hold, refuse_release, refuse_unapproved
from app.orders.events import OrderConfirmed, OrderHeld, OrderReleased
from app.orders.lifecycle import HoldKind
from app.orders.models import Hold, Order
from app.orders.rule_settings import Outcome
from app.orders.service.validating import (
    LONGEST_REASON,
    announce_findings,
    announce_held,
    apply_findings,
    examine_all,
    examine_placed,
)
from app.orders.validation import RULES

RELEASED_AT_ONCE = 200
BY_CURE = "validation"  # the releaser of holds whose reason no longer exists


@command
async def hold(
    uow: UnitOfWork,
    id: UUID,
    *,
    kind: HoldKind = HoldKind.MANUAL,
    reason: str,
    release_at: datetime | None = None,
    expected_version: int | None = None,
) -> Order:
    """Put a placed or confirmed order on hold. It can have several holds.

    Raises:
        NotFound, StaleVersion.
        Invalid: no reason, one that is too long, or a release time in the past.
        IllegalTransition: the order is not open.
    """
    problems = Problems()
    stripped = reason.strip()
    with problems.caught():
        checked_note(stripped, "reason", longest=LONGEST_REMARK)
    if not stripped:
        problems.add("Enter a reason.", "reason", code=ProblemCode.REQUIRED)
    if release_at is not None and release_at <= uow.at:
        problems.add(
            ("The release time must be in the future. Omit it for a hold that is released manually."),
            "release_at",
            code=ProblemCode.IN_THE_PAST,
        )
    problems.refuse()
    order = await queries.locked(uow.actor, id, RIGHTS[LifecycleStep.HOLD])
    refuse_stale(order, expected_version)
    refuse_hold(order)
    await put_hold(uow, order, kind=kind, reason=stripped, release_at=release_at)
    return order


async def put_hold(
    uow: UnitOfWork,
    order: Order,
    *,
    kind: HoldKind = HoldKind.MANUAL,
    reason: str,
    rule: str = "",
    release_at: datetime | None = None,
    payment_id: UUID | None = None,
) -> Hold:
    """Put a hold on a locked open order. The caller that gives a `rule` releases the hold when its reason no
    longer exists."""
    row = Hold(
        id=new_id(),
        order_id=order.id,
        kind=kind,
        rule=rule,
        reason=reason,
        payment_id=payment_id,
        placed_by=uow.actor.name,
        placed_at=uow.at,
        release_at=release_at,
    )
    await insert([row])
    order.open_holds += 1
    await _save(uow, order)
    uow.announce(
        OrderHeld(
            subject_id=order.id,
            channel_id=order.channel_id,
            hold_id=str(row.id),
            kind=kind.value,
            rule=rule,
            reason=reason,
        )
    )
    return row


@command
async def release_holds(
    uow: UnitOfWork,
    id: UUID,
    *,
    hold_ids: Collection[UUID] | None = None,
    note: str = "",
    expected_version: int | None = None,
) -> Order:
    """Release holds of an order: those named, else all. With the last one the order continues.

    Raises:
        NotFound: the order does not exist, or a hold is not an open one of it.
        StaleVersion.
        Invalid: nothing holds it, or a note that is too long.
        Forbidden: a hold requires the permission ORDERS_APPROVE and the actor does not have it.
    """
    checked_note(note, "note", longest=LONGEST_REMARK)
    order = await queries.locked(uow.actor, id, RIGHTS[LifecycleStep.RELEASE])
    refuse_stale(order, expected_version)
    holds = await queries.open_holds(order.id)
    refuse_release(holds)
    chosen = holds if hold_ids is None else [each for each in holds if each.id in hold_ids]
    for index, hold_id in enumerate(hold_ids or ()):
        if all(each.id != hold_id for each in chosen):
            raise Invalid(
                "This hold is not open, or does not belong to the order.",
                "hold_ids",
                str(index),
                code=ProblemCode.NOT_FOUND,
            )
    refuse_unapproved(chosen, await queries.is_within(uow.actor.scope_of(Permission.ORDERS_APPROVE), order))
    await release_locked(uow, order, chosen, by=uow.actor.name, note=note)
    return order


async def release_locked(
    uow: UnitOfWork, order: Order, holds: Collection[Hold], *, by: str, note: str = ""
) -> None:
    """Release holds of a locked order, and let it continue if they were the last."""
    for row in holds:
        row.released_at, row.released_by, row.release_note = uow.at, by, note
        await row.save(update_fields=["released_at", "released_by", "release_note"])
        uow.announce(
            OrderReleased(
                subject_id=order.id,
                channel_id=order.channel_id,
                hold_id=str(row.id),
                kind=row.kind.value,
                note=note,
            )
        )
    order.open_holds -= len(holds)
    if not order.open_holds and order.status is lifecycle.OrderStatus.PLACED and await _was_stopped(order):
        lifecycle.lifecycle.move(order, lifecycle.confirm)
        order.confirmed_at = uow.at
        order.tracking_stage = derived_statuses.tracking_stage(order.status, order.fulfillment_status)
        uow.announce(OrderConfirmed(subject_id=order.id, channel_id=order.channel_id))
    await _save(uow, order)


async def _was_stopped(order: Order) -> bool:
    """Whether it would have been confirmed without the holds of validation."""
    return any(row.rule in RULES for row in await queries.all_holds(order.id))


async def release_resolved_holds(uow: UnitOfWork, order: Order, kind: HoldKind, note: str) -> None:
    """Release the holds of a kind that validation put on a locked order, because their reason no longer
    exists.
    """
    if order.open_holds:
        cured = [row for row in await queries.open_holds(order.id) if row.kind is kind and row.rule in RULES]
        if cured:
            await release_locked(uow, order, cured, by=BY_CURE, note=note)


@command
async def confirm(uow: UnitOfWork, id: UUID, *, expected_version: int | None = None) -> Order:
    """Confirm a placed order, so that fulfillment may start, unless a rule or a hold prevents it.

    The rules are checked again; if they find something, the order gets new holds and stays placed.

    Raises:
        NotFound, StaleVersion, IllegalTransition.
        OrderOnHold: it has open holds.
    """
    order = await queries.locked(uow.actor, id, RIGHTS[LifecycleStep.CONFIRM])
    refuse_stale(order, expected_version)
    refuse_confirm(order, await queries.open_holds(order.id) if order.open_holds else [])
    findings = await examine_placed(uow, order, await queries.lines(order.id))
    holds = apply_findings(uow, order, findings, confirms=True)
    await insert(holds)
    await _save(uow, order)
    announce_findings(uow, order, holds)
    return order


async def check_rules_again(
    uow: UnitOfWork, order: Order, *, cures: bool = True, only: Collection[str] = RULES
) -> None:
    """Check the rules again for a locked order that was changed after validation; `only` limits the rules.

    Findings hold it, unless it has such a hold, or such a hold was released by staff or by time. Holds of
    rules are released if the change has resolved the finding, unless `cures` is False, and are put again if
    it recurs.
    """
    held = await queries.all_holds(order.id)
    if order.confirmed_at is None and not any(row.rule in RULES for row in held):
        return  # the rules are checked when it is confirmed
    findings = [
        each for each in await examine_all(uow, order, await queries.lines(order.id)) if each.rule in only
    ]
    found = {finding.rule for finding in findings if finding.outcome is Outcome.HOLD}
    cured = [row for row in held if row.rule in only and row.released_at is None and row.rule not in found]
    settled = {(row.rule, row.reason) for row in held if row.released_by != BY_CURE}
    new = [each for each in findings if (each.rule, each.reason[:LONGEST_REASON]) not in settled]
    holds = apply_findings(uow, order, new, confirms=False)
    await insert(holds)
    if holds or order.warnings:
        await _save(uow, order)
    announce_held(uow, order, holds)
    if cures and cured:
        await release_locked(uow, order, cured, by=BY_CURE, note="Resolved by a change of the order.")


async def release_due(limit: int = RELEASED_AT_ONCE) -> int:
    """Release holds whose release time has come; return the number of orders."""
    from_clock = await queries.orders_with_due_holds(UnitOfWork(SYSTEM).at, limit)
    for order_id in from_clock:
        await _release_due(SYSTEM, order_id)
    return len(from_clock)


@command
async def _release_due(uow: UnitOfWork, order_id: UUID) -> None:
    order = await queries.locked_by_id(order_id)
    assert order is not None
    due = [
        row
        for row in await queries.open_holds(order_id)
        if row.release_at is not None and row.release_at <= uow.at
    ]
    if due:
        await release_locked(uow, order, due, by="system", note="Released automatically at the set time.")


async def _save(uow: UnitOfWork, order: Order) -> None:
    touch(order, uow.at)
    await order.save(
        update_fields=[
            "status", "confirmed_at", "tracking_stage", "open_holds", "warnings", "updated_at", "version",
        ]
    )  # fmt: skip

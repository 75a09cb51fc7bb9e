"""Cancellation requests of buyers, when an order can no longer be cancelled directly: requested, then granted
or declined.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.core.database import insert
from app.core.ids import new_id
from app.core.refusals import NotFound
from app.core.steps import LifecycleStep
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.units import units_to_json
from app.core.uow import UnitOfWork, command
from app.orders import lifecycle, queries
from app.orders.conditions import (
    RIGHTS,
    Right,
    refuse_cancel_request,
    refuse_decline,
    refuse_grant,
    still_cancellable,
)
from app.orders.events import OrderCancelDeclined, OrderCancelGranted, OrderCancelRequested
from app.orders.lifecycle import CancelReason
from app.orders.models import CancelRequest, Order
from app.orders.service.cancel_request_answers import answer
from app.orders.service.cancelling import cancel_units, checked_lines, locked_for_buyer
from app.orders.service.holding import put_hold, release_locked

HELD_BECAUSE = "The buyer requested the cancellation."


@command
async def request_cancel(
    uow: UnitOfWork,
    id: UUID,
    *,
    reason: CancelReason,
    note: str = "",
    lines: Mapping[UUID, int] | None = None,
    token: str | None = None,
) -> CancelRequest:
    """Request the cancellation of an order, or of units of lines. The order is on hold until the answer.

    `token` is the order's access token, for guests.

    Raises:
        NotFound.
        Forbidden: it is not the caller's own order, and the caller is not customer service.
        Invalid, ValidationFailed: a note that is too long; unknown lines, or too many units.
        IllegalTransition: it is a draft, completed or cancelled.
        OrderAlreadyShipped: nothing is left to cancel.
        AlreadyExists: a request is open already.
    """
    checked_note(note, "note", longest=LONGEST_REMARK)
    order = await locked_for_buyer(uow, id, token, RIGHTS[LifecycleStep.REQUEST_CANCEL])
    own = await queries.lines(order.id)
    is_asked = await queries.open_cancel_request(order.id) is not None
    refuse_cancel_request(order, own, is_asked)
    wanted = None if lines is None else checked_lines(own, lines)
    made = CancelRequest(
        id=new_id(),
        order_id=order.id,
        reason=reason,
        note=note,
        lines=None if wanted is None else units_to_json(wanted),
        requested_by=uow.actor.name if token is None else order.email,
        is_from_buyer=uow.actor.is_customer or token is not None,
        requested_at=uow.at,
    )
    uow.announce(
        OrderCancelRequested(**_about(order), request_id=str(made.id), reason=reason.value, note=note)
    )
    made.hold_id = (await put_hold(uow, order, reason=HELD_BECAUSE)).id
    await insert([made])
    return made


def _about(order: Order) -> dict[str, Any]:
    return {"subject_id": order.id, "channel_id": order.channel_id}


@command
async def grant_cancel(uow: UnitOfWork, request_id: UUID, *, note: str = "") -> CancelRequest:
    """Cancel what was requested, except units that were shipped or cancelled meanwhile.

    Raises:
        NotFound.
        Invalid: a note that is too long.
        IllegalTransition: it was answered already.
        OrderAlreadyShipped: everything requested was shipped; decline the request.
        WithSupplier: a supplier was sent a request for it, which must be cancelled first.
    """
    order, request = await _locked(uow, request_id, RIGHTS[LifecycleStep.GRANT], note)
    own = await queries.lines(order.id)
    chosen = still_cancellable(request, own)
    refuse_grant(request, order, own, chosen)
    lifecycle.cancel_requests.move(request, lifecycle.grant)
    await _let_go(uow, order, request)
    await answer(uow, request, note)
    uow.announce(OrderCancelGranted(**_about(order), request_id=str(request.id), answer=note))
    if chosen:
        await cancel_units(uow, order, own, chosen, request.reason, note)
    return request


@command
async def decline_cancel(uow: UnitOfWork, request_id: UUID, *, note: str = "") -> CancelRequest:
    """Decline a cancellation request; the order continues.

    Raises:
        NotFound.
        Invalid: a note that is too long.
        IllegalTransition: it was answered already.
    """
    order, request = await _locked(uow, request_id, RIGHTS[LifecycleStep.DECLINE], note)
    refuse_decline(request)
    lifecycle.cancel_requests.move(request, lifecycle.decline)
    await _let_go(uow, order, request)
    await answer(uow, request, note)
    uow.announce(OrderCancelDeclined(**_about(order), request_id=str(request.id), answer=note))
    return request


async def _locked(uow: UnitOfWork, request_id: UUID, right: Right, note: str) -> tuple[Order, CancelRequest]:
    """A request and its order; the order is locked before the request is read again."""
    checked_note(note, "note", longest=LONGEST_REMARK)
    known = await queries.cancel_request(uow.actor, request_id)
    try:
        order = await queries.locked(uow.actor, known.order_id, right)
    except NotFound:
        raise NotFound.of("request", "id") from None
    return order, await queries.cancel_request(uow.actor, request_id)


async def _let_go(uow: UnitOfWork, order: Order, request: CancelRequest) -> None:
    holds = [row for row in await queries.open_holds(order.id) if row.id == request.hold_id]
    if holds:
        await release_locked(
            uow, order, holds, by=uow.actor.name, note="The cancellation request was answered."
        )

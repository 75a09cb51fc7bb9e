"""`nextSteps` of orders and cancellation requests, for all objects of a level at once."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import strawberry

from app.access.permissions import Permission
from app.channels import queries as channels
from app.core.actor import Actor
from app.core.graphql.next_steps import NextStep
from app.core.refusals import Refusal
from app.core.scope import Scope
from app.orders import queries
from app.orders.conditions import RIGHTS, still_cancellable
from app.orders.lifecycle import OPEN, CancelRequestStatus
from app.orders.models import CancelRequest, Order
from app.orders.next_steps import StepContext, steps_of_order, steps_of_request

_PERMISSIONS = frozenset(
    {Permission.ORDERS_VIEW, Permission.ORDERS_APPROVE, *(right.permission for right in RIGHTS.values())}
)


async def give_tokens(actor: Actor, orders: Sequence[Order]) -> list[bool]:
    """Whether each order shows an actor its access token: not to staff who may see but not change it."""
    # A caller who may not see the order by id has reached it by its token or has just created it.
    sees, manages = [
        await queries.are_within(actor.scope_of(each), orders)
        for each in (Permission.ORDERS_VIEW, Permission.ORDERS_MANAGE)
    ]
    return [managed or not seen for seen, managed in zip(sees, manages, strict=True)]


async def steps_of_orders(orders: Sequence[Order], info: strawberry.Info) -> list[list[NextStep]]:
    """The next steps of each order."""
    return [[NextStep.of(each) for each in steps_of_order(known)] for known in await _standings(orders, info)]


async def steps_of_requests(
    requests: Sequence[CancelRequest], orders: Sequence[Order], info: strawberry.Info
) -> list[list[NextStep]]:
    """The next steps of each cancellation request; `orders` are the orders of the requests."""
    known = await _standings(orders, info)
    refusals = await _supplier_refusals(requests, known)
    return [
        [NextStep.of(each) for each in steps_of_request(request, standing, refusals.get(request.id))]
        for request, standing in zip(requests, known, strict=True)
    ]


async def _standings(orders: Sequence[Order], info: strawberry.Info) -> list[StepContext]:
    load_many, actor = info.context.load_many, info.context.actor
    promised = [order.id for order in orders if order.status in OPEN]
    stopped = [order.id for order in orders if order.open_holds]
    lines = dict(zip(promised, await load_many(queries.lines_by_order, promised), strict=True))
    asked = dict(zip(promised, await load_many(queries.cancel_requests_by_order, promised), strict=True))
    holds = dict(zip(stopped, await load_many(queries.holds_by_order, stopped), strict=True))
    places = await load_many(channels.channels_by_id, [order.channel_id for order in orders])
    held = await _held(actor, orders)
    given = await give_tokens(actor, orders)
    return [
        StepContext(
            actor=actor,
            at=info.context.moment,
            order=order,
            lines=lines.get(order.id, ()),
            holds=[row for row in holds.get(order.id, ()) if row.released_at is None],
            channel=channel,
            is_asked=any(row.status is CancelRequestStatus.OPEN for row in asked.get(order.id, ())),
            is_seen=_is_own(order, actor) if actor.is_customer else Permission.ORDERS_VIEW in permissions,
            gives_token=gives_token,
            held=permissions,
        )
        for order, channel, permissions, gives_token in zip(orders, places, held, given, strict=True)
    ]


def _is_own(order: Order, actor: Actor) -> bool:
    return bool(order.customer_id == actor.id)


async def _held(actor: Actor, orders: Sequence[Order]) -> list[set[Permission]]:
    """The permissions of an actor that cover each order."""
    by_scope: dict[Scope, list[bool]] = {}
    found: list[set[Permission]] = [set() for _ in orders]
    for permission in _PERMISSIONS:
        scope = actor.scope_of(permission)
        if scope not in by_scope:
            by_scope[scope] = await queries.are_within(scope, orders)
        for permissions, is_held in zip(found, by_scope[scope], strict=True):
            if is_held:
                permissions.add(permission)
    return found


async def _supplier_refusals(
    requests: Sequence[CancelRequest], known: Sequence[StepContext]
) -> dict[UUID, Refusal | None]:
    """By request, the refusal because of a supplier request; none if the whole order would be cancelled."""
    wanted: dict[UUID, Any] = {}
    for request, standing in zip(requests, known, strict=True):
        chosen = still_cancellable(request, standing.lines)
        stays = any(
            line.quantity - line.quantity_cancelled > chosen.get(line.id, 0) for line in standing.lines
        )
        if request.status is CancelRequestStatus.OPEN and chosen and stays:
            wanted[request.id] = queries.ToCancel(standing.order.id, standing.lines, chosen)
    found = await queries.supplier_refusals(list(wanted.values()))
    return dict(zip(wanted, found, strict=True))

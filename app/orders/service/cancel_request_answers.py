"""Writing down what became of a wish to cancel."""

from app.core.database import update_each
from app.core.uow import UnitOfWork
from app.orders import lifecycle, queries
from app.orders.events import OrderCancelGranted
from app.orders.models import CancelRequest, Order


async def answer(uow: UnitOfWork, request: CancelRequest, note: str) -> None:
    """Write a request's new status, who answered it and what they said."""
    request.answered_by, request.answered_at, request.answer = uow.actor.name, uow.at, note
    await update_each([request], "status", "answered_by", "answered_at", "answer")


async def settle_request(uow: UnitOfWork, order: Order) -> None:
    """Note as granted what was still asked of a locked order that has been cancelled another way."""
    request = await queries.open_cancel_request(order.id)
    if request is not None:
        lifecycle.cancel_requests.move(request, lifecycle.grant)
        await answer(uow, request, "")
        uow.announce(
            OrderCancelGranted(
                subject_id=order.id, channel_id=order.channel_id, request_id=str(request.id), answer=""
            )
        )

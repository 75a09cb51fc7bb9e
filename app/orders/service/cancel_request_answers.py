"""Records the answer to a cancellation request."""

from app.core.database import update_each
from app.core.uow import UnitOfWork
from app.orders import lifecycle, queries
from app.orders.events import OrderCancelGranted
from app.orders.models import CancelRequest, Order


async def answer(uow: UnitOfWork, request: CancelRequest, note: str) -> None:
    """Set a request's status, answerer and note."""
    request.answered_by, request.answered_at, request.answer = uow.actor.name, uow.at, note
    await update_each([request], "status", "answered_by", "answered_at", "answer")


async def close_request(uow: UnitOfWork, order: Order) -> None:
    """Mark the open request of a locked order as granted, if the order was cancelled in another way."""
    request = await queries.open_cancel_request(order.id)
    if request is not None:
        lifecycle.cancel_requests.move(request, lifecycle.grant)
        await answer(uow, request, "")
        uow.announce(
            OrderCancelGranted(
                subject_id=order.id, channel_id=order.channel_id, request_id=str(request.id), answer=""
            )
        )

"""Event handlers of notifications."""

from uuid import UUID

import structlog

from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.customers import queries as customers
from app.customers.events import (
    AccountDeletionAnswered,
    AccountRequested,
    CustomerEmailProven,
    CustomerMerged,
)
from app.fulfillment import queries as fulfillment
from app.fulfillment.events import FulfillmentCancelled, FulfillmentSubmitted
from app.notifications import service
from app.notifications.back_in_stock import ending
from app.notifications.back_in_stock import queries as back_in_stock
from app.notifications.lifecycle import MessageKind
from app.notifications.models import Message
from app.notifications.wording import account_link
from app.orders.events import OrderPlaced
from app.orders.fresh import FreshOrder
from app.orders.models import Order
from app.settings import settings
from app.suppliers import queries as suppliers

_log = structlog.get_logger("notifications")


async def queue_supplier_request(uow: UnitOfWork, event: FulfillmentSubmitted) -> None:
    await _queue_for_supplier(uow, event.fulfillment_order_id, MessageKind.SUPPLIER_REQUEST)


async def queue_supplier_cancellation(uow: UnitOfWork, event: FulfillmentCancelled) -> None:
    await _queue_for_supplier(uow, event.fulfillment_order_id, MessageKind.SUPPLIER_CALL_OFF)


async def queue_account_link(uow: UnitOfWork, event: AccountRequested) -> None:
    request = await customers.account_request(event.subject_id)
    if request is not None:
        kind = MessageKind(f"account_{request.purpose.value}")
        await service.queue(uow, kind, request.email, request.id)
        if settings().is_development and not service.has_server():
            _log.info("account.link", email=request.email, kind=kind.value, **account_link(request))


async def give_requests_to_merged(uow: UnitOfWork, event: CustomerMerged) -> None:
    """Make the back-in-stock requests of a merged customer those of the customer who has its orders."""
    await ending.give_to(event.into_id, await back_in_stock.locked_of_customer(event.subject_id))


async def give_requests_of_address(uow: UnitOfWork, event: CustomerEmailProven) -> None:
    """Make the back-in-stock requests of an address those of the customer who proved it."""
    (customer,) = await customers.customers_by_id([event.subject_id])
    if customer is not None and customer.email:
        await ending.give_to(customer.id, await back_in_stock.locked_of_address(customer.email))


async def delete_requests(uow: UnitOfWork, event: AccountDeletionAnswered) -> None:
    """Delete the back-in-stock requests of an account that is deleted."""
    if event.is_deleted:
        await ending.delete_of_customer(event.subject_id)


async def queue_placed(uow: UnitOfWork, event: OrderPlaced) -> None:
    """Queue the messages about a new order: they are inserted with it."""
    fresh = uow.fresh.get(event.subject_id)
    if not isinstance(fresh, FreshOrder) or not fresh.order.email:
        return
    order = fresh.order
    kinds = [MessageKind.ORDER_PLACED, *([MessageKind.ORDER_HELD] if order.open_holds else [])]
    uow.add([_about_order(uow, kind, order) for kind in kinds])


def _about_order(uow: UnitOfWork, kind: MessageKind, order: Order) -> Message:
    return Message(
        id=new_id(),
        kind=kind,
        cause=str(order.id),
        address=order.email,
        subject_id=order.id,
        order_id=order.id,
        language=order.language,
        problem=service.start_problem(),
        next_at=uow.at,
        created_at=uow.at,
    )


async def _queue_for_supplier(uow: UnitOfWork, fulfillment_order_id: UUID, kind: MessageKind) -> None:
    (row,) = await fulfillment.by_id([fulfillment_order_id])
    if row is None or row.purchase_order_id is None:
        return
    supplier = await suppliers.supplier_of_order(row.purchase_order_id)
    if supplier is not None and supplier.email:
        await service.queue(uow, kind, supplier.email, row.id)

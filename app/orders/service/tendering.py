"""Pays an order with gift cards and store credit while it is being placed."""

from collections.abc import Sequence
from uuid import UUID

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork
from app.orders import derived_statuses
from app.orders.gift_cards import payable_with_stored_value, refuse_stored_value
from app.orders.models import Order, OrderLine
from app.orders.service.order_data import OrderData
from app.stored_value import spending
from app.stored_value.spending import Spent, Tenders


async def pay_with_stored_value(
    uow: UnitOfWork, order: Order, lines: Sequence[OrderLine], data: OrderData
) -> list[Spent]:
    """Take up to the total of an order, less what is for gift cards, off the gift cards and store credit that
    were sent with it, before its stock is locked. What is left stays due. The listener of `OrderPlaced` adds
    the payments.

    Raises:
        Invalid, ValidationFailed: a gift card cannot pay for the order, all of it is gift cards, or the
            caller cannot spend store credit.
    """
    if not data.gift_card_codes and not data.use_store_credit:
        return []
    payer = _payer(uow.actor, order) if data.use_store_credit else None
    tenders = Tenders(data.gift_card_codes, payer)
    most = payable_with_stored_value(order, lines)
    if not most and order.total_minor:
        raise refuse_stored_value([spending.CODES if data.gift_card_codes else spending.CREDIT])
    spent = await spending.spend(uow, order.id, order.currency, most, tenders)
    order.paid_minor = sum(each.amount_minor for each in spent)
    order.payment_status = derived_statuses.payment_status(
        order.payment_status, **derived_statuses.money_of(order), is_free=derived_statuses.is_free(order)
    )
    return spent


def _payer(actor: Actor, order: Order) -> UUID:
    """The customer whose store credit pays for the order.

    Raises:
        Invalid: the order has no customer, or the actor is neither the customer nor manages payments.
    """
    id: UUID | None = order.customer_id
    manages = actor.scope_of(Permission.PAYMENTS_MANAGE).reaches(order.channel_id)
    if id is not None and (manages or (actor.is_customer and actor.id == id)):
        return id
    raise Invalid(
        "Store credit can be spent by the signed-in customer, or by staff who manage payments for the order "
        "of a customer. Sign in, or leave this out.",
        spending.CREDIT,
        code=ProblemCode.NOT_APPLICABLE,
    )

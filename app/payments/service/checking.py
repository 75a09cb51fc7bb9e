"""Checks that the commands of payments share."""

from uuid import UUID

from app.access.permissions import Permission
from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid, NotFound, Problems
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork
from app.core.versions import refuse_stale
from app.orders import queries as orders
from app.orders.conditions import Right
from app.orders.lifecycle import OrderStatus
from app.orders.models import Order
from app.payments import queries
from app.payments.lifecycle import PaymentKind
from app.payments.models import Payment

LONGEST_REFERENCE = 120
_UNSOLD = (OrderStatus.DRAFT, OrderStatus.EXPIRED)
_MANAGE = Right(Permission.PAYMENTS_MANAGE)
_PAY = Right(Permission.PAYMENTS_MANAGE, is_buyers=True)
REFUND = Right(Permission.PAYMENTS_REFUND)


async def locked_order(
    uow: UnitOfWork, order_id: UUID, expected_version: int | None = None, *, right: Right = _MANAGE
) -> Order:
    """A placed order for a change of its payments that needs a right.

    Raises:
        NotFound, StaleVersion.
        Invalid: it is a draft.
    """
    order = await orders.locked(uow.actor, order_id, right, "order_id")
    refuse_stale(order, expected_version)
    refuse_unsold(order)
    return order


async def locked_order_of_buyer(uow: UnitOfWork, order_id: UUID, access_token: str | None) -> Order:
    """A placed order for a step of its buyer, who proves it with the order's access token or is signed in.

    Raises:
        NotFound.
        Invalid: it is a draft.
    """
    if access_token is None:
        order = await orders.locked(uow.actor, order_id, _PAY, "order_id")
    else:
        order = await orders.locked_with_token(order_id, access_token, uow.at, "order_id")
    refuse_unsold(order)
    return order


async def locked_order_of_link(token: str) -> Order:
    """The placed order of a tracking link, locked.

    Raises:
        NotFound: the link is unknown or revoked.
    """
    found = await orders.by_tracking_token(token)
    order = await orders.locked_by_id(found.id) if found is not None else None
    if order is None or not orders.is_tracked_by(order, token):
        raise NotFound.of("order", "token")
    return order


def refuse_unsold(order: Order) -> None:
    """Raise Invalid for a draft."""
    if order.status in _UNSOLD:
        raise Invalid(
            "Payments cannot be recorded for a draft. Place the order first.",
            "order_id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )


def refuse_own_reference(payment: Payment, reference: str | None) -> None:
    """Raise Invalid for a reference of a transaction that a gateway makes."""
    if payment.account_id is not None and reference is not None:
        raise Invalid(
            "The gateway sets the reference. Omit it.",
            "reference",
            code=ProblemCode.CONTRADICTION,
            field="payment_id",
        )


async def locked_payment(uow: UnitOfWork, payment_id: UUID) -> tuple[Order, Payment]:
    """A payment and its order, locked in the sequence of all commands: the order first.

    Raises:
        NotFound: it does not exist, or the actor may not see or change the payments of its order.
    """
    (known,) = await queries.by_id([payment_id])
    if known is None:
        raise NotFound.of("payment", "payment_id")
    try:
        order = await orders.locked(uow.actor, known.order_id, _MANAGE, "payment_id")
    except NotFound as error:
        raise NotFound.of("payment", "payment_id") from error
    return order, next(each for each in await queries.locked_of(order.id) if each.id == payment_id)


def refuse_bad_input(
    order: Order,
    amount: Money | None,
    reference: str | None,
    note: str,
    *,
    needs_reference: bool = False,
) -> None:
    """Raise Invalid or ValidationFailed for an amount, reference or note that cannot be stored."""
    problems = Problems()
    if amount is not None and amount.currency != order.currency:
        problems.add(
            f"The amount must be in {order.currency}.",
            "amount",
            "currency",
            code=ProblemCode.WRONG_CURRENCY,
            currency=order.currency,
        )
    if amount is not None and amount.minor <= 0:
        problems.add(
            "The amount must be greater than 0.",
            "amount",
            "amount",
            code=ProblemCode.TOO_SMALL,
            minimum=0,
        )
    with problems.caught():
        checked_note(note, "note", longest=LONGEST_REMARK)
    if reference is not None and not 1 <= len(reference.strip()) <= LONGEST_REFERENCE:
        said = f"The reference must have 1 to {LONGEST_REFERENCE} characters."
        problems.add(
            said if needs_reference else f"{said} Omit it if there is none.",
            "reference",
            code=ProblemCode.WRONG_LENGTH,
            minimum=1,
            maximum=LONGEST_REFERENCE,
        )
    problems.refuse()


async def refuse_known(order: Order, kind: PaymentKind, reference: str | None) -> None:
    """Raise AlreadyExists for a reference that a transaction of the order has."""
    if reference is not None and await queries.is_known(order.id, kind, reference.strip()):
        raise AlreadyExists(
            "A transaction with this reference is already recorded for the order.", "reference"
        )

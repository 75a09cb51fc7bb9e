"""Payments by a gateway: begun by staff or the buyer, and continued by the buyer."""

from datetime import datetime
from uuid import UUID

from app.core.database import update_each
from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork, command
from app.orders.amounts import due
from app.orders.models import Order
from app.payments import queries, reconciling, rules
from app.payments.conditions import gateway_code_of, is_payment_due
from app.payments.gateways.protocol import LONGEST_TOKEN
from app.payments.lifecycle import PaymentKind, TransactionStatus
from app.payments.models import Payment, PaymentGateway, PaymentTransaction
from app.payments.refusals import AmountTooLarge
from app.payments.rules import Tender
from app.payments.service.checking import locked_order_of_buyer, locked_order_of_link
from app.payments.service.holding import expired_amount
from app.payments.service.moving import new_payment, new_transaction, request
from app.payments.service.requesting import cancel_authorization


async def begin(
    uow: UnitOfWork,
    order: Order,
    gateway: str,
    amount: Money | None,
    *,
    token: str = "",
    return_url: str = "",
    note: str = "",
    may_increase: bool = True,
) -> PaymentTransaction:
    """Request the authorization of an amount by a gateway, for a locked order; without an amount, all that is
    due and not authorized yet. With a token, an earlier attempt that was declined is tried again as another
    transaction. Without one, an authorization that permits it is raised by the amount, if `may_increase`.

    Raises:
        Invalid, ValidationFailed: a gateway that is unknown, inactive or not offered in the order's channel,
            a text that is too long; nothing is due; another payment of the order waits for the buyer or the
            gateway.
        AmountTooLarge: more than is due and neither authorized nor requested.
    """
    account = await queries.gateway_offered_in(order.channel_id, gateway)
    if account is None:
        raise Invalid(
            "This payment gateway takes no payments in the channel of the order. Choose another one.",
            "gateway",
            code=ProblemCode.NOT_FOUND,
        )
    known = await queries.locked_of(order.id)
    refuse_waiting(known)
    authorized = order.authorized_minor - await expired_amount(uow, order, known)
    unpaid = Money(due(order) - authorized, order.currency)
    wanted = unpaid.minor if amount is None else amount.minor
    if unpaid.minor <= 0 or wanted > unpaid.minor:
        raise AmountTooLarge.above_unpaid(unpaid)
    payment = _to_increase(known, account, uow.at) if may_increase and not token else None
    if payment is None and token:
        payment = await _again(known, account, wanted)
    if payment is None:
        payment = new_payment(uow, order, len(known) + 1, gateway=account.code, account_id=account.id)
    row = new_transaction(uow, payment, PaymentKind.AUTHORIZE, wanted, note=note)
    row.token = _checked_token(token)
    row.return_url = return_url
    await request(uow, [(payment, row)])
    return row


def refuse_waiting(known: list[Payment]) -> None:
    """Raise Invalid if a payment of the order waits for the buyer or the gateway."""
    for payment in known:
        if payment.authorized_pending_minor:
            whom = "the buyer" if payment.client_action else "the gateway"
            raise Invalid(
                f"Payment {payment.position} waits for {whom}. Continue it (paymentContinue) or cancel "
                "it (paymentCancel).",
                "order_id",
                code=ProblemCode.NOT_POSSIBLE_NOW,
            )


def _checked_token(token: str) -> str:
    """Raises Invalid: it cannot be a token of a gateway."""
    if len(token) > LONGEST_TOKEN or not token.isprintable():
        raise Invalid(
            f"The token must have at most {LONGEST_TOKEN} characters.",
            "token",
            code=ProblemCode.TOO_LONG,
            maximum=LONGEST_TOKEN,
        )
    return token


def _to_increase(known: list[Payment], account: PaymentGateway, at: datetime) -> Payment | None:
    """The authorized payment of the gateway whose amount can be raised, without the buyer; None if there is
    none."""
    for payment in reversed(known):
        if payment.account_id == account.id and payment.can_increase and not payment.is_unwanted:
            return payment if rules.capturable(Tender.of(payment), at) else None
    return None


async def _again(known: list[Payment], account: PaymentGateway, wanted: int) -> Payment | None:
    """The latest payment of the gateway, if its last attempt was declined and another one is possible."""
    own = [each for each in known if each.account_id == account.id]
    if not own or own[-1].is_closed or not own[-1].reference or own[-1].authorized_minor:
        return None
    if own[-1].renews_id is not None:
        return None  # its attempt was made without the buyer
    rows = await queries.locked_transactions(own[-1].id)
    last = [row for row in rows if row.kind is PaymentKind.AUTHORIZE][-1]
    is_same = last.status is TransactionStatus.FAILED and last.can_retry and last.amount_minor == wanted
    return own[-1] if is_same else None


@command
async def cancel_attempt(uow: UnitOfWork, order_id: UUID, *, access_token: str | None = None) -> Order:
    """Cancel the attempt that waits for the buyer or the gateway, for the buyer of the order. What is
    authorized all the same is voided.

    Raises:
        NotFound.
    """
    order = await locked_order_of_buyer(uow, order_id, access_token)
    for payment in await queries.locked_of(order.id):
        is_first = payment.authorized_pending_minor and not payment.authorized_minor
        if is_first and payment.account_id is not None and not payment.is_unwanted:
            await cancel_authorization(uow, payment)
    return order


@command
async def continue_payment(
    uow: UnitOfWork,
    order_id: UUID,
    *,
    access_token: str | None = None,
    gateway: str | None = None,
    token: str = "",
    return_url: str = "",
    begin_new: bool = True,
) -> Order:
    """Continue the payment of an order for its buyer: what waits is asked about at once; otherwise the amount
    that is due is requested, with a new attempt after a decline, unless `begin_new` is False.

    Raises:
        NotFound.
        Invalid: a token without `begin_new`.
        What `begin` raises.
    """
    if token and not begin_new:
        raise Invalid(
            "A token begins a new attempt. Omit the token, or send true.",
            "begin_new",
            code=ProblemCode.CONTRADICTION,
            field="token",
        )
    order = await locked_order_of_buyer(uow, order_id, access_token)
    known = await queries.locked_of(order.id)
    if not token and await _ask_about_waiting(uow, known):
        return order
    if begin_new:
        chosen = gateway or gateway_code_of(order, known)
        await begin(uow, order, chosen, None, token=token, return_url=return_url)
    return order


async def _ask_about_waiting(uow: UnitOfWork, known: list[Payment]) -> bool:
    """Have the gateway of an attempt that waits asked at once; False if none waits."""
    pending = [each for each in known if each.authorized_pending_minor and each.account_id is not None]
    if not pending:
        return False
    row = reconciling.waiting(await queries.locked_transactions(pending[-1].id), PaymentKind.AUTHORIZE)
    assert row is not None
    row.next_at = uow.at
    await update_each([row], "next_at")
    return True


@command
async def continue_by_link(
    uow: UnitOfWork, token: str, *, return_url: str = "", begin_new: bool = True
) -> Order:
    """Continue the payment of an order for somebody with its tracking link, on a page of its gateway.

    What is authorized is not raised: a person with the link need not be the buyer.

    Raises:
        NotFound: the link is unknown or revoked.
        Invalid: nothing is due, or the order has no gateway that takes payments.
    """
    order = await locked_order_of_link(token)
    known = await queries.locked_of(order.id)
    if await _ask_about_waiting(uow, known) or not begin_new:
        return order
    if not is_payment_due(order, known, uow.at):
        raise Invalid("Nothing is due for the order.", "token", code=ProblemCode.NOT_POSSIBLE_NOW)
    code = gateway_code_of(order, known)
    await begin(uow, order, code, None, return_url=return_url, may_increase=False)
    return order

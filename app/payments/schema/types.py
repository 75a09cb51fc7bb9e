"""Payments of an order and their transactions in GraphQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.access import queries as access
from app.access.permissions import Permission
from app.access.refund_limits import RefundLimits
from app.channels.lifecycle import CaptureRule
from app.core.actor import Actor
from app.core.graphql.empty import none_if_empty
from app.core.graphql.levels import level_field
from app.core.graphql.next_steps import NextStep
from app.core.graphql.node import Node
from app.core.graphql.policy import AROUND_IT, PART_OF_IT, field
from app.core.graphql.scalars import Money, doc, graphql_enum, money, serves
from app.core.links import checked_link, shown_link
from app.orders import queries as orders
from app.orders.schema import VIEW_IT, Order
from app.payments import conditions, models, queries
from app.payments.gateways.kinds import GatewayKind
from app.payments.gateways.protocol import LONGEST_URL, ActionKind
from app.payments.gateways.protocol import ClientAction as ClientActionData
from app.payments.lifecycle import PaymentKind, TenderStatus, TransactionStatus
from app.payments.next_steps import Rights, steps_of_payment
from app.payments.rules import Tender

graphql_enum(PaymentKind, "Kind of payment transaction.")
graphql_enum(TransactionStatus, "Status of a payment transaction.")
graphql_enum(TenderStatus, "Status of a payment of an order.")
graphql_enum(GatewayKind, "Type of integration with a payment gateway.")
graphql_enum(ActionKind, "What a buyer has to do for a payment.")


def return_address(given: str | None) -> str:
    """Where a buyer is sent back to; "" for none.

    Raises:
        Invalid: it is no web address.
    """
    return checked_link(given or "", "return_url", longest=LONGEST_URL)


@strawberry.type(description="A payment gateway that buyers can choose.")
class PaymentOption:
    gateway: str = doc("Code of the payment gateway; pass it to `orderPlace` and `paymentContinue`.")
    name: str = doc("Name to show to buyers.")
    kind: GatewayKind = doc("Type of integration, by which a storefront chooses the gateway's library.")


@strawberry.type(
    description="What the buyer has to do before a payment goes on. Then call `paymentContinue`."
)
class ClientAction:
    kind: ActionKind = doc("What has to be done.")
    url: str | None = doc("Page of the gateway to send the buyer to; null unless `kind` is REDIRECT.")
    token: str | None = doc(
        "Secret for the gateway's library, for this buyer only; null unless `kind` is SDK."
    )
    expires_at: datetime | None = doc("When the page expires; null if it does not, or that is not known.")

    @classmethod
    def of(cls, stored: Any) -> "ClientAction | None":
        if stored is None:
            return None
        known = ClientActionData.from_json(stored)
        return cls(
            kind=known.kind, url=shown_link(known.url), token=known.token or None, expires_at=known.expires_at
        )


@strawberry.type(description="Why a step of a payment failed, or has no result yet.")
class PaymentProblem:
    code: str = doc(
        "Code of the gateway, such as `card_declined`, or `no_answer`, `conflict` or `cancelled`."
    )
    message: str | None = doc("Message of the gateway; null if there is none.")
    can_retry: bool = doc("Whether another attempt can succeed, for example with another card.")

    @classmethod
    def of(cls, row: Any) -> "PaymentProblem | None":
        if not row.failure_code:
            return None
        return cls(code=row.failure_code, message=row.failure or None, can_retry=row.can_retry)


@strawberry.type(
    description="A step of a payment: an authorization, a payment received, a refund, a void or a "
    "chargeback. Visible to staff only."
)
class PaymentTransaction(Node):
    is_type_of = serves(models.PaymentTransaction)

    kind: PaymentKind = doc("Kind of the transaction.")
    status: TransactionStatus = doc("Status of the transaction.")
    gateway: str = doc("Payment gateway; `manual` for money moved outside the system.")
    reference: str | None = doc("Reference of the bank or gateway; null if there is none.")
    note: str | None = none_if_empty("Note; null if there is none.")
    recorded_by: str = doc("Name of the user or app that recorded the transaction.")
    at: datetime = doc("Date and time at which the money moved; while it is pending, of the request.")
    created_at: datetime = doc("Date and time at which the transaction was recorded.")

    @field()
    def amount(self, root: strawberry.Parent[Any]) -> Money:
        """Amount."""
        return money(root.amount_minor, root.currency)

    @field()
    def problem(self, root: strawberry.Parent[Any]) -> PaymentProblem | None:
        """Why it failed, or has no result yet; null if there is no problem."""
        return PaymentProblem.of(root)

    @level_field(Order, reach=AROUND_IT)
    async def order(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The order."""
        return await info.context.load_many(orders.orders_by_id, [root.order_id for root in roots])

    @level_field(Annotated["Payment", strawberry.lazy(__name__)], reach=AROUND_IT)
    async def payment(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The payment to which the transaction belongs."""
        return await info.context.load_many(queries.by_id, [root.payment_id for root in roots])

    @level_field(list[Annotated["PaymentTransaction", strawberry.lazy(__name__)]], reach=AROUND_IT)
    async def parts(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """For a refund that is distributed over several payments, its transactions, one for each payment;
        otherwise only this transaction."""
        shared = [root.refund_id for root in roots if root.refund_id and not root.known_parts]
        found = dict(
            zip(shared, await info.context.load_many(queries.transactions_by_refund, shared), strict=True)
        )
        return [root.known_parts or found.get(root.refund_id) or [root] for root in roots]


@strawberry.type(
    description="A payment of an order: the money that one gateway authorized, captured and refunded. "
    "Visible to staff only."
)
class Payment(Node):
    is_type_of = serves(models.Payment)

    position: int = doc("Position among the payments of the order, from 1.")
    gateway: str = doc("Payment gateway; `manual` for money moved outside the system.")
    status: TenderStatus = doc("Status of the payment.")
    reference: str | None = doc("Reference of the authorization; null if the money was not authorized first.")
    capture_before: datetime | None = doc(
        "Date and time at which the authorization expires; null if it does not expire."
    )
    created_at: datetime = doc("Date and time at which the payment was recorded.")

    @field()
    def authorized_amount(self, root: strawberry.Parent[Any]) -> Money:
        """Amount authorized, including the captured part. A void reduces it to the captured part."""
        return money(root.authorized_minor, root.currency)

    @field()
    def captured_amount(self, root: strawberry.Parent[Any]) -> Money:
        """Amount received, before refunds."""
        return money(root.captured_minor, root.currency)

    @field()
    def refunded_amount(self, root: strawberry.Parent[Any]) -> Money:
        """Amount refunded."""
        return money(root.refunded_minor, root.currency)

    @field()
    def charged_back_amount(self, root: strawberry.Parent[Any]) -> Money:
        """Amount that the buyer's bank took back after disputes that were lost."""
        return money(root.charged_back_minor, root.currency)

    @field()
    def disputed_amount(self, root: strawberry.Parent[Any]) -> Money:
        """Amount of open disputes, without inquiries. It cannot be refunded until they are decided."""
        return money(root.disputed_minor, root.currency)

    @field()
    def client_action(self, root: strawberry.Parent[Any]) -> ClientAction | None:
        """What the buyer has to do before the payment goes on; null if there is nothing to do."""
        return ClientAction.of(root.client_action)

    @level_field(Money, reach=PART_OF_IT)
    async def capturable(roots: Sequence[Any], info: strawberry.Info) -> list[Money]:
        """Maximum amount that can be captured now: at most the amount due for the order; zero once the
        authorization has expired."""
        owners = await info.context.load_many(orders.orders_by_id, [root.order_id for root in roots])
        return [
            money(conditions.capturable_now(root, order, info.context.moment), root.currency)
            for root, order in zip(roots, owners, strict=True)
        ]

    @level_field(Money, reach=PART_OF_IT)
    async def refundable(roots: Sequence[Any], info: strawberry.Info) -> list[Money]:
        """Maximum amount that the caller can refund: the amount received less refunds, including pending
        refunds, chargebacks and the amount of open disputes; at most what is left of the refund limit of the
        caller's role for the order."""
        amounts = [Tender.of(root).refundable_minor for root in roots]
        lefts = await _left_to_refund(roots, info)
        return [
            money(amount if left is None else min(amount, left[1]), root.currency)
            for root, amount, left in zip(roots, amounts, lefts, strict=True)
        ]

    @level_field(list[PaymentTransaction], reach=PART_OF_IT)
    async def transactions(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Transactions of the payment, oldest first."""
        return await info.context.load_many(queries.transactions_by_payment, [root.id for root in roots])

    @level_field(Order, reach=AROUND_IT)
    async def order(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The order."""
        return await info.context.load_many(orders.orders_by_id, [root.order_id for root in roots])

    @level_field(list[NextStep])
    async def next_steps(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Next steps of the payment, allowed or not; those that are not allowed have a reason."""
        owners = await info.context.load_many(orders.orders_by_id, [root.order_id for root in roots])
        disputed = [root.id for root in roots if root.disputed_minor]
        disputes = dict(
            zip(disputed, await info.context.load_many(queries.disputes_by_payment, disputed), strict=True)
        )
        rights = await _rights(roots, owners, info)
        return [
            [
                NextStep.of(each)
                for each in steps_of_payment(
                    root,
                    order,
                    held,
                    info.context.moment,
                    [each for each in disputes.get(root.id, ()) if each.blocked_minor],
                )
            ]
            for root, order, held in zip(roots, owners, rights, strict=True)
        ]


async def _rights(roots: Sequence[Any], owners: Sequence[Any], info: strawberry.Info) -> list[Rights]:
    """What the caller may do with some payments of these orders."""
    actor = info.context.actor
    manages = await orders.are_within(actor.scope_of(Permission.PAYMENTS_MANAGE), owners)
    refunds = await orders.are_within(actor.scope_of(Permission.PAYMENTS_REFUND), owners)
    lefts = await _left_to_refund(roots, info)
    return [
        Rights(may_manage, may_refund, *(left or (None, None)))
        for may_manage, may_refund, left in zip(manages, refunds, lefts, strict=True)
    ]


async def _left_to_refund(roots: Sequence[Any], info: strawberry.Info) -> list[tuple[int, int] | None]:
    """The caller's refund limit for the order of each payment, and what is left of it, in minor units; None
    without a limit."""
    limits = await info.context.load(_limits_of, info.context.actor)
    if limits.amounts is None or limits.staff_id is None:
        return [None] * len(roots)
    keys = [(root.order_id, limits.staff_id) for root in roots]
    refunded = await info.context.load_many(queries.refunded_by_staff, keys)
    found = [(limits.of(root.currency), given) for root, given in zip(roots, refunded, strict=True)]
    return [(limit, conditions.left_to_refund(limit, given)) for limit, given in found]


async def _limits_of(actors: list[Actor]) -> list[RefundLimits]:
    """Batch: the refund limits of a caller."""
    return [await access.refund_limits_of(each) for each in actors]


@strawberry.type
class OrderPayments:
    @level_field(list[Payment] | None, VIEW_IT, reach=PART_OF_IT)
    async def payments(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Payments of the order, in the order in which they were made; null for callers other than staff."""
        return await info.context.load_many(queries.payments_by_order, [root.id for root in roots])

    @field(VIEW_IT)
    def capture_rule(self, root: strawberry.Parent[Any], info: strawberry.Info) -> CaptureRule | None:
        """When the payments of the order by payment gateways are captured, taken from the channel when the
        order was placed; null for a draft, and for callers other than staff."""
        return root.capture_rule

    @field()
    def amount_authorized(self, root: strawberry.Parent[Any]) -> Money:
        """Amount that is authorized and neither captured nor voided."""
        return money(root.authorized_minor, root.currency)

    @field()
    def amount_refunded(self, root: strawberry.Parent[Any]) -> Money:
        """Amount refunded."""
        return money(root.refunded_minor, root.currency)

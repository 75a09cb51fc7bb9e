"""Payments in GraphQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.empty import none_if_empty
from app.core.graphql.errors import UserError, mutation
from app.core.graphql.levels import level_field
from app.core.graphql.node import Node
from app.core.graphql.once import Effect
from app.core.graphql.policy import AROUND_IT, PART_OF_IT, field, needs
from app.core.graphql.scalars import (
    ExpectedVersion,
    Money,
    MoneyInput,
    Text,
    arg,
    doc,
    graphql_enum,
    money,
    serves,
)
from app.core.ids import row_id
from app.core.money import Money as MoneyValue
from app.orders import queries as orders
from app.orders.schema import VIEW_IT, Order
from app.payments import models, queries, service
from app.payments.lifecycle import PaymentKind
from app.payments.refusals import AmountTooLarge as TooMuchRefusal

graphql_enum(PaymentKind, "Kind of payment transaction.")

VIEW = needs(Permission.ORDERS_VIEW)
MANAGE = needs(Permission.PAYMENTS_MANAGE)


@strawberry.type(description="The amount exceeds the amount due or the amount received.")
class AmountTooLarge(UserError):
    pass


REFUSES = (
    refusals.AlreadyExists,
    TooMuchRefusal,
)


@strawberry.type(description="A payment received for an order, or a refund. Visible to staff only.")
class PaymentTransaction(Node):
    is_type_of = serves(models.PaymentTransaction)

    kind: PaymentKind = doc("Kind of the transaction.")
    gateway: str = doc("Payment gateway; `manual` for money moved outside the system.")
    reference: str | None = doc("Reference of the bank or gateway.")
    note: str | None = none_if_empty("Note; null if there is none.")
    recorded_by: str = doc("Name of the user or app that recorded the transaction.")
    at: datetime = doc("Date and time at which the money moved.")
    created_at: datetime = doc("Date and time at which the transaction was recorded.")

    @field()
    def amount(self, root: strawberry.Parent[Any]) -> Money:
        """Amount."""
        return money(root.amount_minor, root.currency)

    @level_field(Order, reach=AROUND_IT)
    async def order(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The order."""
        return await info.context.load_many(orders.orders_by_id, [root.order_id for root in roots])


@strawberry.type
class OrderPayments:
    @level_field(list[PaymentTransaction] | None, VIEW_IT, reach=PART_OF_IT)
    async def payments(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Payments and refunds of the order, oldest first. Visible to staff only."""
        return await info.context.load_many(queries.transactions_by_order, [root.id for root in roots])

    @field()
    def amount_refunded(self, root: strawberry.Parent[Any]) -> Money:
        """Amount refunded."""
        return money(root.refunded_minor, root.currency)


@strawberry.input(
    description="Input for recording a payment received outside the system: by bank transfer, in cash "
    "or by check."
)
class PaymentRecordInput:
    order_id: strawberry.ID = doc("The order.")
    amount: MoneyInput = doc("Amount in the order's currency.")
    reference: str | None = doc(
        "Bank reference. A payment or refund with the same reference cannot be recorded twice for an order.",
        default=None,
    )
    note: Text = doc("Internal staff note, up to 500 characters.", default="")
    received_at: datetime | None = doc("Time of receipt; defaults to now.", default=None)
    accept_overpayment: bool = doc("Whether to accept more than the amount due.", default=False)


@strawberry.input(description="Input for recording a refund made outside the system.")
class PaymentRefundInput:
    order_id: strawberry.ID = doc("The order.")
    amount: MoneyInput = doc("Amount in the order's currency, up to the amount paid.")
    reference: str | None = doc(
        "Bank reference. A payment or refund with the same reference cannot be recorded twice for an order.",
        default=None,
    )
    note: Text = doc("Internal staff note, up to 500 characters.", default="")


def _amount(given: MoneyInput) -> MoneyValue:
    return MoneyValue.of(given.amount, given.currency.upper(), "amount", "amount")


@strawberry.type
class PaymentMutation:
    @mutation(
        "PaymentRecordResult",
        PaymentTransaction,
        policy=MANAGE,
        refuses=REFUSES,
        once=models.PaymentTransaction,
    )
    async def payment_record(
        self,
        info: strawberry.Info,
        input: Annotated[PaymentRecordInput, arg("The payment.")],
        expected_version: ExpectedVersion = None,
    ) -> Effect:
        """Record a received payment. Once the order is fully paid, work that waited for the payment
        continues."""
        order_id, amount = row_id(input.order_id, "Order", "order_id"), _amount(input.amount)
        return lambda uow: service.record(
            uow,
            order_id,
            amount,
            reference=input.reference,
            note=input.note,
            received_at=input.received_at,
            accept_overpayment=input.accept_overpayment,
            expected_version=expected_version,
        )

    @mutation(
        "PaymentRefundResult",
        PaymentTransaction,
        policy=MANAGE,
        refuses=REFUSES,
        once=models.PaymentTransaction,
    )
    async def payment_refund(
        self,
        info: strawberry.Info,
        input: Annotated[PaymentRefundInput, arg("The refund.")],
        expected_version: ExpectedVersion = None,
    ) -> Effect:
        """Record a refund; the total refunded cannot exceed the amount received. For an order that is fully
        paid, the refund counts as a credit, unless the order was overpaid or partially cancelled before; to
        refund unwanted items, cancel them first (`orderCancel`)."""
        order_id, amount = row_id(input.order_id, "Order", "order_id"), _amount(input.amount)
        return lambda uow: service.refund(
            uow,
            order_id,
            amount,
            reference=input.reference,
            note=input.note,
            expected_version=expected_version,
        )

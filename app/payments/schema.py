"""Payments in the graph."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.empty import none_if_empty
from app.core.graphql.errors import UserError, mutation, refusal_type
from app.core.graphql.extending import extends
from app.core.graphql.levels import level_field
from app.core.graphql.node import Node
from app.core.graphql.policy import AROUND_IT, PART_OF_IT, field, needs
from app.core.graphql.scalars import (
    ExpectedVersion,
    IdempotencyKey,
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
from app.payments.refusals import TooMuch as TooMuchRefusal

graphql_enum(PaymentKind, "What a movement of money is.")

VIEW = needs(Permission.ORDERS_VIEW)
MANAGE = needs(Permission.PAYMENTS_MANAGE)


@strawberry.type(description="More than is due, or more than came in.")
class TooMuch(UserError):
    pass


refusal_type(TooMuchRefusal, TooMuch)
REFUSES = (
    refusals.AlreadyExists,
    TooMuchRefusal,
)


@strawberry.type(description="Money that came in for an order, or was given back. Seen by staff.")
class PaymentTransaction(Node):
    is_type_of = serves(models.PaymentTransaction)

    kind: PaymentKind = doc("What it was.")
    gateway: str = doc("Through whom; `manual` outside the system.")
    reference: str | None = doc("The bank's or the gateway's own name for it.")
    note: str | None = none_if_empty("What was noted; null if nothing.")
    recorded_by: str = doc("Who wrote it down.")
    at: datetime = doc("When the money moved.")
    created_at: datetime = doc("When it was written down.")

    @field()
    def amount(self, root: strawberry.Parent[Any]) -> Money:
        """How much."""
        return money(root.amount_minor, root.currency)

    @level_field(Order, reach=AROUND_IT)
    async def order(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """For which order."""
        return await info.context.load_many(orders.orders_by_id, [root.order_id for root in roots])


@extends(Order)
class OrderPayments:
    @level_field(list[PaymentTransaction] | None, VIEW_IT, reach=PART_OF_IT)
    async def payments(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What came in for it and was given back, the first first. Seen by staff."""
        return await info.context.load_many(queries.transactions_by_order, [root.id for root in roots])

    @field()
    def amount_refunded(self, root: strawberry.Parent[Any]) -> Money:
        """What was given back of it."""
        return money(root.refunded_minor, root.currency)


@strawberry.input(description="Money that came in outside the system: by bank, in cash, by cheque.")
class PaymentRecordInput:
    order_id: strawberry.ID = doc("For which order.")
    amount: MoneyInput = doc("How much, in the order's currency.")
    reference: str | None = doc("The bank's name for it; the same is not written down twice.", default=None)
    note: Text = doc("A note for staff; up to 500 characters.", default="")
    received_at: datetime | None = doc("When it came; left out: now.", default=None)
    accept_overpayment: bool = doc("Take more than is due too.", default=False)


@strawberry.input(description="Money that was given back outside the system.")
class PaymentRefundInput:
    order_id: strawberry.ID = doc("For which order.")
    amount: MoneyInput = doc("How much, in the order's currency; what came in at the most.")
    reference: str | None = doc("The bank's name for it; the same is not written down twice.", default=None)
    note: Text = doc("A note for staff; up to 500 characters.", default="")


def _amount(given: MoneyInput) -> MoneyValue:
    return MoneyValue.of(given.amount, given.currency.upper(), "amount", "amount")


@strawberry.type
class PaymentMutation:
    @mutation("PaymentRecordResult", PaymentTransaction, policy=MANAGE, refuses=REFUSES)
    async def payment_record(
        self,
        info: strawberry.Info,
        input: Annotated[PaymentRecordInput, arg("What came in.")],
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Write down money that came in. When all is paid, what waited for it goes on."""
        order_id, amount = row_id(input.order_id, "Order", "order_id"), _amount(input.amount)
        return await info.context.once_row(
            idempotency_key,
            "paymentRecord",
            input,
            lambda work: service.record(
                work,
                order_id,
                amount,
                reference=input.reference,
                note=input.note,
                received_at=input.received_at,
                accept_overpayment=input.accept_overpayment,
                expected_version=expected_version,
            ),
            models.PaymentTransaction,
        )

    @mutation("PaymentRefundResult", PaymentTransaction, policy=MANAGE, refuses=REFUSES)
    async def payment_refund(
        self,
        info: strawberry.Info,
        input: Annotated[PaymentRefundInput, arg("What was given back.")],
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Write down money that was given back; never more than came in.

        Of an order that was paid in full it is a credit, unless something was overpaid or cancelled before:
        so cancel what is not wanted first (`orderCancel`).
        """
        order_id, amount = row_id(input.order_id, "Order", "order_id"), _amount(input.amount)
        return await info.context.once_row(
            idempotency_key,
            "paymentRefund",
            input,
            lambda work: service.refund(
                work,
                order_id,
                amount,
                reference=input.reference,
                note=input.note,
                expected_version=expected_version,
            ),
            models.PaymentTransaction,
        )

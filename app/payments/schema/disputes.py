"""Disputes in GraphQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry
from tortoise.expressions import Q, Subquery

from app.access.permissions import Permission
from app.channels import queries as channels
from app.core import refusals
from app.core.described import Described
from app.core.graphql.conditions import conditions
from app.core.graphql.empty import none_if_empty
from app.core.graphql.errors import mutation
from app.core.graphql.filters import DateTimeFilter, StringFilter
from app.core.graphql.levels import level_field
from app.core.graphql.next_steps import NextStep
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.once import Effect
from app.core.graphql.policy import ABOUT_IT, AROUND_IT, PART_OF_IT, field, needs, query
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
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.orders import models as order_models
from app.orders import queries as orders
from app.orders.schema import VIEW_IT, Order
from app.orders.schema.queries import Direction
from app.payments import models, queries
from app.payments.lifecycle import DisputeStatus
from app.payments.next_steps import steps_of_dispute
from app.payments.schema.types import Payment, PaymentTransaction
from app.payments.service import disputes as service


class DisputeSort(Described):
    OPENED_AT = "opened_at", "By the time at which it was opened."
    EVIDENCE_DUE_AT = "evidence_due_at", "By the time by which evidence must be sent; others are left out."


class DisputeOutcome(Described):
    """Result of a dispute."""

    WON = "won", "The company keeps the amount, or the dispute was withdrawn."
    LOST = "lost", "The buyer gets the amount, or the dispute was accepted."


graphql_enum(DisputeStatus, "Status of a dispute.")
graphql_enum(DisputeSort, "Sort fields for disputes.")
graphql_enum(DisputeOutcome, "Result of a dispute.")

VIEW = needs(Permission.ORDERS_VIEW)
MANAGE = needs(Permission.DISPUTES_MANAGE)
_NOTE = "Internal staff note, up to 500 characters."


@strawberry.type(
    description="A dispute of a payment: the buyer's bank asks for money back, and the company can answer. "
    "Visible to staff only."
)
class Dispute(Node):
    is_type_of = serves(models.Dispute)

    gateway: str = doc("Payment gateway; `manual` for money moved outside the system.")
    reference: str = doc("The gateway's or bank's reference of the dispute.")
    status: DisputeStatus = doc("Status of the dispute.")
    is_inquiry: bool = doc(
        "Whether the bank only asks a question: no money has moved, and refunds are possible."
    )
    reason: str | None = none_if_empty("Reason, as the gateway names it; null if it is not known.")
    evidence_due_at: datetime | None = doc(
        "Date and time by which evidence must be sent; null if it is not known."
    )
    opened_at: datetime = doc("Date and time at which it was opened.")
    closed_at: datetime | None = doc("When the result was recorded; null while it is open.")
    note: str | None = none_if_empty("Internal staff note; null if there is none.")
    recorded_by: str = doc("Name of the user or app that recorded it; the system for reported disputes.")
    version: int = doc(
        "Version number; increases with every change. Pass it as `expectedVersion` to detect concurrent "
        "edits."
    )

    @field()
    def amount(self, root: strawberry.Parent[Any]) -> Money:
        """Disputed amount."""
        return money(root.amount_minor, root.currency)

    @field()
    def excess_amount(self, root: strawberry.Parent[Any]) -> Money:
        """Part of the amount of a lost dispute that is not charged back, because the payment did not have it
        any more: it was refunded, or charged back after another dispute. If the bank has taken it
        nevertheless, no payment of the order records that. Zero unless it is lost."""
        return money(root.excess_minor, root.currency)

    @field()
    def fee(self, root: strawberry.Parent[Any]) -> Money | None:
        """What the gateway charges for the dispute, in its own currency; null if it is not known."""
        return None if root.fee_minor is None else money(root.fee_minor, root.fee_currency)

    @field()
    def is_reported(self, root: strawberry.Parent[Any]) -> bool:
        """Whether the gateway reports it, so that its status follows from there. Otherwise staff record
        it."""
        return root.account_id is not None

    @level_field(Payment | None, reach=AROUND_IT)
    async def payment(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The payment; null if the gateway reports a dispute of a payment that is not known."""
        ids = [root.payment_id for root in roots if root.payment_id is not None]
        found = dict(zip(ids, await info.context.load_many(queries.by_id, ids), strict=True))
        return [found.get(root.payment_id) for root in roots]

    @level_field(Order | None, reach=AROUND_IT)
    async def order(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The order; null if the payment is not known."""
        ids = [root.order_id for root in roots if root.order_id is not None]
        found = dict(zip(ids, await info.context.load_many(orders.orders_by_id, ids), strict=True))
        return [found.get(root.order_id) for root in roots]

    @level_field(PaymentTransaction | None, reach=AROUND_IT)
    async def chargeback(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The chargeback of a dispute that is lost: the disputed amount, at most what the payment had kept.
        Null unless it is lost, and if everything was refunded before."""
        ids = [root.chargeback_id for root in roots if root.chargeback_id is not None]
        found = dict(zip(ids, await info.context.load_many(queries.transactions_by_id, ids), strict=True))
        return [found.get(root.chargeback_id) for root in roots]

    @level_field(list[NextStep])
    async def next_steps(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Next steps of the dispute, allowed or not; those that are not allowed have a reason."""
        ids = [root.order_id for root in roots if root.order_id is not None]
        owners = await info.context.load_many(orders.orders_by_id, ids)
        scope = info.context.actor.scope_of(Permission.DISPUTES_MANAGE)
        held = dict(zip(ids, await orders.are_within(scope, owners), strict=True))
        return [
            [NextStep.of(each) for each in steps_of_dispute(root, held.get(root.order_id, False))]
            for root in roots
        ]


@strawberry.type
class PaymentDisputes:
    @level_field(list[Dispute], reach=PART_OF_IT)
    async def disputes(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Disputes of the payment, oldest first."""
        return await info.context.load_many(queries.disputes_by_payment, [root.id for root in roots])


@strawberry.type
class OrderDisputes:
    @level_field(bool | None, VIEW_IT, reach=ABOUT_IT)
    async def has_open_dispute(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Whether a payment of the order has an open dispute; null for callers other than staff."""
        return await info.context.load_many(queries.have_open_disputes, [root.id for root in roots])


@strawberry.input(description="Filter conditions for disputes.")
class DisputeFilter:
    status: list[DisputeStatus] | None = doc("Filter by status.", default=None)
    channel: list[str] | None = doc("Filter by codes of the channels of the orders.", default=None)
    gateway: StringFilter | None = doc("Filter by payment gateway.", default=None)
    reference: StringFilter | None = doc("Filter by reference.", default=None)
    is_inquiry: bool | None = doc("Filter by whether it is an inquiry.", default=None)
    evidence_due_at: DateTimeFilter | None = doc(
        "Filter by the time by which evidence must be sent.", default=None
    )
    opened_at: DateTimeFilter | None = doc("Filter by the time at which it was opened.", default=None)


@strawberry.input(description="Sort order for disputes.")
class DisputeOrder:
    field: DisputeSort = doc("Sort field.", default=DisputeSort.OPENED_AT)
    direction: Direction = doc("Sort direction.", default=Direction.DESC)


def _in_channels(codes: list[str]) -> Q:
    of_orders = order_models.Order.filter(channels.in_channels(codes))
    return Q(order_id__in=Subquery(of_orders.values("id")))


_conditions = conditions(DisputeFilter, models.Dispute, channel=_in_channels)


@strawberry.type
class DisputeQuery:
    @query(VIEW)
    async def disputes(
        self,
        info: strawberry.Info,
        filter: Annotated[DisputeFilter | None, arg("Filter conditions.")] = None,
        order_by: Annotated[
            DisputeOrder | None, arg("Sort order; those opened last come first if omitted.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Dispute]:
        """Disputes of the orders that the caller can see as staff. Those whose payment is not known are shown
        to callers who see the orders of all channels."""
        rows = queries.disputes_visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(_conditions(filter))
        chosen = order_by or DisputeOrder()
        if chosen.field is DisputeSort.EVIDENCE_DUE_AT:
            rows = rows.filter(evidence_due_at__isnull=False)
        sort = Sort((chosen.field.value, "id"), descending=chosen.direction is Direction.DESC)
        return await connection(rows, PageArgs(sort, first, after, last, before))


@strawberry.input(description="Input for recording a dispute that the gateway does not report.")
class DisputeRecordInput:
    payment_id: strawberry.ID = doc("The payment.")
    amount: MoneyInput = doc("Disputed amount in the currency of the payment, at most what was captured.")
    reference: str = doc(
        "The gateway's or bank's reference of the dispute, up to 120 characters. The same one cannot be "
        "recorded twice for a gateway."
    )
    reason: str | None = doc("Reason, up to 120 characters.", default=None)
    is_inquiry: bool = doc(
        "Whether the bank only asks a question, and no money has moved. It does not prevent refunds.",
        default=False,
    )
    opened_at: datetime | None = doc("When it was opened; defaults to now.", default=None)
    evidence_due_at: datetime | None = doc("By when evidence must be sent.", default=None)
    note: Text | None = doc(_NOTE, default=None)


@strawberry.input(description="Input for recording that evidence was sent for a dispute.")
class DisputeRespondInput:
    id: strawberry.ID = doc("The dispute.")
    note: str | None = doc(f"{_NOTE[:-1]}; if omitted, the note is kept.", default=None)


@strawberry.input(description="Input for recording the result of a dispute.")
class DisputeCloseInput:
    id: strawberry.ID = doc("The dispute.")
    outcome: DisputeOutcome = doc("The result.")
    note: str | None = doc(f"{_NOTE[:-1]}; if omitted, the note is kept.", default=None)


@strawberry.type
class DisputeMutation:
    @mutation(
        "DisputeRecordResult",
        Dispute,
        policy=MANAGE,
        refuses=(refusals.AlreadyExists,),
        once=models.Dispute,
    )
    async def dispute_record(
        self, info: strawberry.Info, input: Annotated[DisputeRecordInput, arg("The dispute.")]
    ) -> Effect:
        """Record a dispute of a payment that its gateway does not report: of a payment outside the system,
        for example. Its amount cannot be refunded until the result is recorded, and an order with something
        left to ship is put on hold."""
        payment_id = row_id(input.payment_id, "Payment", "payment_id")
        data = service.DisputeData(
            amount=MoneyValue.of(input.amount.amount, input.amount.currency.upper(), "amount", "amount"),
            reference=input.reference,
            reason=input.reason or "",
            is_inquiry=input.is_inquiry,
            opened_at=input.opened_at,
            evidence_due_at=input.evidence_due_at,
            note=input.note or "",
        )
        return lambda uow: service.record(uow, payment_id, data)

    @mutation("DisputeRespondResult", Dispute, policy=MANAGE, refuses=(refusals.IllegalTransition,))
    async def dispute_respond(
        self,
        info: strawberry.Info,
        input: Annotated[DisputeRespondInput, arg("The dispute.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Dispute:
        """Record that evidence was sent for a dispute that staff have recorded. The evidence itself is sent
        at the gateway or bank."""
        return await service.respond(
            info.context.actor,
            row_id(input.id, "Dispute", "id"),
            note=input.note,
            expected_version=expected_version,
        )

    @mutation("DisputeCloseResult", Dispute, policy=MANAGE)
    async def dispute_close(
        self,
        info: strawberry.Info,
        input: Annotated[DisputeCloseInput, arg("The dispute and its result.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Dispute:
        """Record the result of a dispute that staff have recorded. If it is lost, the amount is charged back
        and due again; if it is won, the amount can be refunded again. A bank that changes its decision can be
        followed by calling it again."""
        return await service.close(
            info.context.actor,
            row_id(input.id, "Dispute", "id"),
            DisputeStatus(input.outcome.value),
            note=input.note,
            expected_version=expected_version,
        )

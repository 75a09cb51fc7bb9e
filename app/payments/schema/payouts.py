"""Payouts in GraphQL."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.conditions import conditions
from app.core.graphql.empty import none_if_empty
from app.core.graphql.errors import mutation
from app.core.graphql.filters import DateFilter, StringFilter
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.once import Effect
from app.core.graphql.policy import AROUND_IT, PART_OF_IT, field, needs, query
from app.core.graphql.scalars import (
    CurrencyCode,
    ExpectedVersion,
    Money,
    arg,
    doc,
    graphql_enum,
    money,
    serves,
)
from app.core.ids import row_id
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.payments import payout_models, queries
from app.payments.lifecycle import PayoutLineKind, PayoutLineProblem, PayoutStatus
from app.payments.schema.disputes import Dispute
from app.payments.schema.payout_inputs import PayoutCloseInput, PayoutImportInput, payout_data
from app.payments.schema.types import PaymentTransaction
from app.payments.service import payouts as service

graphql_enum(PayoutStatus, "Status of a payout.")
graphql_enum(PayoutLineProblem, "Reason why a line of a payout needs a look.")

VIEW = needs(Permission.FINANCE_VIEW, everywhere=True)
MANAGE = needs(Permission.PAYMENTS_MANAGE, everywhere=True)
_NEWEST = Sort(("arrival_on", "id"), descending=True)


@strawberry.type(
    description="A line of a payout: what one payment, refund, dispute or fee adds to it or takes from it."
)
class PayoutLine:
    is_type_of = serves(payout_models.PayoutLine)

    position: int = doc("Position in the payout, from 1.")
    kind: PayoutLineKind = doc("Kind of the line.")
    reference: str | None = none_if_empty(
        "The gateway's reference of what it is about; null if there is none."
    )
    problem: PayoutLineProblem | None = doc("Why the line needs a look; null if it needs none.")

    @field()
    def amount(self, root: strawberry.Parent[Any]) -> Money:
        """Amount before the fee, in the currency of the payout; negative if it takes from the payout."""
        return money(root.amount_minor, root.currency)

    @field()
    def fee(self, root: strawberry.Parent[Any]) -> Money:
        """What the gateway keeps for it; negative if it gives a fee back."""
        return money(root.fee_minor, root.currency)

    @field()
    def net(self, root: strawberry.Parent[Any]) -> Money:
        """Amount less the fee. The lines add up to the payout."""
        return money(root.amount_minor - root.fee_minor, root.currency)

    @field()
    def transaction_amount(self, root: strawberry.Parent[Any]) -> Money | None:
        """Amount of the transaction or dispute in its own currency, as the gateway states it; null if that is
        the currency of the payout."""
        return None if root.own_minor is None else money(root.own_minor, root.own_currency)

    @level_field(PaymentTransaction | None, reach=AROUND_IT)
    async def transaction(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The payment received or refund; null for other kinds, and if the line has a problem."""
        ids = [root.transaction_id for root in roots if root.transaction_id is not None]
        found = dict(zip(ids, await info.context.load_many(queries.transactions_by_id, ids), strict=True))
        return [found.get(root.transaction_id) for root in roots]

    @level_field(Dispute | None, reach=AROUND_IT)
    async def dispute(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The dispute; null for other kinds, and if the line has a problem."""
        ids = [root.dispute_id for root in roots if root.dispute_id is not None]
        found = dict(zip(ids, await info.context.load_many(queries.disputes_by_id, ids), strict=True))
        return [found.get(root.dispute_id) for root in roots]


@strawberry.type(
    description="Money that a payment gateway sends to the bank account of the company, or takes from it: "
    "payments less refunds, disputes and fees. Visible with FINANCE_VIEW in all channels."
)
class Payout(Node):
    is_type_of = serves(payout_models.Payout)

    gateway: str = doc("Code of the payment gateway, or the name that it was imported with.")
    reference: str = doc("The gateway's reference of the payout, unique by gateway.")
    status: PayoutStatus = doc("Status of the payout.")
    currency: CurrencyCode = doc("Currency of the payout.")
    arrival_on: date = doc("Day on which the money arrives at the bank.")
    note: str | None = none_if_empty("Why staff closed it; null unless they did.")
    closed_by: str | None = doc("Name of the user or app that closed it; null unless staff did.")
    closed_at: datetime | None = doc("When it was closed; null while it is open.")
    failed_at: datetime | None = doc(
        "When the gateway reported that the bank had returned it; null unless it did. The gateway pays the "
        "money out again with another payout."
    )
    recorded_by: str = doc("Name of the user or app that imported it; the system for reported payouts.")
    version: int = doc(
        "Version number; increases with every change. Pass it as `expectedVersion` to detect concurrent "
        "edits."
    )
    created_at: datetime = doc("Date and time at which it was recorded.")

    @field()
    def total(self, root: strawberry.Parent[Any]) -> Money:
        """Amount that arrives at the bank; negative if the gateway takes money from the account."""
        return money(root.total_minor, root.currency)

    @field()
    def fees(self, root: strawberry.Parent[Any]) -> Money:
        """Sum of the fees of the lines. Lines of the kind FEE are not part of it: their amount is the fee."""
        return money(root.fee_minor, root.currency)

    @field()
    def is_reported(self, root: strawberry.Parent[Any]) -> bool:
        """Whether the gateway reports it; otherwise staff imported it."""
        return root.account_id is not None

    @level_field(list[PayoutLine], reach=PART_OF_IT)
    async def lines(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Lines of the payout. They add up to its total: what the others do not explain is a line
        UNEXPLAINED."""
        return await info.context.load_many(queries.lines_by_payout, [root.id for root in roots])


@strawberry.input(description="Filter conditions for payouts.")
class PayoutFilter:
    status: list[PayoutStatus] | None = doc("Filter by status.", default=None)
    gateway: StringFilter | None = doc("Filter by payment gateway.", default=None)
    reference: StringFilter | None = doc("Filter by reference.", default=None)
    arrival_on: DateFilter | None = doc("Filter by the day of arrival.", default=None)


_conditions = conditions(PayoutFilter, payout_models.Payout)


@strawberry.type
class PayoutQuery:
    @query(VIEW)
    async def payouts(
        self,
        info: strawberry.Info,
        filter: Annotated[PayoutFilter | None, arg("Filter conditions.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Payout]:
        """Payouts of payment gateways, the latest day of arrival first. Those that need a look are OPEN."""
        rows = queries.payouts_visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(_conditions(filter))
        return await connection(rows, PageArgs(_NEWEST, first, after, last, before))


@strawberry.type
class PayoutMutation:
    @mutation(
        "PayoutImportResult",
        Payout,
        policy=MANAGE,
        refuses=(refusals.AlreadyExists,),
        once=payout_models.Payout,
    )
    async def payout_import(
        self, info: strawberry.Info, input: Annotated[PayoutImportInput, arg("The payout.")]
    ) -> Effect:
        """Import a payout of a gateway that does not report its payouts, with its lines or a CSV file of
        them. Each line is compared with the payment, refund or dispute that has its reference. The payout is
        closed at once if all are found with their amounts and the lines add up; otherwise it is open, and the
        lines have a `problem`."""
        data = payout_data(input)
        return lambda uow: service.import_payout(uow, data)

    @mutation("PayoutCompareResult", Payout, policy=MANAGE)
    async def payout_compare(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The payout.")],
        expected_version: ExpectedVersion = None,
    ) -> payout_models.Payout:
        """Compare an open payout again, after what it lacks has been recorded. It is closed if no line has a
        problem any more."""
        return await service.compare(
            info.context.actor, row_id(id, "Payout", "id"), expected_version=expected_version
        )

    @mutation("PayoutCloseResult", Payout, policy=MANAGE)
    async def payout_close(
        self,
        info: strawberry.Info,
        input: Annotated[PayoutCloseInput, arg("The payout.")],
        expected_version: ExpectedVersion = None,
    ) -> payout_models.Payout:
        """Accept an open payout as it is, with the lines that have a problem."""
        return await service.close(
            info.context.actor,
            row_id(input.id, "Payout", "id"),
            input.note,
            expected_version=expected_version,
        )

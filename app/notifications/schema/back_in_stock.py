"""Back-in-stock requests in GraphQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.access.refusals import TooManyAttempts
from app.access.schema import Done
from app.catalog import queries as catalog
from app.catalog.schema import Variant
from app.channels import queries as channels
from app.channels.schema import Channel
from app.core.database import values_of
from app.core.graphql.conditions import conditions
from app.core.graphql.errors import mutation
from app.core.graphql.filters import DateTimeFilter, StringFilter, among_q, string_q
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import ANYONE, AROUND_IT, OWN_SCOPE, PART_OF_IT, SIGNED_IN, field, needs, query
from app.core.graphql.scalars import arg, doc, graphql_enum, serves
from app.core.ids import row_id
from app.core.networks import networks_of
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.inventory.stock import queries as stock
from app.notifications import models
from app.notifications.back_in_stock import ending, queries, requesting
from app.notifications.lifecycle import BackInStockStatus

graphql_enum(BackInStockStatus, "Status of a back-in-stock request.")

VIEW, MANAGE = needs(Permission.CUSTOMERS_VIEW), needs(Permission.CUSTOMERS_MANAGE)
_NEWEST = Sort(("created_at", "id"), descending=True)


@strawberry.type(
    description="A back-in-stock request: a buyer is notified once, by email, when a variant is available "
    "in a channel."
)
class BackInStockRequest(Node):
    is_type_of = serves(models.BackInStockRequest)

    status: BackInStockStatus = doc("Status.")
    language: str = doc("Language of the message (BCP 47).")
    created_at: datetime = doc("Date and time of the request.")
    confirmed_at: datetime | None = doc(
        "Date and time at which the email address was confirmed; null before."
    )
    told_at: datetime | None = doc("Date and time at which the notification was queued; null before.")

    @level_field(str | None, reach=PART_OF_IT)
    async def email(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Email address that is notified; for a customer, the current address of the account. Null if the
        customer no longer has one."""
        return [address or None for address in await queries.addresses_of(roots)]

    @level_field(Variant | None, reach=OWN_SCOPE)
    async def variant(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The variant; null for callers other than staff while it is not published."""
        return await catalog.visible_variants(values_of(roots, "variant_id"), info.context.actor)

    @level_field(Channel, reach=AROUND_IT)
    async def channel(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The channel in which it must be available."""
        return await info.context.load_many(channels.channels_by_id, values_of(roots, "channel_id"))


@strawberry.type
class CustomerBackInStock:
    @field(reach=OWN_SCOPE)
    async def back_in_stock_requests(
        self,
        root: strawberry.Parent[Any],
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[BackInStockRequest]:
        """Back-in-stock requests of the customer, newest first. They are deleted 30 days after the
        notification or the withdrawal."""
        rows = queries.visible_to(info.context.actor).filter(customer_id=root.id)
        return await connection(rows, PageArgs(_NEWEST, first, after, last, before))


@strawberry.type
class VariantBackInStock:
    @level_field(int | None, needs(Permission.STOCK_VIEW))
    async def back_in_stock_demand(
        roots: Sequence[Any],
        info: strawberry.Info,
        channel: Annotated[
            str | None, arg("Code of a channel; defaults to all channels of the caller.")
        ] = None,
    ) -> list[int | None]:
        """Number of people with a waiting back-in-stock request for the variant, in the channels of the
        caller. Null without the permission STOCK_VIEW for whole channels."""
        actor = info.context.actor
        covered = actor.scope_of(Permission.STOCK_VIEW).channels()
        if channel is not None:
            chosen = await channels.by_code(channel, actor, "channel")
            covered = frozenset({chosen.id}) & (covered if covered is not None else {chosen.id})
        if covered is not None and not covered:
            return [None] * len(roots)
        found = await queries.demand(values_of(roots, "id"), covered)
        return [found.get(id, 0) for id in values_of(roots, "id")]


@strawberry.input(description="Filter conditions for back-in-stock requests.")
class BackInStockRequestFilter:
    status: list[BackInStockStatus] | None = doc("Filter by status.", default=None)
    channel: list[str] | None = doc("Filter by codes of channels.", default=None)
    sku: StringFilter | None = doc("Filter by SKU.", default=None)
    created_at: DateTimeFilter | None = doc("Filter by the time of the request.", default=None)


_conditions = conditions(
    BackInStockRequestFilter,
    models.BackInStockRequest,
    channel=channels.in_channels,
    sku=lambda given: among_q("variant_id", stock.variant_ids(string_q("sku", given))),
)


@strawberry.input(description="Input for creating a back-in-stock request.")
class BackInStockRequestCreateInput:
    channel: str = doc("Code of the channel.")
    sku: str = doc("SKU of the variant; it must be sold in the channel and not be available now.")
    email: str | None = doc(
        "Email address to notify, which must be confirmed through an emailed link. Signed-in customers omit "
        "it: the address of their account is used, without confirmation.",
        default=None,
    )
    language: str | None = doc(
        "Language of the message (BCP 47); defaults to that of the customer's latest order, else that of the "
        "channel.",
        default=None,
    )


@strawberry.type(
    description="Confirmation that a request was received. For callers other than customers, the response is "
    "the same whether or not the address has such a request."
)
class BackInStockRequestReceived:
    email: str = doc("Email address to notify, in lowercase. A guest receives a link to confirm it.")
    request: BackInStockRequest | None = doc("The request of a signed-in customer; null for other callers.")


Token = Annotated[str, arg("Token from the emailed link; valid for 3 days.")]


@strawberry.type
class BackInStockQuery:
    @query(VIEW)
    async def back_in_stock_requests(
        self,
        info: strawberry.Info,
        filter: Annotated[BackInStockRequestFilter | None, arg("Filter conditions.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[BackInStockRequest]:
        """Back-in-stock requests, newest first. Callers limited to
        certain channels see the requests in these."""
        rows = queries.visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(_conditions(filter))
        return await connection(rows, PageArgs(_NEWEST, first, after, last, before))


@strawberry.type
class BackInStockMutation:
    @mutation(
        "BackInStockRequestCreateResult",
        BackInStockRequestReceived,
        policy=ANYONE,
        refuses=(TooManyAttempts,),
    )
    async def back_in_stock_request_create(
        self,
        info: strawberry.Info,
        input: Annotated[BackInStockRequestCreateInput, arg("The variant, and the address to notify.")],
    ) -> BackInStockRequestReceived:
        """Request a notification, sent once by email, when a variant is available again in a channel. A guest
        confirms the address through the emailed link. If the person already has a waiting request for the
        variant, it is kept. A person can have at most 50 waiting requests."""
        done = await requesting.ask_to_be_told(
            info.context.actor,
            channel=input.channel,
            sku=input.sku,
            email=input.email,
            language=input.language,
            networks=networks_of(info.context.address),
        )
        return BackInStockRequestReceived(email=done.email, request=done.request)  # type: ignore[arg-type]

    @mutation("BackInStockRequestConfirmResult", Done, policy=ANYONE, refuses=(TooManyAttempts,))
    async def back_in_stock_request_confirm(self, info: strawberry.Info, token: Token) -> Done:
        """Confirm the email address of a guest's back-in-stock request. Repeated calls have no effect."""
        await requesting.confirm(info.context.actor, token, networks_of(info.context.address))
        return Done(done=True)

    @mutation("BackInStockRequestWithdrawResult", BackInStockRequest, policy=SIGNED_IN)
    async def back_in_stock_request_withdraw(
        self, info: strawberry.Info, id: Annotated[strawberry.ID, arg("The request.")]
    ) -> models.BackInStockRequest:
        """Withdraw a back-in-stock request. Customers can withdraw their own requests, staff those in their
        channels. A request that is TOLD can be withdrawn until the message is sent; afterwards it is not
        changed."""
        actor = info.context.actor
        if not actor.is_customer:
            MANAGE.check(actor)
        return await ending.withdraw(actor, row_id(id, "BackInStockRequest", "id"))

"""Changing and deleting one's own account, and inviting customers, in GraphQL."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.access.refusals import TooManyAttempts
from app.access.schema import Done
from app.core.bulk import apply_each
from app.core.graphql.bulk import BulkResult, bulk_result
from app.core.graphql.conditions import conditions
from app.core.graphql.errors import mutation
from app.core.graphql.filters import DateTimeFilter
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import ANYONE, OWN_SCOPE, SIGNED_IN, field, needs, query
from app.core.graphql.scalars import arg, doc, graphql_enum, serves
from app.core.ids import row_id
from app.core.networks import networks_of
from app.core.pagination import Order, PageArgs
from app.customers import deleting, email_changes, inviting, models, queries
from app.customers.lifecycle import DeletionStatus
from app.customers.schema.customers import MANAGE, VIEW, Customer

_ELDEST = Order(("requested_at", "id"))

graphql_enum(DeletionStatus, "Status of the request of a customer to delete the account.")


@strawberry.input(description="Input for changing the email address of the signed-in customer.")
class EmailChangeRequestInput:
    email: str = doc("New email address.")
    current_password: str | None = doc(
        "Current password; can be omitted in the first 10 minutes after signing in.", default=None
    )


@strawberry.type(
    description="Confirmation that the change of an email address was requested. The response is the same "
    "whether or not the address belongs to another account."
)
class EmailChangeReceived:
    email: str = doc("Recipient of the email: the new address in lowercase.")


@strawberry.type(description="Confirmation that an email address was changed.")
class EmailChanged:
    email: str = doc("Email address of the account.")


@strawberry.type(description="Confirmation that the deletion of an account was requested.")
class AccountDeletionReceived:
    email: str = doc("Recipient of the email: the address of the account.")


@strawberry.type(description="A confirmed request of a customer to delete the account.")
class AccountDeletion(Node):
    is_type_of = serves(models.AccountDeletion)

    status: DeletionStatus = doc("Status.")
    requested_at: datetime = doc("Date and time at which the customer confirmed the request.")
    answered_at: datetime | None = doc("Date and time of the answer; null while the request is open.")

    @field(reach=OWN_SCOPE)
    async def customer(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Customer | None:
        """The customer, whose name and addresses are null after the deletion; null if the caller cannot see
        the customer."""
        rows = queries.visible_to(info.context.actor)
        return await rows.get_or_none(id=root.customer_id)  # type: ignore[return-value]

    @field(VIEW)
    def answered_by(self, root: strawberry.Parent[Any], info: strawberry.Info) -> str | None:
        """Name of the user or app that answered; null while the request is open, and for callers other than
        staff."""
        return root.answered_by or None

    @field()
    def answer(self, root: strawberry.Parent[Any]) -> str | None:
        """Why the request was refused; null if it was not."""
        return root.answer or None


@strawberry.input(description="Filter conditions for requests to delete an account.")
class AccountDeletionFilter:
    status: list[DeletionStatus] | None = doc("Filter by status.", default=None)
    requested_at: DateTimeFilter | None = doc("Filter by time of the confirmation.", default=None)


_conditions = conditions(AccountDeletionFilter, models.AccountDeletion)

LinkToken = Annotated[str, arg("Token from the emailed link, for single use: valid for 24 hours.")]


@strawberry.type
class OwnAccountQuery:
    @query(needs(VIEW.permission or "", everywhere=True))
    async def account_deletions(
        self,
        info: strawberry.Info,
        filter: Annotated[AccountDeletionFilter | None, arg("Filter conditions.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[AccountDeletion]:
        """Confirmed requests of customers to delete their account, oldest first."""
        rows = queries.deletions_visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(_conditions(filter))
        return await connection(rows, PageArgs(_ELDEST, first, after, last, before))


@strawberry.type
class OwnAccountMutation:
    @mutation("EmailChangeRequestResult", EmailChangeReceived, policy=SIGNED_IN, refuses=(TooManyAttempts,))
    async def email_change_request(
        self,
        info: strawberry.Info,
        input: Annotated[EmailChangeRequestInput, arg("The new address and the current password.")],
    ) -> EmailChangeReceived:
        """Request a new email address for the account of the signed-in customer. The response is always the
        same: an email is sent to the new address with a link for `emailChangeConfirm`. If another account has
        the address, the email says so instead."""
        email = await email_changes.request_change(
            info.context.actor,
            email=input.email,
            password=input.current_password,
            networks=networks_of(info.context.address),
        )
        return EmailChangeReceived(email=email)

    @mutation("EmailChangeConfirmResult", EmailChanged, policy=ANYONE, refuses=(TooManyAttempts,))
    async def email_change_confirm(self, info: strawberry.Info, token: LinkToken) -> EmailChanged:
        """Confirm a new email address. A notice is sent to the previous and to the new address. All
        sessions of the account end, except the one that confirms. Guest orders placed with the new address
        become orders of the account."""
        customer = await email_changes.confirm_change(
            info.context.actor, token, networks_of(info.context.address)
        )
        return EmailChanged(email=customer.email or "")

    @mutation(
        "AccountDeletionRequestResult", AccountDeletionReceived, policy=SIGNED_IN, refuses=(TooManyAttempts,)
    )
    async def account_deletion_request(self, info: strawberry.Info) -> AccountDeletionReceived:
        """Request the deletion of the account of the signed-in customer. An email is sent with a link for
        `accountDeletionConfirm`."""
        networks = networks_of(info.context.address)
        return AccountDeletionReceived(email=await deleting.request_deletion(info.context.actor, networks))

    @mutation("AccountDeletionConfirmResult", Done, policy=ANYONE, refuses=(TooManyAttempts,))
    async def account_deletion_confirm(self, info: strawberry.Info, token: LinkToken) -> Done:
        """Confirm the request to delete an account. Staff then complete or refuse it; until then the account
        can be used."""
        await deleting.confirm_deletion(info.context.actor, token, networks_of(info.context.address))
        return Done(done=True)

    @mutation("AccountDeletionCompleteResult", AccountDeletion, policy=MANAGE)
    async def account_deletion_complete(
        self, info: strawberry.Info, id: Annotated[strawberry.ID, arg("The request.")]
    ) -> models.AccountDeletion:
        """Delete the account: name, email address, phone number, password, address book, note, tags and
        metadata of the customer are deleted, and the sessions end. Orders keep the addresses they were placed
        with, because they document a contract. Not possible while the customer has open orders."""
        return await deleting.complete(info.context.actor, row_id(id, "AccountDeletion", "id"))

    @mutation("AccountDeletionRefuseResult", AccountDeletion, policy=MANAGE)
    async def account_deletion_refuse(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The request.")],
        reason: Annotated[str, arg("Reason, up to 500 characters; visible to the customer.")],
    ) -> models.AccountDeletion:
        """Refuse a request to delete an account."""
        return await deleting.refuse(info.context.actor, row_id(id, "AccountDeletion", "id"), reason)

    @mutation("CustomerInviteResult", Customer, policy=MANAGE)
    async def customer_invite(
        self, info: strawberry.Info, id: Annotated[strawberry.ID, arg("The customer.")]
    ) -> models.Customer:
        """Send a customer without a password an email with a link for `passwordReset`, valid for 7 days: for
        customers whom staff or an import entered. At most three invitations per hour are sent to an
        address."""
        return await inviting.invite(info.context.actor, row_id(id, "Customer", "id"))

    @mutation("CustomerBulkInviteResult", BulkResult, policy=MANAGE)
    async def customer_bulk_invite(
        self,
        info: strawberry.Info,
        ids: Annotated[list[strawberry.ID], arg("IDs of 1 to 1,000 customers.")],
    ) -> BulkResult:
        """Invite many customers. Each is processed separately: an error in one does not affect the others."""
        actor = info.context.actor

        async def invite(index: int, id: strawberry.ID) -> UUID:
            return (await inviting.invite(actor, row_id(id, "Customer", "id"))).id

        return bulk_result(await apply_each(ids, invite, "ids"), "Customer")

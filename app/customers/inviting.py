"""Invitations of customers whom staff or an import entered: the mailed token sets their first password."""

from datetime import timedelta
from uuid import UUID

from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork, command
from app.customers import queries, requests
from app.customers.lifecycle import AccountPurpose
from app.customers.models import Customer

INVITED_FOR = timedelta(days=7)


@command
async def invite(uow: UnitOfWork, id: UUID) -> Customer:
    """Send an invitation to a customer without a password.

    Raises:
        NotFound: there is no such customer, or the actor may not change it.
        Invalid: the customer has no email address, has an account, was deactivated, or was sent several
            invitations this hour.
    """
    customer = await queries.locked(id, uow.actor)
    if not customer.is_active:
        raise Invalid("This customer was deactivated.", "id", code=ProblemCode.NOT_POSSIBLE_NOW)
    if customer.email is None:
        raise Invalid("This customer has no email address.", "id", code=ProblemCode.NOT_APPLICABLE)
    if customer.password_hash is not None:
        raise Invalid("This customer has an account already.", "id", code=ProblemCode.NO_CHANGE)
    nth = await requests.next_of_hour(uow, customer.email, AccountPurpose.INVITE_CUSTOMER)
    if nth > requests.MAILS_AN_HOUR:
        raise Invalid(
            f"At most {requests.MAILS_AN_HOUR} messages an hour are sent to an address: try again later.",
            "id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    request = requests.new(uow, customer.email, AccountPurpose.INVITE_CUSTOMER, nth, INVITED_FOR, customer)
    await requests.store(uow, request)
    return customer

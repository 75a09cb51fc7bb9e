"""Sign-in of customers with an OpenID provider.

A person is known by issuer and subject. At the first sign-in the person becomes the customer who has the
e-mail address, or a new one, if the provider has verified the address; otherwise the answer is the same
whether or not a customer has it.
"""

from app.access import attempts, openid, signing_in
from app.access.openid import Identity
from app.access.refusals import ProviderNotResponding, SignInFailed
from app.access.service import Tokens
from app.core.actor import Actor
from app.core.contact import checked_email
from app.core.folding import one_line
from app.core.ids import new_id
from app.core.networks import UNKNOWN, Networks
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid
from app.core.uow import UnitOfWork, command
from app.customers import accounts, queries, service
from app.customers.events import CustomerEmailProven, CustomerIdentityLinked
from app.customers.models import Customer, CustomerIdentity
from app.customers.service import CustomerData


def _refuse_unless_set_up() -> None:
    if not openid.is_set_up():
        raise Invalid(
            "This shop has no sign-in with an OpenID provider. Use `signIn`.",
            code=ProblemCode.NOT_APPLICABLE,
        )


async def start() -> openid.Started:
    """Start a sign-in with the provider.

    Raises:
        Invalid: no provider is set up.
        ProviderNotResponding: the provider does not respond.
    """
    _refuse_unless_set_up()
    return await openid.start()


async def complete(
    actor: Actor, *, code: str, state: str, flow: str, networks: Networks = UNKNOWN, user_agent: str = ""
) -> Tokens:
    """Complete a sign-in with what the provider has sent to the redirect URL.

    Raises:
        Invalid: no provider is set up, or it has not verified the e-mail address of a new person.
        SignInFailed: the sign-in is not valid, has expired, or the customer was deactivated.
        ProviderNotResponding: the provider does not respond.
        TooManyAttempts: too many invalid sign-ins came from this network.
    """
    _refuse_unless_set_up()
    attempt = attempts.by_network(attempts.OF_LINKS, networks)
    await attempts.count(signing_in.SESSIONS, *attempt)
    try:
        found = await openid.identity(code, state, flow)
    except ProviderNotResponding:
        await attempts.give_back(signing_in.SESSIONS, *attempt)
        raise
    try:
        customer = await _customer(actor, found)
    except AlreadyExists:  # a concurrent sign-in of the same person created the customer
        customer = await _customer(actor, found)
    await attempts.give_back(signing_in.SESSIONS, *attempt)
    return await accounts.signed_in(customer, networks, user_agent)


@command
async def _customer(uow: UnitOfWork, found: Identity) -> Customer:
    """The customer of a person; linked or created at the first sign-in."""
    known = await queries.locked_customer_of_identity(found.issuer, found.subject)
    if known is None:
        known = await _first(uow, found, _verified_email(found))
    if not known.is_active:
        raise SignInFailed.of_openid()
    return known


def _verified_email(found: Identity) -> str:
    if found.is_userinfo_silent:
        raise ProviderNotResponding
    if found.email is None or not found.is_email_verified:
        raise Invalid(
            "The provider has not verified your email address. Verify it there and sign in again, or "
            "register with your email address and a password.",
            "authorization_code",
            code=ProblemCode.EMAIL_NOT_VERIFIED,
        )
    return checked_email(found.email, "authorization_code")


async def _first(uow: UnitOfWork, found: Identity, email: str) -> Customer:
    customer = await queries.locked_by_email(email)
    if customer is None:
        name = one_line(found.name)
        data = CustomerData(email=email, name=name if len(name) <= accounts.LONGEST_NAME else "")
        customer = await service.create(uow, data)
    await CustomerIdentity.create(
        id=new_id(),
        customer_id=customer.id,
        issuer=found.issuer,
        subject=found.subject,
        created_at=uow.at,
    )
    uow.announce(CustomerIdentityLinked(subject_id=customer.id, issuer=found.issuer))
    uow.announce(CustomerEmailProven(subject_id=customer.id))
    return customer

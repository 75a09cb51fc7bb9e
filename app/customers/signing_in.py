"""Sign-in with an e-mail address, for staff and customers."""

from app.access import queries as access
from app.access import signing_in
from app.access.service import Tokens
from app.access.signing_in import Candidate, Guess
from app.core.actor import Actor, ActorKind
from app.core.contact import normalized_email
from app.core.networks import Networks
from app.customers import queries


async def sign_in(
    email: str, password: str, *, networks: Networks, device_token: str | None = None, user_agent: str = ""
) -> Tokens:
    """Sign in.

    Raises:
        SignInFailed: whatever the reason.
        TooManyAttempts: too many recent attempts.
    """
    kept = normalized_email(email)
    guess = Guess(kept, password, networks, device_token, user_agent, await _candidate(kept))
    return await signing_in.check(guess, await signing_in.count(guess))


async def _candidate(email: str) -> Candidate | None:
    """The person whose password is checked: staff take precedence if an address has both.

    Both are always looked up, so that the time does not depend on the address.
    """
    staff = await access.staff_by_email(email)
    customer = await queries.by_email(email)
    if staff is not None:
        return _of(Actor(ActorKind.STAFF, staff.id, staff.name), staff.password_hash)
    if customer is None or not customer.is_active:
        return None
    return _of(Actor(ActorKind.CUSTOMER, customer.id, customer.name), customer.password_hash)


def _of(actor: Actor, password_hash: str | None) -> Candidate:
    async def hash_now() -> str | None:
        holder = await queries.holder_of(actor, locks=True)
        return holder.password_hash if holder else None

    return Candidate(actor, password_hash, hash_now)

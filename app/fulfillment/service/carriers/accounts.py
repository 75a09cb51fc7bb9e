"""Creating and updating carriers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.access import sealing
from app.access.permissions import Permission
from app.channels.service import checked_code
from app.core.actor import Actor
from app.core.database import insert
from app.core.ids import new_id
from app.core.links import checked_link
from app.core.outgoing import AddressRefused, Reason, resolving, target_of, vet
from app.core.problems import ProblemCode
from app.core.refusals import Forbidden, Invalid, Problems
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.fulfillment import queries
from app.fulfillment.carrier_adapters import Account, Carrier
from app.fulfillment.carrier_adapters.kinds import CarrierKind
from app.fulfillment.events import CarrierSet
from app.fulfillment.models import CarrierAccount
from app.settings import settings

LONGEST_SECRET = 500
LONGEST_URL = 400
# The problem code of an API URL, by the reason of the address guard.
_CODES = {Reason.NOT_FOUND: ProblemCode.NOT_FOUND, Reason.NO_ANSWER: ProblemCode.NOT_POSSIBLE_NOW}


@dataclass(frozen=True, slots=True)
class CarrierData:
    """A carrier. `secrets` None keeps the present ones; otherwise they are replaced."""

    code: str
    name: str
    kind: CarrierKind
    tracking_url: str = ""
    api_url: str = ""
    secrets: Mapping[str, str] | None = None
    is_active: bool = True


async def set_up_carrier(
    actor: Actor, code: str, changes: Mapping[str, Any], *, expected_version: int | None = None
) -> CarrierAccount:
    """Create or update a carrier with `change_carrier`, after resolving the name of its API.

    The name is resolved before the transaction, so that the transaction does not wait for it.

    Raises:
        What `change_carrier` raises; Invalid: the API's name does not resolve to a public server.
    """
    if not actor.may(Permission.CARRIERS_MANAGE):
        raise Forbidden(f"This needs the permission {Permission.CARRIERS_MANAGE}.")
    url = str(changes.get("api_url") or "").strip()
    if url and _fault_of(url) is None:  # otherwise it is reported with the other problems
        try:
            await vet(url, resolving.system, in_development=settings().is_development)
        except AddressRefused as refusal:
            raise _invalid(refusal) from refusal
    return await change_carrier(actor, code, changes, expected_version=expected_version)


@command
async def change_carrier(
    uow: UnitOfWork, code: str, changes: Mapping[str, Any], *, expected_version: int | None = None
) -> CarrierAccount:
    """Create a carrier, or update the given fields of the one with this code.

    Raises:
        What `set_carrier` raises; Invalid: a new carrier lacks a field.
    """
    account = await queries.locked_carrier(code)
    now: dict[str, Any] = {}
    if account is not None:
        names = ("name", "kind", "tracking_url", "api_url", "is_active")
        now = {name: getattr(account, name) for name in names}
    problems = Problems()
    for name in ("name", "kind"):
        if name not in {*now, *changes}:
            problems.add("This field is required for a new carrier.", name, code=ProblemCode.REQUIRED)
    problems.refuse()
    return await set_carrier(
        uow, CarrierData(code, **(now | dict(changes))), expected_version=expected_version
    )


@command
async def set_carrier(
    uow: UnitOfWork, data: CarrierData, *, expected_version: int | None = None
) -> CarrierAccount:
    """Create a carrier, or replace the one with this code. Its kind never changes.

    Raises:
        Forbidden.
        StaleVersion.
        Invalid, ValidationFailed: an invalid URL, or unknown or missing secrets.
    """
    if not uow.actor.scope_of(Permission.CARRIERS_MANAGE).is_everywhere:
        raise Forbidden(
            f"This needs the permission {Permission.CARRIERS_MANAGE} for all channels and locations."
        )
    account = await queries.locked_carrier(data.code)
    _check(data, account)
    values = {name: getattr(data, name).strip() for name in ("name", "tracking_url", "api_url")}
    written: dict[str, object] = {**values, "is_active": data.is_active}
    if data.secrets is not None:
        written["secrets"] = sealing.seal(dict(data.secrets))
    if account is None:
        account = CarrierAccount(
            id=new_id(), code=data.code, kind=data.kind, created_at=uow.at, updated_at=uow.at, **written
        )
        await insert([account])
        uow.is_new(account.id)
    else:
        refuse_stale(account, expected_version)
        if data.kind is not account.kind:
            raise Invalid(
                "The kind of a carrier cannot be changed. Create another carrier.",
                "kind",
                code=ProblemCode.NOT_CHANGEABLE,
            )
        if account.secrets and data.secrets is None and values["api_url"] != account.api_url:
            # Otherwise a caller who does not know the secrets could have them sent to another server.
            raise Invalid(
                "To change the URL, send the credentials too.", "secrets", code=ProblemCode.REQUIRED
            )
        await write_changes(account, written, uow.at)
    uow.announce(CarrierSet(subject_id=account.id, code=account.code))
    return account


def _check(data: CarrierData, account: CarrierAccount | None) -> None:
    """Raise ValidationFailed for invalid data. An unchanged URL is checked when it is used."""
    problems = Problems()
    with problems.caught():
        checked_code(data.code, "code")
    if not 1 <= len(data.name.strip()) <= 120:
        problems.add(
            "The name must have 1 to 120 characters.",
            "name",
            code=ProblemCode.WRONG_LENGTH,
            minimum=1,
            maximum=120,
        )
    if account is None or data.tracking_url != account.tracking_url:
        with problems.caught():
            checked_link(data.tracking_url, "tracking_url", longest=LONGEST_URL)
    url = data.api_url.strip() if account is None or data.api_url != account.api_url else ""
    if len(url) > LONGEST_URL:
        message = f"The URL must have at most {LONGEST_URL} characters."
        problems.add(message, "api_url", code=ProblemCode.TOO_LONG, maximum=LONGEST_URL)
    elif url and (fault := _fault_of(url)):
        problems.take(_invalid(fault))
    _check_secrets(data, account, problems)
    problems.refuse_if_any()


def _check_secrets(data: CarrierData, account: CarrierAccount | None, problems: Problems) -> None:
    wanted = data.kind.adapter.SECRETS
    given = data.secrets if data.secrets is not None else {}
    for name, value in given.items():
        if name not in wanted:
            problems.add(
                f"This kind of carrier has these credentials: {', '.join(wanted) or 'none'}.",
                "secrets",
                name,
                code=ProblemCode.UNKNOWN_CHOICE,
                choices=list(wanted),
            )
        elif not 1 <= len(value) <= LONGEST_SECRET:
            problems.add(
                f"A credential must have 1 to {LONGEST_SECRET} characters.",
                "secrets",
                name,
                code=ProblemCode.WRONG_LENGTH,
                minimum=1,
                maximum=LONGEST_SECRET,
            )
    lacking = [name for name in wanted if name not in given]
    if lacking and (account is None or data.secrets is not None):
        problems.add(
            f"Credentials are missing: {', '.join(lacking)}.",
            "secrets",
            code=ProblemCode.REQUIRED,
            choices=list(lacking),
        )


def _fault_of(url: str) -> AddressRefused | None:
    """The problem of an API URL's notation."""
    try:
        target_of(url, in_development=settings().is_development)
    except AddressRefused as refusal:
        return refusal
    return None


def _invalid(refusal: AddressRefused) -> Invalid:
    return Invalid(refusal.message, "api_url", code=_CODES.get(refusal.reason, ProblemCode.MALFORMED))


def adapter_for(account: CarrierAccount) -> Carrier:
    """The carrier of an account, with its secrets."""
    known = Account(account.code, account.api_url, account.tracking_url, sealing.unseal(account.secrets))
    return account.kind.adapter(known)

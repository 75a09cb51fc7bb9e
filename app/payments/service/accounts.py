"""Setting up payment gateways: their credentials and addresses."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import Any

from app.access import sealing
from app.access.permissions import Permission
from app.channels.models import Channel
from app.channels.service import checked_code
from app.core import clock
from app.core.actor import Actor
from app.core.database import insert
from app.core.ids import new_id
from app.core.outgoing import AddressRefused, Reason, resolving, target_of, vet
from app.core.problems import ProblemCode
from app.core.refusals import Forbidden, Invalid, Problems
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.payments import queries
from app.payments.events import PaymentGatewaySet
from app.payments.gateways.kinds import GatewayKind
from app.payments.gateways.protocol import Account, Gateway, GatewaySilent
from app.payments.models import PaymentGateway
from app.payments.service.gateway_channels import checked_channels, write_channels
from app.settings import settings

LONGEST_SECRET = 500
LONGEST_URL = 400
LONGEST_NAME = 120
EARLIER_SECRETS_FOR = timedelta(days=3)
# Gateways of payments that no account belongs to.
RESERVED = ("manual", "import", "bank", "giftcard", "storecredit")
_CODES = {Reason.NOT_FOUND: ProblemCode.NOT_FOUND, Reason.NO_ANSWER: ProblemCode.NOT_POSSIBLE_NOW}


async def set_up_gateway(
    actor: Actor, code: str, changes: Mapping[str, Any], *, expected_version: int | None = None
) -> PaymentGateway:
    """Create or update a gateway with `set_gateway`, after resolving the name of its API.

    The name is resolved before the transaction, so that the transaction does not wait for it.

    Raises:
        What `set_gateway` raises; Invalid: the API's name does not resolve to a public server.
    """
    _refuse_others(actor)
    url = str(changes.get("api_url") or "").strip()
    if url and _fault_of(url) is None:  # otherwise it is reported with the other problems
        try:
            await vet(url, resolving.system, in_development=settings().is_development)
        except AddressRefused as refusal:
            raise _invalid(refusal) from refusal
    return await set_gateway(actor, code, changes, expected_version=expected_version)


@command
async def set_gateway(
    uow: UnitOfWork, code: str, changes: Mapping[str, Any], *, expected_version: int | None = None
) -> PaymentGateway:
    """Create a payment gateway, or update the given fields of the one with this code. Its kind never changes.

    New `secrets` replace all stored ones; messages that are signed with the earlier ones are accepted for
    some days. `channels` are the codes of the channels in which it takes new payments, None for all.

    Raises:
        Forbidden, StaleVersion.
        Invalid, ValidationFailed: a new gateway lacks a field; an invalid code, name or URL; unknown or
            missing credentials; an unknown channel, or one listed twice.
    """
    _refuse_others(uow.actor)
    account = await queries.locked_gateway(code)
    chosen = await _checked(code, changes, account)
    written = {name: changes[name] for name in ("is_active",) if name in changes}
    written |= {name: changes[name].strip() for name in ("name", "api_url") if name in changes}
    secrets = changes.get("secrets")
    if account is None:
        account = PaymentGateway(
            id=new_id(),
            code=code,
            kind=changes["kind"],
            secrets=sealing.seal(dict(secrets or {})),
            created_at=uow.at,
            updated_at=uow.at,
            **written,
        )
        await insert([account])
        uow.is_new(account.id)
    else:
        refuse_stale(account, expected_version)
        if secrets is not None:
            written |= {
                "secrets": sealing.seal(dict(secrets)),
                "earlier_secrets": account.secrets,
                "secrets_changed_at": uow.at,
            }
        elif written.get("api_url", account.api_url) != account.api_url:
            # Otherwise a caller who does not know the credentials could have them sent to another server.
            raise Invalid(
                "To change the URL, send the credentials too.", "secrets", code=ProblemCode.REQUIRED
            )
        await write_changes(account, written, uow.at)
    if "channels" in changes:
        await write_channels(account, chosen)
    uow.announce(PaymentGatewaySet(subject_id=account.id, code=account.code))
    return account


def _refuse_others(actor: Actor) -> None:
    if not actor.scope_of(Permission.PAYMENTS_MANAGE).is_everywhere:
        raise Forbidden(
            f"This needs the permission {Permission.PAYMENTS_MANAGE} for all channels and locations."
        )


async def _checked(code: str, changes: Mapping[str, Any], account: PaymentGateway | None) -> list[Channel]:
    """The channels that are chosen; none for all channels.

    Raises:
        Invalid, ValidationFailed: every problem.
    """
    problems, codes = _problems_of(code, changes, account), changes.get("channels")
    chosen = [] if codes is None else await checked_channels(codes, problems)
    problems.refuse()
    return chosen


def _problems_of(code: str, changes: Mapping[str, Any], account: PaymentGateway | None) -> Problems:
    problems = Problems()
    with problems.caught():
        checked_code(code, "code")
    if code in RESERVED:
        problems.add("This code is reserved. Choose another one.", "code", code=ProblemCode.NOT_POSSIBLE_NOW)
    if account is None:
        for name in ("name", "kind", "secrets"):
            if changes.get(name) is None:
                problems.add("This field is required for a new gateway.", name, code=ProblemCode.REQUIRED)
    elif "kind" in changes and changes["kind"] is not account.kind:
        problems.add(
            "The kind of a gateway cannot be changed. Create another gateway.",
            "kind",
            code=ProblemCode.NOT_CHANGEABLE,
        )
    if "name" in changes and not 1 <= len(changes["name"].strip()) <= LONGEST_NAME:
        problems.add(
            f"The name must have 1 to {LONGEST_NAME} characters.",
            "name",
            code=ProblemCode.WRONG_LENGTH,
            minimum=1,
            maximum=LONGEST_NAME,
        )
    url = str(changes.get("api_url") or "").strip()
    if len(url) > LONGEST_URL:
        message = f"The URL must have at most {LONGEST_URL} characters."
        problems.add(message, "api_url", code=ProblemCode.TOO_LONG, maximum=LONGEST_URL)
    elif url and (account is None or url != account.api_url) and (fault := _fault_of(url)):
        problems.take(_invalid(fault))
    kind = account.kind if account is not None else changes.get("kind")
    if account is None and kind is not None and (lacking := _lacking(kind)):
        problems.add(lacking, "kind", code=ProblemCode.NOT_POSSIBLE_NOW)
    if kind is not None and changes.get("secrets") is not None:
        _check_secrets(kind.adapter.SECRETS, changes["secrets"], problems)
    return problems


def _check_secrets(wanted: tuple[str, ...], given: Mapping[str, str], problems: Problems) -> None:
    for name, value in given.items():
        if name not in wanted:
            problems.add(
                f"This kind of gateway has these credentials: {', '.join(wanted)}.",
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
    if lacking := [name for name in wanted if name not in given]:
        problems.add(
            f"Credentials are missing: {', '.join(lacking)}.",
            "secrets",
            code=ProblemCode.REQUIRED,
            choices=lacking,
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


def _lacking(kind: GatewayKind) -> str | None:
    """What has to be installed for a kind of gateway; None if nothing has."""
    package = kind.adapter.PACKAGE
    if package is None or find_spec(package) is not None:
        return None
    return f"The package {package} is not installed. Install it: pip install 'ordergraph[{kind.value}]'."


def adapter_for(account: PaymentGateway) -> Gateway:
    """The gateway of an account, with its credentials.

    Raises:
        GatewaySilent: its package is not installed any more.
    """
    if lacking := _lacking(account.kind):
        raise GatewaySilent(lacking)
    earlier = account.earlier_secrets if _is_rotating(account, clock.now()) else ""
    known = Account(account.code, account.api_url, sealing.unseal(account.secrets), sealing.unseal(earlier))
    return account.kind.adapter(known)


def _is_rotating(account: PaymentGateway, at: datetime) -> bool:
    changed = account.secrets_changed_at
    return changed is not None and at < changed + EARLIER_SECRETS_FOR

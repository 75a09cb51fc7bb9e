"""Setting carriers up."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from app.access import sealing
from app.access.permissions import Permission
from app.channels.service import checked_code
from app.core.database import insert
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Forbidden, Invalid, Problems
from app.core.versions import refuse_stale, write_changes
from app.core.work import Work, verb
from app.fulfillment import queries
from app.fulfillment.carriers import CARRIERS, Account, Carrier, carrier_of
from app.fulfillment.events import CarrierSet
from app.fulfillment.lifecycle import CarrierKind
from app.fulfillment.models import CarrierAccount
from app.settings import settings

LONGEST_SECRET = 500
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class CarrierData:
    """A carrier. `secrets` None leaves those that there are; else it replaces them all."""

    code: str
    name: str
    kind: CarrierKind
    tracking_url: str = ""
    api_url: str = ""
    secrets: Mapping[str, str] | None = None
    is_active: bool = True


@verb
async def change_carrier(
    work: Work, code: str, said: Mapping[str, Any], *, expected_version: int | None = None
) -> CarrierAccount:
    """Set up a carrier, or change what is said of the one of this code; the rest stays.

    Raises:
        What `set_carrier` raises; Invalid: a new carrier lacks something.
    """
    account = await queries.locked_carrier(code)
    now: dict[str, Any] = {}
    if account is not None:
        names = ("name", "kind", "tracking_url", "api_url", "is_active")
        now = {name: getattr(account, name) for name in names}
    problems = Problems()
    for name in ("name", "kind"):
        if name not in {*now, *said}:
            problems.add("A new carrier needs this.", name, code=ProblemCode.REQUIRED)
    problems.refuse()
    return await set_carrier(work, CarrierData(code, **(now | dict(said))), expected_version=expected_version)


@verb
async def set_carrier(
    work: Work, data: CarrierData, *, expected_version: int | None = None
) -> CarrierAccount:
    """Set up a carrier, or change the one of this code. Its kind stays for ever.

    Raises:
        Forbidden.
        StaleVersion.
        Invalid, ValidationFailed: an address that cannot be, or secrets that its kind does not have or lacks.
    """
    if not work.actor.may(Permission.CARRIERS_MANAGE):
        raise Forbidden(f"This needs the permission {Permission.CARRIERS_MANAGE}.")
    account = await queries.locked_carrier(data.code)
    _check(data, is_new=account is None)
    values = {name: getattr(data, name).strip() for name in ("name", "tracking_url", "api_url")}
    written: dict[str, object] = {**values, "is_active": data.is_active}
    if data.secrets is not None:
        written["secrets"] = sealing.seal(dict(data.secrets))
    if account is None:
        account = CarrierAccount(
            id=new_id(), code=data.code, kind=data.kind, created_at=work.at, updated_at=work.at, **written
        )
        await insert([account])
        work.born(account.id)
    else:
        refuse_stale(account, expected_version)
        if data.kind is not account.kind:
            raise Invalid(
                "A carrier keeps its kind: set up another one.", "kind", code=ProblemCode.NOT_CHANGEABLE
            )
        if account.secrets and data.secrets is None and values["api_url"] != account.api_url:
            # Else who may set up carriers, and knows no secret, could have them sent elsewhere.
            raise Invalid("For another address, give its secrets too.", "secrets", code=ProblemCode.REQUIRED)
        await write_changes(account, written, work.at)
    work.announce(CarrierSet(subject_id=account.id, code=account.code))
    return account


def _check(data: CarrierData, *, is_new: bool) -> None:
    problems = Problems()
    with problems.caught():
        checked_code(data.code, "code")
    if not 1 <= len(data.name.strip()) <= 120:
        problems.add(
            "A name has 1 to 120 characters.", "name", code=ProblemCode.WRONG_LENGTH, minimum=1, maximum=120
        )
    if data.tracking_url and not re.match(r"https?://[^/\s]", data.tracking_url):
        problems.add(
            "A tracking page's address begins with https://.", "tracking_url", code=ProblemCode.MALFORMED
        )
    if len(data.tracking_url) > 400:
        problems.add(
            "An address has 400 characters at the most.",
            "tracking_url",
            code=ProblemCode.TOO_LONG,
            maximum=400,
        )
    if data.api_url and not _may_be_asked(data.api_url):
        problems.add(
            "An API is asked by https:// and is on the internet; by http:// only here, in development.",
            "api_url",
            code=ProblemCode.MALFORMED,
        )
    wanted = CARRIERS[data.kind].SECRETS
    given = data.secrets if data.secrets is not None else {}
    for name, value in given.items():
        if name not in wanted:
            problems.add(
                f"This kind has the secrets: {', '.join(wanted) or 'none'}.",
                "secrets",
                name,
                code=ProblemCode.UNKNOWN_CHOICE,
                choices=list(wanted),
            )
        elif not 1 <= len(value) <= LONGEST_SECRET:
            problems.add(
                f"A secret has 1 to {LONGEST_SECRET} characters.",
                "secrets",
                name,
                code=ProblemCode.WRONG_LENGTH,
                minimum=1,
                maximum=LONGEST_SECRET,
            )
    lacking = [name for name in wanted if name not in given]
    if lacking and (is_new or data.secrets is not None):
        problems.add(
            f"This kind needs: {', '.join(lacking)}.",
            "secrets",
            code=ProblemCode.REQUIRED,
            choices=list(lacking),
        )
    problems.refuse_if_any()


def _may_be_asked(url: str) -> bool:
    """Whether credentials may be sent to an address: in the open only within a machine that is tried on."""
    import httpx  # noqa: PLC0415  # eight megabytes that only who uses such a carrier need spend

    try:
        parts = urlsplit(url)
        can_be = parts.hostname and parts.port != 0 and httpx.URL(url).host
    except (ValueError, httpx.InvalidURL):  # brackets that do not close, a port or a name that cannot be
        return False
    if not parts.hostname or not can_be or parts.username or parts.query or parts.fragment:
        return False
    if parts.hostname in _LOOPBACK:
        return settings().is_development and parts.scheme in ("http", "https")
    return parts.scheme == "https" and _is_public(parts.hostname)


def _is_public(host: str) -> bool:
    """Whether a host may be on the internet; a name is only known when it is asked for."""
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host


def reached(account: CarrierAccount) -> Carrier:
    """The carrier of an account, with its secrets."""
    known = Account(account.code, account.api_url, account.tracking_url, sealing.unseal(account.secrets))
    return carrier_of(account.kind, known)

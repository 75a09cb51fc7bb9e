"""Opening and changing channels."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.channels import queries
from app.channels.events import ChannelCreated, ChannelUpdated
from app.channels.lifecycle import ChannelKind
from app.channels.models import Channel
from app.channels.service.naming import checked_code
from app.core.ids import new_id
from app.core.money import checked_currency
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid, Problems, Refusal
from app.core.versions import refuse_stale, write_changes
from app.core.work import Work, verb

_PREFIX = re.compile(r"^[A-Z0-9]{1,9}-?\Z")
_COUNTRY = re.compile(r"^[A-Z]{2}\Z")


LONGEST_FOR_GUESTS = 3_650  # days


@dataclass(frozen=True, slots=True)
class ChannelData:
    code: str
    name: str
    currency: str
    kind: ChannelKind = ChannelKind.WEB
    number_prefix: str = ""
    prices_include_tax: bool = False
    default_country: str = "US"
    is_public: bool = False
    reservation_minutes: int | None = None
    handling_days: int = 1
    confirms_at_once: bool = True
    cancel_minutes: int | None = None
    guest_order_days: int = 30


@verb
async def create(work: Work, data: ChannelData) -> Channel:
    """Open a channel.

    Raises:
        ValidationFailed: every field that cannot be taken.
        AlreadyExists: another channel has the code.
    """
    problems = Problems()
    for check in (
        lambda: checked_code(data.code, "code"),
        lambda: checked_currency(data.currency, "currency"),
        lambda: _checked_terms(data.reservation_minutes, data.handling_days, data.cancel_minutes),
        lambda: _checked_guest_days(data.guest_order_days),
    ):
        try:
            check()
        except Refusal as refusal:
            problems.take(refusal)
    prefix = data.number_prefix or data.code[:4].upper().replace("_", "").replace("-", "") + "-"
    if not data.name.strip():
        problems.add("Give the channel a name.", "name")
    if not _PREFIX.match(prefix):
        problems.add(
            "A number prefix has up to 9 capitals or digits and may end in a hyphen.", "number_prefix"
        )
    if not _COUNTRY.match(data.default_country):
        problems.add("A country is its ISO 3166-1 code of two capitals.", "default_country")
    problems.refuse_if_any()
    if await queries.code_is_taken(data.code):
        raise AlreadyExists(f"There is a channel {data.code!r} already.", "code")
    channel = await Channel.create(
        id=new_id(),
        code=data.code,
        name=data.name.strip(),
        kind=data.kind,
        currency=checked_currency(data.currency),
        number_prefix=prefix,
        prices_include_tax=data.prices_include_tax,
        default_country=data.default_country,
        is_public=data.is_public,
        reservation_minutes=data.reservation_minutes,
        handling_days=data.handling_days,
        confirms_at_once=data.confirms_at_once,
        cancel_minutes=data.cancel_minutes,
        guest_order_days=data.guest_order_days,
        created_at=work.at,
        updated_at=work.at,
    )
    work.born(channel.id)
    work.announce(ChannelCreated(subject_id=channel.id, channel_id=channel.id, code=channel.code))
    return channel


@verb
async def update(
    work: Work, id: UUID, changes: dict[str, Any], *, expected_version: int | None = None
) -> Channel:
    """Change a channel's terms; its code and currency stay for ever.

    Raises:
        NotFound, StaleVersion, Invalid.
    """
    channel = await queries.locked(id, work.actor)
    refuse_stale(channel, expected_version)
    if not str(changes.get("name", "x")).strip():
        raise Invalid("Give the channel a name.", "name")
    _checked_terms(
        changes.get("reservation_minutes"), changes.get("handling_days", 0), changes.get("cancel_minutes")
    )
    _checked_guest_days(changes.get("guest_order_days", 0))
    await write_changes(channel, changes, work.at)
    work.announce(ChannelUpdated(subject_id=channel.id, channel_id=channel.id, changed=sorted(changes)))
    return channel


def _checked_guest_days(days: int) -> None:
    if not 0 <= days <= LONGEST_FOR_GUESTS:
        code = ProblemCode.TOO_SMALL if days < 0 else ProblemCode.TOO_LARGE
        raise Invalid(
            f"A guest reads an order for 0 to {LONGEST_FOR_GUESTS} days.",
            "guest_order_days",
            code=code,
            minimum=0,
            maximum=LONGEST_FOR_GUESTS,
        )


def _checked_terms(reservation_minutes: int | None, handling_days: int, cancel_minutes: int | None) -> None:
    if cancel_minutes is not None and not 0 <= cancel_minutes <= 525_600:
        raise Invalid(
            "A customer may cancel for 0 minutes to a year; null: until the warehouse begins.",
            "cancel_minutes",
        )
    if reservation_minutes is not None and not 1 <= reservation_minutes <= 43_200:
        raise Invalid("A draft keeps its stock for 1 minute to 30 days.", "reservation_minutes")
    if not 0 <= handling_days <= 365:
        raise Invalid("Handling takes 0 to 365 days.", "handling_days")

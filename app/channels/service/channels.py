"""Creating and updating channels."""

import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.channels import queries
from app.channels.events import ChannelCreated, ChannelUpdated
from app.channels.lifecycle import CaptureRule, CartMerge, ChannelKind, RefundOrder, TaxRounding
from app.channels.models import Channel
from app.channels.service.naming import checked_code
from app.channels.service.prefixing import checked_prefix, claim_prefix
from app.core.contact import checked_country
from app.core.ids import new_id
from app.core.languages import ENGLISH, checked_language
from app.core.links import CONTACT, WEB, checked_link
from app.core.money import checked_currency
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Problems
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, write_changes
from app.settings import settings

MOST_HOLIDAYS = 1_000
MOST_LANGUAGES = 50
_time_zones = cache(zoneinfo.available_timezones)


# The link columns, and the schemes that each accepts.
LINKS = {"website_url": WEB, "support_url": CONTACT}


@dataclass(frozen=True, slots=True)
class ChannelData:
    code: str
    name: str
    currency: str
    kind: ChannelKind = ChannelKind.WEB
    number_prefix: str = ""  # empty: derived from the code
    prices_include_tax: bool = False
    tax_rounding: TaxRounding = TaxRounding.RATE
    default_country: str = "US"
    is_public: bool = False
    reservation_minutes: int | None = None
    handling_days: int = 1
    confirms_at_once: bool = True
    cancel_minutes: int | None = None
    payment_minutes: int | None = None
    refund_order: RefundOrder = RefundOrder.LAST_FIRST
    capture: CaptureRule = CaptureRule.BY_HAND
    guest_order_days: int = 30
    cart_merge: CartMerge = CartMerge.MERGE_LINES
    time_zone: str | None = None  # None: the default of the settings
    working_days: list[int] | None = None  # 0 for Monday; None: Monday to Friday
    holidays: list[date] | None = None
    website_url: str | None = None
    support_url: str | None = None
    default_language: str = ENGLISH
    languages: list[str] | None = None  # None: every language that has templates


@command
async def create(uow: UnitOfWork, data: ChannelData) -> Channel:
    """Create a channel.

    Raises:
        ValidationFailed: every invalid field.
        AlreadyExists: another channel has the code, or uses or used the prefix.
    """
    problems = Problems()
    with problems.caught():
        checked_code(data.code, "code")
    with problems.caught():
        checked_currency(data.currency, "currency")
    if data.number_prefix:
        with problems.caught():
            checked_prefix(data.number_prefix, "number_prefix")
    terms: dict[str, Any] = {
        "name": data.name,
        "default_country": data.default_country,
        "reservation_minutes": data.reservation_minutes,
        "handling_days": data.handling_days,
        "cancel_minutes": data.cancel_minutes,
        "payment_minutes": data.payment_minutes,
        "guest_order_days": data.guest_order_days,
        "time_zone": data.time_zone or settings().time_zone,
        "working_days": data.working_days,
        "holidays": data.holidays,
        "website_url": data.website_url,
        "support_url": data.support_url,
        "default_language": data.default_language,
        "languages": data.languages,
    }
    with problems.caught():
        terms = _as_stored(terms)
    problems.refuse_if_any()
    if await queries.code_is_taken(data.code):
        raise AlreadyExists(f"The channel {data.code!r} already exists.", "code")
    channel = await Channel.create(
        id=new_id(),
        code=data.code,
        kind=data.kind,
        currency=checked_currency(data.currency),
        prices_include_tax=data.prices_include_tax,
        tax_rounding=data.tax_rounding,
        is_public=data.is_public,
        confirms_at_once=data.confirms_at_once,
        cart_merge=data.cart_merge,
        refund_order=data.refund_order,
        capture=data.capture,
        number_prefix="",
        created_at=uow.at,
        updated_at=uow.at,
        **terms,
    )
    channel.number_prefix = await claim_prefix(channel, data.number_prefix)
    await channel.save(update_fields=["number_prefix"])
    uow.is_new(channel.id)
    uow.announce(ChannelCreated(subject_id=channel.id, channel_id=channel.id, code=channel.code))
    return channel


@command
async def update(
    uow: UnitOfWork, id: UUID, changes: dict[str, Any], *, expected_version: int | None = None
) -> Channel:
    """Update a channel; its code and currency never change.

    A new prefix applies to new orders.

    Raises:
        NotFound, StaleVersion, AlreadyExists, ValidationFailed.
    """
    channel = await queries.locked(id, uow.actor, Permission.CHANNELS_MANAGE)
    refuse_stale(channel, expected_version)
    written = _as_stored(changes)
    if "number_prefix" in written:
        await claim_prefix(channel, written["number_prefix"])
    await write_changes(channel, written, uow.at)
    uow.announce(ChannelUpdated(subject_id=channel.id, channel_id=channel.id, changed=sorted(changes)))
    return channel


# The bounds of a channel's numbers, with the message for a value outside of them.
_BOUNDS: dict[str, tuple[int, int, str]] = {
    "cancel_minutes": (0, 525_600, "The period must be between 0 and 525,600 minutes (one year)."),
    "payment_minutes": (1, 525_600, "The period must be between 1 and 525,600 minutes (one year)."),
    "reservation_minutes": (1, 43_200, ("The period must be between 1 and 43,200 minutes (30 days).")),
    "guest_order_days": (0, 3_650, "The period must be between 0 and 3,650 days."),
    "handling_days": (0, 365, "The handling time must be between 0 and 365 days."),
}


def _as_stored(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changes as validated columns.

    Raises:
        ValidationFailed: every invalid value.
    """
    problems, written = Problems(), dict(changes)
    if "name" in written:
        written["name"] = written["name"].strip()
        if not written["name"]:
            problems.add("Enter a name.", "name", code=ProblemCode.REQUIRED)
    if "default_country" in written:
        with problems.caught():
            written["default_country"] = checked_country(written["default_country"], "default_country")
    for name, (least, most, text) in _BOUNDS.items():
        value = written.get(name)
        if value is not None and not least <= value <= most:
            code = ProblemCode.TOO_SMALL if value < least else ProblemCode.TOO_LARGE
            problems.add(text, name, code=code, minimum=least, maximum=most)
    for name, schemes in LINKS.items():
        if name in written:
            with problems.caught():
                written[name] = checked_link(written[name] or "", name, schemes=schemes) or None
    if "number_prefix" in written:
        with problems.caught():
            checked_prefix(written["number_prefix"], "number_prefix")
    _check_calendar(written, problems)
    _check_languages(written, problems)
    problems.refuse_if_any()
    return written


def _check_languages(written: dict[str, Any], problems: Problems) -> None:
    if "default_language" in written:
        with problems.caught():
            written["default_language"] = checked_language(written["default_language"], "default_language")
    if written.get("languages") is None:
        return
    if len(written["languages"]) > MOST_LANGUAGES:
        text = f"List at most {MOST_LANGUAGES} languages."
        problems.add(text, "languages", code=ProblemCode.TOO_MANY, maximum=MOST_LANGUAGES)
        return
    spelled: dict[str, None] = {}
    for index, tag in enumerate(written["languages"]):
        with problems.caught():
            spelled[checked_language(tag, "languages", str(index))] = None
    written["languages"] = list(spelled)


def _check_calendar(written: dict[str, Any], problems: Problems) -> None:
    if "time_zone" in written and written["time_zone"] not in _time_zones():
        text = "This is not an IANA time zone, such as Europe/Berlin."
        problems.add(text, "time_zone", code=ProblemCode.MALFORMED, given=written["time_zone"][:80])
    if written.get("working_days") is not None:
        if not written["working_days"]:
            text = "List at least one day, or send null for Monday to Friday."
            problems.add(text, "working_days", code=ProblemCode.TOO_FEW, minimum=1)
        written["working_days"] = sorted(set(written["working_days"]))
    if written.get("holidays") is not None:
        if len(written["holidays"]) > MOST_HOLIDAYS:
            text = f"List at most {MOST_HOLIDAYS} holidays."
            problems.add(text, "holidays", code=ProblemCode.TOO_MANY, maximum=MOST_HOLIDAYS)
        written["holidays"] = sorted({day.isoformat() for day in written["holidays"]})

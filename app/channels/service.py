"""Opening and changing channels and their terms."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.channels import queries
from app.channels.events import ChannelCreated, ChannelUpdated, TaxRateSet
from app.channels.lifecycle import ChannelKind, DiscountKind
from app.channels.models import LONGEST_DISCOUNT_CODE, Channel, Discount, ShippingMethod, TaxRate
from app.core.ids import new_id
from app.core.money import checked_currency
from app.core.refusals import AlreadyExists, Invalid, Problems, Refusal
from app.core.versions import refuse_stale, write_changes
from app.core.work import Work, verb

_CODE = re.compile(r"^[a-z0-9][a-z0-9_-]{0,39}\Z")
_PREFIX = re.compile(r"^[A-Z0-9]{1,9}-?\Z")
_COUNTRY = re.compile(r"^[A-Z]{2}\Z")


def checked_code(code: str, *path: str) -> str:
    """A short name for URLs and files.

    Raises:
        Invalid: it has other characters than small letters, digits, - and _, or more than 40.
    """
    if not _CODE.match(code):
        raise Invalid("A code has 1 to 40 small letters, digits, hyphens or underscores.", *path)
    return code


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
    await write_changes(channel, changes, work.at)
    work.announce(ChannelUpdated(subject_id=channel.id, channel_id=channel.id, changed=sorted(changes)))
    return channel


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


@verb
async def set_shipping_method(
    work: Work,
    channel: Channel,
    *,
    code: str,
    name: str,
    price_minor: int,
    free_from_minor: int | None = None,
    transit_days: int = 2,
    countries: list[str] | None = None,
    tax_class: str = "standard",
    is_active: bool = True,
) -> ShippingMethod:
    """Add or change a channel's shipping method.

    Raises:
        Invalid: a bad code, a negative price, or a time that cannot be.
    """
    checked_code(code, "code")
    if price_minor < 0 or (free_from_minor is not None and free_from_minor < 0):
        raise Invalid("A price cannot be negative.", "price")
    if not 0 <= transit_days <= 365:
        raise Invalid("Transit takes 0 to 365 working days.", "transit_days")
    method = await queries.method(channel.id, code) or ShippingMethod(
        id=new_id(), channel_id=channel.id, code=code
    )
    method.name, method.price_minor, method.free_from_minor = name, price_minor, free_from_minor
    method.transit_days, method.countries, method.tax_class = transit_days, countries, tax_class
    method.is_active = is_active
    await method.save()
    work.announce(
        ChannelUpdated(subject_id=channel.id, channel_id=channel.id, changed=[f"shipping_method:{code}"])
    )
    return method


@verb
async def set_tax_rate(
    work: Work, *, country: str, region: str = "", tax_class: str, name: str, rate: Decimal
) -> TaxRate:
    """Add or change the rate of a tax class in a country or one of its regions.

    Raises:
        Invalid: no such country code, or a rate outside 0 to 1.
    """
    if not _COUNTRY.match(country):
        raise Invalid("A country is its ISO 3166-1 code of two capitals.", "country")
    if not 0 <= rate <= 1:
        raise Invalid("A rate is a fraction from 0 to 1: 0.2 is twenty percent.", "rate")
    if rate != round(rate, 5):
        raise Invalid("A rate has 5 decimals at the most.", "rate")
    row = await queries.tax_rate(country, region.upper(), tax_class) or TaxRate(
        id=new_id(), country=country, region=region.upper(), tax_class=tax_class
    )
    row.name, row.rate = name, rate
    await row.save()
    work.announce(
        TaxRateSet(subject_id=row.id, country=country, region=row.region, tax_class=tax_class, rate=str(rate))
    )
    return row


@verb
async def create_discount(
    work: Work,
    channel: Channel,
    *,
    code: str,
    kind: DiscountKind,
    percent: Decimal | None = None,
    amount_minor: int | None = None,
    minimum_minor: int = 0,
    usage_limit: int | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Discount:
    """Add a discount code to a channel; codes are kept and compared in capitals.

    Raises:
        Invalid: no value, or one that cannot be.
        AlreadyExists: the channel has the code.
    """
    upper = code.strip().upper()
    if not 1 <= len(upper) <= LONGEST_DISCOUNT_CODE:
        raise Invalid(f"A discount code has 1 to {LONGEST_DISCOUNT_CODE} characters.", "code")
    if kind is DiscountKind.PERCENT and (percent is None or not 0 < percent <= 100):
        raise Invalid("A percentage is above 0 and at most 100.", "percent")
    if percent is not None and percent != round(percent, 2):
        raise Invalid("A percentage has 2 decimals at the most.", "percent")
    if kind is DiscountKind.AMOUNT and (amount_minor is None or amount_minor <= 0):
        raise Invalid("An amount off is above 0.", "amount")
    if usage_limit is not None and usage_limit < 1:
        raise Invalid("A usage limit is at least 1.", "usage_limit")
    if minimum_minor < 0:
        raise Invalid("The least that an order must be worth cannot be negative.", "minimum")
    if starts_at and ends_at and ends_at <= starts_at:
        raise Invalid("This ends before it starts.", "ends_at")
    if upper in await queries.discounts(channel.id, [upper]):
        raise AlreadyExists(f"This channel has a code {upper} already.", "code")
    return await Discount.create(
        id=new_id(),
        channel_id=channel.id,
        code=upper,
        kind=kind,
        percent=percent if kind is DiscountKind.PERCENT else None,
        amount_minor=amount_minor if kind is DiscountKind.AMOUNT else None,
        minimum_minor=minimum_minor,
        usage_limit=usage_limit,
        starts_at=starts_at,
        ends_at=ends_at,
    )

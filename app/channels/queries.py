"""Queries of the channels domain."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.channels.calendar import today_of
from app.channels.models import (
    Channel,
    NumberPrefix,
    ShippingMethod,
    TaxClass,
    TaxRate,
)
from app.channels.tax import Rate, RateTable
from app.core import clock
from app.core.actor import Actor
from app.core.contact import region_spellings
from app.core.database import among, read, rows_by_id
from app.core.languages import ENGLISH, base_of
from app.core.loading import grouped, in_order
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, NotFound
from app.core.scope import Ids, ids_in

_SEE_CLOSED = (Permission.CHANNELS_MANAGE, Permission.ORDERS_VIEW)


def visible_to(actor: Actor) -> QuerySet[Channel]:
    """The channels that an actor may see: the public ones, and those in its grants.

    For reads only. Commands that change something of a channel use `covered` or `locked`.
    """
    rows, known, closed = Channel.all(), _known(actor), _seen_when_closed(actor)
    if known is not None:
        rows = rows.filter(Q(is_public=True) | Q(id__in=list(known)) if known else Q(is_public=True))
    if closed is not None:
        rows = rows.filter(Q(is_active=True) | Q(id__in=list(closed)) if closed else Q(is_active=True))
    return rows


def is_visible(channel: Channel, actor: Actor) -> bool:
    """`visible_to` for a row that was read already."""
    if channel.is_public and channel.is_active:
        return True
    known, closed = _known(actor), _seen_when_closed(actor)
    return (channel.is_public or known is None or channel.id in known) and (
        channel.is_active or closed is None or channel.id in closed
    )


def _known(actor: Actor) -> Ids:
    """The channels in an actor's grants; all, if it may see all orders or manage all channels."""
    named = (grant.area.channels or frozenset() for grant in actor.grants)
    return ids_in((_seen_when_closed(actor), *named))


def _seen_when_closed(actor: Actor) -> Ids:
    reached = (actor.scope_of(each).channels_reached() for each in _SEE_CLOSED)
    return ids_in(reached)


async def by_code(code: str, actor: Actor, *path: str) -> Channel:
    """The channel with a code.

    Raises:
        NotFound: it does not exist, or the actor may not see it.
    """
    found = await read(Channel, "code = $1", code)
    if not found or not is_visible(found[0], actor):
        raise NotFound.of("channel", *path)
    channel: Channel = found[0]
    return channel


async def by_id(id: UUID, actor: Actor, *path: str) -> Channel:
    """The channel with an id.

    Raises:
        NotFound: it does not exist, or the actor may not see it.
    """
    found = await read(Channel, "id = $1", id)
    if not found or not is_visible(found[0], actor):
        raise NotFound.of("channel", *path)
    channel: Channel = found[0]
    return channel


async def open_for_orders(code: str, actor: Actor, *path: str) -> Channel:
    """The channel with a code, if orders can be placed in it.

    Raises:
        NotFound: it does not exist, or the actor may not see it.
        Invalid: it is inactive.
    """
    channel = await by_code(code, actor, *path)
    if not channel.is_public and not actor.scope_of(Permission.ORDERS_MANAGE).covers(channel.id):
        raise NotFound.of("channel", *path)  # a caller who may only browse is not told the reason
    if not channel.is_active:
        raise Invalid(
            "The channel is closed and does not accept orders.", *path, code=ProblemCode.CHANNEL_CLOSED
        )
    return channel


async def covered(code: str, actor: Actor, permission: Permission, *path: str) -> Channel:
    """The channel with a code, for changing what belongs to it as a whole, such as prices.

    Raises:
        NotFound: it does not exist, or the actor does not have the permission for it.
    """
    found = await read(Channel, "code = $1", code)
    if not found or not actor.scope_of(permission).covers(found[0].id):
        raise NotFound.of("channel", *path)
    channel: Channel = found[0]
    return channel


async def with_payment_limit() -> list[Channel]:
    """The channels whose orders must be paid within a time."""
    return await read(Channel, "payment_minutes IS NOT NULL ORDER BY id")


async def locked(id: UUID, actor: Actor, permission: Permission, *path: str) -> Channel:
    """The channel with an id, for changing it; the row is locked until the transaction ends.

    Raises:
        NotFound: it does not exist, or the actor does not have the permission for it.
    """
    found = await Channel.select_for_update().get_or_none(id=id)
    if found is None or not actor.scope_of(permission).covers(found.id):
        raise NotFound.of("channel", *(path or ("id",)))
    return found


async def code_is_taken(code: str) -> bool:
    return await Channel.filter(code=code).exists()


async def channels_by_code(codes: Sequence[str]) -> list[Channel]:
    """The channels with these codes, without those that do not exist."""
    return await read(Channel, f"{among('code', 1)} ORDER BY code", list(codes))


async def prefixes(*, other_than: UUID | None = None) -> list[str]:
    """The current and former order number prefixes of all channels except one."""
    rows = NumberPrefix.all() if other_than is None else NumberPrefix.exclude(channel_id=other_than)
    return [str(prefix) for prefix in await rows.values_list("prefix", flat=True)]


async def has_prefix(channel_id: UUID, prefix: str) -> bool:
    return await NumberPrefix.filter(channel_id=channel_id, prefix=prefix).exists()


async def channels_by_id(ids: list[UUID]) -> Sequence[Channel | None]:
    """Batch: the channel of each id."""
    return in_order(ids, await rows_by_id(Channel, ids))


async def common_language() -> str:
    """The default language of all active channels, without region; English if they have several."""
    found = await Channel.filter(is_active=True).distinct().values_list("default_language", flat=True)
    languages = {base_of(str(tag)) for tag in found}
    return languages.pop() if len(languages) == 1 else ENGLISH


async def methods_by_channel(ids: list[UUID]) -> list[list[ShippingMethod]]:
    """Batch: the active shipping methods of each channel, cheapest first."""
    rows = await read(
        ShippingMethod, f"{among('channel_id', 1)} AND is_active ORDER BY price_minor, code", ids
    )
    return grouped(ids, rows, "channel_id")


async def all_methods_by_channel(ids: list[UUID]) -> list[list[ShippingMethod]]:
    """Batch: all shipping methods of each channel, including inactive ones."""
    rows = await read(ShippingMethod, f"{among('channel_id', 1)} ORDER BY price_minor, code", ids)
    return grouped(ids, rows, "channel_id")


async def method(channel_id: UUID, code: str) -> ShippingMethod | None:
    return await ShippingMethod.get_or_none(channel_id=channel_id, code=code)


async def rates_for(country: str, region: str = "", *, on: date) -> RateTable:
    """The tax rates of a country and of one of its regions that apply on a date."""
    in_force = "valid_from <= $3 AND (valid_until IS NULL OR valid_until >= $3) ORDER BY valid_from"
    rows = await read(
        TaxRate,
        f"country = $1 AND {among('region', 2)} AND {in_force}",
        country,
        ["", *region_spellings(country, region)],
        on,
    )
    return RateTable(Rate(row.country, row.region, row.tax_class, row.rate, row.name) for row in rows)


async def has_regional_rates(country: str, *, on: date) -> bool:
    """Whether a country has tax rates of regions on a date."""
    in_force = "valid_from <= $2 AND (valid_until IS NULL OR valid_until >= $2)"
    return bool(await read(TaxRate, f"country = $1 AND region <> '' AND {in_force} LIMIT 1", country, on))


async def rates_in(countries: Collection[str], *, on: date) -> RateTable:
    """The tax rates of countries and of all their regions that apply on a date."""
    in_force = "valid_from <= $2 AND (valid_until IS NULL OR valid_until >= $2) ORDER BY valid_from"
    rows = await read(TaxRate, f"{among('country', 1)} AND {in_force}", list(countries), on)
    return RateTable(Rate(row.country, row.region, row.tax_class, row.rate, row.name) for row in rows)


async def untaxed_countries_by_channel(ids: list[UUID]) -> list[list[str]]:
    """Batch: the countries that each channel sells to and that have no tax rate today.

    These are taken from its default country and the countries named by its shipping methods.
    """
    sold_to: dict[UUID, set[str]] = {}
    days: dict[UUID, date] = {}
    for channel in (await rows_by_id(Channel, ids)).values():
        sold_to[channel.id], days[channel.id] = {channel.default_country}, today_of(channel, clock.now())
    for methods in await methods_by_channel(ids):
        for method in methods:
            sold_to[method.channel_id].update(method.countries or ())
    rates = await TaxRate.filter(country__in=sorted(set().union(*sold_to.values())))
    return [
        sorted(
            sold_to[id]
            - {
                rate.country
                for rate in rates
                if rate.valid_from <= days[id] and (rate.valid_until is None or rate.valid_until >= days[id])
            }
        )
        for id in ids
    ]


def tax_rates() -> QuerySet[TaxRate]:
    return TaxRate.all()


async def tax_rate(country: str, region: str, tax_class: str, valid_from: date) -> TaxRate | None:
    return await TaxRate.get_or_none(
        country=country, region=region, tax_class=tax_class, valid_from=valid_from
    )


async def locked_tax_rate(id: UUID) -> TaxRate:
    """A tax rate; the row is locked until the transaction ends.

    Raises:
        NotFound: it does not exist.
    """
    found = await TaxRate.select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("tax rate", "id")
    return found


async def tax_classes() -> list[TaxClass]:
    """The custom tax classes."""
    return await TaxClass.all().order_by("code")


async def tax_class(code: str) -> TaxClass | None:
    return await TaxClass.get_or_none(code=code)


async def class_is_taxed(code: str) -> bool:
    """Whether a tax class has a rate or is used by a shipping method."""
    return (
        await TaxRate.filter(tax_class=code).exists() or await ShippingMethod.filter(tax_class=code).exists()
    )


def in_channels(codes: Sequence[str]) -> Q:
    return Q(channel_id__in=Subquery(Channel.filter(code__in=list(codes)).values("id")))

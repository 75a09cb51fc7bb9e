"""Reads of the channels domain."""

from collections.abc import Sequence
from uuid import UUID

from tortoise.expressions import F, Q
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.channels.models import LONGEST_DISCOUNT_CODE, Channel, Discount, ShippingMethod, TaxRate
from app.channels.tax import Rate, RateTable
from app.core.actor import Actor
from app.core.contact import region_spellings
from app.core.database import among, read, rows_by_id
from app.core.loading import grouped, in_order
from app.core.refusals import Invalid, NotFound


def visible_to(actor: Actor) -> QuerySet[Channel]:
    """The channels that an actor may know of: the public ones, and those that it may act in."""
    if _sees_private(actor):
        rows = Channel.all()
        return rows if actor.channels is None else rows.filter(Q(id__in=actor.channels) | Q(is_public=True))
    if actor.channels is not None:
        return Channel.filter(Q(id__in=actor.channels) | Q(is_public=True), is_active=True)
    return Channel.filter(is_public=True, is_active=True)


def is_visible(channel: Channel, actor: Actor) -> bool:
    """`visible_to`, for a row that is at hand."""
    if actor.channels is not None and channel.id in actor.channels:
        mine = True
    else:
        mine = actor.channels is None and _sees_private(actor)
    return (mine or channel.is_public) and (channel.is_active or _sees_private(actor))


def _sees_private(actor: Actor) -> bool:
    return actor.may(Permission.CHANNELS_MANAGE) or actor.may(Permission.ORDERS_VIEW)


async def by_code(code: str, actor: Actor, *path: str) -> Channel:
    """The channel of a code, if the actor may know of it.

    Raises:
        NotFound: there is none that this actor may see.
    """
    found = await read(Channel, "code = $1", code)
    if not found or not is_visible(found[0], actor):
        raise NotFound.of("channel", *path)
    channel: Channel = found[0]
    return channel


async def by_id(id: UUID, actor: Actor, *path: str) -> Channel:
    found = await visible_to(actor).get_or_none(id=id)
    if found is None:
        raise NotFound.of("channel", *path)
    return found


async def open_for_orders(code: str, actor: Actor, *path: str) -> Channel:
    """The channel of a code, if orders can be placed there now.

    Raises:
        NotFound: there is none that this actor may see.
        Invalid: it is closed.
    """
    channel = await by_code(code, actor, *path)
    if not channel.is_public and not actor.may(Permission.ORDERS_MANAGE):
        raise NotFound.of("channel", *path)  # whoever may only look at it is not told why
    if not channel.is_active:
        raise Invalid("This channel is closed and takes no orders.", *path)
    return channel


async def locked(id: UUID, actor: Actor) -> Channel:
    """The channel of an id, its row locked until the transaction ends."""
    found = await visible_to(actor).select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("channel", "id")
    return found


async def code_is_taken(code: str) -> bool:
    return await Channel.filter(code=code).exists()


async def number_prefixes() -> set[str]:
    """What the order numbers of the channels begin with."""
    return {str(prefix) for prefix in await Channel.all().values_list("number_prefix", flat=True)}


async def channels_by_id(ids: list[UUID]) -> Sequence[Channel | None]:
    """Batch: the channel of each id."""
    return in_order(ids, await rows_by_id(Channel, ids))


async def methods_by_channel(ids: list[UUID]) -> list[list[ShippingMethod]]:
    """Batch: the shipping methods that each channel offers, the cheapest first."""
    rows = await read(
        ShippingMethod, f"{among('channel_id', 1)} AND is_active ORDER BY price_minor, code", ids
    )
    return grouped(ids, rows, "channel_id")


async def method(channel_id: UUID, code: str) -> ShippingMethod | None:
    return await ShippingMethod.get_or_none(channel_id=channel_id, code=code)


async def rates_for(country: str, region: str = "") -> RateTable:
    """The tax rates of a country, with those of one region of it."""
    spellings = ["", *region_spellings(country, region)]
    rows = await read(TaxRate, f"country = $1 AND {among('region', 2)}", country, spellings)
    return RateTable(Rate(row.country, row.region, row.tax_class, row.rate, row.name) for row in rows)


def tax_rates() -> QuerySet[TaxRate]:
    return TaxRate.all()


async def tax_rate(country: str, region: str, tax_class: str) -> TaxRate | None:
    return await TaxRate.get_or_none(country=country, region=region, tax_class=tax_class)


async def discounts(channel_id: UUID, codes: list[str]) -> dict[str, Discount]:
    """The active discounts among some codes; a code too long to be one is simply not found."""
    possible = [code for code in codes if len(code) <= LONGEST_DISCOUNT_CODE]
    rows = await Discount.filter(channel_id=channel_id, code__in=possible, is_active=True)
    return {row.code: row for row in rows}


async def use_discount(id: UUID) -> bool:
    """Count one use, unless the limit is reached: the database decides."""
    within = Q(usage_limit__isnull=True) | Q(used__lt=F("usage_limit"))
    return bool(await Discount.filter(Q(id=id) & within).update(used=F("used") + 1))


async def give_discount_back(id: UUID) -> None:
    await Discount.filter(id=id, used__gt=0).update(used=F("used") - 1)

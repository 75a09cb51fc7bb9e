"""Reads of discount codes, and the counting of their uses."""

from uuid import UUID

from tortoise.expressions import F, Q
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.refusals import NotFound
from app.promotions.models import LONGEST_DISCOUNT_CODE, Discount


async def discounts(channel_id: UUID, codes: list[str]) -> dict[str, Discount]:
    """The active discounts among some codes; a code too long to be one is simply not found."""
    possible = [code for code in codes if len(code) <= LONGEST_DISCOUNT_CODE]
    rows = await Discount.filter(channel_id=channel_id, code__in=possible, is_active=True)
    return {row.code: row for row in rows}


def discounts_visible_to(actor: Actor) -> QuerySet[Discount]:
    """The discount codes of the channels that an actor may act in; for who may manage channels."""
    if not actor.may(Permission.CHANNELS_MANAGE):
        return Discount.filter(id__in=[])
    return Discount.all() if actor.channels is None else Discount.filter(channel_id__in=list(actor.channels))


async def locked_discount(id: UUID, actor: Actor) -> Discount:
    """A discount code, its row locked until the transaction ends.

    Raises:
        NotFound: there is none that this actor may see.
    """
    found = await discounts_visible_to(actor).select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("discount", "id")
    return found


async def discount_is_known(channel_id: UUID, code: str) -> bool:
    """Whether a channel has a code, be it switched off."""
    return await Discount.filter(channel_id=channel_id, code=code).exists()


async def use_discount(id: UUID) -> bool:
    """Count one use, unless the limit is reached: the database decides."""
    within = Q(usage_limit__isnull=True) | Q(used__lt=F("usage_limit"))
    return bool(await Discount.filter(Q(id=id) & within).update(used=F("used") + 1))


async def give_discount_back(id: UUID) -> None:
    await Discount.filter(id=id, used__gt=0).update(used=F("used") - 1)

"""Queries of discount codes and their uses."""

from collections.abc import Sequence
from uuid import UUID

from tortoise.expressions import Q
from tortoise.functions import Count
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.refusals import NotFound
from app.promotions.models import LONGEST_DISCOUNT_CODE, Discount, DiscountUse
from app.promotions.scope import Buyer


async def discounts(channel_id: UUID, codes: list[str]) -> dict[str, Discount]:
    """The active discounts among some codes; a code that is too long is not found."""
    possible = [code for code in codes if len(code) <= LONGEST_DISCOUNT_CODE]
    rows = await Discount.filter(channel_id=channel_id, code__in=possible, is_active=True)
    return {row.code: row for row in rows}


def discounts_visible_to(actor: Actor) -> QuerySet[Discount]:
    """The discount codes of the channels that an actor may manage."""
    limit = actor.scope_of(Permission.CHANNELS_MANAGE).rows(location=None)
    return Discount.all() if limit is None else Discount.filter(limit)


async def locked_discount(id: UUID, actor: Actor) -> Discount:
    """A discount code; the row is locked until the transaction ends.

    Raises:
        NotFound: it does not exist, or the actor may not see it.
    """
    found = await discounts_visible_to(actor).select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("discount", "id")
    return found


async def discount_is_known(channel_id: UUID, code: str) -> bool:
    """Whether a channel has a code, including inactive ones."""
    return await Discount.filter(channel_id=channel_id, code=code).exists()


async def uses_by(buyer: Buyer, ids: Sequence[UUID], *, other_than: UUID | None = None) -> dict[UUID, int]:
    """The number of other orders of a buyer that use each of some codes; zeros are left out."""
    if buyer.is_unknown or not ids:
        return {}
    whose = Q(mailbox=buyer.mailbox) if buyer.mailbox else Q()
    if buyer.customer_id is not None:
        whose |= Q(customer_id=buyer.customer_id)
    rows = DiscountUse.filter(whose, discount_id__in=list(ids))
    if other_than is not None:
        rows = rows.exclude(order_id=other_than)
    counted = rows.annotate(uses=Count("id")).group_by("discount_id").values_list("discount_id", "uses")
    return {UUID(str(id)): int(uses) for id, uses in await counted}


async def count_uses_of(customer_id: UUID) -> int:
    """The number of uses of discount codes by a customer."""
    return await DiscountUse.filter(customer_id=customer_id).count()

"""Queries of price lists and prices."""

from collections.abc import Sequence
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.catalog.models import Price, PriceList, Variant
from app.catalog.pricing import Candidate
from app.core.actor import Actor
from app.core.database import among, fetch, is_postgres, moment_of, rows_by_id, uuid_of
from app.core.loading import in_order
from app.core.refusals import NotFound


async def prices_by_variant(keys: Sequence[tuple[UUID, UUID]]) -> list[list[Candidate]]:
    """Batch: the candidate prices of each (variant, channel), for `pricing.choose`."""
    rows = await fetch(
        f"""
        SELECT p.variant_id, l.channel_id, p.amount_minor, p.min_quantity, p.starts_at, p.ends_at, l.priority
        FROM price p JOIN price_list l ON l.id = p.price_list_id AND l.is_active
        WHERE {among("p.variant_id", 1)} AND {among("l.channel_id", 2)}
        """,  # noqa: S608  # only column names are put in
        list({variant_id for variant_id, _ in keys}),
        list({channel_id for _, channel_id in keys}),
    )
    found: dict[tuple[UUID, UUID], list[Candidate]] = {key: [] for key in keys}
    as_stored = is_postgres()
    for row in rows:
        variant_id, channel_id = row["variant_id"], row["channel_id"]
        starts_at, ends_at = row["starts_at"], row["ends_at"]
        if not as_stored:
            variant_id, channel_id = uuid_of(variant_id), uuid_of(channel_id)
            starts_at, ends_at = moment_of(starts_at), moment_of(ends_at)
        candidates = found.get((variant_id, channel_id))
        if candidates is not None:
            candidates.append(
                Candidate(
                    variant_id, row["amount_minor"], row["min_quantity"], starts_at, ends_at, row["priority"]
                )
            )
    return [found[key] for key in keys]


def price_lists(actor: Actor, permission: Permission) -> QuerySet[PriceList]:
    """The price lists of the channels in which an actor has a permission."""
    limit = actor.scope_of(permission).rows(location=None)
    return PriceList.all() if limit is None else PriceList.filter(limit)


async def price_list(code: str) -> PriceList | None:
    return await PriceList.get_or_none(code=code)


async def price(price_list_id: UUID, variant_id: UUID, min_quantity: int, period: str) -> Price | None:
    return await Price.get_or_none(
        price_list_id=price_list_id, variant_id=variant_id, min_quantity=min_quantity, period=period
    )


def prices(actor: Actor, permission: Permission) -> QuerySet[Price]:
    """The prices of the channels in which an actor has a permission."""
    limit = actor.scope_of(permission).rows("price_list__channel_id", None)
    return Price.all() if limit is None else Price.filter(limit)


def prices_of_lists(codes: Sequence[str]) -> Q:
    return Q(price_list_id__in=Subquery(PriceList.filter(code__in=list(codes)).values("id")))


def prices_of_skus(skus: Sequence[str]) -> Q:
    return Q(variant_id__in=Subquery(Variant.filter(sku__in=list(skus)).values("id")))


async def locked_price(id: UUID, actor: Actor) -> Price | None:
    """A price that an actor may change; the row is locked until the transaction ends."""
    rows = Price.select_for_update().filter(id=id)
    limit = actor.scope_of(Permission.CATALOG_MANAGE).rows(location=None)
    if limit is not None:
        rows = rows.filter(price_list_id__in=Subquery(PriceList.filter(limit).values("id")))
    return await rows.first()


async def price_lists_by_id(ids: list[UUID]) -> Sequence[PriceList | None]:
    """Batch: the price list of each id."""
    return in_order(ids, await rows_by_id(PriceList, ids))


async def locked_price_list(id: UUID, actor: Actor) -> PriceList:
    """A price list; the row is locked until the transaction ends.

    Raises:
        NotFound: it does not exist, or the actor may not change it.
    """
    found = await price_lists(actor, Permission.CATALOG_MANAGE).select_for_update().get_or_none(id=id)
    if found is None:
        raise NotFound.of("price list", "id")
    return found

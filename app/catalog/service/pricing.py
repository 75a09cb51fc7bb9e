"""Price lists and prices."""

from datetime import datetime
from uuid import UUID

from app.catalog import queries
from app.catalog.events import PricesSet
from app.catalog.models import Price, PriceList
from app.channels.models import Channel
from app.core.bulk import RowStatus
from app.core.ids import new_id
from app.core.refusals import AlreadyExists, Invalid, NotFound
from app.core.work import Work, verb


@verb
async def create_price_list(
    work: Work, channel: Channel, *, code: str, name: str, priority: int = 0
) -> PriceList:
    """Add a price list to a channel, in its currency.

    Raises:
        AlreadyExists: another list has the code.
    """
    if await queries.price_list(code):
        raise AlreadyExists(f"There is a price list {code!r} already.", "code")
    return await PriceList.create(
        id=new_id(),
        code=code,
        name=name,
        channel_id=channel.id,
        currency=channel.currency,
        priority=priority,
        created_at=work.at,
    )


@verb
async def set_price(
    work: Work,
    price_list: PriceList,
    *,
    sku: str,
    amount_minor: int,
    min_quantity: int = 1,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> tuple[RowStatus, UUID]:
    """Set what a unit costs in a list, from a quantity on.

    Raises:
        NotFound: no such SKU.
        Invalid: a negative amount, a quantity below 1, or a time that ends before it starts.
    """
    if amount_minor < 0:
        raise Invalid("A price cannot be negative.", "amount")
    if not 1 <= min_quantity <= 1_000_000:
        raise Invalid("A price is for 1 unit or more.", "min_quantity")
    if starts_at and ends_at and ends_at <= starts_at:
        raise Invalid("This ends before it starts.", "ends_at")
    variant = await queries.variant_by_sku(sku)
    if variant is None:
        raise NotFound.of("SKU", "sku")
    price = await queries.price(price_list.id, variant.id, min_quantity)
    before = (price.amount_minor, price.starts_at, price.ends_at) if price else None
    if price is not None and before == (amount_minor, starts_at, ends_at):
        return RowStatus.UNCHANGED, price.id
    price = price or Price(
        id=new_id(), price_list_id=price_list.id, variant_id=variant.id, min_quantity=min_quantity
    )
    price.amount_minor, price.starts_at, price.ends_at = amount_minor, starts_at, ends_at
    await price.save()
    work.announce(PricesSet(subject_id=price_list.id, channel_id=price_list.channel_id, skus=[sku]))
    return (RowStatus.CREATED if before is None else RowStatus.UPDATED), price.id

"""Price lists and prices."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.catalog import queries
from app.catalog.events import PriceListUpdated, PricesDeleted, PricesSet
from app.catalog.models import Price, PriceList
from app.catalog.pricing import period_of
from app.channels.models import Channel
from app.channels.service import checked_code
from app.core.bulk import RowStatus
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid, NotFound, Problems
from app.core.uow import UnitOfWork, command

LARGEST_PRIORITY = 1_000_000


@command
async def create_price_list(
    uow: UnitOfWork, channel: Channel, *, code: str, name: str, priority: int = 0
) -> PriceList:
    """Create a price list in a channel, in its currency.

    Raises:
        AlreadyExists: another list has the code.
    """
    checked_code(code, "code")
    _checked_priority(priority)
    if await queries.price_list(code):
        raise AlreadyExists(f"The price list {code!r} already exists.", "code")
    return await PriceList.create(
        id=new_id(),
        code=code,
        name=_checked_name(name),
        channel_id=channel.id,
        currency=channel.currency,
        priority=priority,
        created_at=uow.at,
    )


@command
async def set_price(
    uow: UnitOfWork,
    price_list: PriceList,
    *,
    sku: str,
    amount_minor: int,
    min_quantity: int = 1,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> tuple[RowStatus, UUID]:
    """Set the unit price in a list from a quantity on, always or for a limited time.

    There is one price for each list, SKU, quantity and time of validity.

    Raises:
        NotFound: the SKU does not exist.
        Invalid: a negative amount, a quantity below 1, or a time that ends before it starts.
    """
    problems = Problems()
    if amount_minor < 0:
        problems.add("The price must not be negative.", "amount", code=ProblemCode.TOO_SMALL, minimum=0)
    if not 1 <= min_quantity <= 1_000_000:
        problems.add(
            "The minimum quantity must be at least 1.", "min_quantity", code=ProblemCode.TOO_SMALL, minimum=1
        )
    if starts_at and ends_at and ends_at <= starts_at:
        problems.add(
            "The end must be after the start.",
            "ends_at",
            code=ProblemCode.ENDS_BEFORE_START,
            field="starts_at",
        )
    problems.refuse()
    variant = await queries.variant_by_sku(sku)
    if variant is None:
        raise NotFound.of("SKU", "sku")
    period = period_of(starts_at, ends_at)
    price = await queries.price(price_list.id, variant.id, min_quantity, period)
    if price is not None and price.amount_minor == amount_minor:
        return RowStatus.UNCHANGED, price.id
    status = RowStatus.CREATED if price is None else RowStatus.UPDATED
    price = price or Price(
        id=new_id(),
        price_list_id=price_list.id,
        variant_id=variant.id,
        min_quantity=min_quantity,
        starts_at=starts_at,
        ends_at=ends_at,
        period=period,
    )
    price.amount_minor = amount_minor
    await price.save()
    uow.announce(PricesSet(subject_id=price_list.id, channel_id=price_list.channel_id, skus=[sku]))
    return status, price.id


@command
async def delete_price(uow: UnitOfWork, id: UUID) -> UUID:
    """Delete a price; existing orders keep theirs.

    Raises:
        NotFound: it does not exist.
    """
    price = await queries.locked_price(id, uow.actor)
    if price is None:
        raise NotFound.of("price", "id")
    (price_list,) = await queries.price_lists_by_id([price.price_list_id])
    (variant,) = await queries.variants_by_id([price.variant_id])
    assert price_list is not None  # foreign keys guarantee that they exist
    assert variant is not None
    await price.delete()
    uow.announce(
        PricesDeleted(subject_id=price_list.id, channel_id=price_list.channel_id, skus=[variant.sku])
    )
    return price.id


@command
async def update_price_list(uow: UnitOfWork, id: UUID, changes: dict[str, Any]) -> PriceList:
    """Update a price list or deactivate it; the prices of an inactive list do not apply.

    Raises:
        NotFound, Invalid.
    """
    price_list = await queries.locked_price_list(id, uow.actor)
    written = dict(changes)
    if "name" in written:
        written["name"] = _checked_name(written["name"])
    if "priority" in written:
        _checked_priority(written["priority"])
    for name, value in written.items():
        setattr(price_list, name, value)
    if written:
        await price_list.save(update_fields=list(written))
        uow.announce(
            PriceListUpdated(
                subject_id=price_list.id, channel_id=price_list.channel_id, changed=sorted(written)
            )
        )
    return price_list


def _checked_name(name: str) -> str:
    if not name.strip():
        raise Invalid("Enter a name.", "name", code=ProblemCode.REQUIRED)
    return name.strip()


def _checked_priority(priority: int) -> None:
    if not -LARGEST_PRIORITY <= priority <= LARGEST_PRIORITY:
        raise Invalid(
            f"The priority must be between -{LARGEST_PRIORITY} and {LARGEST_PRIORITY}.",
            "priority",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=-LARGEST_PRIORITY,
            maximum=LARGEST_PRIORITY,
        )

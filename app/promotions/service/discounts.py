"""Discount codes of a channel."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.catalog import queries as catalog
from app.channels.models import Channel
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Problems
from app.core.texts import checked_countries
from app.core.uow import UnitOfWork, command
from app.promotions import queries
from app.promotions.events import DiscountCreated, DiscountUpdated
from app.promotions.lifecycle import DiscountKind
from app.promotions.models import LONGEST_DISCOUNT_CODE, Discount


@command
async def create_discount(
    uow: UnitOfWork,
    channel: Channel,
    *,
    code: str,
    kind: DiscountKind,
    percent: Decimal | None = None,
    amount_minor: int | None = None,
    minimum_minor: int = 0,
    usage_limit: int | None = None,
    uses_per_customer: int | None = None,
    products: Sequence[UUID] | None = None,
    categories: Sequence[str] | None = None,
    countries: Sequence[str] | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Discount:
    """Create a discount code in a channel; codes are stored and compared in capitals.

    `categories` are slugs; without these and `products` the code applies to all lines.

    Raises:
        ValidationFailed: a missing or invalid value; unknown products or categories.
        AlreadyExists: the channel has the code, active or not.
    """
    upper = code.strip().upper()
    problems = Problems()
    if not 1 <= len(upper) <= LONGEST_DISCOUNT_CODE:
        problems.add(
            f"A discount code must have 1 to {LONGEST_DISCOUNT_CODE} characters.",
            "code",
            code=ProblemCode.WRONG_LENGTH,
            minimum=1,
            maximum=LONGEST_DISCOUNT_CODE,
        )
    sent = {"percent": percent, "amount_minor": amount_minor, "countries": countries}
    _refuse_other_kind(kind, sent, problems)
    scope = await _stored(
        uow, {"products": products, "categories": categories, "countries": countries}, problems
    )
    discount = Discount(
        id=new_id(),
        channel_id=channel.id,
        code=upper,
        kind=kind,
        percent=percent if kind is DiscountKind.PERCENT else None,
        amount_minor=amount_minor if kind is DiscountKind.AMOUNT else None,
        minimum_minor=minimum_minor,
        usage_limit=usage_limit,
        uses_per_customer=uses_per_customer,
        starts_at=starts_at,
        ends_at=ends_at,
        **scope,
    )
    with problems.caught():
        _refuse_impossible(discount)
    problems.refuse()
    if await queries.discount_is_known(channel.id, upper):
        raise AlreadyExists(f"The discount code {upper} already exists in this channel.", "code")
    await discount.save(force_create=True)
    uow.announce(DiscountCreated(subject_id=discount.id, channel_id=channel.id, code=upper))
    return discount


@command
async def update_discount(uow: UnitOfWork, id: UUID, changes: dict[str, Any]) -> Discount:
    """Update a discount code or deactivate it. Orders that use it keep it as it was.

    Raises:
        NotFound: it does not exist, or the actor may not see it.
        ValidationFailed: a value that is invalid or belongs to another kind; unknown products or categories.
    """
    discount = await queries.locked_discount(id, uow.actor)
    problems = Problems()
    _refuse_other_kind(discount.kind, changes, problems)
    problems.refuse()
    written = changes | await _stored(uow, changes, problems)
    for name, value in written.items():
        setattr(discount, name, value)
    with problems.caught():
        _refuse_impossible(discount)
    problems.refuse()
    if changes:
        await discount.save(update_fields=list(changes))
        uow.announce(
            DiscountUpdated(
                subject_id=discount.id,
                channel_id=discount.channel_id,
                code=discount.code,
                changed=sorted(name.removesuffix("_minor") for name in changes),
            )
        )
    return discount


_ONLY_OF = {
    "percent": (DiscountKind.PERCENT, "percent"),
    "amount_minor": (DiscountKind.AMOUNT, "amount"),
    "countries": (DiscountKind.FREE_SHIPPING, "countries"),
}


def _refuse_other_kind(kind: DiscountKind, sent: dict[str, Any], problems: Problems) -> None:
    """Note values that belong to codes of another kind."""
    for name, (only, field) in _ONLY_OF.items():
        if sent.get(name) is not None and kind is not only:
            text = (
                f"This field applies only to the kind {only.name}; this discount code has "
                f"the kind {kind.name}."
            )
            problems.add(text, field, code=ProblemCode.NOT_APPLICABLE, field="kind")


async def _stored(uow: UnitOfWork, sent: dict[str, Any], problems: Problems) -> dict[str, Any]:
    """The products and categories of a code as columns; unknown ones and empty lists are noted."""
    names = ("products", "categories", "countries")
    given: dict[str, Any] = {name: sent[name] for name in names if name in sent}
    found = dict(given)
    for name, values in given.items():
        if values is not None and not values:
            text = "List at least one, or send null for no restriction."
            problems.add(text, name, code=ProblemCode.TOO_FEW, minimum=1)
    if given.get("products"):
        products = await catalog.visible_products(given["products"], uow.actor)
        for index, product in enumerate(products):
            if product is None:
                text = "There is no such product."
                problems.add(text, "products", str(index), code=ProblemCode.NOT_FOUND)
        found["products"] = list({str(product.id): None for product in products if product})
    if given.get("categories"):
        known = await catalog.categories_by_slug(given["categories"])
        for index, slug in enumerate(given["categories"]):
            if slug not in known:
                text = "There is no such category."
                problems.add(text, "categories", str(index), code=ProblemCode.NOT_FOUND, given=slug[:80])
        found["categories"] = [str(row.id) for row in known.values()]
    if given.get("countries"):
        with problems.caught():
            found["countries"] = checked_countries(given["countries"], "countries")
    return found


def _refuse_impossible(row: Discount) -> None:
    """Raise Invalid for an inconsistent code."""
    problems = Problems()
    with problems.caught():
        _refuse_worthless(row)
    if row.usage_limit is not None and row.usage_limit < max(row.used, 1):
        least = max(row.used, 1)
        text = "The usage limit must be at least 1, and not below the number of orders that use the code."
        problems.add(text, "usage_limit", code=ProblemCode.TOO_SMALL, minimum=least)
    if row.uses_per_customer is not None and row.uses_per_customer < 1:
        text = "The limit must be at least 1, or null for no limit."
        problems.add(text, "uses_per_customer", code=ProblemCode.TOO_SMALL, minimum=1)
    if row.minimum_minor < 0:
        text = "The minimum must not be negative."
        problems.add(text, "minimum", code=ProblemCode.TOO_SMALL, minimum=0)
    if row.starts_at and row.ends_at and row.ends_at <= row.starts_at:
        problems.add(
            "The end must be after the start.",
            "ends_at",
            code=ProblemCode.ENDS_BEFORE_START,
            field="starts_at",
        )
    problems.refuse()


def _refuse_worthless(row: Discount) -> None:
    percent, amount = row.percent, row.amount_minor
    problems = Problems()
    if row.kind is DiscountKind.PERCENT and (percent is None or not 0 < percent <= 100):
        problems.add(
            "The percentage must be greater than 0 and at most 100.",
            "percent",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=0,
            maximum=100,
        )
    if percent is not None and percent != round(percent, 2):
        problems.add(
            "The percentage can have at most 2 decimal places.",
            "percent",
            code=ProblemCode.TOO_PRECISE,
            decimals=2,
        )
    if row.kind is DiscountKind.AMOUNT and (amount is None or amount <= 0):
        problems.add("The amount must be greater than 0.", "amount", code=ProblemCode.TOO_SMALL, minimum=0)
    problems.refuse()

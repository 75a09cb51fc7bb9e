"""Discount codes of a channel."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.channels.models import Channel
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid, Problems
from app.core.work import Work, verb
from app.promotions import queries
from app.promotions.events import DiscountCreated, DiscountUpdated
from app.promotions.lifecycle import DiscountKind
from app.promotions.models import LONGEST_DISCOUNT_CODE, Discount


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
        AlreadyExists: the channel has the code, be it switched off.
    """
    upper = code.strip().upper()
    problems = Problems()
    if not 1 <= len(upper) <= LONGEST_DISCOUNT_CODE:
        problems.add(
            f"A discount code has 1 to {LONGEST_DISCOUNT_CODE} characters.",
            "code",
            code=ProblemCode.WRONG_LENGTH,
            minimum=1,
            maximum=LONGEST_DISCOUNT_CODE,
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
        starts_at=starts_at,
        ends_at=ends_at,
    )
    with problems.caught():
        _refuse_impossible(discount)
    problems.refuse()
    if await queries.discount_is_known(channel.id, upper):
        raise AlreadyExists(f"This channel has a code {upper} already.", "code")
    await discount.save(force_create=True)
    work.announce(DiscountCreated(subject_id=discount.id, channel_id=channel.id, code=upper))
    return discount


@verb
async def update_discount(work: Work, id: UUID, changes: dict[str, Any]) -> Discount:
    """Change a discount code, or switch it off. Orders that took it keep it as it was.

    Raises:
        NotFound: there is none that this actor may see.
        Invalid: a value that cannot be, or of the other kind.
    """
    discount = await queries.locked_discount(id, work.actor)
    for name, kind, field in (
        ("percent", DiscountKind.PERCENT, "percent"),
        ("amount_minor", DiscountKind.AMOUNT, "amount"),
    ):
        if name in changes and discount.kind is not kind:
            text = f"This code is of the kind {discount.kind.name}: make another one."
            raise Invalid(text, field, code=ProblemCode.NOT_CHANGEABLE)
    for name, value in changes.items():
        setattr(discount, name, value)
    _refuse_impossible(discount)
    if changes:
        await discount.save(update_fields=list(changes))
        work.announce(
            DiscountUpdated(
                subject_id=discount.id,
                channel_id=discount.channel_id,
                code=discount.code,
                changed=sorted(name.removesuffix("_minor") for name in changes),
            )
        )
    return discount


def _refuse_impossible(row: Discount) -> None:
    """Raises Invalid for a code that could not be, as a whole."""
    problems = Problems()
    with problems.caught():
        _refuse_worthless(row)
    if row.usage_limit is not None and row.usage_limit < max(row.used, 1):
        least = max(row.used, 1)
        text = "A usage limit is at least 1, and not below how many orders use it already."
        problems.add(text, "usage_limit", code=ProblemCode.TOO_SMALL, minimum=least)
    if row.minimum_minor < 0:
        text = "The least that an order must be worth cannot be negative."
        problems.add(text, "minimum", code=ProblemCode.TOO_SMALL, minimum=0)
    if row.starts_at and row.ends_at and row.ends_at <= row.starts_at:
        problems.add(
            "This ends before it starts.", "ends_at", code=ProblemCode.ENDS_BEFORE_START, field="starts_at"
        )
    problems.refuse()


def _refuse_worthless(row: Discount) -> None:
    percent, amount = row.percent, row.amount_minor
    problems = Problems()
    if row.kind is DiscountKind.PERCENT and (percent is None or not 0 < percent <= 100):
        problems.add(
            "A percentage is above 0 and at most 100.",
            "percent",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=0,
            maximum=100,
        )
    if percent is not None and percent != round(percent, 2):
        problems.add(
            "A percentage has 2 decimals at the most.", "percent", code=ProblemCode.TOO_PRECISE, decimals=2
        )
    if row.kind is DiscountKind.AMOUNT and (amount is None or amount <= 0):
        problems.add("An amount off is above 0.", "amount", code=ProblemCode.TOO_SMALL, minimum=0)
    problems.refuse()

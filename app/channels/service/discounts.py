"""Discount codes of a channel."""

from datetime import datetime
from decimal import Decimal

from app.channels import queries
from app.channels.lifecycle import DiscountKind
from app.channels.models import LONGEST_DISCOUNT_CODE, Channel, Discount
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import AlreadyExists, Invalid
from app.core.work import Work, verb


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
        raise Invalid(
            f"A discount code has 1 to {LONGEST_DISCOUNT_CODE} characters.",
            "code",
            code=ProblemCode.WRONG_LENGTH,
            minimum=1,
            maximum=LONGEST_DISCOUNT_CODE,
        )
    if kind is DiscountKind.PERCENT and (percent is None or not 0 < percent <= 100):
        raise Invalid(
            "A percentage is above 0 and at most 100.",
            "percent",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=0,
            maximum=100,
        )
    if percent is not None and percent != round(percent, 2):
        raise Invalid(
            "A percentage has 2 decimals at the most.", "percent", code=ProblemCode.TOO_PRECISE, decimals=2
        )
    if kind is DiscountKind.AMOUNT and (amount_minor is None or amount_minor <= 0):
        raise Invalid("An amount off is above 0.", "amount", code=ProblemCode.TOO_SMALL, minimum=0)
    if usage_limit is not None and usage_limit < 1:
        raise Invalid("A usage limit is at least 1.", "usage_limit", code=ProblemCode.TOO_SMALL, minimum=1)
    if minimum_minor < 0:
        raise Invalid(
            "The least that an order must be worth cannot be negative.",
            "minimum",
            code=ProblemCode.TOO_SMALL,
            minimum=0,
        )
    if starts_at and ends_at and ends_at <= starts_at:
        raise Invalid(
            "This ends before it starts.", "ends_at", code=ProblemCode.ENDS_BEFORE_START, field="starts_at"
        )
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

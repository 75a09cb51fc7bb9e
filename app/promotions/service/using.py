"""Counting who uses a code: the row of the code is locked first, so that two orders at once are counted."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.promotions import queries
from app.promotions.models import DiscountUse
from app.promotions.scope import Buyer


async def use(
    codes: Iterable[tuple[UUID, str]], order_id: UUID, buyer: Buyer, *, instead_of: Iterable[UUID] = ()
) -> list[DiscountUse]:
    """Count the use of codes (ids and codes) by an order, and no more that of those that they are used
    instead of: all in the order of their ids, so that orders which exchange codes do not wait for each other.

    Returns the rows that note it, for the caller to insert.

    Raises:
        Invalid: a code is used up, or the buyer has used it as often as each may.
    """
    used, noted = dict(codes), []
    for id in sorted(used.keys() | set(instead_of)):
        if id in used:
            noted.append(await _use(id, used[id], order_id, buyer))
        else:
            await _give_back(id, order_id)
    return noted


async def _use(id: UUID, code: str, order_id: UUID, buyer: Buyer) -> DiscountUse:
    each = await queries.count_up(id)
    if each is None:
        text = f"The code {code} has been used up."
        raise Invalid(text, "discount_codes", code=ProblemCode.DISCOUNT_NOT_VALID, given=code)
    if each:
        uses = await queries.uses_by(buyer, [id], other_than=order_id)
        if uses.get(id, 0) >= each:
            raise Invalid(
                used_by_buyer(each),
                "discount_codes",
                code=ProblemCode.DISCOUNT_CUSTOMER_LIMIT,
                given=code,
                maximum=each,
            )
    return DiscountUse(
        id=new_id(),
        discount_id=id,
        order_id=order_id,
        customer_id=buyer.customer_id,
        mailbox=buyer.mailbox,
    )


def used_by_buyer(limit: int) -> str:
    """What a buyer is told who has used a code as often as each may."""
    times = "once" if limit == 1 else f"{limit} times"
    return f"Each customer may use this code {times}, and you have."


async def give_back(ids: Sequence[UUID], order_id: UUID) -> None:
    """Count the use of codes by an order no more."""
    for id in sorted(ids):
        await _give_back(id, order_id)


async def _give_back(id: UUID, order_id: UUID) -> None:
    await queries.count_down(id)
    await queries.forget_use(id, order_id)

"""Counts the uses of codes. The row of the code is locked first, so that concurrent orders are counted."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from app.core.database import delete_where, update_returning, update_where
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.promotions import queries
from app.promotions.models import Discount, DiscountUse
from app.promotions.scope import Buyer


async def use(
    codes: Iterable[tuple[UUID, str]], order_id: UUID, buyer: Buyer, *, instead_of: Iterable[UUID] = ()
) -> list[DiscountUse]:
    """Count the use of codes (ids and codes) by an order, and uncount those that they replace. All are locked
    in the order of their ids, so that orders that exchange codes cannot deadlock.

    Returns the rows of the uses, for the caller to insert.

    Raises:
        Invalid: a code is used up, or the buyer has reached the limit per buyer.
    """
    used, noted = dict(codes), []
    for id in sorted(used.keys() | set(instead_of)):
        if id in used:
            noted.append(await _use(id, used[id], order_id, buyer))
        else:
            await _give_back(id, order_id)
    return noted


async def _use(id: UUID, code: str, order_id: UUID, buyer: Buyer) -> DiscountUse:
    each = await _count_up(id)
    if each is None:
        text = f"The discount code {code} has reached its usage limit."
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


async def _count_up(id: UUID) -> int | None:
    """Count one use of a code unless its limit is reached; the row stays locked.

    Returns the limit per buyer, 0 for none; None if the code is used up.
    """
    has_uses_left = "id = $1 AND (usage_limit IS NULL OR used < usage_limit)"
    rows = await update_returning(Discount, "used = used + 1", has_uses_left, "uses_per_customer", id)
    return int(rows[0]["uses_per_customer"] or 0) if rows else None


def used_by_buyer(limit: int) -> str:
    """The message for a buyer who has reached the limit per buyer."""
    times = "once" if limit == 1 else f"{limit} times"
    return f"Each customer can use this discount code {times}, and you already have."


async def give_back(ids: Sequence[UUID], order_id: UUID) -> None:
    """Uncount the uses of codes by an order."""
    for id in sorted(ids):
        await _give_back(id, order_id)


async def _give_back(id: UUID, order_id: UUID) -> None:
    await update_where(Discount, "used = used - 1", "id = $1 AND used > 0", id)
    await delete_where(DiscountUse, "discount_id = $1 AND order_id = $2", id, order_id)


async def move_uses(order_id: UUID, buyer: Buyer) -> None:
    """Assign the uses of an order to another buyer."""
    changes = "customer_id = $2, mailbox = $3"
    await update_where(DiscountUse, changes, "order_id = $1", order_id, buyer.customer_id, buyer.mailbox)


async def move_uses_of_customer(from_id: UUID, into_id: UUID) -> None:
    """Assign all uses of a customer to another one. Its orders are locked already, so no use is missed."""
    await update_where(DiscountUse, "customer_id = $2", "customer_id = $1", from_id, into_id)

"""Promising another day than the calculated one, by staff."""

from datetime import date
from uuid import UUID

from app.core.database import update_each
from app.core.days import checked_coming_day
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.steps import LifecycleStep
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale, touch
from app.inventory.stock.service import promising
from app.orders import queries
from app.orders.conditions import RIGHTS, refuse_reschedule
from app.orders.models import Order
from app.orders.service.promising import DAYS, announce_day, record_promised_day


@command
async def reschedule(
    uow: UnitOfWork, id: UUID, *, promised_on: date, reason: str = "", expected_version: int | None = None
) -> Order:
    """Change the promised day of an order. A later day than the first one marks it as delayed, and the buyer
    is notified.

    Its committed value moves to the new period in the value ledger.

    Raises:
        NotFound, StaleVersion.
        Invalid: a day that has passed or is too far ahead, the same day, or a reason that is too long.
        IllegalTransition: the order is not open.
    """
    reason = checked_note(reason, "reason", longest=LONGEST_REMARK)
    checked_coming_day(promised_on, "promised_on")
    order = await queries.locked(uow.actor, id, RIGHTS[LifecycleStep.RESCHEDULE])
    refuse_stale(order, expected_version)
    refuse_reschedule(order)
    before = order.promised_on
    if promised_on == before:
        raise Invalid(
            "The order is already promised for this date.", "promised_on", code=ProblemCode.NO_CHANGE
        )
    order.promised_on, order.is_promised_by_hand = promised_on, True
    record_promised_day(order)
    touch(order, uow.at)
    await update_each([order], *DAYS, "updated_at", "version")
    await promising.commit_for(uow, claimant=order.id, on=promised_on)
    announce_day(uow, order, before, reason)
    return order

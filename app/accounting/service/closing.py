"""Closing periods."""

from datetime import date

from app.accounting import queries
from app.accounting.events import AccountingPeriodClosed
from app.accounting.models import AccountingPeriod
from app.accounting.service.writing import day_of
from app.core.database import insert, one_at_a_time
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.core.uow import UnitOfWork, command

ENTRIES = "accounting_period"  # the subject of the lock that PostgreSQL holds for each new entry


@command
async def close_period(uow: UnitOfWork, through: date) -> AccountingPeriod:
    """Close everything up to a day. Facts of these days that become known later are posted on the next day,
    or the first open one.

    On PostgreSQL this waits for running transactions with entries, and the insert of an entry checks the
    closed periods again: a transaction that would post to a period closed meanwhile is repeated.

    Raises:
        Invalid: the day has not ended in the company's time zone, or is closed already.
    """
    if through >= day_of(uow.at):
        raise Invalid(
            "Only days that have ended can be closed. Enter yesterday or an earlier day.",
            "through",
            code=ProblemCode.IN_THE_FUTURE,
        )
    await one_at_a_time(ENTRIES)
    closed = await queries.closed_through()
    if closed is not None and through <= closed:
        raise Invalid(
            f"Everything through {closed.isoformat()} is closed already. Enter a later day.",
            "through",
            code=ProblemCode.NO_CHANGE,
        )
    row = AccountingPeriod(id=new_id(), through=through, closed_by=uow.actor.name, closed_at=uow.at)
    await insert([row])
    uow.is_new(row.id)
    uow.announce(AccountingPeriodClosed(subject_id=row.id, through=through.isoformat()))
    return row

"""Writes a changed fulfillment order with its new version."""

from app.core.database import Change, update_each
from app.core.uow import UnitOfWork
from app.core.versions import touch
from app.fulfillment.models import FulfillmentOrder


def changed(uow: UnitOfWork, row: FulfillmentOrder, *columns: str) -> Change:
    """The named columns and status of a fulfillment order, with new version and time, to be written."""
    touch(row, uow.at)
    return Change([row], tuple(dict.fromkeys(("status", *columns, "version", "updated_at"))))


async def save(uow: UnitOfWork, row: FulfillmentOrder, *columns: str) -> None:
    """Write what `changed` names."""
    change = changed(uow, row, *columns)
    await update_each(change.rows, *change.columns)

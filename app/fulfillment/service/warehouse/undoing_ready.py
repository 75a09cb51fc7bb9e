"""Work that is not ready for pick-up after all: staff take it back, or a picked lot is lost."""

from collections.abc import Sequence

from app.core.uow import UnitOfWork
from app.fulfillment import lifecycle as life
from app.fulfillment.events import FulfillmentReadyUndone
from app.fulfillment.models import FulfillmentLine, FulfillmentOrder
from app.fulfillment.service.event_fields import event_fields, units_of
from app.fulfillment.service.warehouse.packing import open_packages

TERM = ("ready_at", "keep_until", "pickup_ends_at")


async def not_ready(uow: UnitOfWork, row: FulfillmentOrder, parts: Sequence[FulfillmentLine]) -> None:
    """Make a fulfillment order that is ready for pick-up a picked one, whose packages are opened.

    The caller writes the columns in `TERM` and `packed_at`.

    Raises:
        IllegalTransition: it is not ready.
    """
    life.lifecycle.move(row, life.undo_ready)
    assert row.ready_at is not None
    ready_at = row.ready_at.isoformat()
    await open_packages(uow, row)
    row.ready_at = row.keep_until = row.pickup_ends_at = row.packed_at = None
    uow.announce(FulfillmentReadyUndone(**event_fields(row), ready_at=ready_at, lines=units_of(parts)))

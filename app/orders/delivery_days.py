"""The days on which orders are delivered: pure functions."""

from datetime import date, datetime
from typing import Protocol

from app.channels.calendar import today_of, working_day_after
from app.channels.models import Channel, ShippingMethod
from app.orders.recorded import ShippingTerms


class Reserved(Protocol):
    """The stock of an order, reserved or previewed."""

    @property
    def is_waiting(self) -> bool: ...

    @property
    def due_on(self) -> date | None: ...


def promised_on(channel: Channel, method: ShippingMethod | ShippingTerms | None, start: date) -> date:
    """The delivery day: handling and transit time in working days from the day it can begin.

    A pick-up has neither: it is promised for the day on which its location has prepared it.
    """
    if isinstance(method, ShippingTerms) and method.is_pickup:
        return start
    return working_day_after(channel, start, channel.handling_days + (method.transit_days if method else 0))


def first_promise(
    channel: Channel, method: ShippingMethod | ShippingTerms | None, reserved: Reserved, at: datetime
) -> date | None:
    """The delivery day of an order that is placed; None if the day of what it waits for is unknown."""
    day = reserved.due_on or (None if reserved.is_waiting else today_of(channel, at))
    return promised_on(channel, method, day) if day else None

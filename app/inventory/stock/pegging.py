"""Pegging: which supply serves which reservation. Pure functions.

Stock on hand serves the reservations of a level in order (priority, then age), then incoming stock serves the
next ones on its expected day, then the level's own lead time applies; without one, the day is unknown. Units
in hand for a reservation stay with it, whatever comes before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Promise:
    """A reservation, in order of service."""

    id: UUID
    quantity: int
    in_hand: int = 0  # units that are picked, or requested from a supplier


@dataclass(frozen=True, slots=True)
class Supply:
    """Units that arrive on a day."""

    on: date
    quantity: int


@dataclass(frozen=True, slots=True)
class Peg:
    """The waiting units of a reservation, and the day on which the last of them arrives."""

    waiting: int
    due_on: date | None


def peg(
    promises: Sequence[Promise],
    on_shelf: int,
    incoming: Sequence[Supply],
    else_on: date | None,
    *,
    is_released: bool = True,
) -> dict[UUID, Peg | None]:
    """What each reservation waits for; None for one that is fully in stock.

    `on_shelf` is what can ship now, `else_on` the day for what incoming stock does not cover. Before the
    release day, only units in hand can ship.
    """
    left = max(0, on_shelf)
    in_hand = {}
    for promise in promises:
        in_hand[promise.id] = min(left, promise.in_hand, promise.quantity)
        left -= in_hand[promise.id]
    if not is_released:
        left = 0
    supplies = sorted(incoming, key=lambda supply: supply.on)
    open_units = [supply.quantity for supply in supplies]
    found: dict[UUID, Peg | None] = {}
    for promise in promises:
        more = min(left, promise.quantity - in_hand[promise.id])
        left -= more
        waiting = rest = promise.quantity - in_hand[promise.id] - more
        day: date | None = None
        for index, supply in enumerate(supplies):
            taken = min(rest, open_units[index])
            if taken:
                open_units[index] -= taken
                rest -= taken
                day = supply.on
        if rest:
            day = else_on if else_on is None or day is None else max(day, else_on)
        found[promise.id] = Peg(waiting, day) if waiting else None
    return found


@dataclass(frozen=True, slots=True)
class Promisable:
    """The cumulative quantity that can be promised from a day on."""

    on: date
    quantity: int


def schedule(free: int, backorder_limit: int, incoming: Sequence[Supply], today: date) -> list[Promisable]:
    """Available to promise by day: free units today, and what incoming stock adds, up to the backorder limit.

    `free` is on hand less reserved, unavailable and safety stock; if negative, units were sold in advance,
    and incoming stock covers these first. This is the cumulative available to promise without look-ahead of
    APICS, bounded by the backorder limit. Overdue stock is not promised.
    """
    most = max(0, free + backorder_limit)
    steps = [Promisable(today, max(0, free))]
    total = free
    for supply in sorted(incoming, key=lambda supply: supply.on):
        if supply.on < today:
            continue
        total += supply.quantity
        quantity = min(max(0, total), max(most, steps[0].quantity))
        if steps[-1].on == supply.on:
            steps[-1] = Promisable(supply.on, max(quantity, steps[-1].quantity))
        elif quantity > steps[-1].quantity:
            steps.append(Promisable(supply.on, quantity))
    return steps


def put_in(steps: Sequence[Promisable], more: Promisable) -> list[Promisable]:
    """A schedule that also reaches a quantity by a day."""
    before = [step for step in steps if step.on < more.on]
    after = [step for step in steps if step.on >= more.on and step.quantity > more.quantity]
    reached = max((step.quantity for step in steps if step.on <= more.on), default=0)
    return [*before, Promisable(more.on, max(reached, more.quantity)), *after]


def from_day(steps: Sequence[Promisable], day: date) -> list[Promisable]:
    """A schedule of stock that does not ship before a day."""
    at_first = max((step.quantity for step in steps if step.on <= day), default=0)
    return [Promisable(day, at_first), *(step for step in steps if step.on > day)]


def together(schedules: Sequence[Sequence[Promisable]]) -> list[Promisable]:
    """The sum of several schedules."""
    days = sorted({step.on for steps in schedules for step in steps})
    return [
        Promisable(
            day,
            sum(max((step.quantity for step in steps if step.on <= day), default=0) for steps in schedules),
        )
        for day in days
    ]

"""Which promise is kept from what: pure.

What is on the shelf serves the reservations of a level in their order (priority, then age), then what is
incoming serves the next ones on the day on which it is expected, then whatever the level's own lead time
says. Where that says nothing, the day is unknown. What somebody has in hand for a promise stays with it,
whoever comes before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Promise:
    """A reservation, in the order in which it is served."""

    id: UUID
    quantity: int
    in_hand: int = 0  # units of it that are picked already, or asked of a supplier


@dataclass(frozen=True, slots=True)
class Supply:
    """Units that come on a day."""

    on: date
    quantity: int


@dataclass(frozen=True, slots=True)
class Peg:
    """How many units of a reservation wait, and the day on which the last of them is there."""

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
    """What each promise waits for; None for one whose goods are all on the shelf.

    `on_shelf` is what can be sent now, `else_on` the day for what nothing incoming covers. Of what is not
    released yet only what is in hand can be sent.
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
    """From a day on, so many units can be promised in all."""

    on: date
    quantity: int


def schedule(free: int, backorder_limit: int, incoming: Sequence[Supply], today: date) -> list[Promisable]:
    """Available to promise by day: what is free today, and what incoming adds, up to the backorder limit.

    `free` is on hand less what is reserved, unavailable or kept back; below zero it has been sold ahead
    already, and the incoming covers that first. This is the cumulative available to promise without
    look-ahead of APICS, bounded by how much may be sold ahead. What is overdue is not promised.
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
    """A schedule that reaches a quantity by a day, too."""
    before = [step for step in steps if step.on < more.on]
    after = [step for step in steps if step.on >= more.on and step.quantity > more.quantity]
    reached = max((step.quantity for step in steps if step.on <= more.on), default=0)
    return [*before, Promisable(more.on, max(reached, more.quantity)), *after]


def from_day(steps: Sequence[Promisable], day: date) -> list[Promisable]:
    """A schedule of what is not sent before a day."""
    at_first = max((step.quantity for step in steps if step.on <= day), default=0)
    return [Promisable(day, at_first), *(step for step in steps if step.on > day)]


def together(schedules: Sequence[Sequence[Promisable]]) -> list[Promisable]:
    """Several schedules added up: on each day what each of them has reached."""
    days = sorted({step.on for steps in schedules for step in steps})
    return [
        Promisable(
            day,
            sum(max((step.quantity for step in steps if step.on <= day), default=0) for steps in schedules),
        )
        for day in days
    ]

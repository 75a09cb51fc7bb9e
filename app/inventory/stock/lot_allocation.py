"""Allocation of lots to reservations: pure functions.

First expired, first out (FEFO) among the lots that are good on the ship date: the earliest expiry first, lots
without expiry last; of equal ones, the one received first. An allocated lot stays with its claimant while it
is good, so that printed pick lists stay valid. A lot that expires before the ship date is allocated only if
nothing else is left.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID


class LotUnits(NamedTuple):
    """A number of units of a lot."""

    lot_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A reservation of a level."""

    id: UUID
    quantity: int
    in_hand: int = 0  # units that are picked already
    leaves_on: date | None = None  # ship date; None: today


@dataclass(frozen=True, slots=True)
class Shelf:
    """The saleable units of a lot; none if it has expired."""

    lot_id: UUID
    quantity: int
    expires_on: date | None = None


def first_expired_first(shelves: Iterable[Shelf]) -> list[Shelf]:
    """The order in which lots are used. Ids grow with time, so the smaller one was received first."""
    return sorted(shelves, key=lambda shelf: (shelf.expires_on or date.max, shelf.lot_id))


def is_expired(expires_on: date | None, today: date) -> bool:
    """Whether a lot may no longer be sold. It may on its expiry date."""
    return expires_on is not None and expires_on < today


def take(shelves: Iterable[Shelf], quantity: int) -> list[LotUnits]:
    """The given number of units, or as many as there are, in the order in which lots are used."""
    taken = []
    for shelf in first_expired_first(shelves):
        units = min(quantity, shelf.quantity)
        if units > 0:
            taken.append(LotUnits(shelf.lot_id, units))
            quantity -= units
    return taken


def allot(
    claims: Sequence[Claim], shelves: Sequence[Shelf], held: Mapping[tuple[UUID, UUID], int]
) -> dict[tuple[UUID, UUID], int]:
    """The units of each lot allocated to each claim; keys are the ids of both.

    `claims` are in order of service; when there is not enough for all, the last get none. `held` is the
    present allocation, which is kept where possible.
    """
    left = {shelf.lot_id: shelf.quantity for shelf in first_expired_first(shelves)}
    total = sum(left.values())
    due = dict.fromkeys((claim.id for claim in claims), 0)
    in_hand = [(claim.id, min(claim.in_hand, claim.quantity)) for claim in claims]
    for id, most in [*in_hand, *((claim.id, claim.quantity) for claim in claims)]:
        units = min(most - due[id], total)
        due[id] += units
        total -= units
    kept: dict[tuple[UUID, UUID], int] = {}
    expiry = {shelf.lot_id: shelf.expires_on for shelf in shelves}
    good = {
        claim.id: [id for id in left if not is_expired(expiry[id], claim.leaves_on or date.min)]
        for claim in claims
    }
    for lots in (good, {id: list(left) for id in good}):
        for claim in claims:
            for lot_id in lots[claim.id]:
                _give(kept, due, left, claim.id, lot_id, held.get((claim.id, lot_id), 0))
        for claim in claims:
            for lot_id in lots[claim.id]:
                _give(kept, due, left, claim.id, lot_id, due[claim.id])
    return kept


def _give(
    kept: dict[tuple[UUID, UUID], int],
    due: dict[UUID, int],
    left: dict[UUID, int],
    claim_id: UUID,
    lot_id: UUID,
    most: int,
) -> None:
    units = min(most, due[claim_id], left[lot_id])
    if units > 0:
        kept[claim_id, lot_id] = kept.get((claim_id, lot_id), 0) + units
        due[claim_id] -= units
        left[lot_id] -= units

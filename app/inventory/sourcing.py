"""From which locations a demand is met: pure, without I/O.

Today's strategy is PRIORITY: one location for everything if any can, the first of them in the channel's
order; else as few pieces as the order of the locations allows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Offer:
    """What one location has of one variant."""

    level_id: UUID
    variant_id: UUID
    location_id: UUID
    available: int


@dataclass(frozen=True, slots=True)
class Pick:
    """A quantity to be taken from one level."""

    level_id: UUID
    variant_id: UUID
    location_id: UUID
    quantity: int


def by_priority(
    demand: Mapping[UUID, int], offers: Sequence[Offer], ranking: Sequence[UUID]
) -> tuple[list[Pick], dict[UUID, int]]:
    """Choose levels for a demand per variant; `ranking` lists the locations, the first choice first.

    Returns the picks, and for each variant that cannot be met in full how many there are in all.
    """
    have = {(offer.location_id, offer.variant_id): offer for offer in offers if offer.available > 0}
    short = {
        variant: total
        for variant, wanted in demand.items()
        if (total := sum(have[key].available for key in have if key[1] == variant)) < wanted
    }
    if short:
        return [], short
    for location in ranking:
        if all(_available(have, location, variant) >= wanted for variant, wanted in demand.items()):
            return [_pick(have[location, variant], wanted) for variant, wanted in demand.items()], {}
    picks = []
    for variant, wanted in demand.items():
        whole = [place for place in ranking if _available(have, place, variant) >= wanted]
        rest = wanted
        for location in whole[:1] or ranking:
            taken = min(rest, _available(have, location, variant))
            if taken > 0:
                picks.append(_pick(have[location, variant], taken))
                rest -= taken
    return picks, {}


def _available(have: Mapping[tuple[UUID, UUID], Offer], location: UUID, variant: UUID) -> int:
    offer = have.get((location, variant))
    return offer.available if offer else 0


def _pick(offer: Offer, quantity: int) -> Pick:
    return Pick(offer.level_id, offer.variant_id, offer.location_id, quantity)

"""Where a package is, from all that was said of it: pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from app.fulfillment.lifecycle import ShipmentStage

P = ShipmentStage
_ON_THE_WAY = frozenset({P.IN_TRANSIT, P.OUT_FOR_DELIVERY, P.FAILED_ATTEMPT, P.EXCEPTION})
_ENDS = frozenset({P.DELIVERED, P.RETURNED_TO_SENDER})

# Which stage may follow which, by what carriers say. Trouble on the way stands until there is other news; a
# carrier that has a package has not lost it because of a word that says less. What was said to have arrived
# can turn out to be on its way back; "delivered" after the return is its delivery to the sender, and changes
# nothing. Whatever else is to be put right is a correction, by staff.
FOLLOWS: dict[ShipmentStage, frozenset[ShipmentStage]] = {
    P.LABEL_CREATED: frozenset({P.PICKED_UP}) | _ON_THE_WAY | _ENDS,
    P.PICKED_UP: _ON_THE_WAY | _ENDS,
    **{stage: (_ON_THE_WAY - {stage}) | _ENDS for stage in _ON_THE_WAY},
    P.DELIVERED: frozenset({P.RETURNED_TO_SENDER}),
    P.RETURNED_TO_SENDER: frozenset(),
}
# How far a package is. Of two things that were said for one moment, the one that stands later here is later.
_ORDER = {stage: place for place, stage in enumerate(P)}


class Word(NamedTuple):
    """What was said of a package, and for when; a correction holds whatever was said for before."""

    at: datetime
    stage: ShipmentStage
    is_correction: bool = False


def stage_after(said: Iterable[Word]) -> ShipmentStage:
    """The stage of a package, from what was said of it and for when, in whatever order that arrived."""
    stage = P.LABEL_CREATED
    for word in sorted(said, key=lambda each: (each.at, each.is_correction, _place(each))):
        if word.is_correction or word.stage in FOLLOWS[stage]:
            stage = word.stage
    return stage


def _place(word: Word) -> int:
    return 0 if word.is_correction else _ORDER[word.stage]  # of two corrections, that which was made later


def least_advanced(stages: Iterable[ShipmentStage]) -> ShipmentStage:
    """The stage of a shipment: that of the package which is least far, trouble before all else."""
    found = list(stages)
    for trouble in (P.EXCEPTION, P.FAILED_ATTEMPT, P.RETURNED_TO_SENDER):
        if trouble in found:
            return trouble
    return min(found, key=_ORDER.__getitem__)

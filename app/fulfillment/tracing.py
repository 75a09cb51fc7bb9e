"""Where a package is, from all that was said of it: pure."""

from collections.abc import Iterable
from datetime import datetime

from app.fulfillment.lifecycle import ShipmentStage

P = ShipmentStage
# How far along a stage is. What goes wrong on the way is no progress, and stands until there is other news.
_RANK = {
    P.LABEL_CREATED: 0,
    P.PICKED_UP: 1,
    P.IN_TRANSIT: 2,
    P.EXCEPTION: 2,
    P.FAILED_ATTEMPT: 3,
    P.OUT_FOR_DELIVERY: 3,
    P.RETURNED_TO_SENDER: 9,
    P.DELIVERED: 10,
}
FINAL = (P.DELIVERED, P.RETURNED_TO_SENDER)


def stage_after(said: Iterable[tuple[datetime, ShipmentStage]]) -> ShipmentStage:
    """The stage of a package, from what was said of it and for when, in whatever order that arrived.

    The latest word counts, but for two things: what is final stays final, and a carrier that had the
    package does not have it no more because of a word that says less (a late "label created").
    """
    stage = P.LABEL_CREATED
    for _, next_stage in sorted(said, key=lambda each: (each[0], _RANK[each[1]])):
        if stage in FINAL and _RANK[next_stage] <= _RANK[stage]:
            continue
        if _RANK[next_stage] >= _RANK[stage] or _RANK[next_stage] >= _RANK[P.IN_TRANSIT]:
            stage = next_stage
    return stage


def least_advanced(stages: Iterable[ShipmentStage]) -> ShipmentStage:
    """The stage of a shipment: that of the package which is least far, trouble before all else."""
    found = list(stages)
    for trouble in (P.EXCEPTION, P.FAILED_ATTEMPT, P.RETURNED_TO_SENDER):
        if trouble in found:
            return trouble
    return min(found, key=lambda stage: _RANK[stage])

"""The stage of a package, derived from all of its tracking events: pure functions."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from app.fulfillment.lifecycle import ShipmentStage

P = ShipmentStage
_ON_THE_WAY = frozenset({P.IN_TRANSIT, P.OUT_FOR_DELIVERY, P.FAILED_ATTEMPT, P.EXCEPTION})
_ENDS = frozenset({P.DELIVERED, P.RETURNED_TO_SENDER})

# Which stage may follow which. An exception stands until there is another event; a less specific event does
# not replace a lost package's stage. A parcel reported as delivered can turn out to be returning; "delivered"
# after the return means delivery to the sender and changes nothing. Other errors need a correction by staff.
FOLLOWS: dict[ShipmentStage, frozenset[ShipmentStage]] = {
    P.LABEL_CREATED: frozenset({P.PICKED_UP}) | _ON_THE_WAY | _ENDS,
    P.PICKED_UP: _ON_THE_WAY | _ENDS,
    **{stage: (_ON_THE_WAY - {stage}) | _ENDS for stage in _ON_THE_WAY},
    P.DELIVERED: frozenset({P.RETURNED_TO_SENDER}),
    P.RETURNED_TO_SENDER: frozenset(),
}
# The progress of a package. Of two events with the same time, the one that is later here counts as later.
_ORDER = {stage: place for place, stage in enumerate(P)}


class StageReport(NamedTuple):
    """A tracking event with its time; a correction overrides all earlier events."""

    at: datetime
    stage: ShipmentStage
    is_correction: bool = False


def stage_after(reports: Iterable[StageReport]) -> ShipmentStage:
    """The stage of a package from its events, in any order of arrival."""
    stage = P.LABEL_CREATED
    for report in sorted(reports, key=lambda each: (each.at, each.is_correction, _rank(each))):
        if report.is_correction or report.stage in FOLLOWS[stage]:
            stage = report.stage
    return stage


def _rank(report: StageReport) -> int:
    return 0 if report.is_correction else _ORDER[report.stage]  # of two corrections, the later one


def least_advanced(stages: Iterable[ShipmentStage]) -> ShipmentStage:
    """The stage of a shipment: that of its least advanced package, exceptions first."""
    found = list(stages)
    for trouble in (P.EXCEPTION, P.FAILED_ATTEMPT, P.RETURNED_TO_SENDER):
        if trouble in found:
            return trouble
    return min(found, key=_ORDER.__getitem__)

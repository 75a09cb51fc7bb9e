"""The sourcing decision stored with an order. Pure functions.

The only module that reads and writes the format of the orders' column `sourcing`:

    {"exact": true, "strategy": "nearest", "split": "any", "ships_complete": false,
     "picks": [[location id, variant id, units]],
     "candidates": [[location id, verdict, score, units, ship date or null]]}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.inventory.sourcing.plan import Plan, Verdict
from app.inventory.sourcing.policy import Policy, Split, Strategy


@dataclass(frozen=True, slots=True)
class DecidedPick:
    """Units of a variant that a location ships."""

    location_id: UUID
    variant_id: UUID
    units: int


@dataclass(frozen=True, slots=True)
class DecidedCandidate:
    """The decision for a location. `ships_on` is its ship date; None: unknown."""

    location_id: UUID
    verdict: Verdict
    score: str
    units: int
    ships_on: date | None

    @property
    def is_chosen(self) -> bool:
        return self.verdict is Verdict.CHOSEN


@dataclass(frozen=True, slots=True)
class SourcingDecision:
    """What each location ships, the decision for the others, and the rules."""

    picks: tuple[DecidedPick, ...]
    candidates: tuple[DecidedCandidate, ...]
    strategy: Strategy
    split: Split
    ships_complete: bool
    is_exact: bool

    @classmethod
    def of(cls, plan: Plan, policy: Policy) -> "SourcingDecision":
        return cls(
            tuple(DecidedPick(each.location_id, each.variant_id, each.quantity) for each in plan.picks),
            tuple(
                DecidedCandidate(each.site.id, each.verdict, each.score, each.units, each.site.ships_on)
                for each in plan.candidates
            ),
            policy.strategy,
            policy.split,
            policy.ships_complete,
            plan.is_exact,
        )

    @property
    def chosen(self) -> tuple[DecidedCandidate, ...]:
        return tuple(each for each in self.candidates if each.is_chosen)

    @property
    def ships_on(self) -> date | None:
        """The last ship date of a chosen location; None: unknown."""
        return max((each.ships_on for each in self.chosen if each.ships_on is not None), default=None)

    @property
    def places(self) -> list[UUID]:
        """The locations that ship something, in the order in which they were chosen."""
        return list(dict.fromkeys(each.location_id for each in self.picks))

    def days_of(self, location_id: UUID) -> list[date]:
        """The ship date of a location, if known."""
        return [
            each.ships_on
            for each in self.candidates
            if each.location_id == location_id and each.ships_on is not None
        ]

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> "SourcingDecision | None":
        """The decision in a column; None if there is none."""
        if stored is None:
            return None
        return cls(
            tuple(
                DecidedPick(UUID(location), UUID(variant), units)
                for location, variant, units in stored["picks"]
            ),
            tuple(
                DecidedCandidate(
                    UUID(location), Verdict(verdict), score, units, date.fromisoformat(day) if day else None
                )
                for location, verdict, score, units, day in stored["candidates"]
            ),
            Strategy(stored["strategy"]),
            Split(stored["split"]),
            stored["ships_complete"],
            stored["exact"],
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "exact": self.is_exact,
            "picks": [[str(each.location_id), str(each.variant_id), each.units] for each in self.picks],
            "candidates": [
                [
                    str(each.location_id),
                    each.verdict.value,
                    each.score,
                    each.units,
                    each.ships_on.isoformat() if each.ships_on else None,
                ]
                for each in self.candidates
            ],
            "strategy": self.strategy.value,
            "split": self.split.value,
            "ships_complete": self.ships_complete,
        }

"""Life cycles as tables of steps from status to status."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from app.core.described import Described
from app.core.refusals import IllegalTransition
from app.core.steps import LifecycleStep

S = TypeVar("S", bound="Described")


@dataclass(frozen=True)
class Stay(Generic[S]):
    """An action that is possible in some statuses and does not change the status."""

    name: LifecycleStep
    sources: frozenset[S]

    def leads_from(self, status: S) -> bool:
        return status in self.sources


@dataclass(frozen=True)
class Step(Generic[S]):
    """One named step of a life cycle."""

    name: LifecycleStep
    sources: frozenset[S]
    target: S

    def leads_from(self, status: S) -> bool:
        return status in self.sources


class Lifecycle(Generic[S]):
    """The table of a life cycle; checks and changes the `status` of a row."""

    def __init__(self, *steps: Step[S]) -> None:
        self.steps = steps

    def steps_from(self, status: S) -> list[Step[S]]:
        return [step for step in self.steps if step.leads_from(status)]

    def named(self, name: LifecycleStep) -> list[Step[S]]:
        """The steps with a name: several, if one command leads to several statuses."""
        return [step for step in self.steps if step.name is name]

    def names_from(self, status: S) -> list[LifecycleStep]:
        """The distinct names of the steps from a status."""
        return list(dict.fromkeys(step.name for step in self.steps_from(status)))

    def refuse_unless(self, row: Any, *ways: Step[S] | Stay[S]) -> None:
        """Raise IllegalTransition unless a step with this name is possible from the row's status."""
        if not any(way.leads_from(row.status) for way in ways):
            raise IllegalTransition(ways[0].name, row.status.value, self.names_from(row.status))

    def move(self, row: Any, step: Step[S]) -> S:
        """Set the row's status to the target of the step; return the previous status.

        Raises:
            IllegalTransition: the step is not possible from the row's status.
        """
        before: S = row.status
        if not step.leads_from(before):
            raise IllegalTransition(step.name, before.value, self.names_from(before))
        row.status = step.target
        return before


def step(name: str, sources: Iterable[S], target: S) -> Step[S]:
    return Step(LifecycleStep(name), frozenset(sources), target)


def stay(name: str, sources: Iterable[S]) -> Stay[S]:
    return Stay(LifecycleStep(name), frozenset(sources))

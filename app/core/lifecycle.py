"""Life cycles as tables: which step leads from where to where."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from app.core.described import Described
from app.core.refusals import IllegalTransition
from app.core.steps import LifecycleStep

S = TypeVar("S", bound="Described")


@dataclass(frozen=True)
class Stay(Generic[S]):
    """Something that is done in some statuses and leaves the status as it is."""

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
    """The whole table; asks and moves the `status` of a row."""

    def __init__(self, *steps: Step[S]) -> None:
        self.steps = steps

    def steps_from(self, status: S) -> list[Step[S]]:
        return [step for step in self.steps if step.leads_from(status)]

    def named(self, name: LifecycleStep) -> list[Step[S]]:
        """The steps of a name: several, where one command leads to several statuses."""
        return [step for step in self.steps if step.name is name]

    def names_from(self, status: S) -> list[LifecycleStep]:
        """The names of the steps that lead on, each once."""
        return list(dict.fromkeys(step.name for step in self.steps_from(status)))

    def refuse_unless(self, row: Any, *ways: Step[S] | Stay[S]) -> None:
        """Raises IllegalTransition unless one of some steps of a name leads on from where the row stands."""
        if not any(way.leads_from(row.status) for way in ways):
            raise IllegalTransition(ways[0].name, row.status.value, self.names_from(row.status))

    def move(self, row: Any, step: Step[S]) -> S:
        """Set the row's status to the step's target; returns the status it had.

        Raises:
            IllegalTransition: the step does not lead from where the row stands.
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

"""The next steps of something with a life cycle, derived from the checks of the mutations.

A domain has one check for each step. The command that takes the step calls the check and raises its refusal;
`nextSteps` calls it too and shows the refusal.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.core.refusals import Forbidden, Refusal
from app.core.steps import LifecycleStep, NextStepReason

Check = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Way:
    """A mutation that takes a step, with its checks: whether the caller may use it, and whether it is
    possible now.

    Both raise a Refusal or do nothing.
    """

    may: Check
    can: Check


@dataclass(frozen=True, slots=True)
class NextStep:
    """A step from the present status; `code` and `reason` say why it cannot be taken."""

    step: LifecycleStep
    code: NextStepReason | None = None
    reason: str | None = None


def next_steps(ways: Mapping[LifecycleStep, Sequence[Way]]) -> list[NextStep]:
    """The steps that can be taken, and those that cannot be taken now with the reason.

    A step whose refusal has no `step_reason` is not possible from the present status and is left out.
    """
    found = []
    for step, each in ways.items():
        possible = [found_step for way in each if (found_step := _step_of(step, way)) is not None]
        if possible:
            # A mutation that can be called comes first, then one that the caller may use but not now.
            found.append(min(possible, key=_rank))
    return found


def _step_of(step: LifecycleStep, way: Way) -> NextStep | None:
    stopped = refusal_of(way.can)
    if stopped is not None and stopped.step_reason is None:
        return None
    refusal = refusal_of(way.may) or stopped
    return NextStep(step) if refusal is None else NextStep(step, refusal.step_reason, refusal.message)


def _rank(step: NextStep) -> int:
    return 0 if step.code is None else 2 if step.code is NextStepReason.FORBIDDEN else 1


def refusal_of(check: Check) -> Refusal | None:
    """The refusal that a check raises; None if it raises none."""
    try:
        check()
    except Refusal as refusal:
        return refusal
    return None


def refuse_without(permission: str, is_held: bool) -> None:
    """Raise Forbidden unless the permission is held where it is needed."""
    if not is_held:
        raise Forbidden(f"This needs the permission {permission}.")

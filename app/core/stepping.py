"""What can be done next with something that has a life cycle: pure."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from app.core.described import Described
from app.core.lifecycle import Lifecycle
from app.core.steps import LifecycleStep


class NextStepReason(Described):
    """Why a step cannot be taken now."""

    FORBIDDEN = "forbidden", "The caller lacks the permission for it."
    ON_HOLD = "on_hold", "A hold stops it; release the hold first."
    ALREADY_SHIPPED = "already_shipped", "What it would change has left."
    TOO_LATE = "too_late", "The work has begun; it can be asked for."


@dataclass(frozen=True, slots=True)
class NextStep:
    """A step that leads on from where something stands; `code` and `reason` say why it cannot be taken."""

    step: LifecycleStep
    code: NextStepReason | None = None
    reason: str | None = None


def forbidden(step: LifecycleStep, permission: str) -> NextStep:
    return NextStep(step, NextStepReason.FORBIDDEN, f"This needs the permission {permission}.")


def steps_for(
    may: Callable[[str], bool],
    row: Any,
    lifecycle: Lifecycle[Any],
    permission: str,
    *,
    other: dict[LifecycleStep, str] | None = None,
    by_system: Collection[LifecycleStep] = (),
) -> list[NextStep]:
    """The steps from where a row stands, each possible for whoever has its permission for the row.

    `may` says whether the caller has a permission there.
    `other` are steps with a permission of their own; what follows `by_system` from other things is left out.
    """
    found = []
    for step in lifecycle.names_from(row.status):
        if step in by_system:
            continue
        needed = (other or {}).get(step, permission)
        found.append(NextStep(step) if may(needed) else forbidden(step, needed))
    return found

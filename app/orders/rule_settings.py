"""The outcome of a validation rule, and a channel's setting of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.described import Described


class Outcome(Described):
    """The outcome of a finding."""

    OFF = "off", "The rule is not checked."
    WARN = "warn", "A warning is recorded on the order, and processing continues."
    HOLD = (
        "hold",
        (
            "The order is put on hold until the hold is released, by a person or because its cause is "
            "resolved."
        ),
    )


@dataclass(frozen=True, slots=True)
class Setting:
    """A channel's setting of a rule."""

    outcome: Outcome
    limits: Mapping[str, int] = field(default_factory=dict[str, int])
    release_after_minutes: int | None = None  # a hold is released automatically after this time; None: never

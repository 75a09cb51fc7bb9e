"""What can be done next with something that has a life cycle."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NextStep:
    """A step that leads on from where something stands; `code` and `reason` say why it cannot be taken."""

    step: str
    code: str | None = None
    reason: str | None = None

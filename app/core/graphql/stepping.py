"""What can be done next, in the graph."""

import strawberry

from app.core.graphql.scalars import doc
from app.core.stepping import NextStep as Next


@strawberry.type(description="A step that could be taken next, and if it cannot be now, why.")
class NextStep:
    step: str = doc("The step's name.")
    is_allowed: bool = doc("Whether it can be taken now by the caller.")
    code: str | None = doc("Why not, for programs; null if it can.")
    reason: str | None = doc("Why not, for people; null if it can.")

    @classmethod
    def of(cls, found: Next) -> "NextStep":
        return cls(step=found.step, is_allowed=found.code is None, code=found.code, reason=found.reason)

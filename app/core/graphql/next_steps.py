"""`nextSteps` in GraphQL."""

import strawberry

from app.core.graphql.scalars import doc, graphql_enum
from app.core.next_steps import NextStep as Next
from app.core.steps import LifecycleStep, NextStepReason

graphql_enum(NextStepReason, "Reason why a step cannot be taken now.")


@strawberry.type(
    description="A step of a life cycle, and whether the caller can take it now. It is checked as its "
    "mutation checks it, except for the mutation's input and for stock."
)
class NextStep:
    step: LifecycleStep = doc("The step.")
    is_possible: bool = doc("Whether the caller can take the step now.")
    reason_code: NextStepReason | None = doc(
        "Machine-readable reason why the step cannot be taken; null if it can be taken."
    )
    reason: str | None = doc("Reason for people why the step cannot be taken; null if it can be taken.")

    @classmethod
    def of(cls, found: Next) -> "NextStep":
        return cls(
            step=found.step, is_possible=found.code is None, reason_code=found.code, reason=found.reason
        )

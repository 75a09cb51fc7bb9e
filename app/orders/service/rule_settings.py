"""Rule settings of channels."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.channels.models import Channel
from app.core.database import one_at_a_time
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Problems
from app.core.uow import UnitOfWork, command
from app.orders import queries
from app.orders.events import OrderRuleSet
from app.orders.models import RuleSetting
from app.orders.rule_settings import Outcome
from app.orders.validation import RULES

LONGEST_HOLD = 525_600  # minutes: one year


@command
async def change_rule(uow: UnitOfWork, channel: Channel, *, rule: str, changes: Mapping[str, Any]) -> UUID:
    """Change some settings of a rule in a channel; the others keep their present or default values.

    Raises:
        ValidationFailed: see `set_rule`.
    """
    await one_at_a_time(f"order_rule:{channel.id}")
    row, known = await queries.rule_setting(channel.id, rule), RULES.get(rule)
    now: dict[str, Any] = {
        "outcome": row.outcome if row else known.outcome if known else Outcome.OFF,
        "limits": row.limits if row else {},
        "release_after_minutes": row.release_after_minutes if row else None,
    }
    return await set_rule(uow, channel, rule=rule, **(now | dict(changes)))


@command
async def set_rule(
    uow: UnitOfWork,
    channel: Channel,
    *,
    rule: str,
    outcome: Outcome,
    limits: dict[str, int],
    release_after_minutes: int | None = None,
) -> UUID:
    """Set the outcome and limits of a rule in a channel; return the channel's id.

    Raises:
        ValidationFailed: an unknown rule, an unknown limit, or one out of bounds.
    """
    problems = Problems()
    known = RULES.get(rule)
    if known is None:
        problems.add(
            f"There is no such rule. Rules: {', '.join(RULES)}.",
            "rule",
            code=ProblemCode.UNKNOWN_CHOICE,
            choices=list(RULES),
        )
    for index, (name, value) in enumerate(limits.items()):
        bounds = known.parameters.get(name) if known else None
        if known and bounds is None:
            names = ", ".join(known.parameters) or "none"
            problems.add(
                f"This rule has no such limit. Limits: {names}.",
                "limits",
                str(index),
                "name",
                code=ProblemCode.UNKNOWN_CHOICE,
                choices=list(known.parameters),
            )
        elif bounds and not bounds.lowest <= value <= bounds.highest:
            text = f"The limit must be between {bounds.lowest:,} and {bounds.highest:,}."
            problems.add(
                text,
                "limits",
                str(index),
                "value",
                code=ProblemCode.NOT_IN_RANGE,
                minimum=bounds.lowest,
                maximum=bounds.highest,
            )
    if release_after_minutes is not None and not 1 <= release_after_minutes <= LONGEST_HOLD:
        problems.add(
            "The time must be between 1 and 525,600 minutes (one year).",
            "release_after_minutes",
            code=ProblemCode.NOT_IN_RANGE,
            minimum=1,
            maximum=LONGEST_HOLD,
        )
    problems.refuse_if_any()
    row = await queries.rule_setting(channel.id, rule) or RuleSetting(
        id=new_id(), channel_id=channel.id, rule=rule
    )
    row.outcome, row.limits, row.release_after_minutes = outcome, limits, release_after_minutes
    await row.save()
    uow.announce(
        OrderRuleSet(
            subject_id=row.id, channel_id=channel.id, rule=rule, outcome=outcome.value, limits=dict(limits)
        )
    )
    return channel.id

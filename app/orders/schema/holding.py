"""Holds and the rules that put them, in the graph."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry
from tortoise.expressions import Q

from app.access.permissions import Permission
from app.channels import queries as channels
from app.channels.schema import Channel
from app.core import clock, refusals
from app.core.graphql.changes import changes_of
from app.core.graphql.empty import none_if_empty
from app.core.graphql.errors import mutation
from app.core.graphql.extending import extends
from app.core.graphql.filters import DateTimeFilter, StringFilter, enum_q, range_q, string_q
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import AROUND_IT, PART_OF_IT, field, needs, query
from app.core.graphql.scalars import BigInt, ExpectedVersion, Text, arg, doc, graphql_enum, serves
from app.core.ids import row_id
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.orders import models, queries, service
from app.orders.lifecycle import HoldKind
from app.orders.rule_warnings import warnings_from_json
from app.orders.schema.types import VIEW_IT, Order
from app.orders.validation import RULES, Outcome, Rule

graphql_enum(Outcome, "What follows when a validation rule finds something.")

VIEW = needs(Permission.ORDERS_VIEW)
MANAGE = needs(Permission.ORDERS_MANAGE)
APPROVE = needs(Permission.ORDERS_APPROVE)
_ELDEST = Sort(("placed_at", "id"))


@strawberry.type(description="What keeps an order from the warehouse until it is released. Seen by staff.")
class OrderHold(Node):
    is_type_of = serves(models.Hold)

    kind: HoldKind = doc("Why.")
    rule: str | None = none_if_empty("The validation rule that found it; null where staff put it.")
    reason: str = doc("What was found, or what staff said.")
    placed_by: str = doc("Who put it; `validation` for a rule.")
    placed_at: datetime = doc("Since when.")
    release_at: datetime | None = doc("When it falls by itself; null: never.")
    released_at: datetime | None = doc("When it was released; null while it holds.")
    released_by: str | None = none_if_empty("Who released it; null until somebody does.")
    release_note: str | None = none_if_empty("What they noted; null if nothing.")

    @field()
    def hours(self, root: strawberry.Parent[Any]) -> float:
        """For how long it has held the order, or had: in hours."""
        end = root.released_at or clock.now()
        return round((end - root.placed_at).total_seconds() / 3_600, 2)

    @level_field(Order, reach=AROUND_IT)
    async def order(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The order that it holds."""
        return await info.context.load_many(queries.orders_by_id, [root.order_id for root in roots])


@strawberry.type(description="Something that a validation rule noted of an order without holding it.")
class OrderWarning:
    rule: str = doc("The rule's code.")
    reason: str = doc("What it found.")


@extends(Order)
class OrderHolds:
    @field()
    def is_on_hold(self, root: strawberry.Parent[Any]) -> bool:
        """Whether something keeps it from the warehouse."""
        return bool(root.open_holds)

    @level_field(list[OrderHold] | None, VIEW_IT, reach=PART_OF_IT)
    async def holds(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Everything that holds it or has held it, the eldest first. Seen by staff."""
        return await info.context.load_many(queries.holds_by_order, [root.id for root in roots])

    @field(VIEW_IT)
    def rule_warnings(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[OrderWarning] | None:
        """What the validation rules noted of it; null for others than staff."""
        noted = warnings_from_json(root.warnings)
        return [OrderWarning(rule=each.rule, reason=each.reason) for each in noted]


@strawberry.type(description="A limit of a validation rule.")
class OrderRuleLimit:
    name: str = doc("Its name.")
    value: BigInt = doc("What it is in this channel.")
    lowest: BigInt = doc("The least that it can be.")
    highest: BigInt = doc("The most that it can be.")
    description: str = doc("What it limits, and in which unit.")


@strawberry.type(description="A rule that looks at an order before it is confirmed, as a channel has it.")
class OrderRule:
    code: str = doc("Its code.")
    description: str = doc("What it looks for.")
    hold: HoldKind = doc("The kind of hold that it puts.")
    outcome: Outcome = doc("What follows in this channel when it finds something.")
    is_changed: bool = doc("Whether the channel has chosen this, rather than left it as it comes.")
    limits: list[OrderRuleLimit] = doc("Its limits in this channel.")
    release_after_minutes: int | None = doc("After how long its hold falls by itself; null: never.")

    @classmethod
    def of(cls, rule: Rule, setting: Any) -> "OrderRule":
        values = rule.limits(setting.limits if setting else {})
        return cls(
            code=rule.code,
            description=rule.description,
            hold=rule.hold,
            outcome=setting.outcome if setting else rule.outcome,
            is_changed=setting is not None,
            limits=[
                OrderRuleLimit(
                    name=name,
                    value=BigInt(values[name]),
                    lowest=BigInt(each.lowest),
                    highest=BigInt(each.highest),
                    description=each.description,
                )
                for name, each in rule.parameters.items()
            ],
            release_after_minutes=setting.release_after_minutes if setting else None,
        )


@extends(Channel)
class ChannelRules:
    @level_field(list[OrderRule] | None, needs(Permission.ORDERS_VIEW, channel="id"))
    async def order_rules(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The rules that look at its orders before they are confirmed. Seen by staff."""
        found = await info.context.load_many(queries.rule_settings_by_channel, [root.id for root in roots])
        answers = []
        for rows in found:
            by_code = {row.rule: row for row in rows}
            answers.append([OrderRule.of(rule, by_code.get(code)) for code, rule in RULES.items()])
        return answers


@strawberry.input(description="Which holds.")
class OrderHoldFilter:
    is_open: bool | None = doc("Only those that hold something now, or only those that do not.", default=None)
    kind: list[HoldKind] | None = doc("Of one of these kinds.", default=None)
    rule: StringFilter | None = doc("Put by such a rule.", default=None)
    placed_at: DateTimeFilter | None = doc("By when they were put.", default=None)


def _conditions(given: OrderHoldFilter) -> Q:
    q = enum_q("kind", given.kind) & string_q("rule", given.rule) & range_q("placed_at", given.placed_at)
    if given.is_open is not None:
        q &= Q(released_at__isnull=given.is_open)
    return q


@strawberry.type
class HoldQuery:
    @query(VIEW)
    async def order_holds(
        self,
        info: strawberry.Info,
        filter: Annotated[OrderHoldFilter | None, arg("Which holds.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[OrderHold]:
        """The holds of orders, the eldest first: what has been waiting longest for somebody."""
        rows = queries.holds_visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(_conditions(filter))
        return await connection(rows, PageArgs(_ELDEST, first, after, last, before))


@strawberry.input(description="Which order to hold, and why.")
class OrderHoldInput:
    id: strawberry.ID = doc("The order.")
    reason: str = doc("Why; up to 500 characters.")
    kind: HoldKind = doc("The kind of hold.", default=HoldKind.MANUAL)
    release_at: datetime | None = doc("When it falls by itself; left out: never.", default=None)


@strawberry.input(description="Which holds to release.")
class OrderReleaseInput:
    id: strawberry.ID = doc("The order.")
    hold_ids: list[strawberry.ID] | None = doc("Which of its holds; left out: all.", default=None)
    note: Text = doc("Why they are released; up to 500 characters.", default="")


@strawberry.input(description="A limit of a rule.")
class OrderRuleLimitInput:
    name: str = doc("Its name.")
    value: BigInt = doc("What it shall be.")


@strawberry.input(description="What a rule does in a channel. What is left out stays as it is.")
class OrderRuleSetInput:
    channel: str = doc("The channel's code.")
    rule: str = doc("The rule's code.")
    outcome: Outcome | None = doc("What follows when it finds something.", default=strawberry.UNSET)
    limits: list[OrderRuleLimitInput] | None = doc(
        "All limits that are other than the rule's own; empty for none.", default=strawberry.UNSET
    )
    release_after_minutes: int | None = doc(
        "After how many minutes its hold falls by itself; null: never.", default=strawberry.UNSET
    )


@strawberry.type
class HoldMutation:
    @mutation(
        "OrderHoldResult",
        Order,
        policy=MANAGE,
        refuses=(refusals.IllegalTransition,),
    )
    async def order_hold(
        self,
        info: strawberry.Info,
        input: Annotated[OrderHoldInput, arg("Which order, and why.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Keep an order from the warehouse until the hold is released. An order can have several holds."""
        return await service.hold(
            info.context.actor,
            row_id(input.id, "Order", "id"),
            kind=input.kind,
            reason=input.reason,
            release_at=input.release_at,
            expected_version=expected_version,
        )

    @mutation("OrderReleaseResult", Order, policy=MANAGE)
    async def order_release(
        self,
        info: strawberry.Info,
        input: Annotated[OrderReleaseInput, arg("Which holds.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Release holds of an order. With the last one an order that waited for it is confirmed.

        Holds for FRAUD, CREDIT, COMPLIANCE and APPROVAL take the permission ORDERS_APPROVE.
        """
        chosen = input.hold_ids
        return await service.release_holds(
            info.context.actor,
            row_id(input.id, "Order", "id"),
            hold_ids=None
            if chosen is None
            else [row_id(id, "OrderHold", "hold_ids", str(index)) for index, id in enumerate(chosen)],
            note=input.note,
            expected_version=expected_version,
        )

    @mutation("OrderRuleSetResult", Channel, policy=APPROVE)
    async def order_rule_set(
        self, info: strawberry.Info, input: Annotated[OrderRuleSetInput, arg("The rule.")]
    ) -> Any:
        """Say what a validation rule does in a channel, and at which limits."""
        actor = info.context.actor
        channel = await channels.covered(input.channel, actor, Permission.ORDERS_APPROVE, "channel")
        said = changes_of(input, nullable=("release_after_minutes",), besides=("channel", "rule"))
        if "limits" in said:
            said["limits"] = {limit.name: limit.value for limit in said["limits"]}
        await service.change_rule(actor, channel, rule=input.rule, said=said)
        return channel

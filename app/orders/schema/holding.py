"""Holds and validation rules in GraphQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry
from tortoise.expressions import Q

from app.access.permissions import Permission
from app.channels import queries as channels
from app.channels.models import Channel as ChannelRow
from app.channels.schema import Channel
from app.core import clock, refusals
from app.core.graphql.changes import changes_of
from app.core.graphql.conditions import conditions
from app.core.graphql.empty import none_if_empty
from app.core.graphql.errors import mutation
from app.core.graphql.filters import DateTimeFilter, StringFilter
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import AROUND_IT, PART_OF_IT, field, needs, query
from app.core.graphql.scalars import BigInt, ExpectedVersion, Text, arg, doc, graphql_enum, serves
from app.core.ids import row_id
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.orders import models, queries
from app.orders.lifecycle import HoldKind
from app.orders.rule_settings import Outcome
from app.orders.rule_warnings import warnings_from_json
from app.orders.schema.types import VIEW_IT, Order
from app.orders.service import holding, rule_settings
from app.orders.validation import RULES, Rule

graphql_enum(Outcome, "Outcome when a validation rule matches.")

VIEW = needs(Permission.ORDERS_VIEW)
MANAGE = needs(Permission.ORDERS_MANAGE)
APPROVE = needs(Permission.ORDERS_APPROVE)
_ELDEST = Sort(("placed_at", "id"))


@strawberry.type(
    description="A hold, which keeps an order from the warehouse until it is released. Visible to staff only."
)
class OrderHold(Node):
    is_type_of = serves(models.Hold)

    kind: HoldKind = doc("Kind of hold.")
    rule: str | None = none_if_empty(
        "Code of the validation rule that placed the hold; `authorization_expiring` or "
        "`authorization_expired` if an authorization expires or has expired; null for a hold placed by staff."
    )
    reason: str = doc(
        "Finding of the validation rule, expiry of the authorization, or the reason given by staff."
    )
    placed_by: str = doc("Name of the user or app that placed the hold; `validation` for a rule.")
    placed_at: datetime = doc("Date and time of creation.")
    release_at: datetime | None = doc("Time at which the hold is released automatically; null for never.")
    released_at: datetime | None = doc("Time of release; null while the hold is open.")
    released_by: str | None = none_if_empty(
        "Name of the user or app that released the hold; null while the hold is open."
    )
    release_note: str | None = none_if_empty("Note on the release; null if there is none.")

    @field()
    def hours(self, root: strawberry.Parent[Any]) -> float:
        """Duration of the hold in hours, until now or until its release."""
        end = root.released_at or clock.now()
        return round((end - root.placed_at).total_seconds() / 3_600, 2)

    @level_field(Order, reach=AROUND_IT)
    async def order(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The order on hold."""
        return await info.context.load_many(queries.orders_by_id, [root.order_id for root in roots])


@strawberry.type(description="A warning of a validation rule about an order that was not put on hold for it.")
class OrderWarning:
    rule: str = doc("Code of the rule.")
    reason: str = doc("Finding of the rule.")


@strawberry.type
class OrderHolds:
    @field()
    def is_on_hold(self, root: strawberry.Parent[Any]) -> bool:
        """Whether the order has an open hold, which keeps it from the warehouse."""
        return bool(root.open_holds)

    @level_field(list[OrderHold] | None, VIEW_IT, reach=PART_OF_IT)
    async def holds(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Open and released holds of the order, oldest first; null for callers other than staff."""
        return await info.context.load_many(queries.holds_by_order, [root.id for root in roots])

    @field(VIEW_IT)
    def rule_warnings(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[OrderWarning] | None:
        """Warnings of the validation rules; null for callers other than staff."""
        noted = warnings_from_json(root.warnings)
        return [OrderWarning(rule=each.rule, reason=each.reason) for each in noted]


@strawberry.type(description="A limit of a validation rule.")
class OrderRuleLimit:
    name: str = doc("Name of the limit.")
    value: BigInt = doc("Value of the limit in this channel.")
    lowest: BigInt = doc("Lowest value that can be set.")
    highest: BigInt = doc("Highest value that can be set.")
    description: str = doc("Quantity that is limited, and its unit.")


@strawberry.type(
    description="A validation rule that is checked before an order is confirmed, with the settings of "
    "a channel."
)
class OrderRule:
    code: str = doc("Code of the rule.")
    description: str = doc("Condition that the rule checks.")
    hold: HoldKind = doc("Kind of hold that the rule places.")
    outcome: Outcome = doc("Outcome in this channel when the rule matches.")
    is_changed: bool = doc("Whether the channel overrides the default settings of the rule.")
    limits: list[OrderRuleLimit] = doc("Limits of the rule in this channel.")
    release_after_minutes: int | None = doc(
        "Number of minutes after which a hold of the rule is released automatically; null for never."
    )

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


@strawberry.type
class ChannelRules:
    @level_field(list[OrderRule] | None, needs(Permission.ORDERS_VIEW, channel="id"))
    async def order_rules(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Rules that are checked before orders of the channel are confirmed; null without the permission
        ORDERS_VIEW in the channel."""
        found = await info.context.load_many(queries.rule_settings_by_channel, [root.id for root in roots])
        answers = []
        for rows in found:
            by_code = {row.rule: row for row in rows}
            answers.append([OrderRule.of(rule, by_code.get(code)) for code, rule in RULES.items()])
        return answers


@strawberry.input(description="Filter conditions for holds.")
class OrderHoldFilter:
    is_open: bool | None = doc("Filter by whether the hold is open.", default=None)
    kind: list[HoldKind] | None = doc("Filter by kind.", default=None)
    rule: StringFilter | None = doc("Filter by code of the validation rule.", default=None)
    placed_at: DateTimeFilter | None = doc("Filter by the time at which the hold was placed.", default=None)


_conditions = conditions(OrderHoldFilter, models.Hold, is_open=lambda given: Q(released_at__isnull=given))


@strawberry.type
class HoldQuery:
    @query(VIEW)
    async def order_holds(
        self,
        info: strawberry.Info,
        filter: Annotated[OrderHoldFilter | None, arg("Filter conditions for holds.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[OrderHold]:
        """Holds of orders, oldest first."""
        rows = queries.holds_visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(_conditions(filter))
        return await connection(rows, PageArgs(_ELDEST, first, after, last, before))


@strawberry.input(description="Input for putting an order on hold.")
class OrderHoldInput:
    id: strawberry.ID = doc("The order.")
    reason: str = doc("Reason, up to 500 characters.")
    kind: HoldKind = doc("Kind of hold.", default=HoldKind.MANUAL)
    release_at: datetime | None = doc(
        "Time at which the hold is released automatically; if omitted, never.", default=None
    )


@strawberry.input(description="Input for releasing holds of an order.")
class OrderReleaseInput:
    id: strawberry.ID = doc("The order.")
    hold_ids: list[strawberry.ID] | None = doc(
        "IDs of the holds to release; if omitted, all holds of the order.", default=None
    )
    note: Text = doc("Reason for the release, up to 500 characters.", default="")


@strawberry.input(description="A limit of a validation rule.")
class OrderRuleLimitInput:
    name: str = doc("Name of the limit.")
    value: BigInt = doc("New value of the limit.")


@strawberry.input(
    description="Input for the settings of a validation rule in a channel. Omitted fields keep their values."
)
class OrderRuleSetInput:
    channel: str = doc("Code of the channel.")
    rule: str = doc("Code of the rule.")
    outcome: Outcome | None = doc("Outcome when the rule matches.", default=strawberry.UNSET)
    limits: list[OrderRuleLimitInput] | None = doc(
        "The complete list of limits that differ from the rule's defaults; empty to use the defaults.",
        default=strawberry.UNSET,
    )
    release_after_minutes: int | None = doc(
        "Number of minutes after which a hold of the rule is released automatically; null for never.",
        default=strawberry.UNSET,
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
        input: Annotated[OrderHoldInput, arg("The order and the reason.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Order:
        """Put an order on hold: it is not released to the warehouse until the hold is released. An order can
        have several holds."""
        return await holding.hold(
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
        input: Annotated[OrderReleaseInput, arg("Holds to release.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Order:
        """Release holds of an order. An order that is waiting for confirmation is confirmed when its last
        hold is released. Some kinds of holds require the permission ORDERS_APPROVE: see HoldKind."""
        chosen = input.hold_ids
        return await holding.release_holds(
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
        self, info: strawberry.Info, input: Annotated[OrderRuleSetInput, arg("Rule settings of the channel.")]
    ) -> ChannelRow:
        """Set the outcome and limits of a validation rule in a channel."""
        actor = info.context.actor
        channel = await channels.covered(input.channel, actor, Permission.ORDERS_APPROVE, "channel")
        changes = changes_of(input, nullable=("release_after_minutes",), besides=("channel", "rule"))
        if "limits" in changes:
            changes["limits"] = {limit.name: limit.value for limit in changes["limits"]}
        await rule_settings.change_rule(actor, channel, rule=input.rule, changes=changes)
        return channel

"""Which messages a channel sends, in GraphQL."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.channels import queries as channels
from app.channels.models import Channel as ChannelRow
from app.channels.schema import Channel
from app.core.graphql.changes import changes_of
from app.core.graphql.errors import mutation
from app.core.graphql.levels import level_field
from app.core.graphql.policy import needs
from app.core.graphql.scalars import arg, doc
from app.notifications import queries, rules
from app.notifications.lifecycle import OPTIONAL, MessageKind


@strawberry.type(description="Whether a channel sends messages of a kind to buyers.")
class MessageRule:
    kind: MessageKind = doc("Kind of the messages.")
    is_active: bool = doc("Whether they are sent.")


@strawberry.type
class ChannelMessageRules:
    @level_field(list[MessageRule] | None, needs(Permission.CHANNELS_MANAGE, channel="id"))
    async def message_rules(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Kinds of messages to buyers, with whether the channel sends them. Null for callers who cannot
        manage this channel."""
        found = await info.context.load_many(queries.rules_by_channel, [root.id for root in roots])
        answers = []
        for rows in found:
            off = {row.kind for row in rows if not row.is_active}
            answers.append([MessageRule(kind=kind, is_active=kind not in off) for kind in OPTIONAL])
        return answers


@strawberry.input(
    description="Input for switching messages of a kind on or off. Omitted fields keep their values."
)
class MessageRuleSetInput:
    channel: str = doc("Code of the channel.")
    kind: MessageKind = doc("Kind of the messages; BACK_IN_STOCK, or one of those that begin with ORDER_.")
    is_active: bool | None = doc("Whether they are sent.", default=strawberry.UNSET)


@strawberry.type
class RuleMutation:
    @mutation("MessageRuleSetResult", Channel, policy=needs(Permission.CHANNELS_MANAGE))
    async def message_rule_set(
        self, info: strawberry.Info, input: Annotated[MessageRuleSetInput, arg("The kind and the channel.")]
    ) -> ChannelRow:
        """Set whether a channel sends messages of a kind to buyers. This also applies to messages
        that are not sent yet."""
        actor = info.context.actor
        channel = await channels.covered(input.channel, actor, Permission.CHANNELS_MANAGE, "channel")
        changes = changes_of(input, besides=("channel", "kind"))
        await rules.set_rule(actor, channel, input.kind, is_active=changes.get("is_active"))
        return channel

"""Templates of messages in GraphQL."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.channels import queries as channels
from app.channels.models import Channel as ChannelRow
from app.channels.schema import Channel
from app.core import refusals
from app.core.actor import Actor
from app.core.graphql.changes import changes_of
from app.core.graphql.conditions import conditions
from app.core.graphql.errors import mutation
from app.core.graphql.filters import StringFilter
from app.core.graphql.levels import level_field
from app.core.graphql.next_steps import NextStep
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import AROUND_IT, field, needs, query
from app.core.graphql.scalars import ExpectedVersion, arg, doc, graphql_enum, serves
from app.core.ids import row_id
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.core.problems import ProblemCode
from app.notifications import models, previewing, queries, templates
from app.notifications.lifecycle import MessageKind, TemplateStatus
from app.notifications.next_steps import steps_of_template
from app.notifications.schema import messages as _messages  # noqa: F401  # MessageKind is an enum of the API

graphql_enum(TemplateStatus, "Status of a template of messages.")

MANAGE = needs(Permission.CHANNELS_MANAGE)
_MANAGE_ALL = needs(Permission.CHANNELS_MANAGE, everywhere=True)
_NEWEST = Sort(("created_at", "id"), descending=True)
_SUBJECT = "Subject, in Liquid, up to 300 characters."
_HTML = "Body of the HTML part, in Liquid, up to 20,000 characters. Values are escaped."
_TEXT = "Body of the text part, in Liquid, up to 20,000 characters."


@strawberry.type(description="A template of a kind of message to buyers, in a language.")
class MessageTemplate(Node):
    is_type_of = serves(models.MessageTemplate)

    kind: MessageKind = doc("Kind of the messages.")
    language: str = doc("Language of the template (BCP 47).")
    status: TemplateStatus = doc("Status.")
    subject: str = doc("Subject, in Liquid.")
    html: str = doc("Body of the HTML part, in Liquid.")
    text: str = doc("Body of the text part, in Liquid.")
    version: int = doc(
        "Version number; increases with every change. Pass it as `expectedVersion` to detect concurrent "
        "edits."
    )
    created_at: datetime = doc("Date and time of creation.")

    @field()
    def next_steps(self, root: strawberry.Parent[Any], info: strawberry.Info) -> list[NextStep]:
        """Steps that are possible in the current status."""
        may = MANAGE if root.channel_id else _MANAGE_ALL
        return [NextStep.of(each) for each in steps_of_template(root, partial(may.check, info.context.actor))]

    @level_field(Channel | None, reach=AROUND_IT)
    async def channel(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The channel whose messages use it; null for all channels."""
        ids = [root.channel_id for root in roots]
        known = [id for id in ids if id is not None]
        found = dict(zip(known, await info.context.load_many(channels.channels_by_id, known), strict=True))
        return [found.get(id) for id in ids]


@strawberry.type(description="A message as it would be sent.")
class MessagePreview:
    subject: str = doc("Subject.")
    html: str = doc("HTML part.")
    text: str = doc("Text part.")
    unresolved_paths: list[str] = doc(
        "Values that the template names and messages of the kind do not have. If there are any, the other "
        "fields are empty."
    )


@strawberry.input(description="Filter conditions for templates of messages.")
class MessageTemplateFilter:
    kind: list[MessageKind] | None = doc("Filter by kind.", default=None)
    status: list[TemplateStatus] | None = doc("Filter by status.", default=None)
    language: StringFilter | None = doc("Filter by language.", default=None)


_conditions = conditions(MessageTemplateFilter, models.MessageTemplate)


@strawberry.input(
    description="Input for the draft of a template. Omitted parts keep their values; those of a new draft "
    "begin as the published or the included template."
)
class MessageTemplateSetInput:
    kind: MessageKind = doc("Kind of the messages; one of those that begin with ORDER_.")
    language: str = doc("Language of the template (BCP 47), such as `de` or `de-AT`.")
    channel: str | None = doc("Code of the channel; null for all channels.", default=None)
    subject: str | None = doc(_SUBJECT, default=strawberry.UNSET)
    html: str | None = doc(_HTML, default=strawberry.UNSET)
    text: str | None = doc(_TEXT, default=strawberry.UNSET)


@strawberry.input(description="Input for a preview of a message.")
class MessageTemplatePreviewInput:
    kind: MessageKind = doc("Kind of the message; one of those that begin with ORDER_.")
    channel: str = doc("Code of the channel.")
    language: str = doc("Language of the order (BCP 47).")
    order_id: strawberry.ID | None = doc("An order of the channel; sample values if omitted.", default=None)
    subject: str | None = doc(_SUBJECT + " That of the template if omitted.", default=None)
    html: str | None = doc(_HTML + " That of the template if omitted.", default=None)
    text: str | None = doc(_TEXT + " That of the template if omitted.", default=None)


@strawberry.type
class TemplateQuery:
    @query(MANAGE)
    async def message_templates(
        self,
        info: strawberry.Info,
        filter: Annotated[MessageTemplateFilter | None, arg("Filter conditions.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[MessageTemplate]:
        """Templates of messages that staff wrote, newest first. Others are included in Ordergraph."""
        rows = queries.templates_visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(_conditions(filter))
        return await connection(rows, PageArgs(_NEWEST, first, after, last, before))

    @query(MANAGE)
    async def message_template_preview(
        self,
        info: strawberry.Info,
        input: Annotated[MessageTemplatePreviewInput, arg("The kind, the channel and the parts.")],
    ) -> MessagePreview:
        """Preview a message with an order of the channel, or with sample values."""
        actor = info.context.actor
        channel = await channels.covered(input.channel, actor, Permission.CHANNELS_MANAGE, "channel")
        changes = {name: getattr(input, name) for name in templates.PARTS if getattr(input, name) is not None}
        order_id = row_id(input.order_id, "Order", "order_id") if input.order_id else None
        found = await previewing.preview(actor, channel, input.kind, input.language, changes, order_id)
        return MessagePreview(
            subject=found.parts.subject,
            html=found.parts.html,
            text=found.parts.text,
            unresolved_paths=found.unresolved,
        )


async def _channel(code: str | None, actor: Actor) -> ChannelRow | None:
    """The channel of a template; None for all channels.

    Raises:
        NotFound: it does not exist, or the actor does not manage it.
        Invalid: none is named, and the actor does not manage all channels.
    """
    if code is not None:
        return await channels.covered(code, actor, Permission.CHANNELS_MANAGE, "channel")
    if not actor.scope_of(Permission.CHANNELS_MANAGE).is_everywhere:
        text = "Name a channel: templates for all channels need CHANNELS_MANAGE everywhere."
        raise refusals.Invalid(text, "channel", code=ProblemCode.REQUIRED)
    return None


@strawberry.type
class TemplateMutation:
    @mutation("MessageTemplateSetResult", MessageTemplate, policy=MANAGE)
    async def message_template_set(
        self,
        info: strawberry.Info,
        input: Annotated[MessageTemplateSetInput, arg("The template.")],
        expected_version: ExpectedVersion = None,
    ) -> models.MessageTemplate:
        """Write the draft of a template. Its syntax and every value that it names are checked. It is used
        after `messageTemplatePublish`."""
        channel = await _channel(input.channel, info.context.actor)
        changes = changes_of(input, besides=("kind", "language", "channel"))
        return await templates.set_template(
            info.context.actor,
            channel,
            input.kind,
            input.language,
            changes,
            expected_version=expected_version,
        )

    @mutation(
        "MessageTemplatePublishResult", MessageTemplate, policy=MANAGE, refuses=(refusals.IllegalTransition,)
    )
    async def message_template_publish(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The draft.")],
        expected_version: ExpectedVersion = None,
    ) -> models.MessageTemplate:
        """Use a draft for messages from now on. The template that it replaces is retired."""
        return await templates.publish(
            info.context.actor, row_id(id, "MessageTemplate", "id"), expected_version=expected_version
        )

    @mutation(
        "MessageTemplateRetireResult", MessageTemplate, policy=MANAGE, refuses=(refusals.IllegalTransition,)
    )
    async def message_template_retire(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("The template.")],
        expected_version: ExpectedVersion = None,
    ) -> models.MessageTemplate:
        """Stop using a template, or discard a draft. Messages then use the next template that applies:
        the one for all channels, the one included in Ordergraph, or one of a less specific language."""
        return await templates.retire(
            info.context.actor, row_id(id, "MessageTemplate", "id"), expected_version=expected_version
        )

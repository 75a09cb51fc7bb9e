"""Messages in GraphQL."""

import strawberry

from app.notifications.schema import messages, resending, rules, suppressions, templates
from app.notifications.schema.messages import Message, OrderMessages
from app.notifications.schema.rules import ChannelMessageRules
from app.notifications.schema.suppressions import MessageSuppression
from app.notifications.schema.templates import MessageTemplate


@strawberry.type
class NotificationQuery(messages.NotificationQuery, templates.TemplateQuery, suppressions.SuppressionQuery):
    pass


@strawberry.type
class NotificationMutation(
    templates.TemplateMutation,
    rules.RuleMutation,
    suppressions.SuppressionMutation,
    resending.ResendMutation,
):
    pass


__all__ = [
    "ChannelMessageRules",
    "Message",
    "MessageSuppression",
    "MessageTemplate",
    "NotificationMutation",
    "NotificationQuery",
    "OrderMessages",
]

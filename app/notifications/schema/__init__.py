"""Messages in GraphQL."""

import strawberry

from app.notifications.schema import messages, rules, suppressions
from app.notifications.schema.messages import Message, OrderMessages
from app.notifications.schema.rules import ChannelMessageRules
from app.notifications.schema.suppressions import MessageSuppression


@strawberry.type
class NotificationQuery(messages.NotificationQuery, suppressions.SuppressionQuery):
    pass


@strawberry.type
class NotificationMutation(rules.RuleMutation, suppressions.SuppressionMutation):
    pass


__all__ = [
    "ChannelMessageRules",
    "Message",
    "MessageSuppression",
    "NotificationMutation",
    "NotificationQuery",
    "OrderMessages",
]

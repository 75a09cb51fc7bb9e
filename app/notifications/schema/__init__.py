"""Messages in GraphQL."""

import strawberry

from app.notifications.schema import back_in_stock, messages, resending, rules, suppressions, templates
from app.notifications.schema.back_in_stock import (
    BackInStockRequest,
    CustomerBackInStock,
    VariantBackInStock,
)
from app.notifications.schema.messages import Message, OrderMessages
from app.notifications.schema.rules import ChannelMessageRules
from app.notifications.schema.suppressions import MessageSuppression
from app.notifications.schema.templates import MessageTemplate


@strawberry.type
class NotificationQuery(
    messages.NotificationQuery,
    templates.TemplateQuery,
    suppressions.SuppressionQuery,
    back_in_stock.BackInStockQuery,
):
    pass


@strawberry.type
class NotificationMutation(
    templates.TemplateMutation,
    rules.RuleMutation,
    suppressions.SuppressionMutation,
    resending.ResendMutation,
    back_in_stock.BackInStockMutation,
):
    pass


__all__ = [
    "BackInStockRequest",
    "ChannelMessageRules",
    "CustomerBackInStock",
    "Message",
    "MessageSuppression",
    "MessageTemplate",
    "NotificationMutation",
    "NotificationQuery",
    "OrderMessages",
    "VariantBackInStock",
]

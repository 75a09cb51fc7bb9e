"""Sending a message again, in GraphQL."""

from typing import Annotated

import strawberry

from app.access.permissions import Permission
from app.core import refusals
from app.core.graphql.errors import mutation
from app.core.graphql.policy import needs
from app.core.graphql.scalars import arg
from app.core.ids import row_id
from app.notifications import models, service
from app.notifications.schema.messages import Message


@strawberry.type
class ResendMutation:
    @mutation(
        "MessageResendResult",
        Message,
        policy=needs(Permission.ORDERS_MANAGE),
        refuses=(refusals.IllegalTransition,),
    )
    async def message_resend(
        self, info: strawberry.Info, id: Annotated[strawberry.ID, arg("The message.")]
    ) -> models.Message:
        """Send a message to the buyer of an order again, to the current email address of the order. Its
        text is generated again; a message that no longer applies to the order is dropped."""
        return await service.resend(info.context.actor, row_id(id, "Message", "id"))

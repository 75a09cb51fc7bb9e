"""Addresses that get no messages, because their mail server says that they do not exist."""

from uuid import UUID

from app.core.database import delete_each, insert_if_new
from app.core.ids import new_id
from app.core.uow import UnitOfWork, command
from app.notifications import queries
from app.notifications.events import MessageSuppressionRemoved
from app.notifications.models import MessageSuppression

SUPPRESSED = (
    "A mail server said that this address does not exist. Messages are sent again after the suppression is "
    "removed (messageSuppressionRemove)."
)


async def suppress(uow: UnitOfWork, address: str, reason: str, message_id: UUID) -> None:
    """Send no more messages to an address."""
    row = MessageSuppression(
        id=new_id(),
        fingerprint=queries.fingerprint_of(address),
        message_id=message_id,
        reason=reason,
        created_at=uow.at,
    )
    await insert_if_new(row)


@command
async def remove_suppression(uow: UnitOfWork, id: UUID) -> UUID:
    """Send messages to an address again; return the id of the suppression.

    Raises:
        NotFound: it does not exist.
    """
    row = await queries.locked_suppression(id)
    await delete_each([row])
    uow.announce(MessageSuppressionRemoved(subject_id=row.id, reason=row.reason))
    return row.id

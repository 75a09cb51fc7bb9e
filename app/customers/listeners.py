"""Event handlers for customers and their accounts."""

from app.access.events import StaffInvited
from app.access.queries import staff_by_id
from app.core.uow import UnitOfWork
from app.customers import accounts


async def send_invitation(uow: UnitOfWork, event: StaffInvited) -> None:
    staff = await staff_by_id(event.subject_id)
    if staff is not None:
        await accounts.invite(uow, staff)

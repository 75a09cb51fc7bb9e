"""The two ends of a transfer: who sees one of them sees it, and acts where the permission holds."""

from uuid import UUID

from app.access.permissions import Permission
from app.core.refusals import Forbidden
from app.core.work import Work
from app.inventory import queries


async def refuse_away_from(work: Work, location_id: UUID, verb: str) -> None:
    """See that an actor may change stock at the end of a transfer where it is to act.

    Raises:
        Forbidden: the permission does not hold there.
    """
    if not await queries.covers(work.actor.scope_of(Permission.STOCK_MANAGE), location_id):
        raise Forbidden(
            f"This needs the permission {Permission.STOCK_MANAGE} in the location where the transfer {verb}."
        )

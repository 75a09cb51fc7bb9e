"""One's own sessions in GraphQL."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.access import models, queries, service
from app.access.schema import Done
from app.core.graphql.empty import none_if_empty
from app.core.graphql.errors import mutation
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import SIGNED_IN, field, query
from app.core.graphql.scalars import arg, doc, serves
from app.core.ids import row_id
from app.core.pagination import Order, PageArgs

_NEWEST = Order(("created_at", "id"), descending=True)


@strawberry.type(description="An open session of the signed-in person. Only that person sees it.")
class Session(Node):
    is_type_of = serves(models.Session)

    device: str | None = none_if_empty(
        'Browser and system with which the person signed in, such as "Firefox on Windows", as stated by the '
        "device; null if unknown."
    )
    network: str | None = none_if_empty(
        "Network from which the person signed in: a /24 of IPv4 or a /48 of IPv6; null if unknown."
    )
    created_at: datetime = doc("Date and time at which the person signed in.")
    expires_at: datetime = doc("Date and time at which the session ends.")

    @field()
    def last_used_at(self, root: strawberry.Parent[Any]) -> datetime:
        """Date and time at which the session last got new tokens; it was used since then for as long as an
        access token is valid."""
        used: datetime = root.refreshed_at or root.created_at
        return used

    @field()
    def is_current(self, root: strawberry.Parent[Any], info: strawberry.Info) -> bool:
        """Whether this request belongs to the session."""
        return bool(root.id == info.context.actor.session_id)


@strawberry.type(description="Confirmation that sessions were ended.")
class SessionsEnded:
    ended: int = doc("Number of sessions that were ended.")


@strawberry.type
class SessionQuery:
    @query(SIGNED_IN)
    async def sessions(
        self,
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Session]:
        """Open sessions of the signed-in customer or staff member, newest first; none for API tokens."""
        rows = queries.sessions_visible_to(info.context.actor)
        page: Connection[Session] = await connection(rows, PageArgs(_NEWEST, first, after, last, before))
        return page


@strawberry.type
class SessionMutation:
    @mutation("SessionEndResult", Done, policy=SIGNED_IN)
    async def session_end(
        self, info: strawberry.Info, id: Annotated[strawberry.ID, arg("The session.")]
    ) -> Done:
        """End one of the caller's own sessions, such as that of a lost device. Its tokens stop working within
        two seconds, on open connections too."""
        await service.end_session(info.context.actor, row_id(id, "Session", "id"))
        return Done(done=True)

    @mutation("SessionEndOthersResult", SessionsEnded, policy=SIGNED_IN)
    async def session_end_others(self, info: strawberry.Info) -> SessionsEnded:
        """End all sessions of the signed-in person except the current one."""
        return SessionsEnded(ended=await service.end_other_sessions(info.context.actor))

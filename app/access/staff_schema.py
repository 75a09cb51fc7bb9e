"""Staff and roles in the graph."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.access import models, queries, staffing
from app.access.permissions import Permission
from app.access.staffing import StaffData
from app.core import refusals
from app.core.graphql.changes import changes_of
from app.core.graphql.errors import mutation
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import ABOUT_IT, field, needs, query
from app.core.graphql.scalars import ExpectedVersion, IdempotencyKey, arg, doc, serves
from app.core.ids import row_id, to_global
from app.core.pagination import Order, PageArgs

MANAGE = needs(Permission.ACCESS_MANAGE, everywhere=True)
_NEWEST = Order(("created_at", "id"), descending=True)


@strawberry.type(description="A named set of permissions that staff hold.")
class Role(Node):
    is_type_of = serves(models.Role)

    code: str = doc("What it is called in inputs, such as `warehouse`; it never changes.")
    name: str = doc("The name for people.")
    permissions: list[Permission] = doc("What it allows.")
    version: int = doc("Goes up with each change; see `expectedVersion`.")
    created_at: datetime = doc("When it was made.")
    updated_at: datetime | None = doc("When it last changed; null if it never has.")


@strawberry.type(
    description="Somebody who works for the company. Those who manage access everywhere see everybody."
)
class Staff(Node):
    is_type_of = serves(models.Staff)

    email: str = doc("The e-mail address, in small letters, with which they sign in.")
    name: str = doc("The name.")
    is_active: bool = doc("Whether they may sign in.")
    version: int = doc("Goes up with each change; see `expectedVersion`.")
    created_at: datetime = doc("When they were added.")
    updated_at: datetime | None = doc("When this last changed; null if it never has.")

    @field()
    def has_joined(self, root: strawberry.Parent[Any]) -> bool:
        """Whether they have chosen a password; until then they are only invited."""
        return root.password_hash is not None

    @field()
    def tokens_ended(self, root: strawberry.Parent[Any]) -> int | None:
        """How many API tokens ended with their access; null but from `staffDeactivate`."""
        return getattr(root, "tokens_ended", None)

    @field(MANAGE, reach=ABOUT_IT)
    async def role(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Role | None:
        """What they may do; null for who does not manage access."""
        return await info.context.load(queries.roles_by_id, root.role_id)  # type: ignore[no-any-return]

    @field()
    def channel_ids(self, root: strawberry.Parent[Any]) -> list[strawberry.ID] | None:
        """The channels in which the role holds; null for all."""
        return _global("Channel", root.channel_ids)

    @field()
    def location_ids(self, root: strawberry.Parent[Any]) -> list[strawberry.ID] | None:
        """The locations in which the role holds; null for all."""
        return _global("Location", root.location_ids)


def _global(type_name: str, ids: list[str] | None) -> list[strawberry.ID] | None:
    if ids is None:
        return None
    return [strawberry.ID(to_global(type_name, UUID(id))) for id in ids]


@strawberry.input(description="Somebody who is to join the staff.")
class StaffInviteInput:
    email: str = doc("The e-mail address, to which the invitation goes.")
    name: str = doc("The name, of at most 200 characters.")
    role: str = doc("The code of a role. It allows at most what you may do yourself.")
    channel_ids: list[strawberry.ID] | None = doc(
        "In which channels the role is to hold; null for all.", default=None
    )
    location_ids: list[strawberry.ID] | None = doc(
        "In which locations the role is to hold; null for all.", default=None
    )


@strawberry.input(description="Changes of somebody on the staff; what is left out stays.")
class StaffUpdateInput:
    id: strawberry.ID = doc("Who.")
    name: str | None = doc("The name, of at most 200 characters.", default=strawberry.UNSET)
    role: str | None = doc("The code of another role.", default=strawberry.UNSET)
    channel_ids: list[strawberry.ID] | None = doc(
        "In which channels the role is to hold; null for all.", default=strawberry.UNSET
    )
    location_ids: list[strawberry.ID] | None = doc(
        "In which locations the role is to hold; null for all.", default=strawberry.UNSET
    )


@strawberry.input(description="A new role.")
class RoleCreateInput:
    code: str = doc("Small letters, digits, `_` and `-`, at most 40; it never changes.")
    name: str = doc("The name for people, of at most 80 characters.")
    permissions: list[Permission] = doc("What it allows; at most what you may do yourself.")


@strawberry.input(description="Changes of a role; what is left out stays.")
class RoleUpdateInput:
    id: strawberry.ID = doc("The role.")
    name: str | None = doc("The name for people, of at most 80 characters.", default=strawberry.UNSET)
    permissions: list[Permission] | None = doc(
        "All that it is to allow, which replaces what it allowed before.", default=strawberry.UNSET
    )


@strawberry.type
class StaffQuery:
    @query(MANAGE)
    async def staff(
        self,
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Staff]:
        """Everybody on the staff, the newest first, also those who are invited or deactivated."""
        rows = queries.staff_visible_to(info.context.actor)
        return await connection(rows, PageArgs(_NEWEST, first, after, last, before))  # type: ignore[no-any-return]

    @query(MANAGE)
    async def roles(
        self,
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Role]:
        """The roles that staff can hold, the newest first."""
        rows = queries.roles_visible_to(info.context.actor)
        return await connection(rows, PageArgs(_NEWEST, first, after, last, before))  # type: ignore[no-any-return]


@strawberry.type
class StaffMutation:
    @mutation("StaffInviteResult", Staff, policy=MANAGE, refuses=(refusals.AlreadyExists,))
    async def staff_invite(
        self,
        info: strawberry.Info,
        input: Annotated[StaffInviteInput, arg("Who is to join.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Add somebody to the staff. A mail goes to them, with a link by which they choose a password through
        `passwordReset` within 72 hours; after that, `passwordResetRequest` sends another."""
        data = StaffData(
            email=input.email,
            name=input.name,
            role=input.role,
            channel_ids=_rows(input.channel_ids, "Channel", "channel_ids"),
            location_ids=_rows(input.location_ids, "Location", "location_ids"),
        )
        return await info.context.once_row(
            idempotency_key, "staffInvite", data, lambda work: staffing.invite(work, data), models.Staff
        )

    @mutation("StaffUpdateResult", Staff, policy=MANAGE)
    async def staff_update(
        self,
        info: strawberry.Info,
        input: Annotated[StaffUpdateInput, arg("The changes.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Change the name of somebody on the staff, or what they may do where. It holds within two seconds.
        Nobody changes what they may do themselves, gives what they do not have, or changes somebody who may
        do more; somebody who manages access everywhere is always left."""
        changes = changes_of(input, nullable=("channel_ids", "location_ids"), besides=("id",))
        for name, type_name in (("channel_ids", "Channel"), ("location_ids", "Location")):
            if name in changes:
                changes[name] = _rows(changes[name], type_name, name)
        id = row_id(input.id, "Staff", "id")
        return await staffing.update(info.context.actor, id, changes, expected_version=expected_version)

    @mutation("StaffDeactivateResult", Staff, policy=MANAGE)
    async def staff_deactivate(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("Who is to be let in no more.")],
        keep_tokens: Annotated[
            bool, arg("Whether the API tokens that they made go on; the programs of a shop may need them.")
        ] = False,
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Let somebody of the staff in no more. Their sessions end within two seconds, and so do the API
        tokens that they made, and those made with these; `tokensEnded` says how many. Asked for once more, it
        ends tokens that were kept. The last one who manages access everywhere stays."""
        staff, ended = await staffing.deactivate(
            info.context.actor,
            row_id(id, "Staff", "id"),
            keep_tokens=keep_tokens,
            expected_version=expected_version,
        )
        staff.tokens_ended = ended
        return staff

    @mutation("StaffReactivateResult", Staff, policy=MANAGE)
    async def staff_reactivate(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, arg("Who is to be let in again.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Let somebody of the staff in again, with the password and role of before."""
        return await staffing.reactivate(
            info.context.actor, row_id(id, "Staff", "id"), expected_version=expected_version
        )

    @mutation("RoleCreateResult", Role, policy=MANAGE, refuses=(refusals.AlreadyExists,))
    async def role_create(
        self,
        info: strawberry.Info,
        input: Annotated[RoleCreateInput, arg("The new role.")],
        idempotency_key: IdempotencyKey = None,
    ) -> Any:
        """Make a role that staff can hold."""
        return await info.context.once_row(
            idempotency_key,
            "roleCreate",
            input,
            lambda work: staffing.create_role(
                work, code=input.code, name=input.name, permissions=input.permissions
            ),
            models.Role,
        )

    @mutation("RoleUpdateResult", Role, policy=MANAGE)
    async def role_update(
        self,
        info: strawberry.Info,
        input: Annotated[RoleUpdateInput, arg("The changes.")],
        expected_version: ExpectedVersion = None,
    ) -> Any:
        """Change a role, for all who hold it, within two seconds. Nobody changes what their own allows."""
        changes = changes_of(input, besides=("id",))
        id = row_id(input.id, "Role", "id")
        return await staffing.update_role(info.context.actor, id, changes, expected_version=expected_version)


def _rows(ids: list[strawberry.ID] | None, type_name: str, name: str) -> Any:
    if ids is None:
        return None
    return [row_id(id, type_name, name, str(place)) for place, id in enumerate(ids)]

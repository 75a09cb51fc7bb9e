"""Staff and roles in GraphQL."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.access import models, queries, roles, staffing
from app.access import schema as _schema  # noqa: F401  # Permission is an enum of the API
from app.access.permissions import Permission
from app.access.refund_limits import shown_limits
from app.access.staffing import StaffData
from app.core import refusals
from app.core.graphql.changes import changes_of
from app.core.graphql.errors import mutation
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.once import Effect, Idempotent
from app.core.graphql.policy import ABOUT_IT, field, needs, query
from app.core.graphql.scalars import ExpectedVersion, Money, MoneyInput, arg, doc, money, serves
from app.core.ids import row_id, to_global
from app.core.money import Money as MoneyValue
from app.core.pagination import Order, PageArgs

MANAGE = needs(Permission.ACCESS_MANAGE, everywhere=True)
_NEWEST = Order(("created_at", "id"), descending=True)
_LIMITS = (
    "Maximum amounts that a person with this role may refund of one order, one for each currency; 0 for "
    "none. The limits cannot be higher than those of the caller."
)


@strawberry.type(description="A named set of permissions that can be assigned to staff.")
class Role(Node):
    is_type_of = serves(models.Role)

    code: str = doc("Code of the role in inputs, such as `warehouse`. It cannot be changed.")
    name: str = doc("Display name of the role.")
    permissions: list[Permission] = doc("Permissions granted.")
    version: int = doc(
        "Version number; increases with every change. Pass it as `expectedVersion` to detect concurrent "
        "edits."
    )
    created_at: datetime = doc("Date and time of creation.")
    updated_at: datetime | None = doc("Date and time of the last change; null if never changed.")

    @field()
    def refund_limits(self, root: strawberry.Parent[Any]) -> list[Money] | None:
        """Maximum amounts that a person with this role may refund of one order, one for each currency. Null:
        any amount. If there are limits, nothing can be refunded in a currency without one."""
        found = shown_limits(root.refund_limits)
        return None if found is None else [money(each.minor, each.currency) for each in found]


@strawberry.type(
    description="A staff member. Callers who manage access everywhere can see all staff members; "
    "others see only themselves."
)
class Staff(Node):
    is_type_of = serves(models.Staff)

    email: str = doc("Email address for sign-in, in lowercase.")
    name: str = doc("Name of the person.")
    is_active: bool = doc("Whether the staff member can sign in.")
    version: int = doc(
        "Version number; increases with every change. Pass it as `expectedVersion` to detect concurrent "
        "edits."
    )
    created_at: datetime = doc("Date and time of creation.")
    updated_at: datetime | None = doc("Date and time of the last change; null if never changed.")

    @field()
    def has_joined(self, root: strawberry.Parent[Any]) -> bool:
        """Whether the staff member has set a password; false while the invitation is open."""
        return root.password_hash is not None

    @field()
    def tokens_ended(self, root: strawberry.Parent[Any]) -> int | None:
        """Number of API tokens that ended with the access of the staff member; null in every response but
        that of `staffDeactivate`.
        """
        return getattr(root, "tokens_ended", None)

    @field(MANAGE, reach=ABOUT_IT)
    async def role(self, root: strawberry.Parent[Any], info: strawberry.Info) -> Role | None:
        """Role of the staff member; null for callers who do not manage access."""
        return await info.context.load(queries.roles_by_id, root.role_id)  # type: ignore[no-any-return]

    @field()
    def channel_ids(self, root: strawberry.Parent[Any]) -> list[strawberry.ID] | None:
        """IDs of the channels in which the role applies; null for all."""
        return _global("Channel", root.channel_ids)

    @field()
    def location_ids(self, root: strawberry.Parent[Any]) -> list[strawberry.ID] | None:
        """IDs of the locations in which the role applies; null for all."""
        return _global("Location", root.location_ids)


def _global(type_name: str, ids: list[str] | None) -> list[strawberry.ID] | None:
    if ids is None:
        return None
    return [strawberry.ID(to_global(type_name, UUID(id))) for id in ids]


@strawberry.input(description="Input for inviting a staff member.")
class StaffInviteInput:
    email: str = doc("Email address to which the invitation is sent.")
    name: str = doc("Name of the person, up to 200 characters.")
    role: str = doc("Code of the role. It can grant only permissions that the caller has.")
    channel_ids: list[strawberry.ID] | None = doc(
        "IDs of the channels in which the role applies; null for all.", default=None
    )
    location_ids: list[strawberry.ID] | None = doc(
        "IDs of the locations in which the role applies; null for all.", default=None
    )


@strawberry.input(description="Input for updating a staff member; omitted fields keep their values.")
class StaffUpdateInput:
    id: strawberry.ID = doc("ID of the staff member.")
    name: str | None = doc("Name of the person, up to 200 characters.", default=strawberry.UNSET)
    role: str | None = doc("Code of the new role.", default=strawberry.UNSET)
    channel_ids: list[strawberry.ID] | None = doc(
        "IDs of the channels in which the role applies; null for all.", default=strawberry.UNSET
    )
    location_ids: list[strawberry.ID] | None = doc(
        "IDs of the locations in which the role applies; null for all.", default=strawberry.UNSET
    )


@strawberry.input(description="Input for creating a role.")
class RoleCreateInput:
    code: str = doc(
        "Code of the role: lowercase letters, digits, `_` and `-`, up to 40 characters. It cannot be "
        "changed later."
    )
    name: str = doc("Display name, up to 80 characters.")
    permissions: list[Permission] = doc("Permissions to grant; limited to the permissions of the caller.")
    refund_limits: list[MoneyInput] | None = doc(f"{_LIMITS} If omitted or empty, any amount.", default=None)


@strawberry.input(description="Input for updating a role; omitted fields keep their values.")
class RoleUpdateInput:
    id: strawberry.ID = doc("ID of the role.")
    name: str | None = doc("Display name, up to 80 characters.", default=strawberry.UNSET)
    permissions: list[Permission] | None = doc(
        "The complete list of permissions, replacing the previous ones.", default=strawberry.UNSET
    )
    refund_limits: list[MoneyInput] | None = doc(
        f"{_LIMITS} Replaces the previous ones; null or empty for any amount.", default=strawberry.UNSET
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
        """Staff members, newest first, including invited and deactivated members."""
        rows = queries.staff_visible_to(info.context.actor)
        return await connection(rows, PageArgs(_NEWEST, first, after, last, before))

    @query(MANAGE)
    async def roles(
        self,
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Role]:
        """Roles that can be assigned to staff, newest first."""
        rows = queries.roles_visible_to(info.context.actor)
        return await connection(rows, PageArgs(_NEWEST, first, after, last, before))


@strawberry.type
class StaffMutation:
    @mutation("StaffInviteResult", Staff, policy=MANAGE, refuses=(refusals.AlreadyExists,), once=models.Staff)
    async def staff_invite(
        self,
        info: strawberry.Info,
        input: Annotated[StaffInviteInput, arg("The new staff member.")],
    ) -> Idempotent:
        """Invite a staff member. The invitation email contains a link to set a password through
        `passwordReset` within 72 hours; after that, `passwordResetRequest` sends a new link."""
        data = StaffData(
            email=input.email,
            name=input.name,
            role=input.role,
            channel_ids=_rows(input.channel_ids, "Channel", "channel_ids"),
            location_ids=_rows(input.location_ids, "Location", "location_ids"),
        )
        return Idempotent(
            lambda uow: staffing.invite(uow, data),
            request=data,
        )

    @mutation("StaffUpdateResult", Staff, policy=MANAGE)
    async def staff_update(
        self,
        info: strawberry.Info,
        input: Annotated[StaffUpdateInput, arg("The changes.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Staff:
        """Update the name, role, channels or locations of a staff member. Changes take effect within two
        seconds. Callers cannot change their own access, grant access that they do not have, or change staff
        members with more access than theirs. At least one staff member with access management everywhere must
        remain."""
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
        id: Annotated[strawberry.ID, arg("ID of the staff member to deactivate.")],
        keep_tokens: Annotated[
            bool,
            arg("Whether the API tokens that they created stay valid, for programs that still need them."),
        ] = False,
        expected_version: ExpectedVersion = None,
    ) -> models.Staff:
        """Deactivate a staff member. Their sessions end within two seconds, as do the API tokens that they
        created and the tokens created with those; `tokensEnded` is the number of ended tokens. Calling it
        again ends tokens that were kept. The last staff member who manages access everywhere cannot be
        deactivated."""
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
        id: Annotated[strawberry.ID, arg("ID of the staff member to reactivate.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Staff:
        """Reactivate a staff member with the previous password and role."""
        return await staffing.reactivate(
            info.context.actor, row_id(id, "Staff", "id"), expected_version=expected_version
        )

    @mutation("RoleCreateResult", Role, policy=MANAGE, refuses=(refusals.AlreadyExists,), once=models.Role)
    async def role_create(
        self,
        info: strawberry.Info,
        input: Annotated[RoleCreateInput, arg("The new role.")],
    ) -> Effect:
        """Create a role for staff."""
        return lambda uow: roles.create_role(
            uow,
            code=input.code,
            name=input.name,
            permissions=input.permissions,
            refund_limits=_limits(input.refund_limits),
        )

    @mutation("RoleUpdateResult", Role, policy=MANAGE)
    async def role_update(
        self,
        info: strawberry.Info,
        input: Annotated[RoleUpdateInput, arg("The changes.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Role:
        """Update a role for all staff who hold it, within two seconds. Callers cannot change the permissions
        or refund limits of their own role."""
        changes = changes_of(input, nullable=("refund_limits",), besides=("id",))
        if "refund_limits" in changes:
            changes["refund_limits"] = _limits(input.refund_limits)
        id = row_id(input.id, "Role", "id")
        return await roles.update_role(info.context.actor, id, changes, expected_version=expected_version)


def _limits(given: list[MoneyInput] | None) -> list[MoneyValue] | None:
    if given is None:
        return None
    return [
        MoneyValue.of(each.amount, each.currency.upper(), "refund_limits", str(index), "amount")
        for index, each in enumerate(given)
    ]


def _rows(ids: list[strawberry.ID] | None, type_name: str, name: str) -> list[UUID] | None:
    if ids is None:
        return None
    return [row_id(id, type_name, name, str(place)) for place, id in enumerate(ids)]

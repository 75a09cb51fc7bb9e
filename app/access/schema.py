"""Access in GraphQL: the caller, signing in, and API tokens."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.access import models, queries, service, tokens
from app.access.permissions import Permission
from app.access.refusals import SignInFailed as SignInRefusal
from app.access.refusals import TooManyAttempts as TooManyAttemptsRefusal
from app.core.actor import ActorKind
from app.core.graphql.errors import UserError, mutation
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import ANYONE, SIGNED_IN, field, needs, query
from app.core.graphql.scalars import arg, doc, graphql_enum, serves
from app.core.ids import row_id
from app.core.networks import networks_of
from app.core.pagination import Order, PageArgs
from app.core.scope import Grant, ids_in

graphql_enum(Permission, "A permission that a role or token can grant.")
MANAGE = needs(Permission.ACCESS_MANAGE)
_NEWEST = Order(("created_at", "id"), descending=True)


@strawberry.type(description="Sign-in failed; the reason is not disclosed.")
class SignInFailed(UserError):
    pass


@strawberry.type(
    description="Too many recent attempts by this caller or for this account. The request was not processed."
)
class TooManyAttempts(UserError):
    retry_after: int = doc("Number of seconds to wait before retrying.")


@strawberry.type(description="The OpenID provider does not respond; try again later.")
class ProviderNotResponding(UserError):
    pass


graphql_enum(ActorKind, "Kind of caller.")


@strawberry.type(description="The authenticated caller.")
class Viewer:
    kind: ActorKind = doc("Kind of caller.")
    name: str = doc("Name of the caller; `visitor` without credentials.")
    permissions: list[Permission] = doc("Permissions of the caller, beyond access to their own data.")
    sees_all_channels: bool = doc("Whether the caller has access to every channel.")


@strawberry.type(description="Tokens of a session.")
class SessionTokens:
    access_token: str = doc(
        "Access token, to be sent as `Authorization: Bearer …`; valid for 15 minutes by default."
    )
    refresh_token: str = doc(
        "Single-use token to obtain new tokens with `tokenRefresh`; for 30 seconds it returns the "
        "same new tokens again, for example to a second browser tab. Keep it secret."
    )
    expires_at: datetime = doc("Date and time at which the access token expires.")
    device_token: str | None = doc(
        "Device token, to be sent with the next `signIn` to this account: sign-ins from this device "
        "are then not delayed by failed attempts of others. It does not replace the password. Null "
        "from `tokenRefresh`."
    )


@strawberry.type(description="Confirmation that the mutation succeeded.")
class Done:
    done: bool = doc("Always true.")


@strawberry.type(description="An API token of an application. The secret is shown only once, on creation.")
class ApiToken(Node):
    is_type_of = serves(models.ApiToken)

    name: str = doc("Name of the application or person that uses the token.")
    hint: str = doc("Last four characters of the secret.")
    permissions: list[Permission] = doc("Permissions granted.")
    expires_at: datetime | None = doc("Expiration time; null if the token never expires.")
    revoked_at: datetime | None = doc("Revocation time; null if the token is not revoked.")
    last_used_at: datetime | None = doc(
        "Time of the last request with the token, accurate to five minutes; null if there was none."
    )
    created_at: datetime = doc("Date and time of creation.")

    @field()
    def also_ended(self, root: strawberry.Parent[Any]) -> int | None:
        """Number of other tokens that ended because they were created with this token; null in every response
        but that of `apiTokenRevoke`.
        """
        return getattr(root, "also_ended", None)


@strawberry.type(description="A newly created API token with its secret.")
class ApiTokenWithSecret:
    api_token: ApiToken = doc("The API token.")
    secret: str = doc("The secret. Send it as `Authorization: Bearer …`. It is never shown again.")


@strawberry.input(description="Input for signing in with email address and password.")
class SignInInput:
    email: str = doc("Email address.")
    password: str = doc("Password.")
    device_token: str | None = doc(
        "Device token returned by the last `signIn` to this account from this device, if it was stored.",
        default=None,
    )


@strawberry.input(description="Input for creating an API token.")
class ApiTokenCreateInput:
    name: str = doc("Name of the application or person that uses the token.")
    permissions: list[Permission] = doc("Permissions to grant; limited to the permissions of the caller.")
    channel_ids: list[strawberry.ID] | None = doc(
        "IDs of the channels in which the token is valid; null for all. Limited to channels in which "
        "the caller has the granted permissions.",
        default=None,
    )
    location_ids: list[strawberry.ID] | None = doc(
        "IDs of the locations to which the token is limited, such as those of a supplier; null for all.",
        default=None,
    )
    expires_at: datetime | None = doc(
        "Expiration time; null if the token never expires. A token with an expiration time cannot "
        "create tokens that expire later.",
        default=None,
    )


@strawberry.type
class AccessQuery:
    @query(ANYONE)
    async def me(self, info: strawberry.Info) -> Viewer:
        """The authenticated caller."""
        actor = info.context.actor
        return Viewer(
            kind=actor.kind,
            name=actor.label,
            permissions=sorted(Permission(p) for p in actor.permissions),
            sees_all_channels=actor.kind is not ActorKind.PUBLIC
            and ids_in(grant.area.channels for grant in actor.grants or (Grant(frozenset()),)) is None,
        )

    @query(MANAGE)
    async def api_tokens(
        self,
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ApiToken]:
        """API tokens that the caller can manage, newest first. Callers limited to certain channels or
        locations see the tokens within these limits; an API token sees, of these, only those whose
        permissions it has itself."""
        rows = await queries.tokens_visible_to(info.context.actor)
        return await connection(rows, PageArgs(_NEWEST, first, after, last, before))


@strawberry.type
class AccessMutation:
    @mutation(
        "TokenRefreshResult", SessionTokens, policy=ANYONE, refuses=(SignInRefusal, TooManyAttemptsRefusal)
    )
    async def token_refresh(
        self,
        info: strawberry.Info,
        refresh_token: Annotated[str, arg("Refresh token of the session; valid for one use.")],
    ) -> SessionTokens:
        """Get new tokens for a session. If a refresh token is reused within 30 seconds, the same new refresh
        token is returned; if it is reused later, the session ends."""
        return session_tokens(await service.refresh(refresh_token, networks_of(info.context.address)))

    @mutation("SignOutResult", Done, policy=SIGNED_IN)
    async def sign_out(self, info: strawberry.Info) -> Done:
        """End the current session."""
        await service.sign_out(info.context.actor)
        return Done(done=True)

    @mutation("ApiTokenCreateResult", ApiTokenWithSecret, policy=MANAGE)
    async def api_token_create(
        self, info: strawberry.Info, input: Annotated[ApiTokenCreateInput, arg("The new token.")]
    ) -> ApiTokenWithSecret:
        """Create an API token. Its secret is returned only in this response.

        The token ends when the token that created it ends, or when the staff member who created it is
        deactivated."""
        ids = None
        if input.channel_ids is not None:
            ids = [
                row_id(id, "Channel", "channel_ids", str(place)) for place, id in enumerate(input.channel_ids)
            ]
        places = None
        if input.location_ids is not None:
            places = [
                row_id(id, "Location", "location_ids", str(place))
                for place, id in enumerate(input.location_ids)
            ]
        token, secret = await tokens.create_api_token(
            info.context.actor,
            name=input.name,
            permissions=input.permissions,
            channel_ids=ids,
            location_ids=places,
            expires_at=input.expires_at,
        )
        return ApiTokenWithSecret(api_token=token, secret=secret)  # type: ignore[arg-type]

    @mutation("ApiTokenRevokeResult", ApiToken, policy=MANAGE)
    async def api_token_revoke(
        self, info: strawberry.Info, id: Annotated[strawberry.ID, arg("The API token.")]
    ) -> models.ApiToken:
        """Revoke an API token and the tokens that were created with it. They stop working within two seconds,
        on open connections too. `alsoEnded` is the number of other tokens that ended."""
        token, ended = await tokens.revoke_api_token(info.context.actor, row_id(id, "ApiToken", "id"))
        token.also_ended = ended
        return token


def session_tokens(tokens: service.Tokens) -> SessionTokens:
    return SessionTokens(
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        expires_at=tokens.expires_at,
        device_token=tokens.device_token,
    )

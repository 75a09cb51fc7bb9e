"""Access in the graph: who am I, signing in, and the tokens of programs."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.access import models, queries, service, tokens
from app.access.permissions import Permission
from app.access.refusals import SignInFailed as SignInRefusal
from app.access.refusals import TooManyAttempts as TooManyAttemptsRefusal
from app.core.actor import ActorKind
from app.core.graphql.errors import UserError, mutation, refusal_type
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.policy import ANYONE, SIGNED_IN, field, needs, query
from app.core.graphql.prices import costs
from app.core.graphql.scalars import arg, doc, graphql_enum, serves
from app.core.ids import row_id
from app.core.networks import networks_of
from app.core.pagination import Order, PageArgs
from app.core.scope import Grant, ids_in

costs(0, "Query.me")

graphql_enum(Permission, "What a role or a token allows.")
MANAGE = needs(Permission.ACCESS_MANAGE)
_NEWEST = Order(("created_at", "id"), descending=True)


@strawberry.type(description="The sign-in did not work; the reason is not told.")
class SignInFailed(UserError):
    pass


refusal_type(SignInRefusal, SignInFailed)


@strawberry.type(
    description="This was tried too often of late, by this caller or for this account. Nothing was looked at."
)
class TooManyAttempts(UserError):
    retry_after: int = doc("The seconds after which it can be tried again.")


refusal_type(TooManyAttemptsRefusal, TooManyAttempts)

graphql_enum(ActorKind, "Who somebody is.")


@strawberry.type(description="Who is asking.")
class Viewer:
    kind: ActorKind = doc("Who it is.")
    name: str = doc("The name; `visitor` without credentials.")
    permissions: list[Permission] = doc("What the caller may do beyond its own things.")
    sees_all_channels: bool = doc("Whether the caller may act in every channel.")


@strawberry.type(description="The tokens of a session.")
class SessionTokens:
    access_token: str = doc("Send it as `Authorization: Bearer …`; good for a quarter of an hour.")
    refresh_token: str = doc(
        "Gives new tokens, once, through `tokenRefresh`; for 30 seconds the same ones to a second tab. "
        "Keep it secret."
    )
    expires_at: datetime = doc("When the access token ends.")
    device_token: str | None = doc(
        "Send it with the next `signIn` to this account: whatever strangers try meanwhile, this device need "
        "not wait for it. It lets nobody in without the password. Null from `tokenRefresh`."
    )


@strawberry.type(description="That is done.")
class Done:
    done: bool = doc("Always true.")


@strawberry.type(description="A program's token. Its secret is shown once, when it is made.")
class ApiToken(Node):
    is_type_of = serves(models.ApiToken)

    name: str = doc("Who uses it.")
    hint: str = doc("The secret's last four characters.")
    permissions: list[Permission] = doc("What it allows.")
    expires_at: datetime | None = doc("When it ends; null for never.")
    revoked_at: datetime | None = doc("When it was revoked.")
    last_used_at: datetime | None = doc(
        "When a request was last made with it; null before the first. May be five minutes behind."
    )
    created_at: datetime = doc("When it was made.")

    @field()
    def also_ended(self, root: strawberry.Parent[Any]) -> int | None:
        """How many others, made with it or with those, ended with it; null but from `apiTokenRevoke`."""
        return getattr(root, "also_ended", None)


@strawberry.type(description="A new API token with its secret.")
class ApiTokenWithSecret:
    api_token: ApiToken = doc("The token.")
    secret: str = doc("Send it as `Authorization: Bearer …`. It is never shown again.")


@strawberry.input(description="E-mail address and password.")
class SignInInput:
    email: str = doc("The e-mail address.")
    password: str = doc("The password.")
    device_token: str | None = doc(
        "What the last `signIn` to this account from this device answered, if it was kept.", default=None
    )


@strawberry.input(description="A new API token.")
class ApiTokenCreateInput:
    name: str = doc("Who uses it.")
    permissions: list[Permission] = doc("What it allows; at most what you may do yourself.")
    channel_ids: list[strawberry.ID] | None = doc(
        "In which channels; null for all. At most those in which you have its permissions.", default=None
    )
    location_ids: list[strawberry.ID] | None = doc(
        "Of which locations it sees and does the work, such as a supplier's own; null for all.", default=None
    )
    expires_at: datetime | None = doc(
        "When it ends; null for never. A token that ends makes none that ends later.", default=None
    )


@strawberry.type
class AccessQuery:
    @query(ANYONE)
    async def me(self, info: strawberry.Info) -> Viewer:
        """Who the server takes the caller for."""
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
        """The API tokens that the caller may manage, the newest first.

        A caller that is limited to some channels or locations sees those within its limits; a program, of
        these, those whose permissions it has all.
        """
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
        refresh_token: Annotated[str, arg("The session's refresh token; good for one use.")],
    ) -> Any:
        """New tokens for a session. A token used again within 30 seconds gives the same refresh token as
        before; used again later, it ends the session."""
        return session_tokens(await service.refresh(refresh_token, networks_of(info.context.address)))

    @mutation("SignOutResult", Done, policy=SIGNED_IN)
    async def sign_out(self, info: strawberry.Info) -> Any:
        """End the session that is calling."""
        await service.sign_out(info.context.actor)
        return Done(done=True)

    @mutation("ApiTokenCreateResult", ApiTokenWithSecret, policy=MANAGE)
    async def api_token_create(
        self, info: strawberry.Info, input: Annotated[ApiTokenCreateInput, arg("The new token.")]
    ) -> Any:
        """Make a token for a program. Its secret is in this answer and nowhere else.

        It ends with the token that made it, or when the member of staff who did is deactivated."""
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
        self, info: strawberry.Info, id: Annotated[strawberry.ID, arg("The token.")]
    ) -> Any:
        """End a token, and those that were made with it. They stop working within two seconds, also where
        they are watching. `alsoEnded` says how many others ended."""
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

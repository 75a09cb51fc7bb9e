"""Sign-in of customers with an OpenID provider in GraphQL."""

from typing import Annotated

import strawberry

from app.access.refusals import ProviderNotResponding, SignInFailed, TooManyAttempts
from app.access.schema import SessionTokens, session_tokens
from app.core.graphql.errors import mutation
from app.core.graphql.policy import ANYONE
from app.core.graphql.scalars import arg, doc
from app.core.networks import networks_of
from app.core.spelling import as_written
from app.customers import openid


@strawberry.type(description="A started sign-in with the OpenID provider.")
class OpenidSignInStarted:
    authorization_url: str = doc("Address at the provider where the person signs in; open it in the browser.")
    state: str = doc("The `state` with which the provider redirects to your page. Compare it there.")
    flow: str = doc(
        "Encrypted data of this sign-in, for `openidSignInComplete`. Store it in the browser, for example in "
        "`sessionStorage`; it is valid for 10 minutes."
    )


@strawberry.input(description="Input for completing a sign-in with the OpenID provider.")
class OpenidSignInCompleteInput:
    authorization_code: str = doc(
        "The parameter `code` with which the provider redirected to your page.", spelling=as_written
    )
    state: str = doc(
        "The parameter `state` with which the provider redirected to your page.", spelling=as_written
    )
    flow: str = doc("`flow` of the sign-in that was started in this browser.", spelling=as_written)


@strawberry.type
class OpenidMutation:
    @mutation("OpenidSignInStartResult", OpenidSignInStarted, policy=ANYONE, refuses=(ProviderNotResponding,))
    async def openid_sign_in_start(self, info: strawberry.Info) -> OpenidSignInStarted:
        """Start a sign-in of a customer with the configured OpenID provider."""
        started = await openid.start()
        return OpenidSignInStarted(authorization_url=started.url, state=started.state, flow=started.flow)

    @mutation(
        "OpenidSignInCompleteResult",
        SessionTokens,
        policy=ANYONE,
        refuses=(SignInFailed, TooManyAttempts, ProviderNotResponding),
    )
    async def openid_sign_in_complete(
        self,
        info: strawberry.Info,
        input: Annotated[
            OpenidSignInCompleteInput, arg("The parameters that the provider sent, and the flow.")
        ],
    ) -> SessionTokens:
        """Complete a sign-in with the OpenID provider. At the first sign-in the person becomes the customer
        with the email address, or a new one, if the provider has verified the address."""
        return session_tokens(
            await openid.complete(
                info.context.actor,
                code=input.authorization_code,
                state=input.state,
                flow=input.flow,
                networks=networks_of(info.context.address),
                user_agent=info.context.user_agent,
            )
        )

"""Accounts in the graph: opening one, and choosing a new password."""

from typing import Annotated, Any

import strawberry

from app.access.refusals import SignInFailed, TooManyAttempts
from app.access.schema import Done, SessionTokens, SignInInput, Viewer, session_tokens
from app.core.graphql.errors import mutation
from app.core.graphql.extending import extends
from app.core.graphql.policy import ANYONE, OWN_SCOPE, SIGNED_IN, field
from app.core.graphql.prices import HASHED_PASSWORD, costs
from app.core.graphql.scalars import Text, arg, doc
from app.core.networks import networks_of
from app.customers import accounts, queries, signing_in
from app.customers.schema import Customer

costs(
    HASHED_PASSWORD,
    "Mutation.signIn",
    "Mutation.customerRegisterConfirm",
    "Mutation.passwordReset",
    "Mutation.passwordChange",
)


@strawberry.input(description="A new account.")
class CustomerRegisterInput:
    email: str = doc("The e-mail address. Whoever can read its mail opens the account.")
    name: Text = doc("The name, of at most 200 characters.", default="")


@strawberry.type(
    description="A registration is noted, and a mail goes to the address. It is the same for an address that "
    "has an account and for one that has none."
)
class RegistrationReceived:
    email: str = doc("Where the mail goes: the address in small letters.")


@strawberry.type(
    description="The wish for a new password is noted. If the address has a customer, a mail goes to it; "
    "whether it has one is not told."
)
class PasswordResetReceived:
    email: str = doc("Where the mail goes, if there is one: the address in small letters.")


@strawberry.input(description="A new password for whoever is signed in.")
class PasswordChangeInput:
    current_password: str = doc("The password that is in use.")
    new_password: str = doc("10 to 256 characters.")


@extends(Viewer)
class ViewerCustomer:
    @field(reach=OWN_SCOPE)
    async def customer(self, info: strawberry.Info) -> Customer | None:
        """The signed-in customer; null for visitors, staff and programs."""
        actor = info.context.actor
        if not actor.is_customer:
            return None
        return await info.context.load(queries.customers_by_id, actor.id)  # type: ignore[no-any-return]


Token = Annotated[str, arg("The token of the mailed link. It works once, for some hours.")]


@strawberry.type
class AccountMutation:
    @mutation("SignInResult", SessionTokens, policy=ANYONE, refuses=(SignInFailed, TooManyAttempts))
    async def sign_in(
        self, info: strawberry.Info, input: Annotated[SignInInput, arg("Address and password.")]
    ) -> Any:
        """Sign in, as staff or as a customer. One answer to every address and password that do not fit."""
        return session_tokens(
            await signing_in.sign_in(
                input.email,
                input.password,
                networks=networks_of(info.context.address),
                device_token=input.device_token,
            )
        )

    @mutation("PasswordChangeResult", Done, policy=SIGNED_IN, refuses=(TooManyAttempts,))
    async def password_change(
        self, info: strawberry.Info, input: Annotated[PasswordChangeInput, arg("Both passwords.")]
    ) -> Any:
        """Change the password of the person who is signed in, staff or customer. Its other sessions end."""
        await accounts.change_password(
            info.context.actor,
            current=input.current_password,
            new=input.new_password,
            networks=networks_of(info.context.address),
        )
        return Done(done=True)

    @mutation("CustomerRegisterResult", RegistrationReceived, policy=ANYONE, refuses=(TooManyAttempts,))
    async def customer_register(
        self, info: strawberry.Info, input: Annotated[CustomerRegisterInput, arg("The new account.")]
    ) -> Any:
        """Ask for an account. The answer is always the same: a mail goes to the address, whose link opens the
        account through `customerRegisterConfirm`. To somebody who is a customer already it says so, with a
        link for `passwordReset`. A mailbox gets at most three such mails in an hour."""
        actor = info.context.actor
        email = await accounts.request_account(
            actor,
            email=input.email,
            name=input.name,
            networks=networks_of(info.context.address),
        )
        return RegistrationReceived(email=email)

    @mutation("CustomerRegisterConfirmResult", SessionTokens, policy=ANYONE, refuses=(TooManyAttempts,))
    async def customer_register_confirm(
        self,
        info: strawberry.Info,
        token: Token,
        password: Annotated[str, arg("The account's password: 10 to 256 characters.")],
    ) -> Any:
        """Open the account that was asked for, with a password, and sign in. It is chosen now, since anybody
        could have asked for the account."""
        return session_tokens(
            await accounts.confirm(
                info.context.actor,
                token=token,
                password=password,
                networks=networks_of(info.context.address),
            )
        )

    @mutation("PasswordResetRequestResult", PasswordResetReceived, policy=ANYONE, refuses=(TooManyAttempts,))
    async def password_reset_request(
        self,
        info: strawberry.Info,
        email: Annotated[str, arg("The e-mail address of a customer or of somebody on the staff.")],
    ) -> Any:
        """Ask for a new password. The answer is always the same; a customer or member of staff gets a mail
        with a link for `passwordReset`. Also for those who have no password yet: customers whom staff or an
        import entered, and staff who were invited."""
        networks = networks_of(info.context.address)
        return PasswordResetReceived(email=await accounts.request_reset(info.context.actor, email, networks))

    @mutation("PasswordResetResult", SessionTokens, policy=ANYONE, refuses=(TooManyAttempts,))
    async def password_reset(
        self,
        info: strawberry.Info,
        token: Token,
        password: Annotated[str, arg("The new password: 10 to 256 characters.")],
    ) -> Any:
        """Choose a password and sign in: of a customer, of staff, or the first one of somebody who was
        invited to the staff. All other sessions of the person end."""
        return session_tokens(
            await accounts.reset_password(
                info.context.actor,
                token=token,
                password=password,
                networks=networks_of(info.context.address),
            )
        )

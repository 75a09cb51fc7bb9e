"""Accounts in GraphQL: registration and passwords."""

from typing import Annotated

import strawberry

from app.access.refusals import SignInFailed, TooManyAttempts
from app.access.schema import Done, SessionTokens, SignInInput, session_tokens
from app.core.graphql.errors import mutation
from app.core.graphql.policy import ANYONE, OWN_SCOPE, SIGNED_IN, field
from app.core.graphql.scalars import Text, arg, doc
from app.core.networks import networks_of
from app.customers import accounts, queries, signing_in
from app.customers.schema.customers import Customer


@strawberry.input(description="Input for registering a customer account.")
class CustomerRegisterInput:
    email: str = doc("Email address. The account is opened through a link sent to it.")
    name: Text = doc("Name of the person, up to 200 characters.", default="")


@strawberry.type(
    description="Confirmation that a registration was received and an email was sent to the "
    "address. The response is the same whether or not the address already has an "
    "account."
)
class RegistrationReceived:
    email: str = doc("Recipient of the email: the address in lowercase.")


@strawberry.type(
    description="Confirmation of a password reset request. If the address belongs to a customer or "
    "staff member, an email is sent to it; the response does not disclose whether it "
    "does."
)
class PasswordResetReceived:
    email: str = doc("Email address in lowercase to which the email is sent, if it belongs to an account.")


@strawberry.input(description="Input for changing the password of the signed-in person.")
class PasswordChangeInput:
    current_password: str = doc("Current password.")
    new_password: str = doc("Password, 10 to 256 characters.")


@strawberry.type
class ViewerCustomer:
    @field(reach=OWN_SCOPE)
    async def customer(self, info: strawberry.Info) -> Customer | None:
        """The signed-in customer; null for visitors, staff and API tokens."""
        actor = info.context.actor
        if not actor.is_customer:
            return None
        return await info.context.load(queries.customers_by_id, actor.id)


Token = Annotated[
    str,
    arg(
        "Token from the emailed link, for single use: valid for 24 hours after a registration, 2 hours after "
        "a password reset request, 72 hours after a staff invitation and 7 days after the invitation of a "
        "customer."
    ),
]


@strawberry.type
class AccountMutation:
    @mutation("SignInResult", SessionTokens, policy=ANYONE, refuses=(SignInFailed, TooManyAttempts))
    async def sign_in(
        self, info: strawberry.Info, input: Annotated[SignInInput, arg("Email address and password.")]
    ) -> SessionTokens:
        """Sign in as staff or as a customer. The error is the same for every invalid combination of email
        address and password."""
        return session_tokens(
            await signing_in.sign_in(
                input.email,
                input.password,
                networks=networks_of(info.context.address),
                device_token=input.device_token,
                user_agent=info.context.user_agent,
            )
        )

    @mutation("PasswordChangeResult", Done, policy=SIGNED_IN, refuses=(TooManyAttempts,))
    async def password_change(
        self, info: strawberry.Info, input: Annotated[PasswordChangeInput, arg("Current and new password.")]
    ) -> Done:
        """Change the password of the signed-in staff member or customer. All other sessions of that person
        end."""
        await accounts.change_password(
            info.context.actor,
            current=input.current_password,
            new=input.new_password,
            networks=networks_of(info.context.address),
        )
        return Done(done=True)

    @mutation("CustomerRegisterResult", RegistrationReceived, policy=ANYONE, refuses=(TooManyAttempts,))
    async def customer_register(
        self, info: strawberry.Info, input: Annotated[CustomerRegisterInput, arg("Data of the new account.")]
    ) -> RegistrationReceived:
        """Request a customer account. The response is always the same: an email is sent with a link that
        opens the account through `customerRegisterConfirm`. If the address already belongs to a customer, the
        email says so and contains a link for `passwordReset`. At most three such emails per hour are sent to
        one mailbox."""
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
    ) -> SessionTokens:
        """Confirm a registration: create the account with a password and sign in. The password is chosen in
        this step because anybody could have requested the registration."""
        return session_tokens(
            await accounts.confirm(
                info.context.actor,
                token=token,
                password=password,
                networks=networks_of(info.context.address),
                user_agent=info.context.user_agent,
            )
        )

    @mutation("PasswordResetRequestResult", PasswordResetReceived, policy=ANYONE, refuses=(TooManyAttempts,))
    async def password_reset_request(
        self,
        info: strawberry.Info,
        email: Annotated[str, arg("Email address of a customer or staff member.")],
    ) -> PasswordResetReceived:
        """Request a password reset. The response is always the same; a customer or staff member is sent an
        email with a link for `passwordReset`. Also available to people without a password: customers created
        by staff or by an import, and invited staff."""
        networks = networks_of(info.context.address)
        return PasswordResetReceived(email=await accounts.request_reset(info.context.actor, email, networks))

    @mutation("PasswordResetResult", SessionTokens, policy=ANYONE, refuses=(TooManyAttempts,))
    async def password_reset(
        self,
        info: strawberry.Info,
        token: Token,
        password: Annotated[str, arg("New password, 10 to 256 characters.")],
    ) -> SessionTokens:
        """Set a new password and sign in, as a customer, as staff, or as invited staff setting the first
        password. All other sessions of that person end."""
        return session_tokens(
            await accounts.reset_password(
                info.context.actor,
                token=token,
                password=password,
                networks=networks_of(info.context.address),
                user_agent=info.context.user_agent,
            )
        )

"""Accounts in the graph: opening one, and choosing a new password."""

from typing import Annotated, Any

import strawberry

from app.access.schema import SessionTokens, Viewer, session_tokens
from app.core.graphql.errors import mutation
from app.core.graphql.extending import extends
from app.core.graphql.policy import ANYONE, field
from app.core.graphql.prices import HASHED_PASSWORD, costs
from app.core.graphql.scalars import Text, arg, doc
from app.customers import accounts, queries
from app.customers.schema import Customer

costs(HASHED_PASSWORD, "Mutation.signIn", "Mutation.customerRegister", "Mutation.passwordReset")


@strawberry.input(description="A new account.")
class CustomerRegisterInput:
    email: str = doc("The e-mail address. Whoever can read its mail opens the account.")
    password: str = doc("10 to 256 characters.")
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


@extends(Viewer)
class ViewerCustomer:
    @field()
    async def customer(self, info: strawberry.Info) -> Customer | None:
        """The signed-in customer; null for visitors, staff and programs."""
        actor = info.context.actor
        if not actor.is_customer:
            return None
        return await info.context.load(queries.customers_by_id, actor.id)  # type: ignore[no-any-return]


Token = Annotated[str, arg("The token of the mailed link. It works once, for some hours.")]


@strawberry.type
class AccountMutation:
    @mutation("CustomerRegisterResult", RegistrationReceived, policy=ANYONE)
    async def customer_register(
        self, info: strawberry.Info, input: Annotated[CustomerRegisterInput, arg("The new account.")]
    ) -> Any:
        """Ask for an account. The answer is always the same: a mail goes to the address, whose link opens the
        account through `customerRegisterConfirm`. To somebody who is a customer already it says so, with a
        link for `passwordReset`. A mailbox gets at most three such mails in an hour."""
        actor = info.context.actor
        email = await accounts.request_account(
            actor, email=input.email, password=input.password, name=input.name
        )
        return RegistrationReceived(email=email)

    @mutation("CustomerRegisterConfirmResult", SessionTokens, policy=ANYONE)
    async def customer_register_confirm(self, info: strawberry.Info, token: Token) -> Any:
        """Open the account that was asked for, and sign in."""
        return session_tokens(await accounts.confirm(info.context.actor, token))

    @mutation("PasswordResetRequestResult", PasswordResetReceived, policy=ANYONE)
    async def password_reset_request(
        self, info: strawberry.Info, email: Annotated[str, arg("The customer's e-mail address.")]
    ) -> Any:
        """Ask for a new password. The answer is always the same; a customer gets a mail with a link for
        `passwordReset`. Also for customers whom staff or an import entered, who have no password yet."""
        return PasswordResetReceived(email=await accounts.request_reset(info.context.actor, email))

    @mutation("PasswordResetResult", SessionTokens, policy=ANYONE)
    async def password_reset(
        self,
        info: strawberry.Info,
        token: Token,
        password: Annotated[str, arg("The new password: 10 to 256 characters.")],
    ) -> Any:
        """Choose a new password and sign in. All other sessions of the customer end."""
        return session_tokens(
            await accounts.reset_password(info.context.actor, token=token, password=password)
        )

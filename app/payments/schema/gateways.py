"""Payment gateways, their messages and the buyer's part of a payment in GraphQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.access.permissions import Permission
from app.channels import queries as channels
from app.channels.schema import Channel
from app.core.graphql.changes import changes_of
from app.core.graphql.conditions import conditions
from app.core.graphql.empty import none_if_empty
from app.core.graphql.errors import UserError, mutation
from app.core.graphql.levels import level_field
from app.core.graphql.node import After, Before, Connection, First, Last, Node, connection
from app.core.graphql.once import Idempotent
from app.core.graphql.policy import (
    ABOUT_IT,
    ANYONE,
    AROUND_IT,
    OWN_SCOPE,
    PART_OF_IT,
    SIGNED_IN,
    field,
    needs,
    query,
)
from app.core.graphql.scalars import ExpectedVersion, Money, arg, doc, graphql_enum, money, serves
from app.core.ids import row_id
from app.core.pagination import Order as Sort
from app.core.pagination import PageArgs
from app.orders import models as order_models
from app.orders import queries as orders
from app.orders.schema import Order
from app.orders.schema.inputs import ACCESS_TOKEN
from app.payments import models, queries
from app.payments.gateways.kinds import GatewayKind
from app.payments.lifecycle import MessageOutcome, TransactionStatus
from app.payments.refusals import AmountTooLarge
from app.payments.refusals import GatewayUnavailable as Unavailable
from app.payments.schema.types import ClientAction, Payment, PaymentProblem, return_address
from app.payments.service import accounts, starting, syncing

graphql_enum(MessageOutcome, "Result of a message of a payment gateway.")

MANAGE = needs(Permission.PAYMENTS_MANAGE)
SET_UP = needs(Permission.PAYMENTS_MANAGE, everywhere=True)
BY_CODE = Sort(("code", "id"))
_NEWEST = Sort(("received_at", "id"), descending=True)


@strawberry.type(description="The payment gateway did not respond, or could not answer; nothing was changed.")
class GatewayUnavailable(UserError):
    pass


@strawberry.type(description="A payment gateway as configured by the company. Visible to staff only.")
class PaymentGateway(Node):
    is_type_of = serves(models.PaymentGateway)

    code: str = doc("Unique short code of the gateway, by which payments and storefronts name it.")
    name: str = doc("Display name.")
    kind: GatewayKind = doc("Type of integration.")
    is_active: bool = doc("Whether new payments can be made.")
    version: int = doc("Version number; increases with every change.")

    @field(SET_UP)
    def has_secrets(self, root: strawberry.Parent[Any], info: strawberry.Info) -> bool | None:
        """Whether credentials are stored; they are never shown. Null without the permission
        PAYMENTS_MANAGE in all channels and locations."""
        return bool(root.secrets)

    @level_field(list[Channel] | None, reach=OWN_SCOPE)
    async def channels(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """Channels in which new payments can be made, by code, of those that the caller can see; null for all
        channels."""
        found = await info.context.load_many(queries.channels_by_gateway, [root.id for root in roots])
        ids = {id for own in found for id in own or ()}
        seen = await channels.visible_to(info.context.actor).filter(id__in=list(ids)).order_by("code")
        return [None if own is None else [row for row in seen if row.id in own] for own in found]


@strawberry.type(
    description="A message that a payment gateway sent. It is a wake-up: the payment is then recorded as the "
    "gateway reports it when asked. Visible to staff only."
)
class GatewayMessage(Node):
    is_type_of = serves(models.GatewayMessage)

    external_id: str = doc("The gateway's ID of the message; a digest of the message if it has none.")
    kind: str | None = none_if_empty("Kind of the message, as the gateway names it; null if unknown.")
    reference: str | None = none_if_empty(
        "The gateway's reference of the payment; null if the message has none."
    )
    outcome: MessageOutcome = doc("Result of processing the message.")
    note: str | None = none_if_empty("Explanation of the result; null if there is none.")
    received_at: datetime = doc("Time of receipt.")
    done_at: datetime | None = doc("When it was processed; null until then.")

    @level_field(PaymentGateway, reach=AROUND_IT)
    async def gateway(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The gateway."""
        return await info.context.load_many(queries.gateways_by_id, [root.account_id for root in roots])

    @level_field(Payment | None, reach=ABOUT_IT)
    async def payment(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The payment with the reference; null if there is none."""
        return await info.context.load_many(
            queries.payments_of_messages, [(root.account_id, root.reference) for root in roots]
        )


@strawberry.type(
    description="The latest attempt to pay an order by a payment gateway, as its buyer may see it."
)
class PaymentAttempt:
    is_type_of = serves(models.PaymentTransaction)

    gateway: str = doc("Code of the payment gateway.")
    status: TransactionStatus = doc("Status of the authorization.")

    @field()
    def amount(self, root: strawberry.Parent[Any]) -> Money:
        """Amount to be authorized."""
        return money(root.amount_minor, root.currency)

    @field()
    def problem(self, root: strawberry.Parent[Any]) -> PaymentProblem | None:
        """Why the attempt failed, or has no result yet; null if there is no problem."""
        return PaymentProblem.of(root)

    @level_field(ClientAction | None, reach=PART_OF_IT)
    async def client_action(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """What the buyer has to do before the payment goes on; null if there is nothing to do."""
        found = await info.context.load_many(queries.by_id, [root.payment_id for root in roots])
        return [
            ClientAction.of(payment.client_action) if root.status is TransactionStatus.PENDING else None
            for root, payment in zip(roots, found, strict=True)
        ]


@strawberry.type
class OrderPaymentAttempt:
    @level_field(PaymentAttempt | None, reach=PART_OF_IT)
    async def payment_attempt(roots: Sequence[Any], info: strawberry.Info) -> list[Any]:
        """The latest attempt to pay the order by a payment gateway; null if there is none. Continue it with
        `paymentContinue`."""
        return await info.context.load_many(queries.latest_attempts, [root.id for root in roots])


@strawberry.input(description="Filter conditions for messages of payment gateways.")
class GatewayMessageFilter:
    outcome: list[MessageOutcome] | None = doc("Filter by result.", default=None)


_conditions = conditions(GatewayMessageFilter, models.GatewayMessage)


@strawberry.type
class GatewayQuery:
    @query(MANAGE)
    async def payment_gateways(
        self,
        info: strawberry.Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[PaymentGateway]:
        """Configured payment gateways that take payments in the caller's channels, ordered by code."""
        rows = queries.gateways_visible_to(info.context.actor)
        return await connection(rows, PageArgs(BY_CODE, first, after, last, before))

    @query(SET_UP)
    async def gateway_messages(
        self,
        info: strawberry.Info,
        filter: Annotated[GatewayMessageFilter | None, arg("Filter conditions.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[GatewayMessage]:
        """Messages of payment gateways, newest first. Those with the outcome UNKNOWN or CONFLICT need a
        look."""
        rows = queries.messages_visible_to(info.context.actor)
        if filter is not None:
            rows = rows.filter(_conditions(filter))
        return await connection(rows, PageArgs(_NEWEST, first, after, last, before))


@strawberry.input(description="A credential for a payment gateway.")
class GatewaySecretInput:
    name: str = doc("Name of the credential, one of those that GatewayKind lists.")
    value: str = doc("Secret value. It is stored encrypted and never shown again.")


@strawberry.input(
    description="Input for creating or updating a payment gateway. Omitted fields keep their values; a new "
    "gateway needs a name, a kind and credentials."
)
class PaymentGatewaySetInput:
    code: str = doc("Unique short code of the gateway: lowercase letters, digits, - and _.")
    name: str | None = doc("Display name.", default=strawberry.UNSET)
    kind: GatewayKind | None = doc("Type of integration; cannot be changed later.", default=strawberry.UNSET)
    api_url: str | None = doc(
        "Base URL of the gateway's API: a public host, over HTTPS. Empty for the gateway's default URL.",
        default=strawberry.UNSET,
    )
    secrets: list[GatewaySecretInput] | None = doc(
        "The complete list of credentials, replacing the stored ones; if omitted or null, the stored "
        "credentials are kept. Messages signed with the replaced ones are accepted for three more days.",
        default=strawberry.UNSET,
    )
    is_active: bool | None = doc("Whether new payments can be made.", default=strawberry.UNSET)
    channels: list[str] | None = doc(
        "Codes of the channels in which new payments can be made, replacing the previous ones; null for all "
        "channels. Payments that exist in other channels can still be captured, voided and refunded.",
        default=strawberry.UNSET,
    )


@strawberry.input(description="Input for paying an order by a payment gateway, as its buyer.")
class PaymentContinueInput:
    order_id: strawberry.ID = doc("The order.")
    access_token: str | None = doc(ACCESS_TOKEN, default=None)
    gateway: str | None = doc(
        "Code of the payment gateway; defaults to that of the last attempt, or of the order.", default=None
    )
    token: str | None = doc(
        "Token that the gateway issued to the storefront for the means of payment. Omit it to continue an "
        "attempt that waits, or to have the buyer enter it at the gateway.",
        default=None,
    )
    return_url: str | None = doc(
        "Where the gateway sends the buyer back to. Without a token, the buyer pays on a page of the gateway "
        "if it is given, and otherwise with the gateway's library.",
        default=None,
    )
    begin_new: bool = doc(
        "Whether a new attempt is begun if none waits. Send false when the buyer is back from the gateway's "
        "page: then only the result of the attempt is requested.",
        default=True,
    )


@strawberry.type
class GatewayMutation:
    @mutation("PaymentGatewaySetResult", PaymentGateway, policy=SET_UP)
    async def payment_gateway_set(
        self,
        info: strawberry.Info,
        input: Annotated[PaymentGatewaySetInput, arg("The payment gateway.")],
        expected_version: ExpectedVersion = None,
    ) -> models.PaymentGateway:
        """Create a payment gateway, or update the gateway with this code."""
        changes = changes_of(input, nullable=("secrets", "channels"), besides=("code",))
        if changes.get("secrets") is not None:
            changes["secrets"] = {each.name: each.value for each in changes["secrets"]}
        return await accounts.set_up_gateway(
            info.context.actor, input.code, changes, expected_version=expected_version
        )

    @mutation(
        "PaymentContinueResult", Order, policy=ANYONE, refuses=(AmountTooLarge,), once=order_models.Order
    )
    async def payment_continue(
        self,
        info: strawberry.Info,
        input: Annotated[PaymentContinueInput, arg("The order and the means of payment.")],
    ) -> Idempotent:
        """Pay an order by a payment gateway, or continue its payment after the buyer has acted. The
        amount that is due and not authorized is requested; `paymentAttempt` of the order has the result,
        and what the buyer has to do. After a declined attempt, call it with another token."""
        token, back_to = input.access_token, return_address(input.return_url)
        if token is None:
            SIGNED_IN.check(info.context.actor)
        order_id = row_id(input.order_id, "Order", "order_id")
        return Idempotent(
            lambda uow: starting.continue_payment(
                uow,
                order_id,
                access_token=token,
                gateway=input.gateway,
                token=(input.token or "").strip(),
                return_url=back_to,
                begin_new=input.begin_new,
            ),
            guest=f"order {order_id}" if token else None,
            proves=lambda order: bool(token) and orders.is_access_token(order, token or ""),
            whose=orders.access_token,
            after=syncing.go_on,
        )

    @mutation("PaymentSyncResult", Payment, policy=MANAGE, refuses=(Unavailable,))
    async def payment_sync(
        self, info: strawberry.Info, payment_id: Annotated[strawberry.ID, arg("The payment.")]
    ) -> models.Payment:
        """Ask the gateway of a payment how it stands, and record it. Use it when an answer or a message was
        lost."""
        return await syncing.sync(info.context.actor, row_id(payment_id, "Payment", "payment_id"))

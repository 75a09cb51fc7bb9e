"""Queries of payment gateways, their messages, and the transactions that wait for them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from app.access.permissions import Permission
from app.core.actor import Actor
from app.core.database import among, read, read_locked, rows_by_id
from app.core.loading import grouped, in_order
from app.core.scope import NEVER
from app.payments.lifecycle import PaymentKind, TransactionStatus
from app.payments.models import (
    GatewayChannel,
    GatewayMessage,
    Payment,
    PaymentGateway,
    PaymentTransaction,
)

# A gateway that takes new payments in the channel $1; $2 is true.
_OFFERED = (
    "is_active = $2 AND (NOT EXISTS (SELECT 1 FROM payment_gateway_channel c "
    "WHERE c.gateway_id = payment_gateway.id) OR EXISTS (SELECT 1 FROM payment_gateway_channel c "
    "WHERE c.gateway_id = payment_gateway.id AND c.channel_id = $1))"
)


async def transaction(id: UUID) -> PaymentTransaction | None:
    found = await read(PaymentTransaction, "id = $1", id)
    return found[0] if found else None


async def locked_transactions(payment_id: UUID) -> list[PaymentTransaction]:
    """The transactions of a locked payment, locked, oldest first."""
    return await read_locked(PaymentTransaction, "payment_id = $1 ORDER BY created_at, id", payment_id)


async def due_calls(at: datetime, limit: int) -> list[UUID]:
    """Transactions for which a gateway must be called."""
    rows = await read(
        PaymentTransaction,
        "status = $1 AND next_at <= $2 ORDER BY next_at, id LIMIT $3",
        TransactionStatus.PENDING.value,
        at,
        limit,
    )
    return [row.id for row in rows]


async def has_unanswered(order_id: UUID) -> bool:
    """Whether a transaction of an order waits for a gateway that is not called any more."""
    rows = PaymentTransaction.filter(
        order_id=order_id,
        status=TransactionStatus.PENDING,
        next_at__isnull=True,
        payment__account_id__isnull=False,
    )
    return await rows.exists()


async def waiting_of(order_id: UUID) -> list[UUID]:
    """The transactions of an order for which a gateway is called next."""
    rows = await read(
        PaymentTransaction,
        "order_id = $1 AND status = $2 AND next_at IS NOT NULL ORDER BY created_at, id",
        order_id,
        TransactionStatus.PENDING.value,
    )
    return [row.id for row in rows]


async def latest_attempts(ids: list[UUID]) -> list[PaymentTransaction | None]:
    """Batch: the latest authorization of each order that was requested from a gateway."""
    rows = await read(
        PaymentTransaction,
        f"{among('order_id', 1)} AND kind = $2 AND EXISTS (SELECT 1 FROM payment p "  # noqa: S608  # no values
        "WHERE p.id = payment_transaction.payment_id AND p.account_id IS NOT NULL) "
        "ORDER BY order_id, created_at, id",
        ids,
        PaymentKind.AUTHORIZE.value,
    )
    return [own[-1] if own else None for own in grouped(ids, rows, "order_id")]


async def has_gateway_payments(order_id: UUID) -> bool:
    return await Payment.filter(order_id=order_id, account_id__isnull=False).exists()


def gateways_visible_to(actor: Actor) -> QuerySet[PaymentGateway]:
    """The gateways of the channels in which an actor manages payments."""
    scope = actor.scope_of(Permission.PAYMENTS_MANAGE)
    ids = scope.channels_reached()
    if scope.is_nowhere:
        return PaymentGateway.filter(NEVER)
    if ids is None:
        return PaymentGateway.all()
    limited = Subquery(GatewayChannel.all().values("gateway_id"))
    among_them = Subquery(GatewayChannel.filter(channel_id__in=list(ids)).values("gateway_id"))
    return PaymentGateway.filter(~Q(id__in=limited) | Q(id__in=among_them))


async def gateways_by_id(ids: list[UUID]) -> Sequence[PaymentGateway | None]:
    """Batch: the gateway of each id."""
    return in_order(ids, await rows_by_id(PaymentGateway, ids))


async def gateway_offered_in(channel_id: UUID, code: str) -> PaymentGateway | None:
    """The gateway with a code, if it takes new payments in a channel."""
    found = await read(PaymentGateway, f"code = $3 AND {_OFFERED}", channel_id, True, code)
    return found[0] if found else None


async def codes_offered_in(channel_id: UUID) -> list[str]:
    """The codes of the gateways that take new payments in a channel."""
    rows = await read(PaymentGateway, f"{_OFFERED} ORDER BY code", channel_id, True)
    return [row.code for row in rows]


async def gateways_by_channel(ids: list[UUID]) -> list[list[PaymentGateway]]:
    """Batch: the gateways that take new payments in each channel, by code."""
    rows = await PaymentGateway.filter(is_active=True).order_by("code")
    limits = await _limits([row.id for row in rows])
    return [[row for row in rows if row.id not in limits or id in limits[row.id]] for id in ids]


async def channels_by_gateway(ids: list[UUID]) -> list[list[UUID] | None]:
    """Batch: the channels in which each gateway takes new payments; None for all."""
    limits = await _limits(ids)
    return [limits.get(id) for id in ids]


async def _limits(ids: list[UUID]) -> dict[UUID, list[UUID]]:
    """The channels of the gateways that do not take payments in all channels."""
    found: dict[UUID, list[UUID]] = {}
    for row in await read(GatewayChannel, f"{among('gateway_id', 1)} ORDER BY channel_id", ids):
        found.setdefault(row.gateway_id, []).append(row.channel_id)
    return found


async def gateway_of_webhook(code: str) -> PaymentGateway | None:
    """The gateway with a webhook at a URL, also if it takes no more payments."""
    return await PaymentGateway.get_or_none(code=code)


async def locked_gateway(code: str) -> PaymentGateway | None:
    return await PaymentGateway.filter(code=code).select_for_update().get_or_none()


async def payment_of(account_id: UUID, reference: str, transaction_id: UUID | None) -> Payment | None:
    """The payment with a reference of a gateway, or with a transaction."""
    found = await read(
        Payment,
        "account_id = $1 AND (reference = $2 OR id IN "
        "(SELECT payment_id FROM payment_transaction WHERE id = $3)) ORDER BY id",
        account_id,
        reference,
        transaction_id,
    )
    return found[0] if found else None


async def payments_of_messages(keys: list[tuple[UUID, str]]) -> Sequence[Payment | None]:
    """Batch: the payment of each account and reference."""
    rows = await Payment.filter(
        account_id__in={account for account, _ in keys}, reference__in={reference for _, reference in keys}
    )
    found = {(row.account_id, row.reference): row for row in rows}
    return [found.get(key) for key in keys]


def messages_visible_to(actor: Actor) -> QuerySet[GatewayMessage]:
    """The messages of gateways. They belong to no channel until their payment is known."""
    if actor.scope_of(Permission.PAYMENTS_MANAGE).is_everywhere:
        return GatewayMessage.all()
    return GatewayMessage.filter(id__in=[])


async def message(id: UUID) -> GatewayMessage | None:
    return await GatewayMessage.get_or_none(id=id)


async def locked_message(id: UUID) -> GatewayMessage:
    return await GatewayMessage.filter(id=id).select_for_update().get()


async def due_messages(at: datetime, limit: int) -> list[UUID]:
    """Messages that must be processed."""
    rows = await read(
        GatewayMessage, "done_at IS NULL AND next_at <= $1 ORDER BY next_at, id LIMIT $2", at, limit
    )
    return [row.id for row in rows]

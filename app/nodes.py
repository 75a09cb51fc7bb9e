"""How `node` and `nodes` fetch a row of each type that the caller may see."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any
from uuid import UUID

from tortoise.models import Model
from tortoise.queryset import QuerySet

from app.access import queries as access
from app.access.permissions import Permission
from app.accounting import queries as accounting
from app.bank import queries as bank
from app.catalog import queries as catalog
from app.channels import queries as channels
from app.core.actor import Actor
from app.core.ids import from_global
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Refusal
from app.customers import queries as customers
from app.fulfillment import queries as fulfillment
from app.inventory.counts import queries as counts
from app.inventory.locations import queries as locations
from app.inventory.receiving import queries as receiving
from app.inventory.stock import queries as inventory
from app.inventory.transfers import queries as transfers
from app.notifications import queries as notifications
from app.notifications.back_in_stock import queries as back_in_stock
from app.orders import queries as orders
from app.payments import queries as payments
from app.promotions import queries as promotions
from app.stored_value import queries as stored_value
from app.suppliers import queries as suppliers

Fetch = Callable[[Actor, UUID], Awaitable[Model | None]]
Rows = Callable[[Actor], QuerySet[Any]]
AT_ONCE = 1_000  # ids per statement


async def _token(actor: Actor, id: UUID) -> Model | None:
    return await (await access.tokens_visible_to(actor)).get_or_none(id=id)


async def _hold(actor: Actor, id: UUID) -> Model | None:
    if not actor.may(Permission.ORDERS_VIEW):
        return None
    return await orders.holds_visible_to(actor).get_or_none(id=id)


async def _edit(actor: Actor, id: UUID) -> Model | None:
    if not actor.may(Permission.ORDERS_VIEW):
        return None
    return await orders.edits_visible_to(actor).get_or_none(id=id)


def _one_of(rows: Rows) -> Fetch:
    """One of the rows that an actor may see."""

    async def fetch(actor: Actor, id: UUID) -> Model | None:
        return await rows(actor).get_or_none(id=id)

    return fetch


def _where_may(permission: Permission, rows: Rows) -> Fetch:
    """Rows that a caller with a permission may fetch."""

    async def fetch(actor: Actor, id: UUID) -> Model | None:
        return await rows(actor).get_or_none(id=id) if actor.may(permission) else None

    return fetch


async def _level(actor: Actor, id: UUID) -> Model | None:
    found = await inventory.visible_to(actor).filter(id=id)
    return (await inventory.with_expired(found))[0] if found else None


# The rows, by type, that stock movements refer to and an actor may see; many are fetched at once.
REFERRED_TO: Mapping[str, Rows] = {
    "Order": orders.visible_to,
    "StockCount": counts.counts_visible_to,
    "StockReceipt": receiving.receipts_visible_to,
    "StockTransfer": transfers.transfers_visible_to,
    "SupplierReturn": suppliers.returns_visible_to,
}

# How a row of each type is fetched by its id, if the caller may see it.
NODES: Mapping[str, Fetch] = {
    "AccountDeletion": lambda actor, id: customers.deletions_visible_to(actor).get_or_none(id=id),
    "ApiToken": _token,
    "BackInStockRequest": lambda actor, id: back_in_stock.visible_to(actor).get_or_none(id=id),
    "BankAccount": _where_may(Permission.PAYMENTS_MANAGE, bank.accounts_visible_to),
    "BankEntry": _where_may(Permission.PAYMENTS_MANAGE, bank.entries_visible_to),
    "BankStatement": _where_may(Permission.PAYMENTS_MANAGE, bank.statements_visible_to),
    "BankTransfer": _where_may(Permission.PAYMENTS_MANAGE, bank.transfers_visible_to),
    "BankTransferFile": _where_may(Permission.PAYMENTS_MANAGE, bank.transfer_files_visible_to),
    "Box": lambda actor, id: fulfillment.boxes_visible_to(actor).get_or_none(id=id),
    "Carrier": lambda actor, id: fulfillment.carriers_visible_to(actor).get_or_none(id=id),
    "Category": lambda actor, id: catalog.categories().get_or_none(id=id),
    "Channel": lambda actor, id: channels.visible_to(actor).get_or_none(id=id),
    "Customer": lambda actor, id: customers.visible_to(actor).get_or_none(id=id),
    "Discount": lambda actor, id: promotions.discounts_visible_to(actor).get_or_none(id=id),
    "Dispute": lambda actor, id: payments.disputes_visible_to(actor).get_or_none(id=id),
    "FulfillmentOrder": lambda actor, id: fulfillment.visible_to(actor).get_or_none(id=id),
    "GatewayMessage": lambda actor, id: payments.messages_visible_to(actor).get_or_none(id=id),
    "LedgerEntry": _where_may(Permission.FINANCE_VIEW, accounting.entries_visible_to),
    "Location": lambda actor, id: locations.locations_visible_to(actor).get_or_none(id=id),
    "Manifest": lambda actor, id: fulfillment.manifests_visible_to(actor).get_or_none(id=id),
    "Message": lambda actor, id: notifications.visible_to(actor).get_or_none(id=id),
    "MessageSuppression": lambda actor, id: notifications.suppressions_visible_to(actor).get_or_none(id=id),
    "MessageTemplate": _where_may(Permission.CHANNELS_MANAGE, notifications.templates_visible_to),
    "OrderCancelRequest": lambda actor, id: orders.cancel_requests_visible_to(actor).get_or_none(id=id),
    "OrderEdit": _edit,
    "OrderHold": _hold,
    "Payment": _where_may(Permission.ORDERS_VIEW, payments.payments_visible_to),
    "PaymentGateway": lambda actor, id: payments.gateways_visible_to(actor).get_or_none(id=id),
    "PaymentTransaction": _where_may(Permission.ORDERS_VIEW, payments.visible_to),
    "Payout": lambda actor, id: payments.payouts_visible_to(actor).get_or_none(id=id),
    "PickList": lambda actor, id: fulfillment.pick_lists_visible_to(actor).get_or_none(id=id),
    "Price": lambda actor, id: catalog.prices(actor, Permission.CATALOG_VIEW_ALL).get_or_none(id=id),
    "PriceList": lambda actor, id: catalog.price_lists(actor, Permission.CHANNELS_MANAGE).get_or_none(id=id),
    "Product": lambda actor, id: catalog.product(actor, id=id),
    "PurchaseOrder": lambda actor, id: suppliers.orders_visible_to(actor).get_or_none(id=id),
    "Role": lambda actor, id: access.roles_visible_to(actor).get_or_none(id=id),
    "Session": lambda actor, id: access.sessions_visible_to(actor).get_or_none(id=id),
    "Shipment": lambda actor, id: fulfillment.shipments_visible_to(actor).get_or_none(id=id),
    "Staff": lambda actor, id: access.staff_visible_to(actor).get_or_none(id=id),
    "StockIncoming": lambda actor, id: inventory.incoming_visible_to(actor).get_or_none(id=id),
    "StockLevel": _level,
    "StockLot": lambda actor, id: inventory.lots_visible_to(actor).get_or_none(id=id),
    "StockMovement": lambda actor, id: inventory.movements_visible_to(actor).get_or_none(id=id),
    "StoredValue": lambda actor, id: stored_value.visible_to(actor).get_or_none(id=id),
    "StoredValueEntry": lambda actor, id: stored_value.entries_visible_to(actor).get_or_none(id=id),
    "Supplier": lambda actor, id: suppliers.suppliers_visible_to(actor).get_or_none(id=id),
    "TaxRate": _where_may(Permission.CHANNELS_MANAGE, lambda _: channels.tax_rates()),
    "Variant": lambda actor, id: catalog.variant(actor, id=id),
    **{name: _one_of(rows) for name, rows in REFERRED_TO.items()},
}


def fetchable() -> list[str]:
    """The types that `node` fetches."""
    return sorted(NODES)


def seen(fetch: Fetch) -> Fetch:
    """A row as `node` fetches it, with None for each refusal."""

    async def fetched(actor: Actor, id: UUID) -> Model | None:
        try:
            return await fetch(actor, id)
        except Refusal:
            return None

    return fetched


async def seen_ids(actor: Actor, type_name: str, ids: Collection[UUID]) -> set[UUID]:
    """The ids among `ids` of a type in `REFERRED_TO` that `node` would fetch for an actor."""
    found: set[UUID] = set()
    asked = list(ids)
    try:
        rows = REFERRED_TO[type_name](actor)
        for start in range(0, len(asked), AT_ONCE):
            some: Any = rows.filter(id__in=asked[start : start + AT_ONCE]).values_list("id", flat=True)
            found.update(await some)
    except Refusal:
        return set()
    return found


def seen_rows(models: Mapping[str, type]) -> dict[type, Fetch]:
    """How a row of each model is fetched; `models` are by name of their GraphQL type."""
    return {model: seen(NODES[name]) for name, model in models.items()}


async def node(actor: Actor, global_id: str) -> Model | None:
    try:
        type_name, id = from_global(global_id)
    except ValueError as error:
        raise Invalid("This is not an ID of this API.", "id", code=ProblemCode.MALFORMED) from error
    fetch = NODES.get(type_name)
    return await seen(fetch)(actor, id) if fetch else None


async def node_or_none(actor: Actor, global_id: str) -> Model | None:
    """An invalid id does not affect the others."""
    try:
        return await node(actor, global_id)
    except Invalid:
        return None

"""The graph, assembled from the domains in floor order."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.access import queries as access
from app.access.permissions import Permission
from app.access.schema import AccessMutation, AccessQuery, ApiToken
from app.access.staff_schema import StaffMutation, StaffQuery
from app.catalog import queries as catalog
from app.catalog.schema import CatalogMutation, CatalogQuery, Category, Product, Variant
from app.channels import queries as channels
from app.channels.schema import Channel, ChannelMutation, ChannelQuery
from app.core.actor import Actor
from app.core.graphql.context import rows_are_seen_by
from app.core.graphql.node import Node
from app.core.graphql.policy import ANYONE, query
from app.core.graphql.prices import READ_BY_ID, costs
from app.core.graphql.scalars import arg
from app.core.graphql.schema import Schema
from app.core.ids import from_global
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Refusal
from app.customers import queries as customers
from app.customers.account_schema import AccountMutation
from app.customers.book_schema import AddressBookMutation
from app.customers.bulk import CustomerBulkMutation
from app.customers.schema import Customer, CustomerMutation, CustomerQuery
from app.fulfillment import queries as fulfillment
from app.fulfillment.schema import (
    Box,
    Carrier,
    FulfillmentMutation,
    FulfillmentOrder,
    FulfillmentQuery,
    FulfillmentSubscription,
    Label,
    Manifest,
    PickList,
    Shipment,
)
from app.identifiers import SPELLINGS
from app.inventory import queries as inventory
from app.inventory.schema import (
    InventoryMutation,
    InventoryQuery,
    InventorySubscription,
    Location,
    StockCount,
    StockIncoming,
    StockLevel,
    StockLot,
    StockReceipt,
    StockTransfer,
)
from app.journal.queries import refuse_unknown_kinds
from app.journal.schema import JournalQuery
from app.lines import SEVERAL
from app.notifications import queries as notifications
from app.notifications.schema import Message, NotificationQuery
from app.orders import queries as orders
from app.orders.schema import (
    Order,
    OrderCancelRequest,
    OrderEdit,
    OrderHold,
    OrderMutation,
    OrderQuery,
    OrderSubscription,
)
from app.payments import queries as payments
from app.payments.schema import PaymentMutation, PaymentTransaction
from app.planning.schema import PlanningMutation, PlanningQuery
from app.promotions import queries as promotions
from app.promotions.schema import DiscountMutation, DiscountQuery
from app.reports.schema import ReportQuery
from app.suppliers import queries as suppliers
from app.suppliers.schema import PurchaseOrder, PurchasingMutation, PurchasingQuery, Supplier, SupplierReturn

Fetch = Callable[[Actor, UUID], Awaitable[Any]]


async def _token(actor: Actor, id: UUID) -> Any:
    return await (await access.tokens_visible_to(actor)).get_or_none(id=id)


async def _hold(actor: Actor, id: UUID) -> Any:
    if not actor.may(Permission.ORDERS_VIEW):
        return None
    return await orders.holds_visible_to(actor).get_or_none(id=id)


async def _edit(actor: Actor, id: UUID) -> Any:
    if not actor.may(Permission.ORDERS_VIEW):
        return None
    return await orders.edits_visible_to(actor).get_or_none(id=id)


async def _payment(actor: Actor, id: UUID) -> Any:
    if not actor.may(Permission.ORDERS_VIEW):
        return None
    return await payments.visible_to(actor).get_or_none(id=id)


def _where_may(permission: Permission, rows: Callable[[Actor], Any]) -> Fetch:
    """Rows that whoever has a permission may fetch."""

    async def fetch(actor: Actor, id: UUID) -> Any:
        return await rows(actor).get_or_none(id=id) if actor.may(permission) else None

    return fetch


async def _level(actor: Actor, id: UUID) -> Any:
    found = await inventory.visible_to(actor).filter(id=id)
    return (await inventory.with_expired(found))[0] if found else None


# How a row of each type is fetched by its id, for whom it is visible.
costs(READ_BY_ID, "Query.node", "Query.nodes")

_NODES: dict[str, Fetch] = {
    "ApiToken": _token,
    "Box": lambda actor, id: fulfillment.boxes_visible_to(actor).get_or_none(id=id),
    "Carrier": lambda actor, id: fulfillment.carriers_visible_to(actor).get_or_none(id=id),
    "Category": lambda actor, id: catalog.categories().get_or_none(id=id),
    "Channel": lambda actor, id: channels.visible_to(actor).get_or_none(id=id),
    "Customer": lambda actor, id: customers.visible_to(actor).get_or_none(id=id),
    "Discount": lambda actor, id: promotions.discounts_visible_to(actor).get_or_none(id=id),
    "FulfillmentOrder": lambda actor, id: fulfillment.visible_to(actor).get_or_none(id=id),
    "Location": lambda actor, id: inventory.locations_visible_to(actor).get_or_none(id=id),
    "Manifest": lambda actor, id: fulfillment.manifests_visible_to(actor).get_or_none(id=id),
    "Message": lambda actor, id: notifications.visible_to(actor).get_or_none(id=id),
    "Order": lambda actor, id: orders.visible_to(actor).get_or_none(id=id),
    "OrderCancelRequest": lambda actor, id: orders.cancel_requests_visible_to(actor).get_or_none(id=id),
    "OrderEdit": _edit,
    "OrderHold": _hold,
    "PaymentTransaction": _payment,
    "PickList": lambda actor, id: fulfillment.pick_lists_visible_to(actor).get_or_none(id=id),
    "Price": lambda actor, id: catalog.prices(actor, Permission.CATALOG_VIEW_ALL).get_or_none(id=id),
    "PriceList": lambda actor, id: catalog.price_lists(actor, Permission.CHANNELS_MANAGE).get_or_none(id=id),
    "Product": lambda actor, id: catalog.product(actor, id=id),
    "PurchaseOrder": lambda actor, id: suppliers.orders_visible_to(actor).get_or_none(id=id),
    "Role": lambda actor, id: access.roles_visible_to(actor).get_or_none(id=id),
    "Shipment": lambda actor, id: fulfillment.shipments_visible_to(actor).get_or_none(id=id),
    "Staff": lambda actor, id: access.staff_visible_to(actor).get_or_none(id=id),
    "StockCount": lambda actor, id: inventory.counts_visible_to(actor).get_or_none(id=id),
    "StockIncoming": lambda actor, id: inventory.incoming_visible_to(actor).get_or_none(id=id),
    "StockLevel": _level,
    "StockLot": lambda actor, id: inventory.lots_visible_to(actor).get_or_none(id=id),
    "StockMovement": lambda actor, id: inventory.movements_visible_to(actor).get_or_none(id=id),
    "StockReceipt": lambda actor, id: inventory.receipts_visible_to(actor).get_or_none(id=id),
    "StockTransfer": lambda actor, id: inventory.transfers_visible_to(actor).get_or_none(id=id),
    "SupplierReturn": lambda actor, id: suppliers.returns_visible_to(actor).get_or_none(id=id),
    "Supplier": lambda actor, id: suppliers.suppliers_visible_to(actor).get_or_none(id=id),
    "TaxRate": _where_may(Permission.CHANNELS_MANAGE, lambda _: channels.tax_rates()),
    "Variant": lambda actor, id: catalog.variant(actor, id=id),
}


def fetchable() -> list[str]:
    """The types whose things `node` fetches by their ids."""
    return sorted(_NODES)


def _seen(fetch: Fetch) -> Fetch:
    """A row as `node` fetches it, with None for each refusal."""

    async def fetched(actor: Actor, id: UUID) -> Any:
        try:
            return await fetch(actor, id)
        except Refusal:
            return None

    return fetched


async def _node(actor: Actor, global_id: str) -> Any:
    try:
        type_name, id = from_global(global_id)
    except ValueError as error:
        raise Invalid("This is not an id of this API.", "id", code=ProblemCode.MALFORMED) from error
    fetch = _NODES.get(type_name)
    return await _seen(fetch)(actor, id) if fetch else None


async def _node_or_none(actor: Actor, global_id: str) -> Any:
    """One id that is none does not spoil the others."""
    try:
        return await _node(actor, global_id)
    except Invalid:
        return None


@strawberry.type(
    description="What can be read. Each field says what of it a caller may see; lists are connections."
)
class Query(
    JournalQuery,
    ReportQuery,
    NotificationQuery,
    PlanningQuery,
    FulfillmentQuery,
    PurchasingQuery,
    OrderQuery,
    InventoryQuery,
    DiscountQuery,
    CustomerQuery,
    CatalogQuery,
    ChannelQuery,
    StaffQuery,
    AccessQuery,
):
    @query(ANYONE)
    async def node(
        self, info: strawberry.Info, id: Annotated[strawberry.ID, arg("Any id that this API gave.")]
    ) -> Node | None:
        """Anything by its id; null when there is no such thing or the caller may not see it."""
        return await _node(info.context.actor, id)

    @query(ANYONE)
    async def nodes(
        self, info: strawberry.Info, ids: Annotated[list[strawberry.ID], arg("Up to 100 ids.")]
    ) -> list[Node | None]:
        """Many things by their ids, in their order."""
        if len(ids) > 100:
            raise Invalid("Ask for 100 at the most.", "ids", code=ProblemCode.TOO_MANY, maximum=100)
        return [await _node_or_none(info.context.actor, id) for id in ids]


@strawberry.type(
    description="What can be done. Each is one transaction, and answers with a union of what came of it and "
    "the refusals that are possible, all of which implement `UserError`."
)
class Mutation(
    PlanningMutation,
    FulfillmentMutation,
    PurchasingMutation,
    PaymentMutation,
    OrderMutation,
    InventoryMutation,
    DiscountMutation,
    AccountMutation,
    CustomerMutation,
    CustomerBulkMutation,
    AddressBookMutation,
    CatalogMutation,
    ChannelMutation,
    StaffMutation,
    AccessMutation,
):
    pass


@strawberry.type(
    description="What can be watched, over a WebSocket (`graphql-transport-ws`) or Server-Sent Events."
)
class Subscription(OrderSubscription, InventorySubscription, FulfillmentSubscription):
    pass


schema = Schema(
    Query,
    Mutation,
    Subscription,
    spellings=SPELLINGS,
    fetchable=fetchable(),
    several_lines=SEVERAL,
    types=[
        ApiToken,
        Box,
        Carrier,
        Category,
        Channel,
        Customer,
        FulfillmentOrder,
        Label,
        Location,
        Manifest,
        Message,
        Order,
        OrderCancelRequest,
        OrderEdit,
        OrderHold,
        PaymentTransaction,
        PickList,
        Product,
        PurchaseOrder,
        Shipment,
        StockCount,
        StockIncoming,
        StockLevel,
        StockLot,
        StockReceipt,
        StockTransfer,
        Supplier,
        SupplierReturn,
        Variant,
    ],
)
rows_are_seen_by({model: _seen(_NODES[name]) for name, model in schema.models_of(_NODES).items()})
refuse_unknown_kinds()

"""The GraphQL schema, assembled from the domains in the order of the layers."""

from typing import Annotated

import strawberry

from app import nodes
from app.access.schema import AccessMutation, AccessQuery, ApiToken
from app.access.session_schema import Session, SessionMutation, SessionQuery
from app.access.staff_schema import StaffMutation, StaffQuery
from app.accounting.schema import AccountingMutation, AccountingQuery, LedgerEntry
from app.bank.schema import (
    BankAccount,
    BankEntry,
    BankMutation,
    BankQuery,
    BankStatement,
    BankTransfer,
    BankTransferFile,
    BankTransferMutation,
    BankTransferQuery,
)
from app.catalog.schema import CatalogMutation, CatalogQuery, Category, Product, Variant
from app.channels.schema import Channel, ChannelMutation, ChannelQuery
from app.core.graphql.node import Node
from app.core.graphql.policy import ANYONE, query
from app.core.graphql.scalars import arg
from app.core.graphql.schema import Schema
from app.core.problems import ProblemCode
from app.core.refusals import Invalid
from app.customers.schema.accounts import AccountMutation
from app.customers.schema.address_book import AddressBookMutation
from app.customers.schema.blocking import BlockedBuyerMutation, BlockedBuyerQuery
from app.customers.schema.bulk import CustomerBulkMutation
from app.customers.schema.customers import Customer, CustomerMutation, CustomerQuery
from app.customers.schema.merging import CustomerMergeMutation, CustomerMergeQuery
from app.customers.schema.openid import OpenidMutation
from app.customers.schema.own_account import AccountDeletion, OwnAccountMutation, OwnAccountQuery
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
from app.identifiers import FREE, SPELLINGS
from app.inventory.counts.schema.types import StockCount
from app.inventory.locations.schema.types import Location
from app.inventory.receiving.schema.types import StockReceipt
from app.inventory.schema import InventoryMutation, InventoryQuery, InventorySubscription
from app.inventory.stock.schema.types import StockIncoming, StockLevel, StockLot
from app.inventory.transfers.schema.types import StockTransfer
from app.journal.queries import refuse_unknown_kinds
from app.journal.schema import JournalQuery
from app.lines import SEVERAL
from app.notifications.schema import (
    BackInStockRequest,
    Message,
    MessageSuppression,
    MessageTemplate,
    NotificationMutation,
    NotificationQuery,
)
from app.orders.schema import (
    Order,
    OrderCancelRequest,
    OrderEdit,
    OrderHold,
    OrderMutation,
    OrderQuery,
    OrderSubscription,
)
from app.payments.schema import (
    BuyerPaymentMutation,
    Dispute,
    DisputeMutation,
    DisputeQuery,
    GatewayMessage,
    GatewayMutation,
    GatewayQuery,
    GiftCardPurchaseMutation,
    Payment,
    PaymentGateway,
    PaymentMutation,
    PaymentTransaction,
    Payout,
    PayoutMutation,
    PayoutQuery,
    StoredValuePaymentMutation,
)
from app.planning.schema import PlanningMutation, PlanningQuery
from app.promotions.schema import DiscountMutation, DiscountQuery
from app.reports.schema import ReportQuery
from app.stored_value.schema import (
    StoredValue,
    StoredValueEntry,
    StoredValueMutation,
    StoredValueQuery,
)
from app.suppliers.schema import PurchaseOrder, PurchasingMutation, PurchasingQuery, Supplier, SupplierReturn
from app.wiring.schema import COSTS, EXTENSIONS, REFUSALS


@strawberry.type(
    description="Queries. Each field describes which data the caller can see; lists are connections."
)
class Query(
    JournalQuery,
    ReportQuery,
    NotificationQuery,
    PlanningQuery,
    AccountingQuery,
    FulfillmentQuery,
    BankQuery,
    BankTransferQuery,
    PurchasingQuery,
    DisputeQuery,
    PayoutQuery,
    GatewayQuery,
    OrderQuery,
    InventoryQuery,
    DiscountQuery,
    StoredValueQuery,
    BlockedBuyerQuery,
    CustomerQuery,
    CustomerMergeQuery,
    OwnAccountQuery,
    CatalogQuery,
    ChannelQuery,
    StaffQuery,
    AccessQuery,
    SessionQuery,
):
    @query(ANYONE)
    async def node(
        self, info: strawberry.Info, id: Annotated[strawberry.ID, arg("ID of any object of this API.")]
    ) -> Node | None:
        """Any object by its ID; null if it does not exist or the caller cannot see it."""
        return await nodes.node(info.context.actor, id)  # type: ignore[return-value]

    @query(ANYONE)
    async def nodes(
        self, info: strawberry.Info, ids: Annotated[list[strawberry.ID], arg("Up to 100 IDs.")]
    ) -> list[Node | None]:
        """Objects by their IDs, in the order of the IDs."""
        if len(ids) > 100:
            raise Invalid("Send at most 100 IDs.", "ids", code=ProblemCode.TOO_MANY, maximum=100)
        actor = info.context.actor
        return [await nodes.node_or_none(actor, id) for id in ids]  # type: ignore[misc]


@strawberry.type(
    description="Root of all mutations. Each mutation is one transaction and returns a union of "
    "its result and its possible errors, which all implement `UserError`."
)
class Mutation(
    NotificationMutation,
    PlanningMutation,
    AccountingMutation,
    FulfillmentMutation,
    BankMutation,
    BankTransferMutation,
    PurchasingMutation,
    BuyerPaymentMutation,
    DisputeMutation,
    PayoutMutation,
    GatewayMutation,
    PaymentMutation,
    GiftCardPurchaseMutation,
    StoredValuePaymentMutation,
    OrderMutation,
    InventoryMutation,
    DiscountMutation,
    StoredValueMutation,
    AccountMutation,
    OwnAccountMutation,
    CustomerMutation,
    BlockedBuyerMutation,
    CustomerBulkMutation,
    CustomerMergeMutation,
    OpenidMutation,
    AddressBookMutation,
    CatalogMutation,
    ChannelMutation,
    StaffMutation,
    AccessMutation,
    SessionMutation,
):
    pass


@strawberry.type(description="Subscriptions, over WebSocket (`graphql-transport-ws`) or Server-Sent Events.")
class Subscription(OrderSubscription, InventorySubscription, FulfillmentSubscription):
    pass


schema = Schema(
    Query,
    Mutation,
    Subscription,
    type_extensions=EXTENSIONS,
    refusal_types=REFUSALS,
    costs=COSTS,
    spellings=SPELLINGS,
    fetchable=nodes.fetchable(),
    several_lines=SEVERAL,
    free_texts=FREE,
    types=[
        ApiToken,
        BankAccount,
        BankEntry,
        BankStatement,
        BankTransfer,
        BankTransferFile,
        Box,
        Carrier,
        Category,
        Channel,
        AccountDeletion,
        Customer,
        FulfillmentOrder,
        Dispute,
        GatewayMessage,
        Label,
        LedgerEntry,
        Location,
        Manifest,
        Message,
        BackInStockRequest,
        MessageSuppression,
        MessageTemplate,
        Order,
        OrderCancelRequest,
        OrderEdit,
        OrderHold,
        Payment,
        PaymentGateway,
        PaymentTransaction,
        Payout,
        PickList,
        Product,
        PurchaseOrder,
        Session,
        Shipment,
        StockCount,
        StockIncoming,
        StockLevel,
        StockLot,
        StockReceipt,
        StockTransfer,
        StoredValue,
        StoredValueEntry,
        Supplier,
        SupplierReturn,
        Variant,
    ],
)
refuse_unknown_kinds()

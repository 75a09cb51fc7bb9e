"""What the GraphQL schema is built from besides its root types: fields that domains add to the types of lower
domains, the types of refusals, and the costs of fields.

`app.schema` passes these tables to the schema. Importing a domain's schema modules changes nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.access import refusals as access_refusals
from app.access import schema as access
from app.bank.schema import PayoutBankEntry
from app.catalog.schema import Variant
from app.channels.schema import Channel
from app.core.graphql.errors import CORE_TYPES
from app.core.graphql.prices import HASHED_PASSWORD, READ_BY_ID, FieldCosts
from app.core.refusals import Refusal
from app.customers.schema.accounts import ViewerCustomer
from app.customers.schema.customers import Customer
from app.fulfillment import refusals as fulfillment_refusals
from app.fulfillment.schema import FulfillmentOrder, Manifest, PickList, boxes, carriers, printing
from app.fulfillment.schema import errors as fulfillment_errors
from app.fulfillment.schema import extensions as fulfillment
from app.fulfillment.schema.types import Package
from app.inventory.locations.schema import extensions as locations
from app.inventory.locations.schema import pickup as location_pickup
from app.inventory.stock import refusals as stock_refusals
from app.inventory.stock.schema import extensions as stock
from app.inventory.stock.schema.types import StockLevel, StockMovement, lots
from app.inventory.stock.schema.types.shortages import InsufficientStock
from app.notifications import schema as notifications
from app.orders import refusals as order_refusals
from app.orders.schema import Order, adjusting, amounts, cancel_requests, delivery, editing, holding, pickup
from app.orders.schema import extensions as orders
from app.orders.schema import refusals as order_errors
from app.orders.schema.lines import OrderLine
from app.orders.schema.pickup import OrderPickup
from app.orders.schema.tracking import OrderTracking, TrackingEvent
from app.payments import refusals as payment_refusals
from app.payments import schema as payments
from app.stored_value import schema as stored_value
from app.suppliers.schema import PurchaseOrder, returns
from app.suppliers.schema.types import VariantSuppliers

# Types, and the types whose fields are added to them.
EXTENSIONS: Mapping[type, Sequence[type]] = {
    access.Viewer: [ViewerCustomer],
    Channel: [
        holding.ChannelRules,
        locations.ChannelStock,
        location_pickup.ChannelPickup,
        notifications.ChannelMessageRules,
        payments.ChannelPaymentOptions,
    ],
    Customer: [
        orders.CustomerOrders,
        notifications.CustomerBackInStock,
        stored_value.CustomerStoreCredit,
    ],
    Variant: [stock.VariantStock, VariantSuppliers, notifications.VariantBackInStock],
    StockLevel: [lots.LevelLots],
    StockMovement: [lots.MovementLots],
    PurchaseOrder: [returns.PurchaseOrderReturns],
    Order: [
        amounts.OrderParts,
        cancel_requests.OrderCancelRequests,
        delivery.OrderDelivery,
        editing.OrderEdits,
        holding.OrderHolds,
        pickup.OrderPickupFields,
        fulfillment.OrderFulfillment,
        notifications.OrderMessages,
        payments.OrderPayments,
        payments.OrderPaymentAttempt,
        payments.OrderDisputes,
    ],
    OrderLine: [
        adjusting.OrderLineAdjustments,
        delivery.OrderLineDelivery,
        fulfillment.OrderLineLots,
        payments.OrderLineGiftCards,
    ],
    OrderPickup: [fulfillment.PickupProgress],
    payments.Payment: [payments.PaymentStoredValue, payments.PaymentDisputes],
    payments.Payout: [PayoutBankEntry],
    stored_value.StoredValueEntry: [payments.StoredValueEntryOrder],
    OrderTracking: [fulfillment.TrackingPackages, payments.TrackingPayment],
    TrackingEvent: [fulfillment.TrackingEventOfParcel],
    FulfillmentOrder: [printing.PrintedSlip, boxes.ProposedPackages],
    Package: [printing.PrintedLabel, carriers.PackageLabel],
    PickList: [printing.PrintedPickList],
    Manifest: [printing.PrintedManifest],
}

# Refusals, and the members of the unions of mutations that they are returned as.
REFUSALS: Mapping[type[Refusal], type[Any]] = {
    **CORE_TYPES,
    access_refusals.SignInFailed: access.SignInFailed,
    access_refusals.TooManyAttempts: access.TooManyAttempts,
    access_refusals.ProviderNotResponding: access.ProviderNotResponding,
    stock_refusals.InsufficientStock: InsufficientStock,
    order_refusals.TotalChanged: order_errors.TotalChanged,
    order_refusals.OrderOnHold: order_errors.OrderOnHold,
    order_refusals.OrderAlreadyShipped: order_errors.OrderAlreadyShipped,
    order_refusals.TooLateToCancel: order_errors.TooLateToCancel,
    order_refusals.TooLateToEdit: order_errors.TooLateToEdit,
    order_refusals.WithSupplier: order_errors.WithSupplier,
    payment_refusals.AmountTooLarge: payments.AmountTooLarge,
    payment_refusals.GatewayUnavailable: payments.GatewayUnavailable,
    fulfillment_refusals.NotReleasable: fulfillment_errors.NotReleasable,
    fulfillment_refusals.CarrierRejected: carriers.CarrierRejected,
    fulfillment_refusals.CarrierNotResponding: carriers.CarrierNotResponding,
}

COSTS = FieldCosts(
    fields={
        "Query.me": 0,
        "Query.node": READ_BY_ID,
        "Query.nodes": READ_BY_ID,
        # They are calculated by the stock of each location.
        "Query.shippingOptions": 20,
        "Query.pickupOptions": 40,
        "Query.sourcingPlan": 40,  # it is calculated by the stock of each location
        # They plan the whole assortment, whatever the arguments are.
        "Query.stockPlan": 300,
        "Mutation.replenishmentRun": 300,
        # Each entry is compared with the orders and may pay one.
        "Mutation.bankStatementImport": 500,
        "Mutation.payoutImport": 500,
        "Mutation.bankTransferFileCreate": 500,
        "Mutation.bankTransferStatusImport": 500,
        "Mutation.emailChangeRequest": HASHED_PASSWORD,
        "Mutation.signIn": HASHED_PASSWORD,
        "Mutation.customerRegisterConfirm": HASHED_PASSWORD,
        "Mutation.passwordReset": HASHED_PASSWORD,
        "Mutation.passwordChange": HASHED_PASSWORD,
        # Each reads the ledger, or all open work.
        "Reports.stuck": 100,
        "Reports.stockValue": 100,
        "Reports.stockLedger": 100,
        "Reports.stockBucketMoves": 100,
        "Reports.stockCommitted": 100,
        "Reports.stockCommitmentShifts": 100,
    },
    # Incoming stock is processed day by day, and the stock of each location for carts.
    values={"Variant.availableToPromise": 7, "Order.shippingOptions": 7, "Order.pickupOptions": 14},
    lists={
        # A SKU may have thousands of lots or serial numbers, and a lot may be at many locations.
        **dict.fromkeys(("lots", "lotAllocations", "levels"), 20),
        **dict.fromkeys(("items", "lines"), 20),
    },
)

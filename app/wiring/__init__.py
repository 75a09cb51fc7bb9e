"""The wiring of the packages: event handlers, deferred tasks, and registries by code.

Importing a module registers nothing. `wire` passes each table to its owner; the server, the command line and
the tests call it first. Tables that only one package uses are defined there and named here, so that this
module shows all of them. The tables of the GraphQL schema are in `app.wiring.schema`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app import nodes
from app.access import events as access_events
from app.access import identifying, places
from app.accounting.service.posting import post as post_to_ledger
from app.bank import listeners as bank
from app.channels import queries as channel_queries
from app.core import uow
from app.core.deferred import running as deferred
from app.core.journal.event import Event
from app.customers import deleting, merging
from app.customers import events as customer_events
from app.customers import listeners as customers
from app.customers import queries as customer_queries
from app.fulfillment import events as fulfillment_events
from app.fulfillment import listeners as fulfillment
from app.fulfillment import queries as fulfillment_queries
from app.fulfillment.carrier_adapters.kinds import CarrierKind
from app.fulfillment.service.carriers.webhooks import process_pending_webhooks
from app.fulfillment.service.warehouse.cancelling import supplier_refusals
from app.inventory.locations import queries as locations
from app.inventory.stock import events as stock_events
from app.inventory.stock import in_hand, references
from app.inventory.stock import listeners as stock
from app.notifications import listeners as notifications
from app.notifications.telling import queue_order_messages
from app.orders import events as order_events
from app.orders import listeners as orders
from app.orders import queries as order_queries
from app.orders import timeline, validation
from app.orders.service import gateways as order_gateways
from app.payments import events as payment_events
from app.payments import listeners as payments
from app.payments import queries as payment_queries
from app.payments.gateways.kinds import GatewayKind
from app.promotions import listeners as promotions
from app.stored_value import listeners as stored_value

# Called in the transaction that records the event, in this order.
LISTENERS: Mapping[type[Event], Sequence[uow.Listener]] = {
    access_events.StaffInvited: [customers.send_invitation],
    customer_events.AccountRequested: [notifications.queue_account_link],
    customer_events.AccountDeletionAnswered: [notifications.delete_requests],
    customer_events.CustomerEmailProven: [orders.defer_claim, notifications.give_requests_of_address],
    # Orders first: whoever places one for the merged customer also adds the uses of its codes.
    customer_events.CustomerMerged: [
        orders.take_over_orders,
        promotions.move_uses,
        stored_value.move_credit,
        notifications.give_requests_to_merged,
    ],
    stock_events.StockChanged: [stock.defer_backlog],
    stock_events.ReservationDisplaced: [orders.defer_stock_search],
    stock_events.BacklogServed: [orders.defer_promise],
    stock_events.PromiseChanged: [orders.defer_changed_promise],
    stock_events.KeptLotsChanged: [fulfillment.defer_unpicking],
    order_events.OrderDrafted: [orders.index_draft],
    order_events.OrderExpired: [orders.index_deleted_draft],
    order_events.OrderPlaced: [
        payments.add_stored_value,
        orders.index_placed,
        notifications.queue_placed,
    ],
    order_events.OrderConfirmed: [
        fulfillment.allocate_confirmed,
        payments.capture_by_rule,
        payments.defer_gift_cards,
    ],
    order_events.OrderStockChanged: [fulfillment.reallocate],
    order_events.OrderDelayed: [fulfillment.reallocate_delayed],
    order_events.OrderPromised: [fulfillment.reallocate_promised],
    order_events.OrderUpdated: [fulfillment.update_priority, orders.index_updated],
    order_events.OrderEdited: [
        fulfillment.apply_edit,
        payments.release_ended_holds,
        payments.capture_by_rule,
        payments.defer_gift_cards,
        orders.index_edited,
    ],
    order_events.OrderHeld: [fulfillment.mark_held],
    order_events.OrderReleased: [fulfillment.mark_released, payments.defer_gift_cards],
    order_events.OrderLinesCancelled: [
        fulfillment.cancel_units,
        payments.release_ended_holds,
        payments.capture_by_rule,
        payments.defer_gift_cards,
    ],
    payment_events.PaymentAuthorized: [payments.defer_gift_cards],
    payment_events.PaymentRecorded: [payments.defer_gift_cards],
    payment_events.PaymentFailed: [payments.defer_gift_cards],
    payment_events.PaymentRefundReversed: [payments.defer_gift_cards],
    payment_events.PaymentReversed: [payments.defer_gift_cards],
    payment_events.DisputeOpened: [payments.defer_gift_cards],
    payment_events.DisputeWon: [payments.defer_gift_cards],
    payment_events.DisputeLost: [payments.defer_gift_cards],
    payment_events.PayoutRecorded: [bank.defer_payout],
    payment_events.PayoutClosed: [bank.defer_payout],
    order_events.OrderCancelled: [
        payments.return_money,
        fulfillment.cancel_all,
        payments.return_stored_value,
    ],
    fulfillment_events.FulfillmentSubmitted: [notifications.queue_supplier_request],
    fulfillment_events.FulfillmentCancelled: [notifications.queue_supplier_cancellation],
    fulfillment_events.FulfillmentLabelBought: [fulfillment.index_label],
    fulfillment_events.FulfillmentShipped: [fulfillment.index_tracking_numbers, payments.capture_by_rule],
    fulfillment_events.FulfillmentCollected: [payments.capture_by_rule],
}

# Called once at the end of a transaction that recorded events, with all of them.
CLOSERS: Sequence[uow.Closer] = (queue_order_messages, post_to_ledger)

# Handlers of deferred tasks, by kind. `uow.defer` stores a task, which runs after the commit.
DEFERRED: Mapping[str, deferred.Handler] = {
    "bank.match": bank.match_statement,
    "bank.payout": bank.match_payout,
    "carrier.messages": process_pending_webhooks,
    "fulfillment.lots": fulfillment.unpick_lost_lots,
    "gift_cards.issue": payments.issue_gift_cards,
    "order.claim": orders.claim,
    "order.promise": orders.promise,
    "order.stock": orders.find_stock,
    "stock.backlog": stock.serve_backlog,
}

# Functions of higher layers that lower layers call and cannot import.
ASKED_ABOVE: Sequence[tuple[Callable[[Any], object], Any]] = (
    (identifying.set_customer_lookup, customer_queries.actors_of),
    (places.set_channel_lookup, channel_queries.channels_by_id),
    (places.set_location_lookup, locations.locations_by_id),
    (customer_queries.set_purchase_condition, order_queries.bought_in),
    (deleting.set_open_orders, order_queries.open_orders_of),
    (merging.set_purchases, order_queries.purchases_of),
    (order_queries.set_work_condition, fulfillment_queries.order_is_worked_on_at),
    (order_queries.set_supplier_refusals, supplier_refusals),
    (in_hand.set_units_in_hand, fulfillment_queries.in_hand),
    (references.set_row_lookup, nodes.seen_ids),
    (order_gateways.set_gateway_lookup, payment_queries.codes_offered_in),
)

# Titles of events in an order's timeline by event name: those shown to buyers, and the rest.
BUYER_TITLES: Mapping[str, str] = {
    **order_events.BUYER_TITLES,
    **payment_events.BUYER_TITLES,
    **fulfillment_events.BUYER_TITLES,
}
STAFF_TITLES: Mapping[str, str] = {
    **order_events.STAFF_TITLES,
    **payment_events.STAFF_TITLES,
    **fulfillment_events.STAFF_TITLES,
}

# Registries by a code that a channel, a carrier or a buyer uses.
RULES = validation.RULES  # validation rules, each with its kind of hold: app/orders/validation/rules.py
CARRIERS = CarrierKind  # of carriers, each with its adapter: app/fulfillment/carrier_adapters/kinds.py
GATEWAYS = GatewayKind  # of payment gateways, each with its adapter: app/payments/gateways/kinds.py
NODES = nodes.NODES  # how `node` fetches a row of each type: app/nodes.py


def wire() -> None:
    """Pass each table to its owner. Calling it again changes nothing."""
    uow.wire(LISTENERS, DEFERRED.keys(), deferred.run_all, CLOSERS)
    deferred.set_handlers(DEFERRED)
    timeline.set_titles(BUYER_TITLES, STAFF_TITLES)
    for ask, answer in ASKED_ABOVE:
        ask(answer)

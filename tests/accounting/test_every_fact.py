"""Every kind of event either has entries in the ledger, or there is a reason why it has none."""

import importlib
from collections.abc import Iterator

from app import wiring
from app.accounting.chart import DETAILED, NAMES
from app.accounting.lifecycle import AccountKind, LedgerEntryKind
from app.accounting.money_facts import _COUNTERPARTS, STORED_VALUE
from app.accounting.service.posting import RECOGNIZING
from app.accounting.stock_facts import ACCOUNTS, KINDS
from app.core.journal.event import Event
from app.inventory.stock.lifecycle import StockReason, ValueAccount
from app.stored_value.lifecycle import StoredValueEntryKind, StoredValueKind

# Events with entries: of the revenue of an order, of money, of stored value or of stock.
POSTED = {
    *(event.name() for event in RECOGNIZING), "order_imported",
    "payment_recorded", "payment_refunded", "payment_refund_reversed",
    "payment_reversed",
    "dispute_opened", "dispute_lost", "dispute_won", "payout_closed", "payout_failed",
    "gift_cards_refunded",
    "stored_value_issued", "stored_value_taken_back", "gift_card_disabled", "stored_value_expired",
    "stock_changed", "stock_received", "receipt_reversed", "cost_corrected", "stock_count_completed",
    "transfer_shipped", "transfer_received", "transfer_turned_back", "supplier_return_created",
    "supplier_return_cancelled", "purchase_order_received", "purchase_order_receipt_reversed",
}  # fmt: skip
# Packages whose events never move money or goods.
WITHOUT = ("access", "accounting", "catalog", "channels", "customers", "notifications", "promotions")
WHY_NOT = {
    "an authorization is a promise of the buyer's bank, and no money has moved": (
        "payment_authorized", "payment_voided", "payment_failed",
    ),
    "the balance of the gift cards stays": ("gift_cards_blocked", "gift_cards_unblocked"),
    "the dispute is as open as before": ("dispute_responded",),
    "a payout is posted when it is closed": ("payout_recorded",),
    "the match with a bank entry proves that a payout has arrived; it moves no money": (
        "payout_reconciled", "payout_unreconciled",
    ),
    "it changes settings": (
        "payment_gateway_set", "order_rule_set", "carrier_set", "box_set", "location_created", "location_updated",
        "sourcing_policy_set", "supplier_created", "supplier_updated",
    ),
    "an order is an agreement; it is posted when it is paid or when goods leave": (
        "order_drafted", "order_draft_updated", "order_placed", "order_confirmed", "order_held", "order_released",
        "order_updated", "order_prices_set", "order_noted", "order_link_revoked", "order_cancel_requested",
        "order_cancel_granted", "order_cancel_declined", "order_expired", "order_delayed", "order_promised",
        "order_stock_missing", "order_stock_changed", "order_completed", "order_reopened",
    ),
    "the goods have not left, or have been posted when they left": (
        "fulfillment_allocated", "fulfillment_released", "fulfillment_recalled", "fulfillment_picking_begun",
        "fulfillment_units_picked", "fulfillment_picked", "fulfillment_unpicked", "fulfillment_picked_short",
        "fulfillment_packed", "fulfillment_unpacked", "fulfillment_ready", "fulfillment_ready_undone",
        "fulfillment_pickup_extended", "fulfillment_delivered", "shipment_tracked", "shipment_tracking_corrected",
        "fulfillment_split", "fulfillment_merged", "fulfillment_reassigned", "fulfillment_submitted",
        "fulfillment_accepted", "fulfillment_rejected", "fulfillment_cancelled", "fulfillment_changed",
        "manifest_created",
    ),
    "the carrier's invoice is booked in purchase accounting": (
        "fulfillment_label_bought", "fulfillment_label_failed", "fulfillment_labels_voided",
    ),
    "reservations and expected goods do not change the value of stock": (
        "reservation_displaced", "kept_lots_changed", "incoming_announced", "incoming_changed", "promise_changed",
        "backlog_served", "transfer_created", "transfer_cancelled", "stock_count_started", "stock_count_submitted",
        "stock_count_reopened", "stock_count_cancelled",
    ),
    "the supplier's invoice or credit note is booked in purchase accounting, against GOODS_RECEIVED": (
        "supplier_return_credited", "purchase_order_created", "purchase_order_updated", "purchase_order_sent",
        "purchase_order_confirmed", "purchase_order_closed", "purchase_order_cancelled",
    ),
}  # fmt: skip


def kinds(base: type[Event]) -> Iterator[type[Event]]:
    for each in base.__subclasses__():
        if not each.__subclasses__():
            yield each
        yield from kinds(each)


def of_the_product() -> list[type[Event]]:
    """The events of the application, without those of tests."""
    assert wiring.LISTENERS
    importlib.import_module("app.schema")
    found = [each for each in kinds(Event) if each.__module__.startswith("app.")]
    return [each for each in found if each.__module__.split(".")[1] not in WITHOUT]


def test_every_event_is_posted_or_has_a_reason():
    reasons = {name for names in WHY_NOT.values() for name in names}
    names = {each.name() for each in of_the_product()}
    assert names - POSTED - reasons == set(), "these events have neither entries nor a reason for none"
    assert (POSTED | reasons) - names == set(), "these events do not exist"
    assert POSTED & reasons == set()


def test_every_reason_of_stock_and_account_of_its_value_has_an_account():
    assert set(KINDS) == set(StockReason)
    assert set(ACCOUNTS) == set(ValueAccount)
    assert len(set(ACCOUNTS.values())) == len(ACCOUNTS)


def test_every_kind_of_stored_value_has_an_account():
    assert set(STORED_VALUE) == set(StoredValueKind)
    assert set(_COUNTERPARTS) == set(StoredValueEntryKind)


def test_every_account_has_a_name_and_every_kind_a_description():
    assert set(NAMES) == set(AccountKind) and set(AccountKind) >= DETAILED
    assert all(kind.description for kind in (*AccountKind, *LedgerEntryKind))

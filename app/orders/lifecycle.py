"""An order's own status. Beside it stand the facets, which follow from its parts: see facets."""

from app.core.described import Described
from app.core.lifecycle import Lifecycle, stay, step


class OrderStatus(Described):
    DRAFT = "draft", "Still being written: a cart, or an order that staff prepare."
    PLACED = "placed", "Promised: its stock is reserved."
    CONFIRMED = "confirmed", "Nothing holds it; the warehouse may start."
    COMPLETED = "completed", "Nothing is left to ship, collect or give back."
    CANCELLED = "cancelled", "Stopped."
    EXPIRED = "expired", "A draft that nobody placed in time, or that was deleted."

    @property
    def is_open(self) -> bool:
        """Whether something is promised to the buyer and may not have left yet."""
        return self in OPEN


S = OrderStatus

place = step("place", {S.DRAFT}, S.PLACED)
confirm = step("confirm", {S.PLACED}, S.CONFIRMED)
complete = step("complete", {S.CONFIRMED}, S.COMPLETED)
reopen = step("reopen", {S.COMPLETED}, S.CONFIRMED)
cancel = step("cancel", {S.PLACED, S.CONFIRMED}, S.CANCELLED)
expire = step("expire", {S.DRAFT}, S.EXPIRED)
lifecycle = Lifecycle(place, confirm, complete, reopen, cancel, expire)
# What is done with an order that is promised, and leaves its status as it is.
OPEN = {S.PLACED, S.CONFIRMED}
hold = stay("hold", OPEN)
edit = stay("edit", OPEN)
reschedule = stay("reschedule", OPEN)
ask_to_cancel = stay("ask_to_cancel", OPEN)


class HoldKind(Described):
    """Why an order is held: a row beside the order, never a status of it."""

    FRAUD = "fraud", "It looks fraudulent."
    ADDRESS = "address", "It cannot be delivered to this address."
    PAYMENT = "payment", "It is to be paid first."
    STOCK = "stock", "Its stock turned out missing."
    CREDIT = "credit", "The customer would owe more than they may."
    COMPLIANCE = "compliance", "It may not be sold there, or to somebody of that age."
    APPROVAL = "approval", "Somebody is to look at it."
    MANUAL = "manual", "Staff put it on hold."


class PaymentStatus(Described):
    UNPAID = "unpaid", "Nothing is paid or authorised."
    AUTHORIZED = "authorized", "The whole amount is authorised, nothing is captured."
    PARTIALLY_PAID = "partially_paid", "A part is paid."
    PAID = "paid", "Everything is paid."
    PARTIALLY_REFUNDED = "partially_refunded", "A part of what was paid has been given back."
    REFUNDED = "refunded", "Everything that was paid has been given back."
    VOIDED = "voided", "The authorisation was given up."
    ON_TERMS = "on_terms", "To be paid by invoice, as agreed."


class FulfillmentStatus(Described):
    UNALLOCATED = "unallocated", "Not yet given to a location."
    BACKORDERED = "backordered", "Waiting for stock."
    ALLOCATED = "allocated", "Given to locations."
    RELEASED = "released", "The locations may start."
    IN_PROGRESS = "in_progress", "Being picked or packed."
    PARTIALLY_SHIPPED = "partially_shipped", "A part is on its way."
    SHIPPED = "shipped", "All is on its way."
    PARTIALLY_DELIVERED = "partially_delivered", "A part has arrived."
    DELIVERED = "delivered", "All has arrived."
    CANCELLED = "cancelled", "Nothing will be sent."


class WarehouseStage(Described):
    """How far the work of the locations is, as the furthest of what is open of an order has come."""

    NONE = "none", "No location has been given anything of it."
    ALLOCATED = "allocated", "Locations have been given it, and wait."
    RELEASED = "released", "Locations may start."
    IN_PROGRESS = "in_progress", "Being picked or packed."


class ReturnStatus(Described):
    NONE = "none", "Nothing comes back."
    REQUESTED = "requested", "The buyer asked to send something back."
    IN_PROGRESS = "in_progress", "Something is on its way back."
    PARTIALLY_RETURNED = "partially_returned", "A part has come back."
    RETURNED = "returned", "All has come back."


class TrackingStage(Described):
    RECEIVED = "received", "We have your order."
    CONFIRMED = "confirmed", "Your order is confirmed."
    PREPARING = "preparing", "We are preparing your order."
    PARTIALLY_SHIPPED = "partially_shipped", "A part of your order is on its way."
    SHIPPED = "shipped", "Your order is on its way."
    OUT_FOR_DELIVERY = "out_for_delivery", "Your order arrives today."
    DELIVERED = "delivered", "Your order has arrived."
    CANCELLED = "cancelled", "Your order was cancelled."


class CancelReason(Described):
    CUSTOMER = "customer", "The buyer changed their mind."
    FRAUD = "fraud", "It looked fraudulent."
    OUT_OF_STOCK = "out_of_stock", "It cannot be delivered."
    DECLINED = "declined", "The payment was declined."
    MISTAKE = "mistake", "It was entered by mistake."
    OTHER = "other", "Something else; see the note."


class CancelRequestStatus(Described):
    """What has become of a buyer's wish to cancel."""

    OPEN = "open", "Nobody has answered it; the order is on hold meanwhile."
    GRANTED = "granted", "What had not left by then was cancelled."
    DECLINED = "declined", "It was too late, or there was another reason; the order goes on."


grant = step("grant", {CancelRequestStatus.OPEN}, CancelRequestStatus.GRANTED)
decline = step("decline", {CancelRequestStatus.OPEN}, CancelRequestStatus.DECLINED)
cancel_requests = Lifecycle(grant, decline)

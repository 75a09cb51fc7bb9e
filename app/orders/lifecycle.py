"""The status of an order. The statuses derived from its parts are in derived_statuses."""

from app.core.described import Described
from app.core.lifecycle import Lifecycle, stay, step


class OrderStatus(Described):
    DRAFT = "draft", "A cart, or an order being prepared by staff."
    PLACED = "placed", "Placed: stock is reserved for the order."
    CONFIRMED = "confirmed", "Confirmed: the order has no open holds and can be released to the warehouse."
    COMPLETED = "completed", "Completed: nothing is left to ship, collect or refund."
    CANCELLED = "cancelled", "Cancelled."
    EXPIRED = "expired", "A draft that was not placed in time, or was deleted."

    @property
    def is_open(self) -> bool:
        """Whether the order is promised to the buyer and not completed."""
        return self in OPEN


S = OrderStatus

place = step("place", {S.DRAFT}, S.PLACED)
confirm = step("confirm", {S.PLACED}, S.CONFIRMED)
complete = step("complete", {S.CONFIRMED}, S.COMPLETED)
reopen = step("reopen", {S.COMPLETED}, S.CONFIRMED)
cancel = step("cancel", {S.PLACED, S.CONFIRMED}, S.CANCELLED)
expire = step("expire", {S.DRAFT}, S.EXPIRED)
lifecycle = Lifecycle(place, confirm, complete, reopen, cancel, expire)
# Actions on an open order that do not change its status.
OPEN = {S.PLACED, S.CONFIRMED}
hold = stay("hold", OPEN)
edit = stay("edit", OPEN)
reschedule = stay("reschedule", OPEN)
request_cancel = stay("request_cancel", OPEN)


NEEDS_APPROVAL = True  # for a kind of hold


class HoldKind(Described):
    """Kind of a hold. Holds are rows of an order, not statuses."""

    needs_approval: bool  # whether its release requires the permission ORDERS_APPROVE

    FRAUD = "fraud", "Suspected fraud.", NEEDS_APPROVAL
    ADDRESS = "address", "The address is not deliverable."
    PAYMENT = "payment", "Payment is required first."
    STOCK = "stock", "Reserved stock turned out to be missing."
    CREDIT = "credit", "The customer's credit limit would be exceeded.", NEEDS_APPROVAL
    COMPLIANCE = (
        "compliance",
        "The goods cannot be sold to the destination or to a buyer of that age.",
        NEEDS_APPROVAL,
    )
    APPROVAL = "approval", "Manual approval is required.", NEEDS_APPROVAL
    MANUAL = "manual", "Put on hold manually by staff."

    def __init__(self, _value: str, description: str, needs_approval: bool = False) -> None:
        note = " Releasing it requires the permission ORDERS_APPROVE." if needs_approval else ""
        self.description, self.needs_approval = description + note, needs_approval


class PaymentStatus(Described):
    UNPAID = "unpaid", "Nothing is paid or authorized."
    AUTHORIZED = "authorized", "The whole amount is authorized; nothing is captured."
    PARTIALLY_PAID = "partially_paid", "A part of the amount is paid."
    PAID = "paid", "The whole amount is paid."
    PARTIALLY_REFUNDED = "partially_refunded", "A part of the payment is refunded."
    REFUNDED = "refunded", "The whole payment is refunded."
    VOIDED = "voided", "The authorization is voided."
    ON_TERMS = "on_terms", "Payment is due by invoice, on agreed terms. Not assigned in this version."


class FulfillmentStatus(Described):
    UNALLOCATED = "unallocated", "Not allocated to a location yet."
    BACKORDERED = "backordered", "Waiting for stock."
    ALLOCATED = "allocated", "Allocated to locations."
    RELEASED = "released", "Released; the locations can start work."
    IN_PROGRESS = "in_progress", "Being picked or packed."
    READY_FOR_PICKUP = "ready_for_pickup", "All units are ready for pick-up."
    PARTIALLY_SHIPPED = "partially_shipped", "Some units are shipped."
    SHIPPED = "shipped", "All units are shipped."
    PARTIALLY_DELIVERED = "partially_delivered", "Some units are delivered, or were picked up."
    DELIVERED = "delivered", "All units are delivered, or were picked up."
    CANCELLED = "cancelled", "Nothing will be shipped."


class WarehouseStage(Described):
    """The furthest stage of an order's open work at locations."""

    NONE = "none", "Not allocated to a location."
    ALLOCATED = "allocated", "Allocated to locations, not released."
    RELEASED = "released", "Released to locations."
    IN_PROGRESS = "in_progress", "Being picked or packed."
    READY = "ready", "All of it is ready for pick-up."

    @property
    def has_begun(self) -> bool:
        """Whether units are being handled."""
        return self in (WarehouseStage.IN_PROGRESS, WarehouseStage.READY)


class ReturnStatus(Described):
    NONE = "none", "No return."
    REQUESTED = "requested", "The buyer requested a return."
    IN_PROGRESS = "in_progress", "Return in transit."
    PARTIALLY_RETURNED = "partially_returned", "Partially returned."
    RETURNED = "returned", "Fully returned."


class TrackingStage(Described):
    RECEIVED = "received", "We have your order."
    CONFIRMED = "confirmed", "Your order is confirmed."
    PREPARING = "preparing", "We are preparing your order."
    PARTIALLY_SHIPPED = "partially_shipped", "A part of your order is on its way."
    SHIPPED = "shipped", "Your order is on its way."
    OUT_FOR_DELIVERY = "out_for_delivery", "Your order arrives today."
    DELIVERED = "delivered", "Your order has arrived."
    READY_FOR_PICKUP = "ready_for_pickup", "Your order is ready for pick-up."
    PARTIALLY_COLLECTED = "partially_collected", "You have collected a part of your order."
    COLLECTED = "collected", "You have collected your order."
    CANCELLED = "cancelled", "Your order was cancelled."


class CancelReason(Described):
    CUSTOMER = "customer", "The buyer changed their mind."
    FRAUD = "fraud", "The order looked fraudulent."
    OUT_OF_STOCK = "out_of_stock", "The goods cannot be delivered."
    DECLINED = "declined", "The payment was declined."
    MISTAKE = "mistake", "The order was entered by mistake."
    OTHER = "other", "Another reason; see the note."


class CancelRequestStatus(Described):
    """Status of a cancellation request."""

    OPEN = "open", "Not answered yet; the order is on hold until then."
    GRANTED = "granted", "Accepted; everything that had not shipped was cancelled."
    DECLINED = (
        "declined",
        "Declined, because it was too late or for another reason; processing of the order continues.",
    )


grant = step("grant", {CancelRequestStatus.OPEN}, CancelRequestStatus.GRANTED)
decline = step("decline", {CancelRequestStatus.OPEN}, CancelRequestStatus.DECLINED)
cancel_requests = Lifecycle(grant, decline)

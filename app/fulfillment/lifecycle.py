"""The life cycle of fulfillment orders, and of shipments and packages."""

from app.core.described import Described
from app.core.lifecycle import Lifecycle, step


class FulfillmentOrderStatus(Described):
    OPEN = "open", "Assigned to the location; not released yet."
    RELEASED = "released", "Released; the location can start work."
    PICKING = "picking", "Picking is in progress."
    PICKED = "picked", "All units are picked."
    PACKED = "packed", "All units are packed."
    READY = "ready", "Ready for pick-up: the buyer can collect it."
    SUBMITTED = "submitted", "Submitted to the supplier, who has not answered yet."
    ACCEPTED = "accepted", "Accepted by the supplier, who will ship it."
    REJECTED = "rejected", "Rejected by the supplier; its units were sourced again."
    SHIPPED = "shipped", "Shipped."
    DELIVERED = "delivered", "Everything that was not returned is delivered."
    RETURNED = "returned", "Undeliverable; all units were returned."
    CANCELLED = "cancelled", "Cancelled; it will not be shipped."

    @property
    def is_ahead(self) -> bool:
        """Whether it was not shipped yet."""
        return self in AHEAD

    @property
    def has_left(self) -> bool:
        return self in (FulfillmentOrderStatus.SHIPPED, FulfillmentOrderStatus.DELIVERED)


S = FulfillmentOrderStatus
IN_HAND = (S.PICKING, S.PICKED, S.PACKED, S.READY)  # its units are being handled
AHEAD = (S.OPEN, S.RELEASED, *IN_HAND, S.SUBMITTED, S.ACCEPTED)

release = step("release", {S.OPEN}, S.RELEASED)
recall = step("recall", {S.RELEASED}, S.OPEN)
begin = step("begin", {S.RELEASED}, S.PICKING)
pick = step("pick", {S.PICKING}, S.PICKED)
unpick = step("unpick", {S.PICKING, S.PICKED}, S.RELEASED)
pack = step("pack", {S.PICKED}, S.PACKED)
unpack = step("unpack", {S.PACKED}, S.PICKED)
submit = step("submit", {S.RELEASED}, S.SUBMITTED)
accept = step("accept", {S.SUBMITTED}, S.ACCEPTED)
reject = step("reject", {S.SUBMITTED, S.ACCEPTED}, S.REJECTED)
# A small shop ships released orders without recording picking and packing.
ship = step("ship", {S.RELEASED, S.PICKED, S.PACKED, S.ACCEPTED}, S.SHIPPED)
# The buyer picks it up at the location instead.
make_ready = step("make_ready", {S.PICKED, S.PACKED}, S.READY)
undo_ready = step("undo_ready", {S.READY}, S.PICKED)
hand_over = step("hand_over", {S.READY}, S.SHIPPED)
deliver = step("deliver", {S.SHIPPED}, S.DELIVERED)
bring_back = step("bring_back", {S.SHIPPED}, S.RETURNED)
# A parcel reported as delivered was not.
undeliver = step("undeliver", {S.DELIVERED}, S.SHIPPED)
cancel = step("cancel", set(AHEAD), S.CANCELLED)
lifecycle = Lifecycle(
    release,
    recall,
    begin,
    pick,
    unpick,
    pack,
    unpack,
    submit,
    accept,
    reject,
    ship,
    make_ready,
    undo_ready,
    hand_over,
    deliver,
    bring_back,
    undeliver,
    cancel,
)


class ShipmentStage(Described):
    """Stage of a package as reported by its carrier."""

    LABEL_CREATED = "label_created", "Registered with the carrier."
    PICKED_UP = "picked_up", "Picked up by the carrier."
    IN_TRANSIT = "in_transit", "In transit."
    OUT_FOR_DELIVERY = "out_for_delivery", "Out for delivery today."
    FAILED_ATTEMPT = "failed_attempt", "A delivery attempt failed; the carrier tries again."
    EXCEPTION = "exception", "Delayed by a problem with the address, customs or damage."
    DELIVERED = "delivered", "Delivered."
    RETURNED_TO_SENDER = "returned_to_sender", "Returned to the sender by the carrier."


class Resolution(Described):
    """What to do with units of an order whose package was returned."""

    SEND_AGAIN = "send_again", "Source the units and ship them again."
    CANCEL = (
        "cancel",
        (
            "Cancel the units; the amount paid for them is due for refund. Components of a bundle of "
            "which the buyer already has another part are shipped again."
        ),
    )


class PickListKind(Described):
    SINGLE = "single", "Picking of one order at a time."
    BATCH = "batch", "Picking of several orders at once."
    WAVE = "wave", "Picking of several orders within one zone."


class PickListStatus(Described):
    OPEN = "open", "Picking is in progress or not started."
    DONE = "done", "All units were picked or reported missing."
    CANCELLED = "cancelled", "Cancelled; units not picked can be added to another list."


class LabelStatus(Described):
    PENDING = "pending", "Requested from the carrier, or about to be; the result is not known yet."
    BOUGHT = "bought", "Bought for the package."
    FAILED = "failed", "Rejected by the carrier; see `problem` for the reason."
    VOIDING = "voiding", "No longer needed; the carrier is being notified."
    VOIDED = "voided", "Voided by the carrier, or never charged."


L = LabelStatus
buy_label = step("buy", {L.PENDING}, L.BOUGHT)
fail_label = step("fail", {L.PENDING}, L.FAILED)
# A failed or voided label may turn out to be bought.
drop_label = step("drop", {L.PENDING, L.BOUGHT, L.FAILED, L.VOIDED}, L.VOIDING)
void_label = step("void", {L.VOIDING}, L.VOIDED)
labels = Lifecycle(buy_label, fail_label, drop_label, void_label)

"""The life of a fulfillment order, and of what it becomes: a shipment of packages."""

from app.core.described import Described
from app.core.lifecycle import Lifecycle, step


class FulfillmentOrderStatus(Described):
    OPEN = "open", "Given to the location, which does not start yet."
    RELEASED = "released", "The location may start."
    PICKING = "picking", "Somebody is taking its goods from the shelves."
    PICKED = "picked", "All of it is taken."
    PACKED = "packed", "All of it is in packages."
    SUBMITTED = "submitted", "Sent to the supplier or provider, who has not answered yet."
    ACCEPTED = "accepted", "The supplier or provider will send it."
    REJECTED = "rejected", "The supplier or provider will not send it; others were asked."
    SHIPPED = "shipped", "It has left."
    DELIVERED = "delivered", "All that did not come back has arrived."
    RETURNED = "returned", "It could not be delivered, and all of it came back."
    CANCELLED = "cancelled", "Nobody is to send it any more."

    @property
    def is_ahead(self) -> bool:
        """Whether it is still to leave."""
        return self in AHEAD

    @property
    def has_left(self) -> bool:
        return self in (FulfillmentOrderStatus.SHIPPED, FulfillmentOrderStatus.DELIVERED)


S = FulfillmentOrderStatus
IN_HAND = (S.PICKING, S.PICKED, S.PACKED)  # somebody has touched its goods
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
# A shop of one person ships what it has released, without a word on picking and packing.
ship = step("ship", {S.RELEASED, S.PICKED, S.PACKED, S.ACCEPTED}, S.SHIPPED)
deliver = step("deliver", {S.SHIPPED}, S.DELIVERED)
bring_back = step("bring_back", {S.SHIPPED}, S.RETURNED)
# A parcel that was said to have arrived has not.
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
    deliver,
    bring_back,
    undeliver,
    cancel,
)


class ShipmentStage(Described):
    """Where a package is, by what its carrier says."""

    LABEL_CREATED = "label_created", "The carrier knows of it and does not have it yet."
    PICKED_UP = "picked_up", "The carrier has it."
    IN_TRANSIT = "in_transit", "On its way."
    OUT_FOR_DELIVERY = "out_for_delivery", "On the van: it arrives today."
    FAILED_ATTEMPT = "failed_attempt", "Nobody took it; the carrier tries again."
    EXCEPTION = "exception", "Something keeps it: an address, customs, damage."
    DELIVERED = "delivered", "It has arrived."
    RETURNED_TO_SENDER = "returned_to_sender", "The carrier brought it back."


class Resolution(Described):
    """What becomes of an order whose parcel came back."""

    SEND_AGAIN = "send_again", "The units are sourced and sent again."
    CANCEL = (
        "cancel",
        "The units are cancelled, and what was paid for them is due back. What belongs to a bundle of which "
        "another part is with the buyer is sent again.",
    )


class PickListKind(Described):
    SINGLE = "single", "One order at a time."
    BATCH = "batch", "Several orders in one walk."
    WAVE = "wave", "What several orders need from one zone."


class PickListStatus(Described):
    OPEN = "open", "Somebody is walking, or will."
    DONE = "done", "Everything on it is picked, or was found missing."
    CANCELLED = "cancelled", "Given up; what was not picked can go on another list."


class CarrierKind(Described):
    """How a carrier is reached."""

    MANUAL = "manual", "By hand: somebody notes its tracking numbers and what it says."
    LABELS = "labels", "We number parcels and print their labels; somebody notes what it says."
    EASYPOST = "easypost", "Through EasyPost: rates, labels and tracking of many carriers."


class LabelStatus(Described):
    PENDING = "pending", "The carrier was asked, or is about to be; nobody knows yet what came of it."
    BOUGHT = "bought", "The package has it."
    FAILED = "failed", "The carrier would not; it says why."
    VOIDING = "voiding", "It is not needed any more: the carrier is being told."
    VOIDED = "voided", "The carrier has taken it back, or was never to be paid."


L = LabelStatus
buy_label = step("buy", {L.PENDING}, L.BOUGHT)
fail_label = step("fail", {L.PENDING}, L.FAILED)
# One that failed, or was given back, may turn out to have been bought after all.
drop_label = step("drop", {L.PENDING, L.BOUGHT, L.FAILED, L.VOIDED}, L.VOIDING)
void_label = step("void", {L.VOIDING}, L.VOIDED)
labels = Lifecycle(buy_label, fail_label, drop_label, void_label)

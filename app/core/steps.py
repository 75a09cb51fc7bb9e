"""The steps and statuses of every life cycle, as two closed enums for API clients.

Each domain has its own life cycle. These enums give clients one type for `nextSteps` and `IllegalTransition`.
"""

from app.core.described import Described


class LifecycleStep(Described):
    PLACE = "place", "Order: place it."
    CONFIRM = (
        "confirm",
        (
            "Order: confirm it once no hold is open. Purchase order: record the arrival date of all or "
            "the remaining goods, as confirmed by the supplier."
        ),
    )
    COMPLETE = "complete", "Order: complete it once no work remains. Stock count: post its differences."
    REOPEN = "reopen", "Order: reopen it for further work."
    CANCEL = "cancel", "Cancel the object."
    EXPIRE = "expire", "Order: let an unplaced draft expire."
    DELETE = "delete", "Order: delete a draft."
    EDIT = "edit", "Order: edit its lines, address or shipping method. Purchase order: edit its lines."
    HOLD = "hold", "Order: put it on hold, so that nothing ships until the hold is released."
    RESCHEDULE = "reschedule", "Order: change the promised delivery date."
    REQUEST_CANCEL = "request_cancel", "Order: request the cancellation from the shop."
    GRANT = "grant", "Cancellation request: accept it and cancel everything that has not shipped."
    DECLINE = "decline", "Cancellation request: decline it and continue processing the order."
    RELEASE = (
        "release",
        "Order: release its holds. Fulfillment order: release it, so that the location can start work.",
    )
    RECALL = "recall", "Fulfillment order: undo the release."
    REASSIGN = "reassign", "Fulfillment order: reassign it to another location."
    SPLIT = "split", "Fulfillment order: split it in two."
    MERGE = "merge", "Fulfillment order: merge several into one."
    BEGIN = "begin", "Fulfillment order: start picking."
    PICK = "pick", "Fulfillment order: pick its units."
    UNPICK = "unpick", "Fulfillment order: return picked units to the shelf."
    PACK = "pack", "Fulfillment order: pack its units."
    UNPACK = "unpack", "Fulfillment order: unpack its units."
    REQUEST_RATES = "request_rates", "Fulfillment order: request shipping rates from carriers."
    BUY_LABELS = "buy_labels", "Fulfillment order: buy shipping labels for its packages."
    VOID_LABELS = "void_labels", "Fulfillment order: void the shipping labels of its packages."
    SUBMIT = "submit", "Fulfillment order: submit it to the supplier. Stock count: submit it."
    ACCEPT = "accept", "Fulfillment order: accepted by the supplier, who will ship it."
    REJECT = "reject", "Fulfillment order: rejected by the supplier."
    SHIP = "ship", "Fulfillment order or stock transfer: ship it."
    MAKE_READY = "make_ready", "Fulfillment order: notify the buyer that it is ready for pick-up."
    UNDO_READY = "undo_ready", "Fulfillment order: it is not ready for pick-up after all."
    HAND_OVER = "hand_over", "Fulfillment order: hand it over to the buyer who picks it up."
    DELIVER = "deliver", "Fulfillment order or shipment: delivered."
    BRING_BACK = "bring_back", "Fulfillment order: return it as undeliverable."
    UNDELIVER = "undeliver", "Fulfillment order: undo the delivery of a package that was recorded by mistake."
    RECEIVE_BACK = "receive_back", "Shipment: put away the goods that the carrier returned."
    BUY = "buy", "Label: record the purchase from the carrier."
    FAIL = "fail", "Label: record the rejection by the carrier."
    DROP = "drop", "Label or message: discard it because it is no longer needed."
    VOID = (
        "void",
        "Label: record that the carrier voided it. Payment: end the authorization of what is not captured.",
    )
    CAPTURE = "capture", "Payment: capture an authorized amount."
    REFUND = "refund", "Payment: refund a received amount."
    SEND = "send", "Purchase order or message: send it."
    GIVE_UP = "give_up", "Message: stop trying to send it."
    TURN_BACK = "turn_back", "Stock transfer: turn it back before it arrives."
    RECEIVE = "receive", "Purchase order or stock transfer: receive its goods."
    REVERSE = "reverse", "Purchase order: reverse an incorrect receipt."
    RESPOND = "respond", "Dispute: record that evidence was sent."
    CLOSE = (
        "close",
        "Purchase order: closed; no more goods are expected. Dispute: record whether it was won or lost.",
    )
    APPROVE = "approve", "Stock count: approve and post its differences."
    RECOUNT = "recount", "Stock count: count again."
    PUBLISH = "publish", "Product: publish it for sale. Template of messages: use it."
    UNPUBLISH = "unpublish", "Product: unpublish it for editing."
    ARCHIVE = "archive", "Product: archive it, which ends its sale."
    RETIRE = "retire", "Template of messages: stop using it."

    @property
    def words(self) -> str:
        """The step as words in a message."""
        return self.value.replace("_", " ")


class LifecycleStatus(Described):
    DRAFT = "draft", "Order, product, purchase order, stock transfer or template: in preparation."
    PLACED = "placed", "Order: placed by the buyer."
    CONFIRMED = (
        "confirmed",
        "Order: confirmed, with no open hold. Purchase order: the supplier confirmed the arrival date.",
    )
    COMPLETED = "completed", "Order or stock count: completed."
    CANCELLED = "cancelled", "Cancelled."
    EXPIRED = "expired", "Order: the draft expired before it was placed."
    GRANTED = "granted", "Cancellation request: accepted; everything that had not shipped was cancelled."
    DECLINED = "declined", "Cancellation request: declined; processing of the order continues."
    OPEN = "open", "Fulfillment order, stock count or cancellation request: not started, or not answered."
    RELEASED = "released", "Fulfillment order: released; the location can start work."
    PICKING = "picking", "Fulfillment order: picking is in progress."
    PICKED = "picked", "Fulfillment order: all units are picked."
    PACKED = "packed", "Fulfillment order: all units are packed."
    READY = "ready", "Fulfillment order: ready for pick-up."
    SUBMITTED = (
        "submitted",
        "Fulfillment order: submitted to the supplier. Stock count: waiting for approval.",
    )
    ACCEPTED = "accepted", "Fulfillment order: accepted by the supplier, who will ship it."
    REJECTED = "rejected", "Fulfillment order: rejected by the supplier."
    SHIPPED = "shipped", "Fulfillment order: shipped."
    DELIVERED = "delivered", "Fulfillment order or shipment: delivered."
    RETURNED = "returned", "Fulfillment order or stock transfer: returned."
    LABEL_CREATED = "label_created", "Shipment: registered with the carrier."
    PICKED_UP = "picked_up", "Shipment: picked up by the carrier."
    IN_TRANSIT = "in_transit", "Shipment or stock transfer: in transit."
    RETURNING = "returning", "Stock transfer: turned back, in transit to its source location."
    OUT_FOR_DELIVERY = "out_for_delivery", "Shipment: out for delivery today."
    FAILED_ATTEMPT = "failed_attempt", "Shipment: a delivery attempt failed."
    EXCEPTION = "exception", "Shipment: delayed by a problem."
    RETURNED_TO_SENDER = "returned_to_sender", "Shipment: returned to the sender by the carrier."
    PENDING = "pending", "Label: requested from the carrier. Payment: waits for the buyer or the gateway."
    BOUGHT = "bought", "Label: bought for the package."
    FAILED = "failed", "Label or message: failed."
    VOIDING = "voiding", "Label: the carrier is being notified that the label is not needed."
    VOIDED = "voided", "Label: voided. Payment: declined, voided or expired before anything was captured."
    AUTHORIZED = "authorized", "Payment: an amount is authorized and can be captured."
    CAPTURED = "captured", "Payment: received; nothing more can be captured."
    REFUNDED = "refunded", "Payment: everything that was received is refunded."
    CHARGED_BACK = "chargeback", "Payment: charged back after a dispute."
    NEEDS_RESPONSE = "needs_response", "Dispute: evidence is expected."
    UNDER_REVIEW = "under_review", "Dispute: evidence was sent."
    WON = "won", "Dispute: closed in favor of the company."
    LOST = "lost", "Dispute: closed in favor of the buyer."
    QUEUED = "queued", "Message: waiting to be sent."
    SENT = "sent", "Purchase order or message: sent."
    DROPPED = "dropped", "Message: discarded because it is no longer relevant."
    PARTIALLY_RECEIVED = "partially_received", "Purchase order: partially received."
    RECEIVED = "received", "Purchase order or stock transfer: received."
    CLOSED = "closed", "Purchase order: closed; no more goods are expected."
    PUBLISHED = "published", "Product: available for sale. Template of messages: in use."
    ARCHIVED = "archived", "Product: no longer sold."
    RETIRED = "retired", "Template of messages: not used any more."


class NextStepReason(Described):
    """Reason why a step cannot be taken now."""

    FORBIDDEN = "forbidden", "The caller lacks the permission for the step."
    ON_HOLD = "on_hold", "The order is on hold; release the hold first."
    ALREADY_SHIPPED = "already_shipped", "The affected goods have already shipped."
    TOO_LATE = "too_late", "The time limit has passed, or the warehouse has started; it can be requested."
    ALREADY_REQUESTED = "already_requested", "It has already been requested and is waiting for an answer."
    WITH_SUPPLIER = "with_supplier", "A supplier has been asked to ship it and must agree first."
    NOT_READY = "not_ready", "A prerequisite is missing; see the reason."
    LIMIT_REACHED = "limit_reached", "A limit of the caller's role is reached; see the reason."
    CHANNEL_CLOSED = "channel_closed", "The channel does not accept orders."

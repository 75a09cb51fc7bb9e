"""The steps and the statuses of every life cycle, as two closed lists for the programs that call the API.

Each domain keeps its own life cycle. What they have in common is how a step is named and how a refused one
is answered: one enum of each, so that a client has a type for `nextSteps` and `IllegalTransition`.
"""

from app.core.described import Described


class LifecycleStep(Described):
    PLACE = "place", "Order: promise it to the buyer."
    CONFIRM = (
        "confirm",
        "Order: nothing holds it any more. Purchase order: the supplier says when it, or its rest, comes.",
    )
    COMPLETE = "complete", "Order: nothing is left to do. Stock count: its differences are booked."
    REOPEN = "reopen", "Order: something is to be done again."
    CANCEL = "cancel", "Stop it."
    EXPIRE = "expire", "Order: a draft that nobody placed in time ends."
    DELETE = "delete", "Order: delete a draft."
    EDIT = "edit", "Order: change its lines, address or method. Purchase order: change its lines."
    HOLD = "hold", "Order: let nothing of it leave until it is released."
    RESCHEDULE = "reschedule", "Order: promise another day."
    ASK_TO_CANCEL = "ask_to_cancel", "Order: ask the shop to cancel it."
    GRANT = "grant", "Request to cancel: cancel what has not left."
    DECLINE = "decline", "Request to cancel: let the order go on."
    RELEASE = "release", "Order: end its holds. Fulfillment order: let the location start."
    RECALL = "recall", "Fulfillment order: let the location wait again."
    REASSIGN = "reassign", "Fulfillment order: give it to another location."
    SPLIT = "split", "Fulfillment order: make two of it."
    MERGE = "merge", "Fulfillment order: make one of several."
    BEGIN = "begin", "Fulfillment order: somebody takes the first of its goods."
    PICK = "pick", "Fulfillment order: take its goods from the shelves."
    UNPICK = "unpick", "Fulfillment order: put its goods back."
    PACK = "pack", "Fulfillment order: put its goods into packages."
    UNPACK = "unpack", "Fulfillment order: take its goods out of the packages."
    ASK_FOR_RATES = "ask_for_rates", "Fulfillment order: ask carriers what they take."
    BUY_LABELS = "buy_labels", "Fulfillment order: buy the labels of its packages."
    VOID_LABELS = "void_labels", "Fulfillment order: give the labels of its packages back."
    SUBMIT = "submit", "Fulfillment order: ask the supplier to send it. Stock count: hand it in."
    ACCEPT = "accept", "Fulfillment order: the supplier will send it."
    REJECT = "reject", "Fulfillment order: the supplier will not send it."
    SHIP = "ship", "Fulfillment order or stock transfer: it leaves."
    DELIVER = "deliver", "Fulfillment order or shipment: it has arrived."
    BRING_BACK = "bring_back", "Fulfillment order: it could not be delivered and comes back."
    UNDELIVER = "undeliver", "Fulfillment order: a parcel that was said to have arrived has not."
    RECEIVE_BACK = "receive_back", "Shipment: what the carrier brought back is put away."
    BUY = "buy", "Label: the carrier has sold it."
    FAIL = "fail", "Label: the carrier would not."
    DROP = "drop", "Label or message: it is not needed any more."
    VOID = "void", "Label: the carrier has taken it back."
    SEND = "send", "Purchase order or message: it goes out."
    GIVE_UP = "give_up", "Message: it is not tried any more."
    TURN_BACK = "turn_back", "Stock transfer: it goes back before it has arrived."
    RECEIVE = "receive", "Purchase order or stock transfer: its goods have come."
    REVERSE = "reverse", "Purchase order: take a receipt back that was wrong."
    CLOSE = "close", "Purchase order: nothing more is expected of it."
    APPROVE = "approve", "Stock count: book its differences."
    RECOUNT = "recount", "Stock count: count again."
    PUBLISH = "publish", "Product: sell it."
    UNPUBLISH = "unpublish", "Product: stop showing it, to work on it."
    ARCHIVE = "archive", "Product: stop selling it."

    @property
    def words(self) -> str:
        """As a sentence says it."""
        return self.value.replace("_", " ")


class LifecycleStatus(Described):
    DRAFT = "draft", "Order, product, purchase order or stock transfer: being prepared."
    PLACED = "placed", "Order: promised."
    CONFIRMED = "confirmed", "Order: nothing holds it. Purchase order: the supplier said when it comes."
    COMPLETED = "completed", "Order or stock count: done."
    CANCELLED = "cancelled", "Stopped."
    EXPIRED = "expired", "Order: a draft that nobody placed in time."
    GRANTED = "granted", "Request to cancel: what had not left was cancelled."
    DECLINED = "declined", "Request to cancel: the order goes on."
    OPEN = "open", "Fulfillment order, stock count or request to cancel: not begun, or not answered."
    RELEASED = "released", "Fulfillment order: the location may start."
    PICKING = "picking", "Fulfillment order: its goods are being taken."
    PICKED = "picked", "Fulfillment order: its goods are taken."
    PACKED = "packed", "Fulfillment order: its goods are in packages."
    SUBMITTED = "submitted", "Fulfillment order: the supplier was asked. Stock count: waits for approval."
    ACCEPTED = "accepted", "Fulfillment order: the supplier will send it."
    REJECTED = "rejected", "Fulfillment order: the supplier will not send it."
    SHIPPED = "shipped", "Fulfillment order: it has left."
    DELIVERED = "delivered", "Fulfillment order or shipment: it has arrived."
    RETURNED = "returned", "Fulfillment order or stock transfer: it came back."
    LABEL_CREATED = "label_created", "Shipment: the carrier knows of it."
    PICKED_UP = "picked_up", "Shipment: the carrier has it."
    IN_TRANSIT = "in_transit", "Shipment or stock transfer: on its way."
    RETURNING = "returning", "Stock transfer: turned back, on its way to where it came from."
    OUT_FOR_DELIVERY = "out_for_delivery", "Shipment: it arrives today."
    FAILED_ATTEMPT = "failed_attempt", "Shipment: nobody took it."
    EXCEPTION = "exception", "Shipment: something keeps it."
    RETURNED_TO_SENDER = "returned_to_sender", "Shipment: the carrier brought it back."
    PENDING = "pending", "Label: the carrier was asked."
    BOUGHT = "bought", "Label: the package has it."
    FAILED = "failed", "Label or message: it did not work."
    VOIDING = "voiding", "Label: the carrier is being told that it is not needed."
    VOIDED = "voided", "Label: taken back."
    QUEUED = "queued", "Message: to be sent."
    SENT = "sent", "Purchase order or message: gone out."
    DROPPED = "dropped", "Message: there was nothing to say any more."
    PARTIALLY_RECEIVED = "partially_received", "Purchase order: some of it has come."
    RECEIVED = "received", "Purchase order or stock transfer: it has come."
    CLOSED = "closed", "Purchase order: nothing more is expected of it."
    PUBLISHED = "published", "Product: sold."
    ARCHIVED = "archived", "Product: no longer sold."


class NextStepReason(Described):
    """Why a step cannot be taken now."""

    FORBIDDEN = "forbidden", "The caller lacks the permission for it."
    ON_HOLD = "on_hold", "A hold stops it; release the hold first."
    ALREADY_SHIPPED = "already_shipped", "What it would change has left."
    TOO_LATE = "too_late", "The time for it is over, or the work has begun; it can be asked for."
    ALREADY_ASKED = "already_asked", "It was asked for already, and waits for an answer."
    WITH_SUPPLIER = "with_supplier", "A supplier was asked to send it, and must be asked first."
    NOT_READY = "not_ready", "Something that it needs is not there yet; the reason says what."
    CHANNEL_CLOSED = "channel_closed", "The channel takes no orders."

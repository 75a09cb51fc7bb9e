from app.core.described import Described
from app.core.lifecycle import Lifecycle, step


class PurchaseOrderStatus(Described):
    DRAFT = "draft", "In preparation, or suggested by replenishment; not ordered yet."
    SENT = "sent", "Sent to the supplier; the goods are expected."
    CONFIRMED = "confirmed", "The supplier has confirmed the delivery date."
    PARTIALLY_RECEIVED = "partially_received", "A part of the goods is received."
    RECEIVED = "received", "All goods are received."
    CLOSED = "closed", "Closed; remaining goods are no longer expected."
    CANCELLED = "cancelled", "Cancelled before any goods were received."


S = PurchaseOrderStatus
OPEN = {S.SENT, S.CONFIRMED, S.PARTIALLY_RECEIVED}

send = step("send", {S.DRAFT}, S.SENT)
edit = step("edit", {S.DRAFT}, S.DRAFT)
confirm = step("confirm", {S.SENT, S.CONFIRMED}, S.CONFIRMED)
confirm_rest = step("confirm", {S.PARTIALLY_RECEIVED}, S.PARTIALLY_RECEIVED)
receive_some = step("receive", OPEN, S.PARTIALLY_RECEIVED)
receive_all = step("receive", OPEN, S.RECEIVED)
# Reversing an incorrect receipt restores the previous status.
REVERSED = {
    status: step("reverse", sources, status)
    for status, sources in (
        (S.SENT, {S.PARTIALLY_RECEIVED, S.RECEIVED}),
        (S.CONFIRMED, {S.PARTIALLY_RECEIVED, S.RECEIVED}),
        (S.PARTIALLY_RECEIVED, {S.PARTIALLY_RECEIVED, S.RECEIVED}),
        (S.RECEIVED, {S.RECEIVED}),
        (S.CLOSED, {S.CLOSED}),
    )
}
close = step("close", {S.PARTIALLY_RECEIVED, S.RECEIVED}, S.CLOSED)
cancel = step("cancel", {S.DRAFT, S.SENT, S.CONFIRMED}, S.CANCELLED)
lifecycle = Lifecycle(
    send, edit, confirm, confirm_rest, receive_some, receive_all, *REVERSED.values(), close, cancel
)

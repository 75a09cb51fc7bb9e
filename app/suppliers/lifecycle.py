from app.core.described import Described
from app.core.lifecycle import Lifecycle, step


class PurchaseOrderStatus(Described):
    DRAFT = "draft", "Being written, or suggested; nothing is on order yet."
    SENT = "sent", "Sent to the supplier; its goods are expected."
    CONFIRMED = "confirmed", "The supplier has said when the goods come."
    PARTIALLY_RECEIVED = "partially_received", "Some of it has come."
    RECEIVED = "received", "All of it has come."
    CLOSED = "closed", "Done; what has not come is not expected any more."
    CANCELLED = "cancelled", "Called off before anything came."


S = PurchaseOrderStatus
OPEN = {S.SENT, S.CONFIRMED, S.PARTIALLY_RECEIVED}

send = step("send", {S.DRAFT}, S.SENT)
edit = step("edit", {S.DRAFT}, S.DRAFT)
confirm = step("confirm", {S.SENT, S.CONFIRMED}, S.CONFIRMED)
confirm_rest = step("confirm", {S.PARTIALLY_RECEIVED}, S.PARTIALLY_RECEIVED)
receive_some = step("receive", OPEN, S.PARTIALLY_RECEIVED)
receive_all = step("receive", OPEN, S.RECEIVED)
# A receipt that was wrong is taken back: all is as it was before it.
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

from app.core.described import Described
from app.core.lifecycle import Lifecycle, step


class MessageStatus(Described):
    QUEUED = "queued", "To be sent, or to be tried again; see `nextAt`."
    SENT = "sent", "The mail server has taken it."
    FAILED = "failed", "Given up after the last try; see `problem`."
    DROPPED = "dropped", "Not sent: there was nothing to say any more."


S = MessageStatus
send = step("send", {S.QUEUED}, S.SENT)
give_up = step("give_up", {S.QUEUED}, S.FAILED)
drop = step("drop", {S.QUEUED}, S.DROPPED)
lifecycle = Lifecycle(send, give_up, drop)


class MessageKind(Described):
    """What a message is about. Each has a template of its own."""

    SUPPLIER_REQUEST = "supplier_request", "A supplier is asked to send something to a buyer."
    SUPPLIER_CALL_OFF = "supplier_call_off", "A supplier need not send it any more."
    ACCOUNT_REGISTER = "account_register", "Somebody who wants an account is to prove the address."
    ACCOUNT_REGISTER_KNOWN = (
        "account_register_known",
        "Somebody wants an account with the address of a customer, who is told and offered a new password.",
    )
    ACCOUNT_RESET = "account_reset", "A customer or member of staff wants to choose a new password."
    ACCOUNT_INVITE = "account_invite", "Somebody was added to the staff, and is to choose a password."


# Of these the subject is a fulfillment order; of the others somebody who wants an account.
OF_WORK = (MessageKind.SUPPLIER_REQUEST, MessageKind.SUPPLIER_CALL_OFF)

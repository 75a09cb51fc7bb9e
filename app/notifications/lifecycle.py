from app.core.described import Described
from app.core.lifecycle import Lifecycle, step


class MessageStatus(Described):
    QUEUED = "queued", "Waiting to be sent or retried; see `nextAt`."
    SENT = "sent", "Accepted by the mail server."
    FAILED = "failed", "Failed after the last attempt; see `problem`."
    DROPPED = "dropped", "Not sent because it was no longer needed or not wanted; see `problem`."


S = MessageStatus
send = step("send", {S.QUEUED}, S.SENT)
give_up = step("give_up", {S.QUEUED}, S.FAILED)
drop = step("drop", {S.QUEUED}, S.DROPPED)
lifecycle = Lifecycle(send, give_up, drop)


class TemplateStatus(Described):
    DRAFT = "draft", "Being edited; not used."
    PUBLISHED = "published", "Used for messages."
    RETIRED = "retired", "Not used any more."


publish_template = step("publish", {TemplateStatus.DRAFT}, TemplateStatus.PUBLISHED)
retire_template = step("retire", {TemplateStatus.DRAFT, TemplateStatus.PUBLISHED}, TemplateStatus.RETIRED)
templates = Lifecycle(publish_template, retire_template)


class BackInStockStatus(Described):
    """Status of a request to be told when a variant is available again."""

    UNCONFIRMED = "unconfirmed", "Waiting for the confirmation of the email address; deleted after 3 days."
    WAITING = "waiting", "Confirmed; the message is sent when the variant is available."
    TOLD = "told", "The variant was available and the message was queued."
    WITHDRAWN = "withdrawn", "Withdrawn by the recipient or by staff."


class MessageKind(Described):
    """Kind of a message. Each has its own template."""

    SUPPLIER_REQUEST = "supplier_request", "Request to a supplier to ship an order to a buyer."
    SUPPLIER_CALL_OFF = (
        "supplier_call_off",
        "Notice to a supplier that a requested shipment is no longer needed.",
    )
    ACCOUNT_REGISTER = "account_register", "Request to verify the email address of a new account."
    ACCOUNT_REGISTER_KNOWN = (
        "account_register_known",
        (
            "Notice to an existing customer that someone tried to register an account with their email "
            "address, with an offer to reset the password."
        ),
    )
    ACCOUNT_RESET = "account_reset", "Link to reset the password of a customer or staff member."
    ACCOUNT_INVITE = "account_invite", "Invitation to a new staff member to choose a password."
    ACCOUNT_INVITE_CUSTOMER = (
        "account_invite_customer",
        "Invitation to a customer without a password to open their account.",
    )
    ACCOUNT_EMAIL_CHANGE = (
        "account_email_change",
        "Link to confirm a new email address of an account, sent to the new address.",
    )
    ACCOUNT_EMAIL_CHANGED = (
        "account_email_changed",
        "Notice that the email address of an account has changed, sent to the previous address.",
    )
    ACCOUNT_PASSWORD_CHANGED = (
        "account_password_changed",
        "Notice that the password of an account has changed.",
    )
    ACCOUNT_DELETION = "account_deletion", "Link to confirm the deletion of an account."
    BACK_IN_STOCK = "back_in_stock", "Notice that a variant is available again (back-in-stock request)."
    BACK_IN_STOCK_CONFIRM = (
        "back_in_stock_confirm",
        "Link to confirm an email address to which a notice of availability was requested.",
    )
    ORDER_PLACED = "order_placed", "Confirmation to the buyer that an order was received."
    ORDER_HELD = "order_held", "Notice that an order waits for the buyer or is being checked."
    ORDER_CONFIRMED = (
        "order_confirmed",
        "Notice that an order was confirmed, unless it was confirmed when it was placed.",
    )
    ORDER_DELAYED = "order_delayed", "Notice that the promised date is later than before."
    ORDER_PARTLY_SHIPPED = "order_partly_shipped", "Notice that a part of an order was shipped."
    ORDER_SHIPPED = "order_shipped", "Notice that an order, or the last part of it, was shipped."
    ORDER_READY_FOR_PICKUP = (
        "order_ready_for_pickup",
        "Notice that an order, or a part of it, is ready for pick-up.",
    )
    ORDER_NOT_READY_FOR_PICKUP = (
        "order_not_ready_for_pickup",
        "Notice that an order, or a part of it, is not ready for pick-up after all, to a buyer who was told "
        "that it is.",
    )
    ORDER_COLLECTED = "order_collected", "Notice that an order, or a part of it, was picked up."
    ORDER_OUT_FOR_DELIVERY = "order_out_for_delivery", "Notice that a parcel is out for delivery."
    ORDER_DELIVERED = "order_delivered", "Notice that a parcel was delivered."
    ORDER_DELIVERY_FAILED = "order_delivery_failed", "Notice that a parcel could not be delivered."
    ORDER_EDITED = "order_edited", "Notice that the items, address or shipping of an order were edited."
    ORDER_CANCELLED = "order_cancelled", "Notice that an order was cancelled."
    ORDER_ITEMS_CANCELLED = "order_items_cancelled", "Notice that a part of an order was cancelled."
    ORDER_REFUNDED = "order_refunded", "Notice that a payment was refunded."
    GIFT_CARD_ISSUED = (
        "gift_card_issued",
        "Gift cards that an order has bought, with their codes, sent to the buyer or the recipient.",
    )

    @property
    def is_about_order(self) -> bool:
        """Whether it goes to the buyer of an order, or to the recipient of its gift cards."""
        return self.value.startswith(("order_", "gift_card_"))


# The subject of these is a fulfillment order, of the next a back-in-stock request; of the others, an account
# request.
OF_WORK = (MessageKind.SUPPLIER_REQUEST, MessageKind.SUPPLIER_CALL_OFF)
OF_BACK_IN_STOCK = (MessageKind.BACK_IN_STOCK, MessageKind.BACK_IN_STOCK_CONFIRM)
TO_BUYERS = tuple(kind for kind in MessageKind if kind.is_about_order)
# The kinds that a channel can switch off: not the only message that has the codes of gift cards.
OPTIONAL = (
    *(kind for kind in TO_BUYERS if kind is not MessageKind.GIFT_CARD_ISSUED),
    MessageKind.BACK_IN_STOCK,
)

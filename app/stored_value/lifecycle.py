"""Kinds of stored value, and of the entries of an account."""

from app.core.described import Described


class StoredValueKind(Described):
    GIFT_CARD = "gift_card", "A gift card; whoever has its code can spend it."
    STORE_CREDIT = "store_credit", "Store credit of a customer; only the customer can spend it."


class StoredValueEntryKind(Described):
    """Kind of an entry of an account. The sign of its amount is that of the change of the balance."""

    ISSUE = "issue", "The amount with which it was issued."
    SPEND = "spend", "A payment for an order; negative."
    RETURN = "return", "A refund, or the return of a payment of an order that was cancelled."
    TAKE_BACK = "take_back", "An amount that was taken back, such as one issued by mistake; negative."
    EXPIRE = "expire", "The rest of the balance, which expired; negative."
    DISABLE = "disable", "The rest of the balance when the gift card was disabled; negative."
    RESTORE = (
        "restore",
        "What was taken off when the purchase of the gift card was refunded, after that refund failed.",
    )

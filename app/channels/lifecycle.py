from app.core.described import Described


class ChannelKind(Described):
    WEB = "web", "The company's own web shop."
    MARKETPLACE = "marketplace", "A third-party marketplace, such as Amazon or eBay."
    POS = "pos", "A point of sale in a store."
    B2B = "b2b", "A portal for business customers."
    PHONE = "phone", "Orders taken by staff by telephone or mail."
    API = "api", "Orders placed by a program."


class CartMerge(Described):
    MERGE_LINES = "merge_lines", "The lines of both carts become one cart; equal lines are added up."
    KEEP_NEWEST = (
        "keep_newest",
        "The cart that was changed last is kept; the other one is deleted. An empty cart does not replace a "
        "full one.",
    )
    KEEP_BOTH = "keep_both", "The customer has both carts."


class TaxRounding(Described):
    LINE = "line", "Tax is rounded for each line and for shipping."
    RATE = (
        "rate",
        "Tax is rounded once per tax rate of an order, and distributed over its lines and shipping.",
    )


class RefundOrder(Described):
    """Which payments of an order a refund is taken from."""

    LAST_FIRST = (
        "last_first",
        "The money received last first, then the money received before it. Each capture and each recorded "
        "payment counts from its own time.",
    )
    PROPORTIONAL = "proportional", "All payments, in proportion to the refundable amount of each."
    CREDIT_FIRST = (
        "credit_first",
        "Gift cards and store credit first, then the other payments; among both, as LAST_FIRST.",
    )


class CaptureRule(Described):
    """When the authorized payments of an order are captured. See `payments.capture_rules`."""

    AT_PLACING = "at_placing", "Everything that is due, as soon as it is authorized."
    AT_CONFIRMING = (
        "at_confirming",
        "Everything that is due, when the order is confirmed, and as soon as it is authorized afterwards.",
    )
    AT_FIRST_SHIPMENT = (
        "at_first_shipment",
        "Everything that is due, when the first units are shipped or collected, and as soon as it is "
        "authorized afterwards.",
    )
    AT_SHIPMENT = (
        "at_shipment",
        "At each shipment or collection, what the units that have left are worth; shipping costs with the "
        "first.",
    )
    BY_HAND = "by_hand", "Nothing is captured automatically: staff capture with `paymentCapture`."


class ShippingTax(Described):
    CLASS = "class", "At the rate of the shipping method's own tax class."
    PRO_RATA = "pro_rata", "At the rates of the goods, in proportion to their values after discounts."
    MAIN_RATE = "main_rate", "At the rate of the goods with the highest total value after discounts."


class FreeFromBasis(Described):
    BEFORE_DISCOUNT = "before_discount", "Value of the lines before discounts."
    AFTER_DISCOUNT = "after_discount", "Value of the lines after discounts."

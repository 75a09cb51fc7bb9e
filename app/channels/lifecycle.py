from app.core.described import Described


class ChannelKind(Described):
    WEB = "web", "The company's own web store."
    MARKETPLACE = "marketplace", "A third-party marketplace, such as Amazon or eBay."
    POS = "pos", "A point of sale in a store."
    B2B = "b2b", "A portal for business customers."
    PHONE = "phone", "Orders taken by staff by telephone or mail."
    API = "api", "Orders placed by a program."


class CartMerge(Described):
    MERGE_LINES = "merge_lines", "The lines of both carts become one cart; equal lines are added up."
    KEEP_NEWEST = "keep_newest", "The cart that was changed last is kept; the other one is deleted."
    KEEP_BOTH = "keep_both", "The customer has both carts."


class TaxRounding(Described):
    LINE = "line", "Tax is rounded for each line and for shipping."
    RATE = (
        "rate",
        "Tax is rounded once per tax rate of an order, and distributed over its lines and shipping.",
    )


class ShippingTax(Described):
    CLASS = "class", "At the rate of the shipping method's own tax class."
    PRO_RATA = "pro_rata", "At the rates of the goods, in proportion to their values after discounts."
    MAIN_RATE = "main_rate", "At the rate of the goods with the highest total value after discounts."


class FreeFromBasis(Described):
    BEFORE_DISCOUNT = "before_discount", "Value of the lines before discounts."
    AFTER_DISCOUNT = "after_discount", "Value of the lines after discounts."

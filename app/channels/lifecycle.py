from app.core.described import Described


class ChannelKind(Described):
    WEB = "web", "A web store of one's own."
    MARKETPLACE = "marketplace", "Somebody else's market, such as Amazon or eBay."
    POS = "pos", "A till in a shop."
    B2B = "b2b", "A portal for companies."
    PHONE = "phone", "Orders taken by staff, by telephone or letter."
    API = "api", "Orders that a program places."


class TaxRounding(Described):
    LINE = "line", "Tax is rounded on each line and on shipping."
    RATE = (
        "rate",
        "Tax is rounded once for each rate of an order, and shared over its lines and shipping.",
    )


class ShippingTax(Described):
    CLASS = "class", "At the rate of the method's own tax class."
    PRO_RATA = "pro_rata", "At the rates of the goods, each on its share of their worth after discounts."
    MAIN_RATE = "main_rate", "At the rate of the goods that are worth the most after discounts."


class FreeFromBasis(Described):
    BEFORE_DISCOUNT = "before_discount", "What the lines are worth before discounts."
    AFTER_DISCOUNT = "after_discount", "What the lines are worth after discounts."

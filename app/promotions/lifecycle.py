from app.core.described import Described


class DiscountKind(Described):
    PERCENT = "percent", "A percentage of the lines that it is for."
    AMOUNT = "amount", "A fixed amount off the lines that it is for, at most what they cost."
    FREE_SHIPPING = "free_shipping", "The price of shipping, whichever method is chosen."

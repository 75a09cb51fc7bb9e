from app.core.described import Described


class DiscountKind(Described):
    PERCENT = "percent", "A percentage off the eligible lines."
    AMOUNT = "amount", "A fixed amount off the eligible lines, limited to their price."
    FREE_SHIPPING = "free_shipping", "Free shipping with any shipping method."

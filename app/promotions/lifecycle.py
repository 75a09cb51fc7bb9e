from app.core.described import Described


class DiscountKind(Described):
    PERCENT = "percent", "A percentage of the lines."
    AMOUNT = "amount", "A fixed amount off the lines, at most what they cost."

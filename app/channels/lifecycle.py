from app.core.described import Described


class ChannelKind(Described):
    WEB = "web", "A web store of one's own."
    MARKETPLACE = "marketplace", "Somebody else's market, such as Amazon or eBay."
    POS = "pos", "A till in a shop."
    B2B = "b2b", "A portal for companies."
    PHONE = "phone", "Orders taken by staff, by telephone or letter."
    API = "api", "Orders that a program places."


class DiscountKind(Described):
    PERCENT = "percent", "A percentage of the lines."
    AMOUNT = "amount", "A fixed amount off the lines, at most what they cost."

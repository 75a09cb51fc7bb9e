"""What can be wrong with an input, as a closed list of codes, and the values that a sentence about it needs.

A shop words a problem in its own language from the code and the values; the message beside them is English.
"""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypedDict

from app.core.described import Described

if TYPE_CHECKING:
    from app.core.money import Money


class ProblemCode(Described):
    REQUIRED = "required", "A value is needed and is missing, null or empty."
    NOT_NULL = "not_null", "The value can be left out or changed, but not taken away."
    TOO_LONG = "too_long", "The text has more characters than `maximum`."
    TOO_MANY = "too_many", "The list has more entries than `maximum`."
    TOO_FEW = "too_few", "The list has fewer entries than `minimum`."
    TOO_LARGE = "too_large", "The number, amount or size is above `maximum` or `maximumAmount`."
    TOO_SMALL = "too_small", "The number or amount is below `minimum` or `minimumAmount`."
    NOT_IN_RANGE = "not_in_range", "The number is not from `minimum` to `maximum`."
    WRONG_LENGTH = "wrong_length", "The text's number of characters is not from `minimum` to `maximum`."
    WRONG_COUNT = "wrong_count", "The list's number of entries is not from `minimum` to `maximum`."
    TOO_DEEP = "too_deep", "The value nests deeper than `maximum` levels."
    TOO_PRECISE = "too_precise", "The number has more decimals than `decimals`."
    NOT_A_NUMBER = "not_a_number", "The value is not a decimal number in plain digits."
    UNSUPPORTED_CHARACTER = (
        "unsupported_character",
        "The text has a character that the field does not take; `given` names it. No text has U+0000 or half "
        "of a surrogate pair; a text of one line has no line break, control character or hidden character.",
    )
    MALFORMED = "malformed", "The value is not of the form that the field asks for."
    UNKNOWN_CHOICE = "unknown_choice", "The value is none of those that can be chosen; `choices` lists them."
    NOT_FOUND = "not_found", "The thing that is named does not exist, or the caller may not see it."
    TAKEN = "taken", "Something else has this value already, and it must be unique."
    REPEATED = "repeated", "The value stands in the list twice."
    CONTRADICTION = "contradiction", "The value does not go together with another field, named in `field`."
    CHANGED_SINCE_READ = "changed_since_read", "The thing has changed since the caller read it."
    NOT_POSSIBLE_NOW = "not_possible_now", "What is asked for cannot be done as things stand."
    NOT_CHANGEABLE = "not_changeable", "The value is set once and cannot be changed any more."
    NO_CHANGE = "no_change", "It is so already, or there is nothing to do."
    NOT_APPLICABLE = "not_applicable", "The field does not apply to this thing; leave it out."
    WRONG_KIND = "wrong_kind", "The thing that is named is of a kind that cannot be used here."
    NOT_STOCKED = "not_stocked", "The SKU has no stock of its own, as a service or a bundle."
    ALREADY_PLACED = "already_placed", "The cart has been placed as an order, or has ended."
    WRONG_CURRENCY = "wrong_currency", "The amount must be in the currency named in `currency`."
    UNKNOWN_CURRENCY = "unknown_currency", "The code is not an ISO 4217 currency in use."
    UNKNOWN_COUNTRY = "unknown_country", "The code is not an ISO 3166-1 country of two letters."
    UNKNOWN_REGION = "unknown_region", "The country has no such region; `choices` lists those that it has."
    IN_THE_PAST = "in_the_past", "The moment or day has passed."
    ENDS_BEFORE_START = "ends_before_start", "The end is not after the start."
    OUT_OF_RANGE = "out_of_range", "The moment or day is before `earliest` or after `latest`."
    IN_THE_FUTURE = "in_the_future", "The moment or day has not come yet."
    MALFORMED_BARCODE = (
        "malformed_barcode",
        "The text is not a GTIN of 8, 12, 13 or 14 digits with a valid check digit.",
    )
    MALFORMED_EMAIL = "malformed_email", "The text is not an e-mail address."
    MALFORMED_PHONE = "malformed_phone", "The text is not a phone number that can exist."
    MALFORMED_POSTAL_CODE = "malformed_postal_code", "The postal code is not of the country's form."
    WEAK_PASSWORD = "weak_password", "The password does not have `minimum` to `maximum` characters."
    WRONG_PASSWORD = "wrong_password", "The password is not the current one."
    LINK_NOT_VALID = "link_not_valid", "The token of the mailed link is unknown, used or expired."
    CHANNEL_CLOSED = "channel_closed", "The channel takes no orders."
    NOT_SOLD = "not_sold", "The SKU is not sold in this channel."
    NO_PRICE = "no_price", "The SKU has no price in this channel at this time."
    NOT_ENOUGH = "not_enough", "Fewer units are left than are asked for; `available` says how many."
    DISCOUNT_NOT_VALID = (
        "discount_not_valid",
        "The discount code is unknown here, not yet or no longer valid.",
    )
    DISCOUNT_MINIMUM = (
        "discount_minimum",
        "The lines that the code is for are worth less than its `minimumAmount`.",
    )
    DISCOUNT_CUSTOMER_LIMIT = (
        "discount_customer_limit",
        "The buyer has used the discount code in `maximum` orders, which is as often as each customer may.",
    )
    DISCOUNT_NO_LINES = "discount_no_lines", "The discount code is for none of the lines."
    DISCOUNT_NOT_TO_COUNTRY = "discount_not_to_country", "The discount code is not good for `country`."
    SHIPPING_METHOD_UNKNOWN = (
        "shipping_method_unknown",
        "The channel offers no such shipping method; `choices` lists those it offers.",
    )
    SHIPPING_NOT_TO_COUNTRY = "shipping_not_to_country", "The shipping method does not go to `country`."


class ProblemValues(TypedDict, total=False):
    """The values that go with a code. All of them are optional; which ones are there depends on the code."""

    given: str
    minimum: int | Decimal
    maximum: int | Decimal
    minimum_amount: "Money"
    maximum_amount: "Money"
    available: int
    decimals: int
    choices: list[str]
    country: str
    currency: str
    field: str
    earliest: datetime
    latest: datetime

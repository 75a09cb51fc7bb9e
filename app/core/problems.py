"""Problems of inputs: a closed list of codes, and the values that a message about them needs.

Clients can write messages in their own language from the code and the values; the message of the API is
English.
"""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypedDict

from app.core.described import Described

if TYPE_CHECKING:
    from app.core.money import Money


class ProblemCode(Described):
    REQUIRED = "required", "A required value is missing, null or empty."
    NOT_NULL = "not_null", "The value can be omitted or changed, but not set to null."
    TOO_LONG = "too_long", "The text has more characters than `maximum`."
    TOO_MANY = "too_many", "The list has more entries than `maximum`."
    TOO_FEW = "too_few", "The list has fewer entries than `minimum`."
    TOO_LARGE = "too_large", "The number, amount or size is above `maximum` or `maximumAmount`."
    TOO_SMALL = "too_small", "The number or amount is below `minimum` or `minimumAmount`."
    NOT_IN_RANGE = "not_in_range", "The number is not between `minimum` and `maximum`."
    WRONG_LENGTH = "wrong_length", "The number of characters is not between `minimum` and `maximum`."
    WRONG_COUNT = "wrong_count", "The number of entries in the list is not between `minimum` and `maximum`."
    TOO_DEEP = "too_deep", "The value is nested more than `maximum` levels deep."
    TOO_PRECISE = "too_precise", "The number has more than `decimals` decimal places."
    NOT_A_NUMBER = "not_a_number", "The value is not a decimal number in plain digits."
    UNSUPPORTED_CHARACTER = (
        "unsupported_character",
        (
            "The text contains a character that is not allowed in the field; `given` names it. U+0000 "
            "and unpaired surrogates are never allowed; single-line text cannot contain line breaks, "
            "control characters or invisible characters."
        ),
    )
    MALFORMED = "malformed", "The value does not have the format required by the field."
    UNKNOWN_CHOICE = "unknown_choice", "The value is not one of the allowed values in `choices`."
    NOT_FOUND = "not_found", "The referenced object does not exist, or the caller cannot see it."
    TAKEN = "taken", "The value must be unique and is already in use."
    REPEATED = "repeated", "The value occurs more than once in the list."
    CONTRADICTION = "contradiction", "The value conflicts with another field, named in `field`."
    CHANGED_SINCE_READ = "changed_since_read", "The object has changed since the caller read it."
    NOT_POSSIBLE_NOW = "not_possible_now", "The request is not possible in the current state."
    NOT_CHANGEABLE = "not_changeable", "The value cannot be changed once it is set."
    NO_CHANGE = "no_change", "The change is already in effect, or there is nothing to do."
    NOT_APPLICABLE = "not_applicable", "The field does not apply to this object; omit it."
    WRONG_KIND = "wrong_kind", "The referenced object is of a kind that cannot be used here."
    NOT_STOCKED = "not_stocked", "The SKU has no stock of its own, such as a service or bundle."
    ALREADY_PLACED = "already_placed", "The cart has already been placed as an order."
    CART_CLOSED = "cart_closed", "The cart has expired, was deleted or was merged into another cart."
    WRONG_CURRENCY = "wrong_currency", "The amount must be in the currency given in `currency`."
    UNKNOWN_CURRENCY = "unknown_currency", "The code is not an ISO 4217 code of a currency in use."
    UNKNOWN_COUNTRY = "unknown_country", "The code is not a two-letter ISO 3166-1 country code."
    UNKNOWN_REGION = (
        "unknown_region",
        "The region does not exist in the country; `choices` lists its regions.",
    )
    IN_THE_PAST = "in_the_past", "The date or time is in the past."
    ENDS_BEFORE_START = "ends_before_start", "The end is not after the start."
    OUT_OF_RANGE = "out_of_range", "The date or time is before `earliest` or after `latest`."
    IN_THE_FUTURE = "in_the_future", "The date or time is in the future."
    MALFORMED_BARCODE = (
        "malformed_barcode",
        "The text is not a GTIN of 8, 12, 13 or 14 digits with a valid check digit.",
    )
    MALFORMED_EMAIL = "malformed_email", "The text is not a valid email address."
    MALFORMED_PHONE = "malformed_phone", "The text is not a valid phone number."
    MALFORMED_POSTAL_CODE = (
        "malformed_postal_code",
        "The postal code does not match the format of the country.",
    )
    WEAK_PASSWORD = "weak_password", "The password does not have between `minimum` and `maximum` characters."
    WRONG_PASSWORD = "wrong_password", "The current password is incorrect."
    LINK_NOT_VALID = "link_not_valid", "The token of the emailed link is unknown, used or expired."
    EMAIL_NOT_VERIFIED = (
        "email_not_verified",
        "The OpenID provider does not confirm that the email address belongs to the person.",
    )
    CHANNEL_CLOSED = "channel_closed", "The channel does not accept orders."
    NOT_SOLD = "not_sold", "The SKU is not sold in this channel."
    NO_PRICE = "no_price", "The SKU has no price in this channel at this time."
    NOT_ENOUGH = "not_enough", "Fewer units are available than requested; `available` contains the number."
    DISCOUNT_NOT_VALID = (
        "discount_not_valid",
        "The discount code is unknown in this channel, not yet valid or expired.",
    )
    DISCOUNT_MINIMUM = (
        "discount_minimum",
        "The eligible lines for the discount code are below its `minimumAmount`.",
    )
    DISCOUNT_CUSTOMER_LIMIT = (
        "discount_customer_limit",
        "The buyer has used the discount code in `maximum` orders, which is the limit per customer.",
    )
    DISCOUNT_NO_LINES = "discount_no_lines", "The discount code does not apply to any line."
    DISCOUNT_NOT_TO_COUNTRY = (
        "discount_not_to_country",
        "The discount code is not valid for shipments to `country`.",
    )
    GIFT_CARD_NOT_VALID = (
        "gift_card_not_valid",
        "The code of the gift card is unknown, or the card is disabled, expired or has nothing left.",
    )
    SHIPPING_METHOD_UNKNOWN = (
        "shipping_method_unknown",
        "The channel does not offer the shipping method; `choices` lists the methods it offers.",
    )
    SHIPPING_NOT_TO_COUNTRY = "shipping_not_to_country", "The shipping method does not ship to `country`."


class ProblemValues(TypedDict, total=False):
    """The values that belong to a code. All are optional; which ones are set depends on the code."""

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

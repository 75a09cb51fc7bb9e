"""Which input texts are identifiers, and the form in which each is stored and searched.

They are normalized by name before anything else is done with them: see `core.graphql.bounds`. Fields with
several tracking numbers are parsed separately, see `core.spelling`.
"""

from collections.abc import Callable, Mapping

from app.core.folding import one_line
from app.core.spelling import spelled

# Codes of configuration, gift cards and discounts.
CODES = (
    "code", "carrier", "channel", "channels", "location", "locations", "pickupLocation", "source",
    "destination", "supplier", "priceList", "role", "shippingMethod",
)  # fmt: skip
SPELLINGS: Mapping[str, Callable[[str], str]] = {
    # products and their locations
    "sku": spelled,
    "skus": spelled,
    "supplierSku": spelled,
    "substitute": spelled,
    "substitutes": spelled,
    "removed": spelled,
    "barcode": spelled,
    "account": spelled,
    "lastCharacters": spelled,
    "unit": spelled,
    "box": spelled,
    "bin": spelled,
    "zone": spelled,
    # numbers of documents, lots and serial numbers
    "number": spelled,
    **dict.fromkeys(CODES, spelled),
    # numbers copied from address books, which add directional marks
    "phone": spelled,
    # keys in other systems
    "externalReference": one_line,
    "servicerReference": one_line,
    # names of the program, and accounts of the ledger
    "subjectKind": spelled,
    "detail": spelled,
    "reference": one_line,
}
# Identifiers that people type as they like, such as the reference of a payment or the code of a gift card.
FREE = frozenset({"reference", *CODES})

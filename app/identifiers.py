"""Which input texts are identifiers, and the form in which each is stored and searched.

They are normalized by name before anything else is done with them: see `core.graphql.bounds`. Fields with
several tracking numbers are parsed separately, see `core.spelling`.
"""

from collections.abc import Callable, Mapping

from app.core.folding import one_line
from app.core.spelling import spelled

SPELLINGS: Mapping[str, Callable[[str], str]] = {
    # products and their locations
    "sku": spelled,
    "skus": spelled,
    "supplierSku": spelled,
    "substitute": spelled,
    "substitutes": spelled,
    "removed": spelled,
    "barcode": spelled,
    "unit": spelled,
    "box": spelled,
    "bin": spelled,
    "zone": spelled,
    # numbers of documents, lots and serial numbers
    "number": spelled,
    # codes of configuration
    "code": spelled,
    "carrier": spelled,
    "channel": spelled,
    "location": spelled,
    "locations": spelled,
    "source": spelled,
    "destination": spelled,
    "supplier": spelled,
    "priceList": spelled,
    "role": spelled,
    "shippingMethod": spelled,
    # numbers copied from address books, which add directional marks
    "phone": spelled,
    # keys in other systems
    "externalReference": one_line,
    "reference": one_line,
}

"""Which texts of inputs are identifiers, and the form in which each is kept and looked for.

Whoever writes one and whoever reads one sends it under these names, so both are brought into the same form
before anything is made of them: see `core.graphql.bounds`. Tracking numbers are read where one field may have
several of them, see `core.spelling`.
"""

from collections.abc import Callable, Mapping

from app.core.folding import one_line
from app.core.spelling import spelled

SPELLINGS: Mapping[str, Callable[[str], str]] = {
    # goods, and where they lie
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
    # codes of what is set up
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
    # numbers that people copy from address books, which put marks of direction around them
    "phone": spelled,
    # keys in other systems
    "externalReference": one_line,
    "reference": one_line,
}

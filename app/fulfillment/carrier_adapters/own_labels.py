"""Own labels: for an own courier, or a carrier without an API."""

import hashlib
from typing import ClassVar

from app.fulfillment.carrier_adapters.manual import Manual
from app.fulfillment.carrier_adapters.protocol import Bought, Parcel

DIGITS = 16  # enough for a million parcels without collisions


class OwnLabels(Manual):
    """The label page and its barcode are in web.printing. The number ends in a check digit."""

    DESCRIPTION: ClassVar[str] = (
        "The system numbers packages and prints their labels; staff enter tracking events manually."
    )
    SELLS_LABELS: ClassVar[bool] = True

    async def prepare(self, parcel: Parcel) -> str:
        return parcel.reference

    async def buy(self, reference: str, service: str) -> Bought:
        number = number_of(self.account.code, reference)
        url = self.account.tracking_url.replace("{number}", number)
        return Bought(tracking_number=number, service=service, tracking_url=url)


def number_of(code: str, reference: str) -> str:
    """The parcel's number: the account's letters, digits derived from the reference, and a check digit.

    The number is deterministic. The check digit is that of a GTIN (GS1 General Specifications, 7.9): weights
    3 and 1 from the right, to the next ten.
    """
    letters = "".join(letter for letter in code.upper() if letter.isalpha())[:3] or "PKG"
    digest = int.from_bytes(hashlib.sha256(f"{code}|{reference}".encode()).digest()[:8], "big")
    digits = f"{digest % 10**DIGITS:0{DIGITS}d}"
    weighed = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return f"{letters}{digits}{-weighed % 10}"

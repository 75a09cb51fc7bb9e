"""Where a cart is to be shipped, as far as its buyer has told: for estimates until it has an address.

The only module that reads and writes the orders' column `destination`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Destination:
    """A country, with the region and postal code if they are known."""

    country: str
    region: str = ""
    postal_code: str = ""
    is_tax_known: bool = True  # False: rates differ by region, and the region is unknown

    @classmethod
    def of(cls, order: Any) -> "Destination | None":
        stored: Mapping[str, Any] | None = order.destination
        return cls(**stored) if stored else None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

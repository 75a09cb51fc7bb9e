"""Resolves a scanned or typed code to the lines of a fulfillment order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from app.catalog import queries as catalog
from app.catalog.gtin import gtin_of
from app.core.spelling import match_code, spelled
from app.fulfillment.models import FulfillmentLine


class Scanned(NamedTuple):
    """The lines of a code, and the units that it stands for: more than one for a carton."""

    parts: Sequence[FulfillmentLine]
    units: int = 1


@dataclass(slots=True)
class Codes:
    """The lines of a fulfillment order by SKU and by barcodes of pieces and cartons."""

    by_sku: dict[str, list[FulfillmentLine]] = field(default_factory=dict)
    by_barcode: dict[str, Scanned] = field(default_factory=dict)

    @classmethod
    def of(cls, parts: Iterable[FulfillmentLine]) -> "Codes":
        """The codes that need no catalog query: the SKUs."""
        found = cls()
        for part in parts:
            found.by_sku.setdefault(part.sku, []).append(part)
        return found

    @classmethod
    async def with_barcodes(cls, parts: Sequence[FulfillmentLine]) -> "Codes":
        found = cls.of(parts)
        for variant_id, barcode, units in await catalog.barcodes_of([part.variant_id for part in parts]):
            own = [part for part in parts if part.variant_id == variant_id]
            found.by_barcode[gtin_of(barcode)] = Scanned(own, units)
        return found

    def find(self, code: str) -> Scanned | None:
        """The match of a code: a SKU before a barcode, and in another case if that is unambiguous."""
        typed = spelled(code)
        if typed in self.by_sku:
            return Scanned(self.by_sku[typed])
        known = self.by_barcode.get(gtin_of(typed))
        if known is not None:
            return known
        sku = match_code(typed, self.by_sku)
        return Scanned(self.by_sku[sku]) if sku is not None else None

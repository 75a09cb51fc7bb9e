"""Slugs, SKUs, barcodes and references: validation and uniqueness."""

import re
import unicodedata
from uuid import UUID

from app.catalog import queries
from app.catalog.gtin import barcode_forms
from app.catalog.models import Product, Variant
from app.core.refusals import AlreadyExists

SLUG = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)*\Z")
SKU = re.compile(r"^[\x21-\x7e](?:[\x20-\x7e]{0,78}[\x21-\x7e])?\Z")


def slug_of(name: str) -> str:
    """A slug derived from a name: `Crème Brûlée Set` becomes creme-brulee-set."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(word for word in re.split(r"[^a-z0-9]+", plain) if word)[:160].strip("-")


async def refuse_taken_barcode(barcode: str, variant_id: UUID | None, *path: str) -> None:
    """Raise AlreadyExists if another variant or unit has the barcode, because a scan must be unambiguous."""
    sku = await queries.sku_of_barcode(barcode_forms(barcode), variant_id)
    if sku is not None:
        raise AlreadyExists(f"This barcode belongs to {sku}.", *path)


async def refuse_taken_reference(model: type[Product] | type[Variant], reference: str | None) -> None:
    """Raise AlreadyExists if another row has the reference."""
    if reference is not None and await queries.reference_is_taken(model, reference):
        raise AlreadyExists(f"The external reference {reference!r} is already in use.", "external_reference")

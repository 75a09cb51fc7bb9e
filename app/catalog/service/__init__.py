"""The verbs of the catalogue, a file for each family."""

from app.catalog.service.pricing import create_price_list, set_price
from app.catalog.service.products import (
    ProductData,
    archive_product,
    create_product,
    update_product,
    upsert_product,
)
from app.catalog.service.shelving import create_category
from app.catalog.service.variants import VariantData, create_variant, update_variant

__all__ = [
    "ProductData",
    "VariantData",
    "archive_product",
    "create_category",
    "create_price_list",
    "create_product",
    "create_variant",
    "set_price",
    "update_product",
    "update_variant",
    "upsert_product",
]

"""Commands of the catalog, one module for each kind."""

from app.catalog.service.classing import delete_tax_class
from app.catalog.service.composing import UnitData, set_components, set_units
from app.catalog.service.pricing import create_price_list, delete_price, set_price, update_price_list
from app.catalog.service.products import (
    ProductData,
    archive_product,
    create_product,
    update_product,
)
from app.catalog.service.shelving import create_category
from app.catalog.service.substituting import set_substitutes
from app.catalog.service.upserting import upsert_product
from app.catalog.service.variants import (
    VariantData,
    change_variant,
    create_variant,
    lock_variant,
    update_variant,
)

__all__ = [
    "ProductData",
    "UnitData",
    "VariantData",
    "archive_product",
    "change_variant",
    "create_category",
    "create_price_list",
    "create_product",
    "create_variant",
    "delete_price",
    "delete_tax_class",
    "lock_variant",
    "set_components",
    "set_price",
    "set_substitutes",
    "set_units",
    "update_price_list",
    "update_product",
    "update_variant",
    "upsert_product",
]

"""The catalogue in the graph."""

from app.catalog.schema.mutations import CatalogMutation
from app.catalog.schema.queries import CatalogQuery
from app.catalog.schema.types import Category, PriceList, Product, Variant

__all__ = ["CatalogMutation", "CatalogQuery", "Category", "PriceList", "Product", "Variant"]

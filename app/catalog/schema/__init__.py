"""The catalogue in the graph."""

import strawberry

from app.catalog.schema import mutations, pricing, upserting
from app.catalog.schema.queries import CatalogQuery
from app.catalog.schema.types import Category, PriceList, Product, Variant


@strawberry.type
class CatalogMutation(mutations.CatalogMutation, pricing.PriceMutation, upserting.UpsertMutation):
    pass


__all__ = ["CatalogMutation", "CatalogQuery", "Category", "PriceList", "Product", "Variant"]

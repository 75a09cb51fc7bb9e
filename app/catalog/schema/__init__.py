"""The catalog in GraphQL."""

import strawberry

from app.catalog.schema import mutations, pricing, queries, upserting
from app.catalog.schema.types import Category, Product, Variant


@strawberry.type
class CatalogQuery(queries.CatalogQuery, pricing.PriceQuery):
    pass


@strawberry.type
class CatalogMutation(mutations.CatalogMutation, pricing.PriceMutation, upserting.UpsertMutation):
    pass


__all__ = ["CatalogMutation", "CatalogQuery", "Category", "Product", "Variant"]

"""Purchasing in the graph."""

from app.core.graphql.limits import counts_as
from app.suppliers.schema.mutations import PurchasingMutation
from app.suppliers.schema.queries import PurchasingQuery
from app.suppliers.schema.types import PurchaseOrder, Supplier, VariantSuppliers

counts_as(20, "items", "lines")

__all__ = ["PurchaseOrder", "PurchasingMutation", "PurchasingQuery", "Supplier", "VariantSuppliers"]

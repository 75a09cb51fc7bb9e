"""Purchasing in the graph."""

from app.suppliers.schema.mutations import PurchasingMutation
from app.suppliers.schema.queries import PurchasingQuery
from app.suppliers.schema.types import PurchaseOrder, Supplier, VariantSuppliers

__all__ = ["PurchaseOrder", "PurchasingMutation", "PurchasingQuery", "Supplier", "VariantSuppliers"]

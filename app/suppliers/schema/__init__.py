"""Purchasing in the graph."""

import strawberry

from app.core.graphql.limits import counts_as
from app.suppliers.schema.purchase_orders import PurchaseOrderMutation
from app.suppliers.schema.queries import PurchasingQuery
from app.suppliers.schema.suppliers import SupplierMutation
from app.suppliers.schema.types import PurchaseOrder, Supplier, VariantSuppliers

counts_as(20, "items", "lines")


@strawberry.type
class PurchasingMutation(SupplierMutation, PurchaseOrderMutation):
    pass


__all__ = ["PurchaseOrder", "PurchasingMutation", "PurchasingQuery", "Supplier", "VariantSuppliers"]

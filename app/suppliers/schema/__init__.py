"""Purchasing in GraphQL."""

import strawberry

from app.suppliers.schema import queries as _queries
from app.suppliers.schema.purchase_orders import PurchaseOrderMutation
from app.suppliers.schema.returns import SupplierReturn, SupplierReturnMutation, SupplierReturnQuery
from app.suppliers.schema.suppliers import SupplierMutation
from app.suppliers.schema.types import PurchaseOrder, Supplier


@strawberry.type
class PurchasingMutation(SupplierMutation, PurchaseOrderMutation, SupplierReturnMutation):
    pass


@strawberry.type
class PurchasingQuery(_queries.PurchasingQuery, SupplierReturnQuery):
    pass


__all__ = [
    "PurchaseOrder",
    "PurchasingMutation",
    "PurchasingQuery",
    "Supplier",
    "SupplierReturn",
]

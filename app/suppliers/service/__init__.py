"""Commands of purchasing."""

from app.suppliers.service.confirming import confirm_purchase_order
from app.suppliers.service.drop_shipping import (
    cancel_drop_ship,
    confirm_drop_ship,
    drop_ship_refusals,
    finish_drop_ship,
    order_drop_ship,
)
from app.suppliers.service.editing import update_purchase_order
from app.suppliers.service.lines import PurchaseItem
from app.suppliers.service.ordering import (
    PurchaseOrderData,
    cancel_purchase_order,
    close_purchase_order,
    create_purchase_order,
    one_at_a_time,
    send_purchase_order,
)
from app.suppliers.service.receiving import ArrivedItem, receive_purchase_order
from app.suppliers.service.returning import (
    ReturnedItem,
    SupplierReturnData,
    cancel_supplier_return,
    create_supplier_return,
    credit_supplier_return,
)
from app.suppliers.service.reversing import reverse_purchase_receipt
from app.suppliers.service.suppliers import (
    ItemData,
    SupplierData,
    change_supplier_items,
    create_supplier,
    set_supplier_items,
    update_supplier,
)

__all__ = [
    "ArrivedItem",
    "ItemData",
    "PurchaseItem",
    "PurchaseOrderData",
    "ReturnedItem",
    "SupplierData",
    "SupplierReturnData",
    "cancel_drop_ship",
    "cancel_purchase_order",
    "cancel_supplier_return",
    "change_supplier_items",
    "close_purchase_order",
    "confirm_drop_ship",
    "confirm_purchase_order",
    "create_purchase_order",
    "create_supplier",
    "create_supplier_return",
    "credit_supplier_return",
    "drop_ship_refusals",
    "finish_drop_ship",
    "one_at_a_time",
    "order_drop_ship",
    "receive_purchase_order",
    "reverse_purchase_receipt",
    "send_purchase_order",
    "set_supplier_items",
    "update_purchase_order",
    "update_supplier",
]

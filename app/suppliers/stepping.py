"""What can be done with a purchase order next, and by whom: pure."""

from typing import Any

from app.access.permissions import Permission
from app.core.stepping import NextStep, forbidden
from app.suppliers import lifecycle
from app.suppliers.lifecycle import PurchaseOrderStatus

_OF_STOCK = {lifecycle.receive_all.name, lifecycle.REVERSED[PurchaseOrderStatus.RECEIVED].name}


def steps_for_purchase(order: Any, may_buy: bool, may_receive: bool) -> list[NextStep]:
    """The steps from where an order stands, for somebody who may buy for its location or receive there."""
    found = []
    for step in lifecycle.lifecycle.names_from(order.status):
        is_of_stock = step in _OF_STOCK
        needed = Permission.STOCK_MANAGE if is_of_stock else Permission.PURCHASING_MANAGE
        is_held = may_receive if is_of_stock else may_buy
        found.append(NextStep(step) if is_held else forbidden(step, needed))
    return found

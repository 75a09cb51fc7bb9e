"""Which amounts of an order are not known yet: pure functions.

A cart has no shipping price until a method is selected, and no tax until its destination is known. The tax is
an estimate until it has an address. All amounts of a placed order are known.
"""

from typing import Any

from app.orders.destination import Destination


def is_shipping_known(order: Any) -> bool:
    return order.placed_at is not None or bool(order.shipping_method)


def is_tax_known(order: Any) -> bool:
    if order.placed_at is not None or order.shipping_address is not None:
        return True
    destination = Destination.of(order)
    return destination is not None and destination.is_tax_known


def is_tax_estimated(order: Any) -> bool:
    return order.placed_at is None and order.shipping_address is None


def is_total_estimated(order: Any) -> bool:
    return is_tax_estimated(order) or not is_shipping_known(order)

"""Which amounts of an order are not known yet: pure functions.

A cart has no shipping price until a method is selected, and no tax until its destination is known. The tax is
an estimate until it has an address. All amounts of a placed order, and of a cart with a pick-up location, are
known, and so are those of a cart of gift cards alone, which ships nothing and is not taxed.
"""

from typing import Any

from app.orders.destination import Destination


def is_shipping_known(order: Any) -> bool:
    return order.placed_at is not None or bool(order.shipping_method or order.pickup or order.ships_nothing)


def is_tax_known(order: Any) -> bool:
    if not is_tax_estimated(order):
        return True
    destination = Destination.of(order)
    return destination is not None and destination.is_tax_known


def is_tax_estimated(order: Any) -> bool:
    is_decided = order.placed_at is not None or order.pickup is not None or order.ships_nothing
    return not is_decided and order.shipping_address is None


def is_total_estimated(order: Any) -> bool:
    return is_tax_estimated(order) or not is_shipping_known(order)

"""What of an order's amounts is not known yet: pure.

A cart has no shipping price before a method is chosen, and no tax before it is said where it goes. Once an
order is placed, its amounts are what they are.
"""

from typing import Any


def is_shipping_known(order: Any) -> bool:
    return order.placed_at is not None or bool(order.shipping_method)


def is_tax_known(order: Any) -> bool:
    return order.placed_at is not None or order.shipping_address is not None


def is_total_estimated(order: Any) -> bool:
    return not (is_shipping_known(order) and is_tax_known(order))

"""Which amounts of an order are not known yet: pure functions.

A cart has no shipping price until a method is selected, and no tax until its destination is known. All
amounts of a placed order are known.
"""

from typing import Any


def is_shipping_known(order: Any) -> bool:
    return order.placed_at is not None or bool(order.shipping_method)


def is_tax_known(order: Any) -> bool:
    return order.placed_at is not None or order.shipping_address is not None


def is_total_estimated(order: Any) -> bool:
    return not (is_shipping_known(order) and is_tax_known(order))

"""The names of items in messages to buyers."""

from app.orders.models import OrderLine


def name_of(line: OrderLine) -> str:
    """The name of a line's item, with that of its variant."""
    return f"{line.product_name}, {line.variant_name}" if line.variant_name else line.product_name

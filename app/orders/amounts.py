"""What is due for an order, to the minor unit: pure."""


def due(total_minor: int, cancelled_minor: int, paid_minor: int) -> int:
    """What is still to be paid; below zero it is to be given back."""
    return total_minor - cancelled_minor - paid_minor

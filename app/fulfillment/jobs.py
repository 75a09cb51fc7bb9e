"""What time does to fulfilment."""

from app.fulfillment import service


async def settle_labels() -> int:
    """Ask carriers again about labels of which nobody knows what came; returns how many."""
    return await service.settle_due()


async def process_messages() -> int:
    """Make something of what carriers said and nobody has looked at; returns how many."""
    return await service.process_left_behind()

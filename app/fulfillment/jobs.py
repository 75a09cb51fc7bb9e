"""Scheduled jobs of fulfillment."""

from app.fulfillment import service


async def process_labels() -> int:
    """Ask carriers again about labels of which nobody knows what came; returns how many."""
    return await service.process_due_labels()


async def process_webhooks() -> int:
    """Make something of what carriers said and nobody has looked at; returns how many."""
    return await service.process_remaining_webhooks()

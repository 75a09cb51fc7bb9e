"""Scheduled jobs of fulfillment."""

from app.fulfillment import service


async def process_labels() -> int:
    """Request labels again whose requests have no known result; return how many."""
    return await service.process_due_labels()


async def process_webhooks() -> int:
    """Process the messages of carriers that were stored and not processed; return how many."""
    return await service.process_remaining_webhooks()

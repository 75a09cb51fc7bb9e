"""Scheduled jobs of fulfillment."""

from app.fulfillment.service.carriers import label_purchase, webhooks


async def process_labels() -> int:
    """Request labels again whose requests have no known result; return how many."""
    return await label_purchase.process_due_labels()


async def process_webhooks() -> int:
    """Process the messages of carriers that were stored and not processed; return how many."""
    return await webhooks.process_remaining_webhooks()

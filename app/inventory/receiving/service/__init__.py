"""Commands on receipts, and returns to suppliers."""

from app.inventory.receiving.service.cost_corrections import add_landed_cost, correct_cost
from app.inventory.receiving.service.receipts import receive, receive_one
from app.inventory.receiving.service.reversal import ReversedItem, reverse_receipt

__all__ = [
    "ReversedItem",
    "add_landed_cost",
    "correct_cost",
    "receive",
    "receive_one",
    "reverse_receipt",
]

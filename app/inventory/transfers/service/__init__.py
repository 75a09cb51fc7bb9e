"""Commands on transfers."""

from app.inventory.transfers.service.drafts import cancel_transfer, create_transfer
from app.inventory.transfers.service.receipt import receive_transfer
from app.inventory.transfers.service.shipping import ship_transfer
from app.inventory.transfers.service.turning_back import turn_transfer_back

__all__ = [
    "cancel_transfer",
    "create_transfer",
    "receive_transfer",
    "ship_transfer",
    "turn_transfer_back",
]

"""Commands on stock counts."""

from app.inventory.counts.service.approval import approve_count, cancel_count, reject_count
from app.inventory.counts.service.start import start_count
from app.inventory.counts.service.submission import Counted, submit_count

__all__ = [
    "Counted",
    "approve_count",
    "cancel_count",
    "reject_count",
    "start_count",
    "submit_count",
]

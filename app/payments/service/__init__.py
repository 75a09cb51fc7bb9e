"""Commands of payments."""

from app.payments.service.recording import record
from app.payments.service.refunding import refund

__all__ = ["record", "refund"]

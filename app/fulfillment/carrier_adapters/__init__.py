"""Adapters of carriers behind one protocol.

Adapters do not access the database. Carriers are called between two transactions, never within one, and calls
can be repeated: see service.carriers.labels.
"""

from app.fulfillment.carrier_adapters.protocol import (
    Account,
    Address,
    Bought,
    Carrier,
    CarrierRefuses,
    CarrierSilent,
    NotFromCarrier,
    Parcel,
    Rate,
    TrackingNews,
    UnreadableAnswer,
    WebhookMessage,
)

__all__ = [
    "Account",
    "Address",
    "Bought",
    "Carrier",
    "CarrierRefuses",
    "CarrierSilent",
    "NotFromCarrier",
    "Parcel",
    "Rate",
    "TrackingNews",
    "UnreadableAnswer",
    "WebhookMessage",
]

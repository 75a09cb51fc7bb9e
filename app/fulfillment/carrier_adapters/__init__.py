"""Carriers behind one protocol: what can be asked of any of them, and how each of them is reached.

Nothing here touches the database. What asks a carrier something does it between two transactions, never in
one, and can ask again: see service.carriers.labels.
"""

from app.fulfillment.carrier_adapters.protocol import (
    Account,
    Bought,
    Carrier,
    CarrierRefuses,
    CarrierSilent,
    NotFromCarrier,
    Parcel,
    Rate,
    TrackingNews,
    WebhookMessage,
)

__all__ = [
    "Account",
    "Bought",
    "Carrier",
    "CarrierRefuses",
    "CarrierSilent",
    "NotFromCarrier",
    "Parcel",
    "Rate",
    "TrackingNews",
    "WebhookMessage",
]

"""Carriers behind one protocol: what can be asked of any of them, and how each of them is reached.

Nothing here touches the database. What asks a carrier something does it between two transactions, never in
one, and can ask again: see service.carriers.labels.
"""

from app.fulfillment.carrier_adapters.easypost import EasyPost
from app.fulfillment.carrier_adapters.manual import Manual
from app.fulfillment.carrier_adapters.own_labels import OwnLabels
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
from app.fulfillment.lifecycle import CarrierKind

CARRIERS: dict[CarrierKind, type[Carrier]] = {
    CarrierKind.MANUAL: Manual,
    CarrierKind.LABELS: OwnLabels,
    CarrierKind.EASYPOST: EasyPost,
}


def carrier_of(kind: CarrierKind, account: Account) -> Carrier:
    """The carrier of an account."""
    return CARRIERS[kind](account)


__all__ = [
    "CARRIERS",
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
    "carrier_of",
]

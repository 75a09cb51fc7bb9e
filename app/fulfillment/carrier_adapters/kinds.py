"""The kinds of carriers, each with its adapter."""

from app.core.described import Described
from app.fulfillment.carrier_adapters.easypost import EasyPost
from app.fulfillment.carrier_adapters.manual import Manual
from app.fulfillment.carrier_adapters.own_labels import OwnLabels
from app.fulfillment.carrier_adapters.protocol import Carrier


class CarrierKind(Described):
    """Type of integration with a carrier."""

    adapter: type[Carrier]

    MANUAL = "manual", Manual
    LABELS = "labels", OwnLabels
    EASYPOST = "easypost", EasyPost

    def __init__(self, _value: str, adapter: type[Carrier]) -> None:
        names = ", ".join(f"`{name}`" for name in adapter.SECRETS)
        self.adapter = adapter
        self.description = adapter.DESCRIPTION + (f" Credentials: {names}." if names else "")

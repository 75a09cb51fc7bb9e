"""The kinds of payment gateways, each with its adapter."""

from app.core.described import Described
from app.payments.gateways.protocol import Gateway
from app.payments.gateways.stripe import Stripe


class GatewayKind(Described):
    """Type of integration with a payment gateway."""

    adapter: type[Gateway]

    STRIPE = "stripe", Stripe

    def __init__(self, _value: str, adapter: type[Gateway]) -> None:
        names = ", ".join(f"`{name}`" for name in adapter.SECRETS)
        self.adapter = adapter
        self.description = adapter.DESCRIPTION + (f" Credentials: {names}." if names else "")

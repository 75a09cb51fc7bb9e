"""Amounts of a gateway whose minor units differ from those of ISO 4217.

The system and the protocol of gateways use the minor units of ISO 4217. An adapter converts them with a table
of the currencies in which the gateway uses other ones.
"""

from collections.abc import Mapping

from app.core.currencies import decimals
from app.payments.gateways.protocol import GatewayRefuses, GatewaySilent


def to_gateway(minor: int, currency: str, differing: Mapping[str, int], step: int = 1) -> int:
    """An amount in the gateway's minor units; `step` is the smallest amount that it accepts.

    Raises:
        GatewayRefuses: the gateway cannot express the amount.
    """
    shift = differing.get(currency, decimals(currency)) - decimals(currency)
    found, rest = _shifted(minor, shift)
    if rest or found % step:
        raise GatewayRefuses("amount_not_possible", f"The gateway has no such amount in {currency}.")
    return found


def from_gateway(amount: int, currency: str, differing: Mapping[str, int]) -> int:
    """The gateway's amount in minor units of ISO 4217.

    Raises:
        GatewaySilent: it is no whole number of them.
    """
    shift = decimals(currency) - differing.get(currency, decimals(currency))
    found, rest = _shifted(amount, shift)
    if rest:
        raise GatewaySilent(f"The gateway sent {amount} in {currency}, which has fewer decimals.")
    return found


def _shifted(amount: int, shift: int) -> tuple[int, int]:
    """An amount with more or fewer decimals, and what is lost."""
    factor = int(10 ** abs(shift))
    return (amount * factor, 0) if shift >= 0 else divmod(amount, factor)

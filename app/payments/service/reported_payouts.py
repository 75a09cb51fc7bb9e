"""Payouts that gateways report."""

from app.core.actor import SYSTEM
from app.payments.gateways.protocol import Gateway, GatewaySilent
from app.payments.models import PaymentGateway
from app.payments.service import calling
from app.payments.service.payouts import LONGEST_REFERENCE, store_reported


async def look(gateway: Gateway, account: PaymentGateway, reference: str) -> None:
    """Ask for a payout and its lines, and record them.

    Raises:
        GatewaySilent, GatewayRefuses.
    """
    said = await calling.call(account, gateway.payout(reference))
    if said.reference != reference or not 1 <= len(reference) <= LONGEST_REFERENCE:
        raise GatewaySilent("The gateway sent no usable payout.")
    await store_reported(SYSTEM, account, said)

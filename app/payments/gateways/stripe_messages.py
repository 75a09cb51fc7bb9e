"""What messages of Stripe are about."""

import json

from app.payments.gateways.minor_units import from_gateway
from app.payments.gateways.protocol import NotFromGateway, Notice
from app.payments.gateways.stripe_currencies import DECIMALS
from app.payments.gateways.stripe_payouts import EVENTS as PAYOUT_EVENTS

KEY = "ordergraph_transaction"  # the metadata that names our transaction


def notice_of(body: bytes) -> Notice | None:
    """What an authentic message is about; None if it is irrelevant.

    Raises:
        NotFromGateway: it cannot be read.
    """
    try:
        event = json.loads(body)
        id, kind, thing = event["id"], event["type"], event["data"]["object"]
        group = kind.partition(".")[0]
        key = (thing.get("metadata") or {}).get(KEY) or ""
        if group == "payment_intent":
            currency = thing["currency"].upper()
            amount = from_gateway(thing["amount"], currency, DECIMALS)
            return Notice(id, thing["id"], kind, amount, currency, key=key)
        if kind in PAYOUT_EVENTS:
            return Notice(id, "", kind, payout=thing["id"])
        if kind.startswith("charge.dispute."):
            return Notice(id, thing.get("payment_intent") or "", kind, dispute=thing["id"])
        if group in ("charge", "refund") and thing.get("payment_intent"):
            return Notice(id, thing["payment_intent"], kind)
        if kind.startswith("checkout.session."):
            return Notice(id, thing["id"], kind, key=key)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotFromGateway("The message cannot be read.") from error
    return None

"""Disputes of Stripe, from the plain data of the SDK's objects."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from app.payments.gateways.minor_units import from_gateway
from app.payments.gateways.protocol import Disputed
from app.payments.gateways.stripe_currencies import DECIMALS
from app.payments.lifecycle import DisputeStatus

_S = DisputeStatus
INQUIRY = "warning_"  # the beginning of the statuses of inquiries
# A status that Stripe adds later counts as open.
_STATUSES: Mapping[str, DisputeStatus] = {
    "warning_needs_response": _S.NEEDS_RESPONSE,
    "warning_under_review": _S.UNDER_REVIEW,
    "warning_closed": _S.WON,
    "needs_response": _S.NEEDS_RESPONSE,
    "under_review": _S.UNDER_REVIEW,
    "won": _S.WON,
    "prevented": _S.WON,
    "lost": _S.LOST,
}


def disputed(found: Mapping[str, Any]) -> Disputed:
    """A dispute as Stripe reports it."""
    currency = found["currency"].upper()
    fees = [each for each in found.get("balance_transactions") or () if isinstance(each, dict)]
    charged = {each["currency"].upper() for each in fees}
    fee_currency = charged.pop() if len(charged) == 1 else ""
    status = str(found["status"])
    return Disputed(
        reference=found["id"],
        payment_reference=_id(found.get("payment_intent")),
        status=_STATUSES.get(status, _S.UNDER_REVIEW),
        amount_minor=from_gateway(found["amount"], currency, DECIMALS),
        currency=currency,
        reason=found.get("reason") or "",
        is_inquiry=status.startswith(INQUIRY),
        evidence_due_at=_time((found.get("evidence_details") or {}).get("due_by")),
        opened_at=_time(found.get("created")),
        fee_minor=(
            from_gateway(sum(each["fee"] for each in fees), fee_currency, DECIMALS) if fee_currency else None
        ),
        fee_currency=fee_currency,
    )


def _id(thing: Any) -> str:
    """The id of an object that may be expanded."""
    return str(thing["id"]) if isinstance(thing, dict) else thing or ""


def _time(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else None

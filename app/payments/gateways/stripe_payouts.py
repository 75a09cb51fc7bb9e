"""Payouts of Stripe, from the plain data of the SDK's objects."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from app.payments.gateways.minor_units import from_gateway
from app.payments.gateways.protocol import PaidOut
from app.payments.gateways.stripe_currencies import DECIMALS
from app.payments.lifecycle import PayoutLineKind
from app.payments.payouts import Line

_L = PayoutLineKind
# By the reporting category of a balance transaction; by its type where it has none.
_KINDS: Mapping[str, PayoutLineKind] = {
    "charge": _L.PAYMENT,
    "payment": _L.PAYMENT,
    "refund": _L.REFUND,
    "payment_refund": _L.REFUND,
    "refund_failure": _L.REFUND_REVERSAL,
    "payment_failure_refund": _L.REFUND_REVERSAL,
    "dispute": _L.DISPUTE,
    "dispute_reversal": _L.DISPUTE_REVERSAL,
    "payout_reversal": _L.PAYOUT_REVERSAL,
    "payout_failure": _L.PAYOUT_REVERSAL,
    "payout_cancel": _L.PAYOUT_REVERSAL,
    "fee": _L.FEE,
    "stripe_fee": _L.FEE,
    "network_cost": _L.FEE,
}
# Events of a payout whose lines are known.
EVENTS = (
    "payout.paid", "payout.updated", "payout.reconciliation_completed", "payout.failed", "payout.canceled",
)  # fmt: skip
_FAILED = ("failed", "canceled")  # statuses


def paid_out(payout: Mapping[str, Any], transactions: Iterable[Mapping[str, Any]]) -> PaidOut:
    """A payout and its balance transactions, which have their sources."""
    currency = payout["currency"].upper()
    return PaidOut(
        reference=payout["id"],
        currency=currency,
        arrival_on=datetime.fromtimestamp(payout["arrival_date"], UTC).date(),
        total_minor=from_gateway(payout["amount"], currency, DECIMALS),
        lines=[_line(each, currency) for each in transactions if each.get("type") != "payout"],
        has_failed=payout.get("status") in _FAILED,
    )


def _line(transaction: Mapping[str, Any], currency: str) -> Line:
    source = transaction.get("source") or {}
    if not isinstance(source, dict):
        source = {"id": source}
    named = str(transaction.get("reporting_category") or transaction.get("type") or "")
    kind = _KINDS.get(named) or _KINDS.get(str(transaction.get("type") or ""), _L.ADJUSTMENT)
    own_currency = str(source.get("currency") or currency).upper()
    is_foreign = own_currency != currency and "amount" in source
    return Line(
        kind,
        str(source.get("id") or transaction["id"]),
        from_gateway(transaction["amount"], currency, DECIMALS),
        from_gateway(transaction.get("fee") or 0, currency, DECIMALS),
        from_gateway(source["amount"], own_currency, DECIMALS) if is_foreign else None,
        own_currency if is_foreign else "",
    )

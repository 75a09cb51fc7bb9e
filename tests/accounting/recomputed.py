"""The balances of the ledger, computed again from the rows of orders, payments, stored value and stock.

It shares no code with the ledger: taxes are fractions that are rounded here, and sums are made in Python.
"""

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from app.core.database import fetch
from app.payments.models import Dispute, PaymentTransaction
from app.payments.payout_models import Payout, PayoutLine
from app.stored_value.models import StoredValue, StoredValueEntry

Balances = Counter[tuple[str, str, str]]  # by account, detail and currency
STORED = {"gift_card": "gift_cards", "store_credit": "store_credit"}
_STOCK = {
    "suppliers": "goods_received", "asset": "inventory", "in_transit": "in_transit",
    "cost_of_sales": "cost_of_sales", "write_off": "write_offs", "gain": "stock_gains",
    "revaluation": "revaluation", "assembly": "assembly",
}  # fmt: skip
REVENUE = ("sales", "shipping", "discounts", "allowances", "tax", "rounding", "goodwill")


async def posted() -> Balances:
    """The balances of the ledger, positive for a debit."""
    found: Balances = Counter()
    for row in await fetch("SELECT account, detail, currency, side, amount_minor FROM ledger_posting"):
        sign = 1 if row["side"] == "debit" else -1
        found[row["account"], row["detail"], row["currency"]] += sign * row["amount_minor"]
    return found


async def unbalanced() -> list[str]:
    """The entries whose postings do not add up to zero in their currency."""
    sums: Counter[tuple[str, str]] = Counter()
    for row in await fetch("SELECT entry_id, currency, side, amount_minor FROM ledger_posting"):
        sums[str(row["entry_id"]), row["currency"]] += row["amount_minor"] * (-1) ** (row["side"] == "credit")
    return [entry for (entry, _), minor in sums.items() if minor]


async def of_money() -> Balances:
    """What gateways and the bank hold, what is disputed, and fees."""
    found: Balances = Counter()
    gateways: dict[Any, str] = {}
    amounts: dict[Any, int] = {}
    for row in await PaymentTransaction.all():
        gateways[row.id], amounts[row.id] = row.gateway, row.amount_minor
        if row.status.value == "succeeded" and row.gateway not in ("giftCard", "storeCredit"):
            sign = {"capture": 1, "refund": -1, "chargeback": -1}.get(row.kind.value, 0)
            found["clearing", row.gateway, row.currency] += sign * row.amount_minor
    for dispute in await Dispute.all():
        gateways[dispute.id] = dispute.gateway
        if dispute.status.value in ("needs_response", "under_review") and not dispute.is_inquiry:
            _move(found, "disputes", dispute.gateway, dispute, dispute.amount_minor)
        elif dispute.status.value == "lost":
            kept = amounts.get(dispute.chargeback_id, 0)
            _move(found, "dispute_losses", "", dispute, dispute.amount_minor - kept)
    for payout in await Payout.filter(status="closed"):
        _pay_out(found, payout, await PayoutLine.filter(payout_id=payout.id), gateways)
    return found


def _move(found: Balances, account: str, detail: str, dispute: Dispute, minor: int) -> None:
    found[account, detail, dispute.currency] += minor
    found["clearing", dispute.gateway, dispute.currency] -= minor


def _pay_out(found: Balances, payout: Payout, lines: Iterable[PayoutLine], gateways: dict[Any, str]) -> None:
    if payout.failed_at is None:
        found["bank", "", payout.currency] += payout.total_minor
    else:
        found["clearing", payout.gateway, payout.currency] += payout.total_minor
    for line in lines:
        found["fees", payout.gateway, payout.currency] += line.fee_minor
        name = {"fee": "fees", "adjustment": "payout_differences", "unexplained": "payout_differences"}.get(
            line.kind.value
        )
        of = gateways.get(line.transaction_id or line.dispute_id, payout.gateway)
        if name is not None:
            found[name, payout.gateway, payout.currency] -= line.amount_minor
        elif line.own_minor is None:
            found["clearing", of, payout.currency] -= line.amount_minor
        else:
            own = line.own_minor if line.amount_minor > 0 else -line.own_minor
            found["exchange", "", payout.currency] -= line.amount_minor
            found["exchange", "", line.own_currency] += own
            found["clearing", of, line.own_currency] -= own


async def of_stored_value() -> Balances:
    found: Balances = Counter()
    for row in await StoredValue.all():
        found[STORED[row.kind.value], "", row.currency] -= row.balance_minor
    for entry in await StoredValueEntry.all():
        is_expired = entry.kind.value == "expire"
        if is_expired or (entry.kind.value == "disable" and entry.order_id is None):
            found["breakage", "", entry.currency] += entry.amount_minor
    return found


async def of_stock(currency: str) -> Balances:
    found: Balances = Counter()
    for row in await fetch("SELECT from_account, to_account, amount_minor FROM value_entry"):
        found[_STOCK[row["to_account"]], "", currency] += row["amount_minor"]
        found[_STOCK[row["from_account"]], "", currency] -= row["amount_minor"]
    return found


class Revenue:
    """What has left of an order, without discounts: its sales, shipping and tax by rate, before credits."""

    def __init__(self, order: Any, lines: list[Any], cards_refunded: int) -> None:
        self.order = order
        self.has_left = any(line.quantity_shipped for line in lines)
        self.is_done = all(line.quantity_shipped == line.quantity - line.quantity_cancelled for line in lines)
        goods = [line for line in lines if line.quantity_shipped and not line.is_gift_card]
        parts = [(line.quantity_shipped * line.unit_price_minor, Fraction(line.tax_rate)) for line in goods]
        ships = self.has_left and (bool(goods) or self.is_done)
        shares = [(each["amount_minor"], Fraction(each["rate"])) for each in order.shipping_taxes or ()]
        shipping = shares if ships else []
        self.cards = sum(line.quantity_shipped * line.unit_price_minor for line in lines if line.is_gift_card)
        self.taxes = self._taxes([*parts, *shipping])
        # Goods and shipping with their tax, by rate.
        on_top = not order.prices_include_tax
        self.gross: Counter[Fraction] = Counter()
        for base, rate in [*parts, *shipping]:
            self.gross[rate] += base
        for rate, tax in self.taxes.items():
            self.gross[rate] += tax if on_top else 0
        whole = sum(self.gross.values()) + self.cards
        credited = min(order.credited_minor, whole)
        self.credited_goods = credited - min(cards_refunded, credited)
        self.worth = whole - credited
        if self.has_left and self.is_done:
            self.worth = max(0, order.total_minor - order.cancelled_minor - order.credited_minor)

    def _taxes(self, parts: list[tuple[int, Fraction]]) -> Counter[Fraction]:
        found: Counter[Fraction] = Counter()
        exact: dict[Fraction, Fraction] = {}
        for base, rate in parts:
            tax = base * rate / (1 + rate) if self.order.prices_include_tax else base * rate
            if self.order.tax_rounding.value == "line":
                found[rate] += _half_up(tax)
            else:
                exact[rate] = exact.get(rate, Fraction(0)) + tax
        for rate, tax in exact.items():
            found[rate] += _half_up(tax)
        return found

    def tax_after_credits(self, rate: Fraction) -> Fraction:
        """The exact tax of a rate, less its part of the credits on goods and shipping."""
        whole = sum(self.gross.values())
        part = Fraction(self.credited_goods * self.gross[rate], whole) if whole else Fraction(0)
        return self.taxes[rate] - min(part * rate / (1 + rate), Fraction(self.taxes[rate]))


def _half_up(amount: Fraction) -> int:
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)

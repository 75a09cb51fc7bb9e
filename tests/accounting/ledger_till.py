"""The money of the ledger machine: payments, stored value, disputes, payouts and closed periods."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from app.accounting import queries as accounting
from app.accounting.service import closing
from app.accounting.service.writing import day_of
from app.core import clock
from app.core.actor import SYSTEM
from app.core.money import Money
from app.orders.models import Order
from app.payments.gateways.protocol import Disputed, PaidOut
from app.payments.lifecycle import DisputeStatus, PaymentKind, TransactionStatus
from app.payments.lifecycle import PayoutLineKind as L
from app.payments.models import Dispute, Payment, PaymentTransaction
from app.payments.payout_models import Payout, PayoutLine
from app.payments.payouts import Line
from app.payments.service import (
    authorizing,
    calling,
    disputes,
    payouts,
    record,
    refund,
    reported_disputes,
    reversing,
)
from app.payments.service.disputes import DisputeData
from app.payments.service.gift_card_refunds import refund_gift_cards
from app.payments.service.payouts import PayoutData
from app.payments.service.stored_value import apply
from app.stored_value import codes, ending, issuing, jobs
from app.stored_value.lifecycle import StoredValueKind
from app.stored_value.models import StoredValue
from tests.accounting.ledger_shop import SHOPS, Shop, index, wanted

share = st.sampled_from([1, 3, 7, 10, 10, 10, 12])  # tenths of what is due or was received
kinds_of_lines = {PaymentKind.CAPTURE: L.PAYMENT, PaymentKind.REFUND: L.REFUND}


class Till(Shop):
    @initialize(first=wanted, second=wanted, is_sent=st.booleans())
    def open_shop(self, first: dict[str, int], second: dict[str, int], is_sent: bool) -> None:
        """Half of the runs begin with orders that are paid and have left, one of them in part."""
        self.begin(first, second)
        for at in range(len(self.orders) if is_sent else 0):
            if at % 2:
                self.pay_by_gateway(at, 10, 10)
            else:
                self.pay_by_hand(at, 10)
            self.ship(at, at == 1, 4)

    def order(self, at: int) -> Order:
        return self.run(Order.get(id=self.one(self.orders, at)))  # type: ignore[no-any-return]

    def part(self, order: Order, tenths: int, *, of_paid: bool = False) -> Money:
        whole = order.paid_minor if of_paid else order.total_minor - order.cancelled_minor
        return Money(max(1, whole * tenths // 10), order.currency)

    def unique(self, name: str) -> str:
        self.number += 1
        return f"{name}{self.number}"

    # --- payments ---

    @precondition(lambda self: self.orders)
    @rule(at=index, tenths=share)
    def pay_by_hand(self, at: int, tenths: int) -> None:
        order = self.order(at)
        amount = self.part(order, tenths)
        self.attempt(record(SYSTEM, order.id, amount, reference=self.unique("T"), accept_overpayment=True))

    @precondition(lambda self: self.orders)
    @rule(at=index, tenths=share, captured=st.sampled_from([0, 5, 10]))
    def pay_by_gateway(self, at: int, tenths: int, captured: int) -> None:
        """An amount is authorized, and a part of it or all is captured."""
        order = self.order(at)
        amount = self.part(order, tenths)
        made = authorizing.authorize_by_gateway(SYSTEM, order.id, "card", amount, token="ok")
        row = self.attempt(made)
        self.run(calling.process_order(order.id))
        if row is not None and captured:
            part = Money(max(1, amount.minor * captured // 10), order.currency)
            self.attempt(authorizing.capture(SYSTEM, row.payment_id, part))
            self.run(calling.process_order(order.id))

    @precondition(lambda self: self.orders)
    @rule(at=index, is_void=st.booleans())
    def end_authorization(self, at: int, is_void: bool) -> None:
        order = self.order(at)
        for payment in self.run(Payment.filter(order_id=order.id, status="authorized")):
            command = authorizing.void if is_void else authorizing.capture
            self.attempt(command(SYSTEM, payment.id))
        self.run(calling.process_order(order.id))

    @precondition(lambda self: self.orders)
    @rule(at=index, tenths=share, one=st.booleans())
    def refund(self, at: int, tenths: int, one: bool) -> None:
        """Refund an amount, split over the payments or of one of them."""
        order = self.order(at)
        known = self.run(Payment.filter(order_id=order.id))
        of = self.one(known, at).id if one and known else None
        self.attempt(refund(SYSTEM, order.id, self.part(order, tenths, of_paid=True), payment_id=of))
        self.run(calling.process_order(order.id))

    @precondition(lambda self: self.orders)
    @rule(at=index)
    def bank_takes_back(self, at: int) -> None:
        rows = self.run(PaymentTransaction.filter(kind="capture", gateway="manual"))
        if rows:
            self.attempt(reversing.reverse(SYSTEM, self.one(rows, at).id, "The check bounced"))

    # --- gift cards and store credit ---

    @rule(code=st.sampled_from(sorted(SHOPS)), minor=st.integers(100, 4_000), days=st.sampled_from([None, 5]))
    def issue(self, code: str, minor: int, days: int | None) -> None:
        until = None if days is None else clock.now() + timedelta(days=days)
        channel = self.channels[code]
        card = self.run(issuing.issue_gift_card(SYSTEM, channel, minor, expires_at=until))
        known = self.__dict__.setdefault("codes", {}).setdefault(code, [])
        known.append(codes.code_of(card.id))
        given = issuing.issue_store_credit(
            SYSTEM, channel, self.customer.id, minor, reason="Late", expires_at=until
        )
        self.attempt(given)

    @precondition(lambda self: self.orders)
    @rule(at=index, with_card=st.booleans())
    def pay_with_stored_value(self, at: int, with_card: bool) -> None:
        known = [each for own in getattr(self, "codes", {}).values() for each in own]
        code = self.one(known, at) if with_card and known else None
        self.attempt(apply(SYSTEM, self.order(at).id, code=code))

    @rule(at=index, how=st.sampled_from(["disable", "take back", "refund purchase", "expire"]))
    def end(self, at: int, how: str) -> None:
        if how == "expire":
            self.run(jobs.expire())
            return
        if how == "refund purchase":
            if self.orders:
                self.attempt(refund_gift_cards(SYSTEM, self.order(at).id))
                self.run(calling.process_order(self.order(at).id))
            return
        rows = self.run(StoredValue.all().order_by("id"))
        if rows and how == "disable":
            cards = [row for row in rows if row.kind is StoredValueKind.GIFT_CARD]
            if cards:
                self.attempt(ending.disable(SYSTEM, self.one(cards, at).id, reason="Stolen"))
        elif rows:
            self.attempt(ending.take_back(SYSTEM, self.one(rows, at).id, reason="A mistake"))

    # --- disputes ---

    @precondition(lambda self: self.orders)
    @rule(at=index, tenths=share, is_inquiry=st.booleans(), is_known=st.integers(0, 4))
    def dispute(self, at: int, tenths: int, is_inquiry: bool, is_known: int) -> None:
        """A dispute is recorded by staff, or reported by the gateway, sometimes of an unknown payment."""
        rows = self.run(PaymentTransaction.filter(kind="capture", gateway__in=["manual", "card"]))
        if not rows:
            return
        row = self.one(rows, at)
        amount = Money(max(1, row.amount_minor * min(tenths, 10) // 10), row.currency)
        reference = self.unique("dp_")
        if row.gateway == "manual":
            data = DisputeData(amount, reference, is_inquiry=is_inquiry)
            self.attempt(disputes.record(SYSTEM, row.payment_id, data))
            return
        payment = self.run(Payment.get(id=row.payment_id))
        of = payment.reference if is_known else "unknown"
        said = Disputed(
            reference, of, DisputeStatus.NEEDS_RESPONSE, amount.minor, amount.currency, is_inquiry=is_inquiry
        )
        self.run(reported_disputes.settle(SYSTEM, self.account, said, None))

    @rule(at=index, status=st.sampled_from(DisputeStatus))
    def decide(self, at: int, status: DisputeStatus) -> None:
        rows = self.run(Dispute.all().order_by("id"))
        if not rows:
            return
        row = self.one(rows, at)
        if row.account_id is not None:
            said = Disputed(row.reference, row.payment_reference, status, row.amount_minor, row.currency)
            self.run(reported_disputes.settle(SYSTEM, self.account, said, row.version))
            for order in self.orders:
                self.run(calling.process_order(order))
        elif status in (DisputeStatus.WON, DisputeStatus.LOST):
            self.attempt(disputes.close(SYSTEM, row.id, status))
        else:
            self.attempt(disputes.respond(SYSTEM, row.id))

    # --- payouts ---

    async def _unpaid(self, currency: str) -> list[Line]:
        """The lines about what was not paid out yet."""
        rows = await PayoutLine.all()
        known = {(row.transaction_id or row.dispute_id, row.kind) for row in rows}
        found = []
        for row in await PaymentTransaction.filter(currency=currency, gateway__in=["card", "manual"]):
            kind = kinds_of_lines.get(row.kind)
            if kind is not None and row.status is TransactionStatus.SUCCEEDED and (row.id, kind) not in known:
                sign = 1 if kind is L.PAYMENT else -1
                found.append(Line(kind, row.reference or "", sign * row.amount_minor, row.amount_minor // 50))
        for dispute in await Dispute.filter(currency=currency, is_inquiry=False):
            if (dispute.id, L.DISPUTE) not in known:
                found.append(Line(L.DISPUTE, dispute.reference, -dispute.amount_minor, 1500))
            elif dispute.status is DisputeStatus.WON and (dispute.id, L.DISPUTE_REVERSAL) not in known:
                found.append(Line(L.DISPUTE_REVERSAL, dispute.reference, dispute.amount_minor, -1500))
        return found

    @rule(
        currency=st.sampled_from(["EUR", "JPY"]),
        keep=st.integers(1, 3),
        rest=st.sampled_from([0, 0, 0, -7, 150]),
        into=st.sampled_from(["", "", "KWD"]),
        is_reported=st.booleans(),
    )
    def pay_out(self, currency: str, keep: int, rest: int, into: str, is_reported: bool) -> None:
        """Some or all of what is left is paid out, sometimes in another currency or with a remainder."""
        lines = [each for at, each in enumerate(self.run(self._unpaid(currency))) if at % keep == 0]
        lines = [*(_in_kwd(each, currency) if into else each for each in lines), Line(L.FEE, "", -3)]
        if rest > 0:
            lines.append(Line(L.ADJUSTMENT, "reserve", rest))
        total = sum(each.net_minor for each in lines) + min(rest, 0)
        reference, day = self.unique("po_"), day_of(clock.now()) - timedelta(days=keep - 2)
        if is_reported:
            said = PaidOut(reference, into or currency, day, total, lines)
            self.run(payouts.store_reported(SYSTEM, self.account, said))
        else:
            data = PayoutData("card", reference, into or currency, day, total, lines)
            self.run(payouts.import_payout(SYSTEM, data))

    @rule(at=index, how=st.sampled_from(["close", "compare", "return", "send again"]))
    def look_at_payout(self, at: int, how: str) -> None:
        rows: Sequence[Payout] = self.run(Payout.all().order_by("id"))
        if not rows:
            return
        row = self.one(list(rows), at)
        if how == "close":
            self.attempt(payouts.close(SYSTEM, row.id, "As the gateway says"))
        elif how == "compare":
            self.attempt(payouts.compare(SYSTEM, row.id))
        elif how == "return":
            lines = self.run(PayoutLine.filter(payout_id=row.id).exclude(kind="unexplained"))
            same = [Line(each.kind, each.reference, each.amount_minor, each.fee_minor, each.own_minor,
                         each.own_currency) for each in lines]  # fmt: skip
            said = PaidOut(row.reference, row.currency, row.arrival_on, row.total_minor, same, True)
            self.run(payouts.store_reported(SYSTEM, self.account, said))
        elif row.failed_at is not None:
            line = Line(L.PAYOUT_REVERSAL, row.reference, row.total_minor)
            data = PayoutData(
                "card", self.unique("po_"), row.currency, row.arrival_on, row.total_minor, [line]
            )
            self.run(payouts.import_payout(SYSTEM, data))

    # --- periods ---

    @rule()
    def close_period(self) -> None:
        through = day_of(clock.now()) - timedelta(days=1)
        if self.attempt(closing.close_period(SYSTEM, through)) is not None:
            self.closed = (through, self.run(accounting.balances(through)))


def _in_kwd(line: Line, currency: str) -> Line:
    """A line that the gateway pays out in dinars at a rate of its own."""
    amount = max(1, abs(line.amount_minor) * 3 // 10) * (1 if line.amount_minor > 0 else -1)
    own = abs(line.amount_minor)
    return Line(line.kind, line.reference, amount, line.fee_minor * 3 // 10, own, currency)

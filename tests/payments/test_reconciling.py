"""What follows from how a payment stands at its gateway, for every sequence of standings."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.payments import rules
from app.payments.gateways.protocol import GatewayState, Refunded, RefundState, Standing
from app.payments.lifecycle import PaymentKind, TransactionStatus
from app.payments.reconciling import Conflict, plan
from app.payments.rules import Tender

K, S, G = PaymentKind, TransactionStatus, GatewayState


class Ledger:
    """The transactions of a payment, changed by plans as the service changes them."""

    def __init__(self) -> None:
        self.tender = Tender()
        self.rows: list[Any] = []

    def ask(self, kind: PaymentKind, amount: int) -> Any:
        self.tender = rules.followed(self.tender, kind, amount, None, S.PENDING)
        self.rows.append(
            SimpleNamespace(id=uuid4(), kind=kind, status=S.PENDING, amount_minor=amount, reference=None)
        )
        return self.rows[-1]

    def hear(self, standing: Standing) -> int:
        """Follow a standing; returns the number of changes."""
        self.tender, changes = plan(self.tender, self.rows, standing, "USD")
        for each in changes:
            row = each.row
            if row is None:
                row = SimpleNamespace(
                    id=uuid4(), kind=each.kind, amount_minor=each.amount_minor, reference=None
                )
                self.rows.append(row)
            row.status, row.reference = each.status, each.reference or row.reference
        return len(changes)

    def sum(self, kind: PaymentKind) -> int:
        return sum(row.amount_minor for row in self.rows if row.kind is kind and row.status is S.SUCCEEDED)


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["capture", "refund", "void", "hear", "ask capture", "ask refund"]),
        st.integers(1, 60),
    ),
    max_size=25,
)


@given(MOVES, st.booleans())
def test_whatever_happens_at_the_gateway_the_transactions_add_up_to_it(
    moves: list[tuple[str, int]], asked: bool
):
    ledger, stands = Ledger(), Standing("p", G.AUTHORIZED, 100, "USD", authorized_minor=100)
    if asked:
        ledger.ask(K.AUTHORIZE, 100)
    else:
        ledger.rows.append(
            SimpleNamespace(id=uuid4(), kind=K.AUTHORIZE, status=S.FAILED, amount_minor=100, reference=None)
        )
    for move, amount in moves:
        left = stands.authorized_minor - stands.captured_minor
        returned = sum(each.amount_minor for each in stands.refunds if each.state is not RefundState.FAILED)
        pending = {row.kind for row in ledger.rows if row.status is S.PENDING}
        if move == "capture" and stands.state is G.AUTHORIZED and 0 < amount <= left:
            stands = replace(stands, captured_minor=stands.captured_minor + amount)
        elif move == "refund" and amount <= stands.captured_minor - returned:
            made = Refunded(f"r{len(stands.refunds)}", amount, RefundState.SUCCEEDED)
            stands = replace(stands, refunds=[*stands.refunds, made])
        elif move == "void":
            stands = replace(stands, state=G.CLOSED, authorized_minor=stands.captured_minor)
        elif move == "ask capture" and K.CAPTURE not in pending and amount <= ledger.tender.uncaptured_minor:
            ledger.ask(K.CAPTURE, amount)
        elif move == "hear":
            ledger.hear(stands)
            assert ledger.hear(stands) == 0  # the same again has no further effect
        assert rules.is_sound(ledger.tender)
    ledger.hear(stands)
    assert ledger.tender.captured_minor == stands.captured_minor == ledger.sum(K.CAPTURE)
    assert (
        ledger.tender.refunded_minor
        == sum(each.amount_minor for each in stands.refunds)
        == ledger.sum(K.REFUND)
    )
    assert (
        ledger.tender.authorized_minor
        == stands.authorized_minor
        == ledger.sum(K.AUTHORIZE) - ledger.sum(K.VOID)
    )
    assert not any(row.status is S.PENDING for row in ledger.rows if row.kind is K.AUTHORIZE)


@pytest.mark.parametrize(
    "wrong",
    [
        {"currency": "EUR"},
        {"amount_minor": 99},
        {"captured_minor": 101},
        {"refunds": [Refunded("r", 50, RefundState.SUCCEEDED)]},
    ],
)
def test_p44_what_the_amounts_do_not_permit_is_a_conflict(wrong: dict[str, Any]):
    ledger = Ledger()
    ledger.ask(K.AUTHORIZE, 100)
    stands = Standing("p", G.AUTHORIZED, 100, "USD", authorized_minor=100)
    with pytest.raises(Conflict):
        ledger.hear(replace(stands, **wrong))
    assert ledger.hear(stands) == 1


def test_a_capture_of_less_than_was_asked_for_is_another_transaction():
    ledger = Ledger()
    ledger.ask(K.AUTHORIZE, 100)
    ledger.hear(Standing("p", G.AUTHORIZED, 100, "USD", authorized_minor=100))
    ledger.ask(K.CAPTURE, 100)
    ledger.hear(Standing("p", G.CLOSED, 100, "USD", authorized_minor=40, captured_minor=40))
    assert [(row.kind, row.status, row.amount_minor) for row in ledger.rows] == [
        (K.AUTHORIZE, S.SUCCEEDED, 100), (K.CAPTURE, S.FAILED, 100), (K.CAPTURE, S.SUCCEEDED, 40), (K.VOID, S.SUCCEEDED, 60),
    ]  # fmt: skip

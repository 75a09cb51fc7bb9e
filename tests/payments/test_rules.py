"""The rules of payments: what can be captured, voided and refunded, for every sequence of requests and results."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.lifecycle import RefundOrder
from app.payments import rules
from app.payments.lifecycle import PaymentKind, TenderStatus
from app.payments.rules import Tender
from app.payments.splitting import split_last_first, split_refund

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
K = PaymentKind
AUTHORIZED = Tender(authorized_minor=100)


def _done(tender: Tender, kind: K, amount: int) -> Tender:
    return rules.settled(rules.requested(tender, kind, amount, AT), kind, amount, amount)


STEPS = st.lists(
    st.tuples(st.sampled_from(list(K)), st.integers(1, 60), st.sampled_from(["all", "nothing", "later"])),
    max_size=25,
)
FACTS = st.builds(
    Tender,
    overcapture_minor=st.integers(0, 15),
    max_captures=st.none() | st.integers(1, 3),
    capture_before=st.none() | st.just(AT + timedelta(days=1)) | st.just(AT),
)


@given(FACTS, STEPS)
def test_no_sequence_of_requests_and_results_takes_more_than_was_agreed_or_returns_more_than_was_taken(
    tender: Tender, steps: list[tuple[K, int, str]]
):
    waiting: list[tuple[K, int]] = []
    moved = dict.fromkeys(K, 0)
    for kind, amount, result in steps:
        try:
            if kind is K.CHARGEBACK:
                tender = rules.charged_back(tender, amount)
                moved[kind] += amount
                continue
            after = rules.requested(tender, kind, amount, AT)
        except ValueError:
            continue
        tender = after
        waiting.append((kind, amount))
        assert rules.is_sound(tender)
        if result == "later" and kind is not K.VOID:
            continue
        for asked in waiting:
            happened = asked[1] if result == "all" else 0
            tender = rules.settled(tender, *asked, happened)
            moved[asked[0]] += happened
        waiting = []
        assert rules.is_sound(tender)
    assert tender.captured_minor == moved[K.CAPTURE] <= moved[K.AUTHORIZE] + tender.overcapture_minor
    assert tender.refunded_minor == moved[K.REFUND]
    assert tender.charged_back_minor == moved[K.CHARGEBACK]
    assert moved[K.REFUND] + moved[K.CHARGEBACK] <= moved[K.CAPTURE]
    assert tender.authorized_minor == moved[K.AUTHORIZE] - moved[K.VOID]
    if tender.max_captures is not None:
        assert tender.captures <= tender.max_captures


@given(st.integers(1, 100), st.integers(1, 100))
def test_p11_the_most_that_can_be_refunded_is_captured_less_pending_and_settled_refunds(
    first: int, second: int
):
    tender = _done(AUTHORIZED, K.CAPTURE, 100)
    tender = _done(tender, K.REFUND, first)
    if first < 100:
        pending = min(second, 100 - first)
        tender = rules.requested(tender, K.REFUND, pending, AT)
        assert tender.refundable_minor == 100 - first - pending >= 0
        with pytest.raises(ValueError):
            rules.requested(tender, K.REFUND, tender.refundable_minor + 1, AT)


def test_p10_a_pending_refund_is_neither_refunded_nor_refundable():
    tender = rules.requested(_done(AUTHORIZED, K.CAPTURE, 100), K.REFUND, 30, AT)
    assert (tender.refunded_minor, tender.refundable_minor) == (0, 70)


def test_p14_the_amount_of_a_refused_refund_can_be_refunded_again():
    tender = rules.requested(_done(AUTHORIZED, K.CAPTURE, 100), K.REFUND, 100, AT)
    assert tender.refundable_minor == 0
    assert rules.settled(tender, K.REFUND, 100, 0).refundable_minor == 100


def test_p23_what_can_be_captured_after_a_part_follows_the_facts_of_the_authorization():
    for most, left in ((None, 60), (1, 0), (2, 60)):
        tender = _done(replace(AUTHORIZED, max_captures=most), K.CAPTURE, 40)
        assert rules.capturable(tender, AT) == left


def test_nothing_can_be_captured_while_a_capture_is_pending_or_after_the_expiry():
    assert rules.capturable(rules.requested(AUTHORIZED, K.CAPTURE, 40, AT), AT) == 0
    assert rules.capturable(replace(AUTHORIZED, capture_before=AT), AT) == 0
    assert rules.capturable(replace(AUTHORIZED, capture_before=AT + timedelta(seconds=1)), AT) == 100


def test_a_void_releases_only_what_is_not_captured():
    tender = _done(AUTHORIZED, K.CAPTURE, 40)
    assert rules.voidable(tender) == 60
    assert _done(tender, K.VOID, 60).authorized_minor == 40
    assert rules.voidable(rules.requested(tender, K.CAPTURE, 10, AT)) == 0


@pytest.mark.parametrize(
    ("tender", "status"),
    [
        (AUTHORIZED, TenderStatus.AUTHORIZED),
        (_done(AUTHORIZED, K.CAPTURE, 40), TenderStatus.AUTHORIZED),
        (rules.requested(AUTHORIZED, K.CAPTURE, 100, AT), TenderStatus.AUTHORIZED),
        (_done(AUTHORIZED, K.CAPTURE, 100), TenderStatus.CAPTURED),
        (_done(_done(AUTHORIZED, K.CAPTURE, 40), K.VOID, 60), TenderStatus.CAPTURED),
        (_done(_done(AUTHORIZED, K.CAPTURE, 100), K.REFUND, 100), TenderStatus.REFUNDED),
        (_done(AUTHORIZED, K.VOID, 100), TenderStatus.VOIDED),
        (rules.received(Tender(), 5), TenderStatus.CAPTURED),
    ],
)
def test_the_status_follows_from_the_amounts(tender: Tender, status: TenderStatus):
    assert rules.status_of(tender) is status


@given(st.lists(st.integers(0, 50), max_size=5), st.integers(0, 250), st.sampled_from(RefundOrder))
def test_the_parts_of_a_refund_add_up_and_no_payment_gives_back_more_than_it_has(
    refundable: list[int], amount: int, order: RefundOrder
):
    if amount > sum(refundable):
        with pytest.raises(ValueError):
            split_refund(amount, refundable, order)
        return
    parts = split_refund(amount, refundable, order)
    assert sum(parts) == amount
    assert all(0 <= part <= most for part, most in zip(parts, refundable, strict=True))


def test_the_payment_made_last_is_refunded_first():
    assert split_refund(70, [100, 50], RefundOrder.LAST_FIRST) == [20, 50]
    assert split_refund(75, [100, 50], RefundOrder.PROPORTIONAL) == [50, 25]


@given(
    st.lists(
        st.tuples(st.sampled_from([UUID(int=1), UUID(int=2), UUID(int=3)]), st.integers(1, 50)), max_size=8
    ),
    st.lists(st.integers(1, 60), max_size=6),
)
def test_refunds_of_the_money_received_last_never_take_more_than_a_payment_has(
    received: list[tuple[UUID, int]], refunds: list[int]
):
    left: dict[UUID, int] = {}
    for payment, arrived in received:
        left[payment] = left.get(payment, 0) + arrived
    for amount in refunds:
        if amount > sum(left.values()):
            with pytest.raises(ValueError):
                split_last_first(amount, received, left)
            continue
        parts = split_last_first(amount, received, left)
        assert sum(parts.values()) == amount
        assert all(0 <= part <= left[payment] for payment, part in parts.items())
        left = {payment: most - parts[payment] for payment, most in left.items()}


def test_money_received_later_is_given_back_before_earlier_money_of_the_same_payment():
    bank, card = UUID(int=1), UUID(int=2)
    received = [(bank, 10), (card, 50), (bank, 20)]
    assert split_last_first(20, received, {bank: 30, card: 50}) == {bank: 20, card: 0}
    assert split_last_first(45, received, {bank: 30, card: 50}) == {bank: 20, card: 25}
    assert split_last_first(45, received, {bank: 15, card: 50}) == {bank: 5, card: 40}
    assert split_last_first(5, received, {card: 50}) == {bank: 0, card: 5}

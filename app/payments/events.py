"""Domain events of payments; the subject is the order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.access.permissions import Permission
from app.core.journal.event import Event


@dataclass(frozen=True, kw_only=True)
class _Moved(Event):
    """A transaction that succeeded."""

    subject_kind: ClassVar[str] = "order"
    needs: ClassVar[Mapping[str, str]] = {"amount_minor": Permission.ORDERS_VIEW}
    transaction_id: str
    payment_id: str
    amount_minor: int
    currency: str
    gateway: str


@dataclass(frozen=True, kw_only=True)
class PaymentAuthorized(_Moved):
    """An amount that can be captured."""


@dataclass(frozen=True, kw_only=True)
class PaymentRecorded(_Moved):
    """A payment received."""


@dataclass(frozen=True, kw_only=True)
class PaymentRefunded(_Moved):
    """A refund."""


@dataclass(frozen=True, kw_only=True)
class PaymentVoided(_Moved):
    """The rest of an authorization that was voided, or has expired."""


@dataclass(frozen=True, kw_only=True)
class PaymentFailed(_Moved):
    """A transaction that a gateway refused; no money moved. `kind` is that of the transaction."""

    kind: str
    code: str
    can_retry: bool


@dataclass(frozen=True, kw_only=True)
class PaymentRefundReversed(_Moved):
    """A refund that the buyer's bank sent back."""


@dataclass(frozen=True, kw_only=True)
class PaymentReversed(_Moved):
    """A payment received that the bank took back, such as a returned direct debit. `transaction_id` is that
    of the payment received, which counts as not received from now on."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class _Disputed(Event):
    """A change of a dispute. `reference` is the gateway's reference of the dispute.

    The fee is what the gateway charges for the dispute, in its own currency; null if it is not known.
    """

    subject_kind: ClassVar[str] = "order"
    needs: ClassVar[Mapping[str, str]] = {
        "amount_minor": Permission.ORDERS_VIEW,
        "fee_minor": Permission.ORDERS_VIEW,
    }
    dispute_id: str
    payment_id: str
    gateway: str
    reference: str
    reason: str
    is_inquiry: bool
    amount_minor: int
    currency: str
    fee_minor: int | None
    fee_currency: str | None


@dataclass(frozen=True, kw_only=True)
class DisputeOpened(_Disputed):
    """A dispute was opened, or opened again. Of an inquiry, no money has moved."""

    evidence_due_at: str | None


@dataclass(frozen=True, kw_only=True)
class DisputeResponded(_Disputed):
    """Evidence was sent for a dispute."""


@dataclass(frozen=True, kw_only=True)
class DisputeWon(_Disputed):
    """A dispute was won or withdrawn. `transaction_id` is the chargeback that is reversed, of
    `charged_back_minor`, if the dispute was lost before; else null and 0."""

    needs: ClassVar[Mapping[str, str]] = {
        **_Disputed.needs,
        "charged_back_minor": Permission.ORDERS_VIEW,
    }
    transaction_id: str | None
    charged_back_minor: int


@dataclass(frozen=True, kw_only=True)
class DisputeLost(_Disputed):
    """A dispute was lost. `transaction_id` is the chargeback, of `charged_back_minor`: the disputed amount,
    at most what the payment had kept; null and 0 if it was refunded before. `excess_minor` is the rest of the
    disputed amount. The event is recorded again if more can be charged back later, because a refund failed or
    another dispute of the same money was won."""

    needs: ClassVar[Mapping[str, str]] = {
        **_Disputed.needs,
        **dict.fromkeys(("charged_back_minor", "excess_minor"), Permission.ORDERS_VIEW),
    }
    transaction_id: str | None
    charged_back_minor: int
    excess_minor: int


@dataclass(frozen=True, kw_only=True)
class _PaidOut(Event):
    """A payout with its amounts, in minor units of its currency.

    `amounts_minor` has the sum of the lines of each kind, before their fees: positive if it adds to the
    payout. The sums less the fee are the total."""

    subject_kind: ClassVar[str] = "payout"
    needs: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("total_minor", "fee_minor", "amounts_minor"), Permission.FINANCE_VIEW
    )
    gateway: str
    reference: str
    currency: str
    arrival_on: str
    total_minor: int
    fee_minor: int
    amounts_minor: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class PayoutRecorded(_PaidOut):
    """A payout was imported or reported. The lines of a payout that is open can still change."""


@dataclass(frozen=True, kw_only=True)
class PayoutClosed(_PaidOut):
    """Nothing of a payout needs a look any more; its lines do not change from now on."""


@dataclass(frozen=True, kw_only=True)
class PayoutFailed(_PaidOut):
    """The bank has returned a payout to the gateway, which pays the money out again with another payout."""


@dataclass(frozen=True, kw_only=True)
class PaymentGatewaySet(Event):
    """A payment gateway was created or updated; its credentials are not included."""

    subject_kind: ClassVar[str] = "payment_gateway"
    code: str


@dataclass(frozen=True, kw_only=True)
class GiftCardsIssued(Event):
    """Gift cards were issued for units of a line of a paid order. `card_ids` are ids of stored value, not
    codes."""

    subject_kind: ClassVar[str] = "order"
    line_id: str
    sku: str
    card_ids: list[str]
    has_recipient: bool


@dataclass(frozen=True, kw_only=True)
class GiftCardsRefunded(Event):
    """Gift cards that the order has bought were disabled, and what was unspent was refunded."""

    subject_kind: ClassVar[str] = "order"
    needs: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("taken_back_minor", "amount_minor"), Permission.ORDERS_VIEW
    )
    card_ids: list[str]
    taken_back_minor: int
    amount_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class GiftCardsRestored(Event):
    """Gift cards that the order has bought can be spent again, because the refund of their purchase failed or
    was sent back: `restored_minor` was put back on them, and `amount_minor` was not refunded after all."""

    subject_kind: ClassVar[str] = "order"
    needs: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("restored_minor", "amount_minor"), Permission.ORDERS_VIEW
    )
    card_ids: list[str]
    restored_minor: int
    amount_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class GiftCardsBlocked(Event):
    """Gift cards that the order has bought cannot be spent, because the money that paid for them is disputed,
    was charged back or was taken back by the bank."""

    subject_kind: ClassVar[str] = "order"
    card_ids: list[str]


@dataclass(frozen=True, kw_only=True)
class GiftCardsUnblocked(Event):
    """Gift cards that were blocked can be spent again."""

    subject_kind: ClassVar[str] = "order"
    card_ids: list[str]


# Timeline titles: see `app.orders.events`.
BUYER_TITLES: Mapping[str, str] = {
    PaymentAuthorized.name(): "Payment authorized",
    PaymentRecorded.name(): "Payment received",
    PaymentRefunded.name(): "Payment refunded",
    PaymentVoided.name(): "Payment authorization ended",
    GiftCardsIssued.name(): "Gift cards sent",
    GiftCardsRefunded.name(): "Gift cards taken back",
}
STAFF_TITLES: Mapping[str, str] = {
    PaymentFailed.name(): "Payment step failed",
    PaymentRefundReversed.name(): "Refund sent back by the bank",
    PaymentReversed.name(): "Payment taken back by the bank",
    GiftCardsRestored.name(): "Gift cards restored after a refund that failed",
    GiftCardsBlocked.name(): "Gift cards blocked",
    GiftCardsUnblocked.name(): "Gift cards unblocked",
    DisputeOpened.name(): "Payment disputed",
    DisputeResponded.name(): "Evidence sent for a dispute",
    DisputeWon.name(): "Dispute won",
    DisputeLost.name(): "Dispute lost",
}

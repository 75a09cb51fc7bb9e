"""The entries of payments, and of stored value: pure functions."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from app.accounting.lifecycle import AccountKind, LedgerEntryKind
from app.accounting.postings import Account, Amounts, Draft, moved, with_buyer
from app.payments.lifecycle import PaymentKind, TransactionStatus
from app.payments.models import PaymentTransaction
from app.stored_value.lifecycle import StoredValueEntryKind, StoredValueKind
from app.stored_value.models import StoredValue, StoredValueEntry
from app.stored_value.spending import GATEWAYS

K, E = AccountKind, LedgerEntryKind
BANK = Account(K.BANK)
STORED_VALUE: Mapping[StoredValueKind, Account] = {
    StoredValueKind.GIFT_CARD: Account(K.GIFT_CARDS),
    StoredValueKind.STORE_CREDIT: Account(K.STORE_CREDIT),
}
_OF_GATEWAYS = {GATEWAYS[kind]: account for kind, account in STORED_VALUE.items()}
# The counterpart of entries of stored value. Payments with it, and what is returned, are those of orders.
_COUNTERPARTS: Mapping[StoredValueEntryKind, Account | None] = {
    StoredValueEntryKind.ISSUE: Account(K.GOODWILL),
    StoredValueEntryKind.TAKE_BACK: Account(K.GOODWILL),
    StoredValueEntryKind.EXPIRE: Account(K.BREAKAGE),
    StoredValueEntryKind.DISABLE: Account(K.BREAKAGE),
    StoredValueEntryKind.RESTORE: Account(K.ALLOWANCES),  # the refund of its purchase failed
    StoredValueEntryKind.SPEND: None,
    StoredValueEntryKind.RETURN: None,
}


# By kind of transaction: the entries of one that succeeded, and of one that was undone afterwards.
_KINDS: Mapping[PaymentKind, tuple[LedgerEntryKind, LedgerEntryKind]] = {
    PaymentKind.CAPTURE: (E.PAYMENT, E.PAYMENT_REVERSAL),
    PaymentKind.REFUND: (E.REFUND, E.REFUND_REVERSAL),
    PaymentKind.CHARGEBACK: (E.CHARGEBACK, E.CHARGEBACK_REVERSAL),
}
_PAID_OUT = {E.REFUND, E.CHARGEBACK, E.PAYMENT_REVERSAL}


def kind_of_payment(row: PaymentTransaction) -> LedgerEntryKind | None:
    """The kind of the entry of a transaction with its present status; None if no money moved."""
    done, undone = _KINDS.get(row.kind, (None, None))
    return {TransactionStatus.SUCCEEDED: done, TransactionStatus.REVERSED: undone}.get(row.status)


def draft_of_payment(
    row: PaymentTransaction,
    standing: Amounts,
    channel_id: UUID | None,
    from_bank: Collection[UUID],
    undone_at: datetime,
) -> Draft | None:
    """The entry of a transaction whose status has just changed; None if no money moved.

    `standing` has the balances of its order before; `from_bank` are the transactions of bank entries;
    `undone_at` is the time of a reversal.
    """
    kind = kind_of_payment(row)
    if kind is None:
        return None
    account = _OF_GATEWAYS.get(row.gateway, Account(K.CLEARING, row.gateway))
    if row.id in from_bank:
        account = BANK
    amount = -row.amount_minor if kind in _PAID_OUT else row.amount_minor
    amounts = with_buyer({account: amount}, standing)
    at = row.at if row.status is TransactionStatus.SUCCEEDED else undone_at
    return Draft(kind, "payment_transaction", row.id, row.currency, at, amounts, row.order_id, channel_id)


def drafts_of_stored_value(
    rows: Collection[StoredValueEntry], accounts: Mapping[UUID, StoredValue]
) -> list[Draft]:
    """The entries of stored value that was not spent: issued, taken back, disabled or expired."""
    found = []
    for row in rows:
        counterpart = _COUNTERPARTS[row.kind]
        if row.kind is StoredValueEntryKind.DISABLE and row.order_id is not None:
            counterpart = Account(K.ALLOWANCES)  # its purchase is refunded
        if counterpart is not None:
            of = accounts[row.account_id]
            amounts = moved(STORED_VALUE[of.kind], counterpart, row.amount_minor)
            found.append(
                Draft(
                    E.STORED_VALUE,
                    "stored_value",
                    row.account_id,
                    row.currency,
                    row.created_at,
                    amounts,
                    channel_id=of.channel_id,
                )
            )
    return found

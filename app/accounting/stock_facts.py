"""The entries of the value of stock: pure functions."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.accounting.lifecycle import AccountKind, LedgerEntryKind
from app.accounting.postings import Account, Draft, added, moved
from app.inventory.stock.lifecycle import StockReason, ValueAccount
from app.inventory.stock.models import ValueEntry

K, E, R = AccountKind, LedgerEntryKind, StockReason

ACCOUNTS: Mapping[ValueAccount, AccountKind] = {
    ValueAccount.SUPPLIERS: K.GOODS_RECEIVED,
    ValueAccount.ASSET: K.INVENTORY,
    ValueAccount.IN_TRANSIT: K.IN_TRANSIT,
    ValueAccount.COST_OF_SALES: K.COST_OF_SALES,
    ValueAccount.WRITE_OFF: K.WRITE_OFFS,
    ValueAccount.GAIN: K.STOCK_GAINS,
    ValueAccount.REVALUATION: K.REVALUATION,
    ValueAccount.ASSEMBLY: K.ASSEMBLY,
}
KINDS: Mapping[StockReason, LedgerEntryKind] = {
    R.SALE: E.COST_OF_SALES,
    R.RETURN: E.COST_OF_SALES,
    R.RECEIPT: E.STOCK_RECEIPT,
    R.SUPPLIER_RETURN: E.STOCK_RECEIPT,
    R.TRANSFER_OUT: E.STOCK_TRANSFER,
    R.TRANSFER_IN: E.STOCK_TRANSFER,
    R.ASSEMBLY: E.STOCK_ASSEMBLY,
    R.COUNT: E.STOCK_ADJUSTMENT,
    R.DAMAGE: E.STOCK_ADJUSTMENT,
    R.LOSS: E.STOCK_ADJUSTMENT,
    R.FOUND: E.STOCK_ADJUSTMENT,
    R.CORRECTION: E.STOCK_ADJUSTMENT,
    R.QUARANTINE: E.STOCK_ADJUSTMENT,
    # Reservations do not change the value of stock.
    R.RESERVATION: E.STOCK_ADJUSTMENT,
    R.RELEASE: E.STOCK_ADJUSTMENT,
}


def drafts_of_stock(rows: Iterable[ValueEntry], currency: str) -> list[Draft]:
    """The entries of value entries: one for each kind, reference and moment."""
    groups: dict[tuple[Any, ...], list[ValueEntry]] = {}
    for row in rows:
        key = (KINDS[row.reason], row.reference_kind, row.reference_id, row.at)
        groups.setdefault(key, []).append(row)
    found = []
    for (kind, reference_kind, reference_id, at), own in groups.items():
        amounts = added(
            *(
                moved(
                    Account(ACCOUNTS[row.from_account]), Account(ACCOUNTS[row.to_account]), row.amount_minor
                )
                for row in own
            )
        )
        order_id = reference_id if reference_kind == "order" else None
        subject = (reference_kind or "stock", reference_id)
        if amounts:
            found.append(Draft(kind, *subject, currency, at, amounts, order_id))
    return found

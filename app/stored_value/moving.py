"""Changes balances: the only module that writes them, and the entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.database import insert, update_returning
from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.stored_value import rules
from app.stored_value.lifecycle import StoredValueEntryKind
from app.stored_value.models import StoredValue, StoredValueEntry


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the balance of a locked account."""

    account: StoredValue
    kind: StoredValueEntryKind
    amount_minor: int  # added to the balance; negative to take it off
    order_id: UUID | None = None
    transaction_id: UUID | None = None
    note: str = ""


async def apply(uow: UnitOfWork, changes: Sequence[Change]) -> None:
    """Write changes of locked accounts and an entry for each. Balances are computed by the database, which
    also repeats the condition that they are not negative.

    Raises:
        ValueError: a balance would be negative; the caller has not locked the account.
    """
    entries = []
    for change in sorted(changes, key=lambda each: each.account.id):
        account = change.account
        if change.kind in (StoredValueEntryKind.RETURN, StoredValueEntryKind.RESTORE):
            account.expires_at = rules.expiry_after_return(account, uow.at)
        if change.kind is StoredValueEntryKind.DISABLE:
            account.disabled_at = account.disabled_at or uow.at
        if change.kind is StoredValueEntryKind.RESTORE:
            account.disabled_at = None
        rows = await update_returning(
            StoredValue,
            "balance_minor = balance_minor + $2, version = version + 1, updated_at = $3, expires_at = $4, "
            "disabled_at = $5",
            "id = $1 AND balance_minor + $2 >= 0",
            "balance_minor, version",
            account.id,
            change.amount_minor,
            uow.at,
            account.expires_at,
            account.disabled_at,
        )
        if not rows:
            raise ValueError(f"{change.amount_minor} of stored value {account.id}")
        account.balance_minor, account.version = rows[0]["balance_minor"], rows[0]["version"]
        account.updated_at = uow.at
        if change.amount_minor:
            entries.append(_entry(uow, change))
    await insert(entries)
    uow.book(entries)


def _entry(uow: UnitOfWork, change: Change) -> StoredValueEntry:
    return StoredValueEntry(
        id=new_id(),
        account_id=change.account.id,
        kind=change.kind,
        amount_minor=change.amount_minor,
        balance_minor=change.account.balance_minor,
        currency=change.account.currency,
        order_id=change.order_id,
        transaction_id=change.transaction_id,
        recorded_by=uow.actor.name,
        note=change.note,
        created_at=uow.at,
    )

"""Paying with stored value, and returning what was paid.

Accounts are locked after the order and before stock, in the order of their ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Problems
from app.core.uow import UnitOfWork
from app.stored_value import moving, queries, rules
from app.stored_value.lifecycle import StoredValueEntryKind, StoredValueKind
from app.stored_value.models import StoredValue

CODES, CREDIT = "gift_card_codes", "use_store_credit"
# The gateways of payments with stored value.
GATEWAYS = {StoredValueKind.GIFT_CARD: "giftCard", StoredValueKind.STORE_CREDIT: "storeCredit"}


@dataclass(frozen=True, slots=True)
class Tenders:
    """The stored value with which an order is to be paid: gift cards in the given order, then the store
    credit of a customer."""

    codes: Sequence[str] = ()
    credit_of: UUID | None = None  # the customer; None: no store credit
    path: tuple[str, ...] = (CODES,)  # of the codes in the input

    def __bool__(self) -> bool:
        return bool(self.codes) or self.credit_of is not None


@dataclass(frozen=True, slots=True)
class Spent:
    """An amount that was taken off an account for an order. The caller stores the transaction."""

    account: StoredValue
    amount_minor: int
    transaction_id: UUID

    @property
    def gateway(self) -> str:
        return GATEWAYS[self.account.kind]


@dataclass(frozen=True, slots=True)
class Returned:
    """An amount to be returned to an account."""

    account_id: UUID
    amount_minor: int
    transaction_id: UUID  # of the refund
    note: str = ""


async def spend(
    uow: UnitOfWork, order_id: UUID, currency: str, due_minor: int, tenders: Tenders
) -> list[Spent]:
    """Take up to the amount due off the accounts.

    Raises:
        Invalid, ValidationFailed: a code is unknown or repeated, or its card is disabled, expired, empty or
            in another currency.
    """
    problems = Problems()
    cards = await queries.ids_by_code(tenders.codes) if tenders.codes else []
    credit: list[UUID] = []
    if tenders.credit_of is not None:
        credit = await queries.credits_of(tenders.credit_of, currency, uow.at)
    locked = await queries.locked_by_id({id for id in (*cards, *credit) if id is not None})
    for index, id in enumerate(cards):
        path = (*tenders.path, str(index)) if tenders.path == (CODES,) else tenders.path
        if id is not None and id in cards[:index]:
            problems.add("This gift card is listed twice.", *path, code=ProblemCode.REPEATED)
            continue
        with problems.caught():
            rules.refuse_gift_card(locked.get(id) if id else None, currency, uow.at, *path)
    problems.refuse()
    accounts = [locked[id] for id in cards if id is not None]
    # What was spent or taken back before the rows were locked is left out.
    accounts += [locked[id] for id in credit if rules.is_usable(locked[id], uow.at)]
    parts = rules.cover(due_minor, [account.balance_minor for account in accounts])
    spent = [Spent(account, part, new_id()) for account, part in zip(accounts, parts, strict=True) if part]
    await moving.apply(
        uow,
        [
            moving.Change(
                each.account, StoredValueEntryKind.SPEND, -each.amount_minor, order_id, each.transaction_id
            )
            for each in spent
        ],
    )
    return spent


async def give_back(uow: UnitOfWork, order_id: UUID, returned: Sequence[Returned]) -> None:
    """Return amounts that were spent for an order. What is left on an account that has expired stays
    expired; the returned amount can be spent for `rules.VALID_AFTER_RETURN`."""
    locked = await queries.locked_by_id({each.account_id for each in returned})
    changes = [
        moving.Change(account, StoredValueEntryKind.EXPIRE, -account.balance_minor)
        for account in locked.values()
        if account.balance_minor and rules.is_expired(account, uow.at)
    ]
    await moving.apply(uow, changes)
    await moving.apply(
        uow,
        [
            moving.Change(
                locked[each.account_id],
                StoredValueEntryKind.RETURN,
                each.amount_minor,
                order_id,
                each.transaction_id,
                each.note,
            )
            for each in returned
        ],
    )

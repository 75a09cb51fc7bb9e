"""Disabling gift cards, taking amounts back, and expiry."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.actor import SYSTEM
from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problems
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.core.versions import refuse_stale
from app.stored_value import moving, queries, rules
from app.stored_value.events import GiftCardDisabled, StoredValueExpired, StoredValueTakenBack
from app.stored_value.lifecycle import StoredValueEntryKind, StoredValueKind
from app.stored_value.models import StoredValue


@command
async def disable(
    uow: UnitOfWork, id: UUID, *, reason: str, expected_version: int | None = None
) -> StoredValue:
    """Disable a gift card, such as one that was stolen: its balance is taken off, and its code is refused.

    Disabling a card again takes off what was returned to it meanwhile.

    Raises:
        NotFound, StaleVersion.
        Invalid: no reason or one that is too long; store credit; it is disabled and has no balance.
    """
    note = _checked(reason)
    card = await queries.locked(uow.actor, id, "id")
    refuse_stale(card, expected_version)
    if card.kind is not StoredValueKind.GIFT_CARD:
        raise Invalid(
            "This is store credit. Take it back instead (storedValueTakeBack).",
            "id",
            code=ProblemCode.WRONG_KIND,
        )
    if card.disabled_at is not None and not card.balance_minor:
        raise Invalid("This gift card is disabled already.", "id", code=ProblemCode.NO_CHANGE)
    had = card.balance_minor
    await moving.apply(uow, [moving.Change(card, StoredValueEntryKind.DISABLE, -had, note=note)])
    uow.announce(GiftCardDisabled(**_about(card, had), reason=note))
    return card


async def disable_refunded(
    uow: UnitOfWork, cards: Sequence[StoredValue], order_id: UUID, reason: str
) -> None:
    """Disable locked gift cards whose purchase is refunded: what is unspent is taken off."""
    had = [card.balance_minor for card in cards]
    await moving.apply(
        uow,
        [
            moving.Change(card, StoredValueEntryKind.DISABLE, -minor, order_id, note=reason)
            for card, minor in zip(cards, had, strict=True)
        ],
    )
    for card, minor in zip(cards, had, strict=True):
        uow.announce(GiftCardDisabled(**_about(card, minor), reason=reason))


@command
async def take_back(
    uow: UnitOfWork,
    id: UUID,
    amount: Money | None = None,
    *,
    reason: str,
    expected_version: int | None = None,
) -> StoredValue:
    """Take an amount off a balance, such as one that was issued by mistake: without one, all that is left.

    Raises:
        NotFound, StaleVersion.
        Invalid, ValidationFailed: no reason or one that is too long; no amount, one in another currency or
            above the balance; nothing is left.
    """
    note = _checked(reason)
    account = await queries.locked(uow.actor, id, "id")
    refuse_stale(account, expected_version)
    left = Money(account.balance_minor, account.currency)
    if not left.minor:
        raise Invalid("Nothing is left to take back.", "id", code=ProblemCode.NOT_POSSIBLE_NOW)
    taken = left if amount is None else amount
    problems = Problems()
    if taken.currency != left.currency:
        problems.add(
            f"The amount must be in {left.currency}.",
            "amount",
            "currency",
            code=ProblemCode.WRONG_CURRENCY,
            currency=left.currency,
        )
    elif taken.minor <= 0:
        problems.add(
            "The amount must be greater than 0.", "amount", "amount", code=ProblemCode.TOO_SMALL, minimum=0
        )
    elif taken.minor > left.minor:
        problems.add(
            f"Only {left} is left. Take back at most that.",
            "amount",
            "amount",
            code=ProblemCode.TOO_LARGE,
            maximum_amount=left,
        )
    problems.refuse()
    await moving.apply(uow, [moving.Change(account, StoredValueEntryKind.TAKE_BACK, -taken.minor, note=note)])
    uow.announce(StoredValueTakenBack(**_about(account, taken.minor), reason=note))
    return account


async def expire(at: datetime, limit: int) -> int:
    """Take the balances off accounts that have expired; return their number."""
    found = await queries.expired(at, limit)
    for id in found:
        await _expire(SYSTEM, id)
    return len(found)


@command
async def _expire(uow: UnitOfWork, id: UUID) -> None:
    account = (await queries.locked_by_id([id]))[id]
    if not account.balance_minor or not rules.is_expired(account, uow.at):
        return
    had = account.balance_minor
    await moving.apply(uow, [moving.Change(account, StoredValueEntryKind.EXPIRE, -had)])
    uow.announce(StoredValueExpired(**_about(account, had)))


def _checked(reason: str) -> str:
    note = checked_note(reason.strip(), "reason", longest=LONGEST_REMARK)
    if not note:
        raise Invalid("Enter a reason.", "reason", code=ProblemCode.REQUIRED)
    return note


def _about(account: StoredValue, amount_minor: int) -> dict[str, Any]:
    return {
        "subject_id": account.id,
        "channel_id": account.channel_id,
        "kind": account.kind.value,
        "amount_minor": amount_minor,
        "currency": account.currency,
    }

"""Issuing gift cards and store credit."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.channels.models import Channel
from app.core.database import insert
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import NotFound, Problems
from app.core.texts import LONGEST_REMARK, checked_note
from app.core.uow import UnitOfWork, command
from app.customers import queries as customers
from app.stored_value import codes, moving
from app.stored_value.events import StoredValueIssued
from app.stored_value.lifecycle import StoredValueEntryKind, StoredValueKind
from app.stored_value.models import StoredValue


@command
async def issue_gift_card(
    uow: UnitOfWork,
    channel: Channel,
    amount_minor: int,
    *,
    reason: str = "",
    expires_at: datetime | None = None,
    order_id: UUID | None = None,
) -> StoredValue:
    """Issue a gift card; its code is `codes.code_of` its id.

    Raises:
        ValidationFailed: no amount, a reason that is too long, an expiry in the past.
    """
    _refuse_bad_input(uow, amount_minor, reason, expires_at)
    id = new_id()
    code = codes.code_of(id)
    card = _account(uow, id, StoredValueKind.GIFT_CARD, channel, reason, expires_at)
    card.code_hash, card.last_characters = codes.hash_of(code), code[-codes.SHOWN :]
    await _store(uow, card, amount_minor, order_id)
    return card


@command
async def issue_store_credit(
    uow: UnitOfWork,
    channel: Channel,
    customer_id: UUID,
    amount_minor: int,
    *,
    reason: str,
    expires_at: datetime | None = None,
) -> StoredValue:
    """Give store credit to a customer.

    Raises:
        NotFound: the customer does not exist, or the actor may not see them.
        ValidationFailed: no amount, no reason or one that is too long, an expiry in the past; the account of
            the customer was deleted.
    """
    customer = await customers.visible_to(uow.actor).get_or_none(id=customer_id)
    if customer is None:
        raise NotFound.of("customer", "customer_id")
    problems = Problems()
    if not customer.is_active:
        problems.add(
            "The account and the data of this customer were deleted.",
            "customer_id",
            code=ProblemCode.NOT_POSSIBLE_NOW,
        )
    if not reason.strip():
        problems.add("Enter a reason.", "reason", code=ProblemCode.REQUIRED)
    with problems.caught():
        _refuse_bad_input(uow, amount_minor, reason, expires_at)
    problems.refuse()
    credit = _account(uow, new_id(), StoredValueKind.STORE_CREDIT, channel, reason, expires_at)
    credit.customer_id = customer.id
    await _store(uow, credit, amount_minor, None)
    return credit


def _refuse_bad_input(uow: UnitOfWork, amount_minor: int, reason: str, expires_at: datetime | None) -> None:
    problems = Problems()
    if amount_minor <= 0:
        problems.add(
            "The amount must be greater than 0.", "amount", "amount", code=ProblemCode.TOO_SMALL, minimum=0
        )
    with problems.caught():
        checked_note(reason, "reason", longest=LONGEST_REMARK)
    if expires_at is not None and expires_at <= uow.at:
        problems.add("The expiry must be in the future.", "expires_at", code=ProblemCode.IN_THE_PAST)
    problems.refuse()


def _account(
    uow: UnitOfWork,
    id: UUID,
    kind: StoredValueKind,
    channel: Channel,
    reason: str,
    expires_at: datetime | None,
) -> StoredValue:
    values: dict[str, Any] = {"created_at": uow.at, "updated_at": uow.at}
    return StoredValue(
        id=id,
        kind=kind,
        channel_id=channel.id,
        currency=channel.currency,
        expires_at=expires_at,
        issued_by=uow.actor.name,
        reason=reason.strip(),
        **values,
    )


async def _store(uow: UnitOfWork, account: StoredValue, amount_minor: int, order_id: UUID | None) -> None:
    await insert([account])
    await moving.apply(
        uow, [moving.Change(account, StoredValueEntryKind.ISSUE, amount_minor, order_id=order_id)]
    )
    uow.is_new(account.id)
    uow.announce(
        StoredValueIssued(
            subject_id=account.id,
            channel_id=account.channel_id,
            kind=account.kind.value,
            amount_minor=amount_minor,
            currency=account.currency,
        )
    )

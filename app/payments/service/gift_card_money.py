"""What follows for gift cards that an order has bought when the money for them comes back, is disputed or is
gone."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.core.database import update_each
from app.core.uow import UnitOfWork
from app.orders import queries as orders
from app.orders.amounts import due
from app.orders.models import Order
from app.payments import queries
from app.payments.events import GiftCardsBlocked, GiftCardsRestored, GiftCardsUnblocked
from app.payments.lifecycle import TransactionStatus
from app.payments.models import Payment, PaymentTransaction, PurchasedGiftCard
from app.payments.rules import Tender
from app.stored_value import blocking, moving
from app.stored_value import queries as stored_value
from app.stored_value.lifecycle import StoredValueEntryKind
from app.stored_value.models import StoredValue

_LIVE = (TransactionStatus.PENDING, TransactionStatus.SUCCEEDED)
_WRITTEN = ("taken_back_minor", "refunded_minor", "refund_transaction_id")


async def follow_money(uow: UnitOfWork, order_id: UUID) -> None:
    """Restore the cards of refunds that failed or were sent back, and block or unblock the cards of an order.
    Called again, it changes nothing."""
    order = await orders.locked_by_id(order_id)
    assert order is not None
    payments = await queries.locked_of(order.id)
    bought = await queries.purchased_locked(order.id)
    if not bought:
        return
    accounts = await stored_value.locked_by_id({each.card_id for each in bought})
    await _restore(uow, order, bought, accounts)
    is_blocked = _lacks_money(order, payments, bought)
    changed = await blocking.set_blocked(uow, list(accounts.values()), is_blocked=is_blocked)
    if changed:
        event = GiftCardsBlocked if is_blocked else GiftCardsUnblocked
        ids = [str(card.id) for card in changed]
        uow.announce(event(subject_id=order.id, channel_id=order.channel_id, card_ids=ids))


def _lacks_money(order: Order, payments: Sequence[Payment], bought: Sequence[PurchasedGiftCard]) -> bool:
    """Whether the money that an order has kept and that is not disputed is less than its gift cards cost,
    because some of it is disputed, charged back or taken back. Other items count as paid last."""
    tenders = [Tender.of(each) for each in payments if each.stored_value_id is None]
    secure = sum(tender.kept_minor - tender.disputed_minor for tender in tenders)
    costs = sum(each.price_minor - each.refunded_minor for each in bought)
    is_contested = any(tender.disputed_minor or tender.charged_back_minor for tender in tenders)
    return secure < costs and (is_contested or due(order) > 0)


async def _restore(
    uow: UnitOfWork,
    order: Order,
    bought: Sequence[PurchasedGiftCard],
    accounts: Mapping[UUID, StoredValue],
) -> None:
    """Put back on the cards what was taken off for refunds that were not made after all."""
    refunds = await queries.card_refunds_of(order.id)
    live = sum(row.amount_minor for row in refunds if row.status in _LIVE)
    missing = sum(each.refunded_minor for each in bought) - live
    if missing <= 0:
        return
    taken, left = _taken(bought, refunds, missing)
    if not taken and left == missing:
        return
    await update_each(bought, *_WRITTEN)
    await moving.apply(uow, [_restored(order, accounts[each.card_id], minor) for each, minor in taken])
    uow.announce(
        GiftCardsRestored(
            subject_id=order.id,
            channel_id=order.channel_id,
            card_ids=list(dict.fromkeys(str(each.card_id) for each, _ in taken)),
            restored_minor=sum(minor for _, minor in taken),
            amount_minor=missing - left,
            currency=order.currency,
        )
    )


def _taken(
    bought: Sequence[PurchasedGiftCard], refunds: Sequence[PaymentTransaction], missing: int
) -> tuple[list[tuple[PurchasedGiftCard, int]], int]:
    """Take off the purchases what was not refunded after all; return what is to be put back on each card, and
    what is missing of no purchase.

    A purchase has the last refund of its card. An earlier one comes off the cards that were refunded again.
    """
    found, of_others = list[tuple[PurchasedGiftCard, int]](), 0
    for rows in _failed(refunds):
        has_all_failed = all(row.status not in _LIVE for row in rows)
        lost = sum(row.amount_minor for row in rows if row.status not in _LIVE)
        ids = {row.id for row in rows}
        for each in bought:
            if each.refund_transaction_id in ids and each.taken_back_minor is not None:
                part = min(missing, lost, each.refunded_minor)
                found.append((each, _put_back(each, part, has_all_failed=has_all_failed)))
                missing, lost = missing - part, lost - part
        of_others += lost
    for each in bought:
        if part := min(missing, of_others, each.refunded_minor):
            found.append((each, _put_back(each, part, has_all_failed=False)))
            missing, of_others = missing - part, of_others - part
    return [(each, minor) for each, minor in found if minor], missing


def _failed(refunds: Sequence[PaymentTransaction]) -> list[list[PaymentTransaction]]:
    """The refunds with a transaction that failed or was sent back, each with its transactions."""
    found: dict[UUID, list[PaymentTransaction]] = {}
    for row in refunds:
        found.setdefault(row.refund_id or row.id, []).append(row)
    return [rows for rows in found.values() if any(row.status not in _LIVE for row in rows)]


def _put_back(each: PurchasedGiftCard, part: int, *, has_all_failed: bool) -> int:
    """Take a part off what was refunded for a card; return the amount to put back on it, in proportion. A
    card for which nothing was paid gets everything if nothing of the refund was made."""
    had, refunded = each.taken_back_minor or 0, each.refunded_minor
    everything = had if has_all_failed else 0
    taken: int = had * part // refunded if refunded else everything
    each.refunded_minor, left = refunded - part, had - taken
    each.taken_back_minor = left or None
    if not left:
        each.refund_transaction_id = None
    return taken


def _restored(order: Order, card: StoredValue, amount: int) -> moving.Change:
    note = f"The refund of order {order.number} failed."
    return moving.Change(card, StoredValueEntryKind.RESTORE, amount, order.id, note=note)

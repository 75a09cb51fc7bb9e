"""Refunding the purchase of gift cards: what is unspent is taken back, and no more than that is paid out."""

from collections.abc import Collection, Sequence
from uuid import UUID

from app.core.actor import Actor
from app.core.database import update_each
from app.core.money import Money
from app.core.problems import ProblemCode
from app.core.refusals import Invalid, Problems
from app.core.uow import UnitOfWork, command, transact
from app.orders.models import Order
from app.payments import queries
from app.payments.events import GiftCardsRefunded
from app.payments.lifecycle import PaymentKind
from app.payments.models import PaymentTransaction, PurchasedGiftCard
from app.payments.service import refunding
from app.payments.service.checking import REFUND, locked_order, refuse_bad_input, refuse_known
from app.stored_value import ending
from app.stored_value import queries as stored_value
from app.stored_value.models import StoredValue


class _Previewed(Exception):
    def __init__(self, found: PaymentTransaction) -> None:
        super().__init__()
        self.found = found


@command
async def refund_gift_cards(
    uow: UnitOfWork,
    order_id: UUID,
    *,
    card_ids: Collection[UUID] | None = None,
    reference: str | None = None,
    note: str = "",
    expected_version: int | None = None,
) -> PaymentTransaction:
    """Refund gift cards that an order has bought: all of them, or those with `card_ids`.

    Each card is disabled and its balance is taken off. What was unspent is refunded, up to the price of the
    card; it is taken from the payments other than gift cards and store credit first.

    Returns the transaction of the first payment that gives money back, with `known_parts` and `known_cards`.

    Raises:
        NotFound, StaleVersion.
        Invalid, ValidationFailed: a text that is too long; a draft; the order has bought no gift cards; a
            card that it has not bought, or that is listed twice; nothing is left to refund.
        AlreadyExists: a refund of the order has this reference already.
        IllegalTransition, AmountTooLarge: its payments cannot give back the amount, or it exceeds what the
            actor may still refund of the order.
    """
    order = await locked_order(uow, order_id, expected_version, right=REFUND)
    refuse_bad_input(order, None, reference, note)
    payments = await queries.locked_of(order.id)
    bought = _chosen(await queries.purchased_locked(order.id), card_ids)
    spent = {each.stored_value_id for each in payments if each.stored_value_id is not None}
    accounts = await stored_value.locked_by_id({each.card_id for each in bought} | spent)
    amount = Money(_take_back(bought, accounts), order.currency)
    _refuse_nothing(amount, bought, accounts)
    await refuse_known(order, PaymentKind.REFUND, reference)
    taken = sum(accounts[each.card_id].balance_minor for each in bought)
    reason = note.strip() or f"The purchase with order {order.number} was refunded."
    await ending.disable_refunded(uow, [accounts[each.card_id] for each in bought], order.id, reason)
    row = await refunding.refund(
        uow, order.id, amount, reference=reference, note=note, is_for_gift_cards=True
    )
    for each in bought:
        each.refund_transaction_id = row.id
    await update_each(bought, "taken_back_minor", "refunded_minor", "refund_transaction_id")
    _announce(uow, order, bought, taken, amount)
    row.known_cards = bought
    return row


def _chosen(
    bought: Sequence[PurchasedGiftCard], card_ids: Collection[UUID] | None
) -> list[PurchasedGiftCard]:
    """The purchases to refund.

    Raises:
        Invalid, ValidationFailed: there are none; an unknown or repeated card.
    """
    if not bought:
        text = "The order has no gift cards that were issued."
        raise Invalid(text, "order_id", code=ProblemCode.NOT_APPLICABLE)
    if card_ids is None:
        return list(bought)
    problems, by_card, seen = Problems(), {each.card_id: each for each in bought}, set[UUID]()
    if not card_ids:
        text = "List at least one gift card, or omit `giftCardIds` for all of the order."
        problems.add(text, "gift_card_ids", code=ProblemCode.REQUIRED)
    for index, id in enumerate(card_ids):
        if id not in by_card:
            text = "The order has not bought this gift card."
            problems.add(text, "gift_card_ids", str(index), code=ProblemCode.NOT_FOUND)
        elif id in seen:
            text = "This gift card is listed twice."
            problems.add(text, "gift_card_ids", str(index), code=ProblemCode.REPEATED)
        seen.add(id)
    problems.refuse()
    return [each for each in bought if each.card_id in seen]


def _take_back(bought: Sequence[PurchasedGiftCard], accounts: dict[UUID, StoredValue]) -> int:
    """Set on the purchases what is taken back and refunded; return the amount to refund now."""
    amount = 0
    for each in bought:
        unspent = accounts[each.card_id].balance_minor
        part = min(unspent, each.price_minor - each.refunded_minor)
        each.taken_back_minor = (each.taken_back_minor or 0) + unspent
        each.refunded_minor += part
        amount += part
    return amount


def _refuse_nothing(
    amount: Money, bought: Sequence[PurchasedGiftCard], accounts: dict[UUID, StoredValue]
) -> None:
    """Raise Invalid if nothing is to be refunded."""
    if amount.minor:
        return
    text = "Nothing is left on these gift cards to refund."
    if any(accounts[each.card_id].balance_minor for each in bought):
        text = "Nothing was paid for these gift cards. Disable them instead (giftCardDisable)."
    raise Invalid(text, "order_id", code=ProblemCode.NOT_POSSIBLE_NOW)


def _announce(
    uow: UnitOfWork, order: Order, bought: Sequence[PurchasedGiftCard], taken: int, amount: Money
) -> None:
    uow.announce(
        GiftCardsRefunded(
            subject_id=order.id,
            channel_id=order.channel_id,
            card_ids=[str(each.card_id) for each in bought],
            taken_back_minor=taken,
            amount_minor=amount.minor,
            currency=amount.currency,
        )
    )


async def preview_refund_of_gift_cards(
    actor: Actor,
    order_id: UUID,
    *,
    card_ids: Collection[UUID] | None = None,
    reference: str | None = None,
    note: str = "",
    expected_version: int | None = None,
) -> PaymentTransaction:
    """The exact result of `refund_gift_cards`: it is executed and rolled back.

    Raises:
        What `refund_gift_cards` raises.
    """

    async def look(uow: UnitOfWork) -> None:
        found = await refund_gift_cards(
            uow,
            order_id,
            card_ids=card_ids,
            reference=reference,
            note=note,
            expected_version=expected_version,
        )
        raise _Previewed(found)

    try:
        await transact(actor, look)
    except _Previewed as seen:
        return seen.found
    raise AssertionError("ends a preview")

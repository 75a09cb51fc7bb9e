"""What can be spent, and how much of each account: pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from app.core.problems import ProblemCode
from app.core.refusals import Invalid

# An amount that is returned to an expired account can be spent for this time.
VALID_AFTER_RETURN = timedelta(days=90)


def is_expired(account: Any, at: datetime) -> bool:
    return account.expires_at is not None and at >= account.expires_at


def is_usable(account: Any, at: datetime) -> bool:
    """Whether the balance can be spent."""
    is_open = account.disabled_at is None and account.blocked_at is None
    return is_open and not is_expired(account, at) and account.balance_minor > 0


def refuse_gift_card(card: Any | None, currency: str, at: datetime, *path: str) -> None:
    """Check that a gift card can pay in a currency.

    Raises:
        Invalid: the code is unknown, or the card is disabled, blocked, expired, empty or of another
            currency.
    """
    if card is None:
        raise _not_valid("There is no gift card with this code. Check the code.", *path)
    if card.disabled_at is not None:
        raise _not_valid("This gift card is disabled. Ask the shop.", *path)
    if card.blocked_at is not None:
        raise _not_valid("This gift card cannot be spent at the moment. Ask the shop.", *path)
    if is_expired(card, at):
        raise _not_valid("This gift card has expired.", *path)
    if card.currency != currency:
        raise Invalid(
            f"This gift card is in {card.currency}; the order is in {currency}. Use it for an order in "
            f"{card.currency}.",
            *path,
            code=ProblemCode.WRONG_CURRENCY,
            currency=currency,
        )
    if card.balance_minor <= 0:
        raise _not_valid("Nothing is left on this gift card.", *path)


def _not_valid(message: str, *path: str) -> Invalid:
    return Invalid(message, *path, code=ProblemCode.GIFT_CARD_NOT_VALID)


def cover(due: int, balances: Sequence[int]) -> list[int]:
    """The part of an amount due that each balance pays: the first ones first."""
    parts = []
    for balance in balances:
        part = max(0, min(due, balance))
        parts.append(part)
        due -= part
    return parts


def expiry_after_return(account: Any, at: datetime) -> datetime | None:
    """The expiry of an account to which an amount is returned: an amount can be spent for at least
    `VALID_AFTER_RETURN` afterwards."""
    if account.expires_at is None:
        return None
    expiry: datetime = max(account.expires_at, at + VALID_AFTER_RETURN)
    return expiry

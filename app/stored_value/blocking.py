"""Blocking gift cards while the money that paid for them is disputed or gone."""

from collections.abc import Sequence

from app.core.database import update_each
from app.core.uow import UnitOfWork
from app.core.versions import touch
from app.stored_value.models import StoredValue


async def set_blocked(
    uow: UnitOfWork, cards: Sequence[StoredValue], *, is_blocked: bool
) -> list[StoredValue]:
    """Block locked gift cards, or end that; return those that change. Disabled cards are left as they are.

    A blocked card keeps its balance and its expiry, and cannot be spent.
    """
    changed = [
        card for card in cards if card.disabled_at is None and (card.blocked_at is not None) != is_blocked
    ]
    for card in changed:
        card.blocked_at = uow.at if is_blocked else None
        touch(card, uow.at)
    await update_each(changed, "blocked_at", "version", "updated_at")
    return changed

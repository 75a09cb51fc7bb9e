"""Gift cards by their codes, with a limit on codes that are guessed.

Codes that exist are not counted, so that a shop whose server sends the requests of all its buyers is not
delayed. After some unknown codes from a network, every code is refused for a while, whether it exists or not.
"""

from collections.abc import Sequence
from datetime import timedelta

from app.access import attempts
from app.core.actor import SYSTEM
from app.core.networks import Networks
from app.stored_value import queries
from app.stored_value.models import StoredValue

OF_CODES = attempts.Limit(
    "gift card codes", 20, timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
)


async def gift_card(code: str, networks: Networks) -> StoredValue | None:
    """The gift card with a code; None if there is none.

    Raises:
        TooManyAttempts: too many unknown codes came from this network.
    """
    await refuse_guesses([code], networks)
    return await queries.gift_card(code)


async def refuse_guesses(codes: Sequence[str], networks: Networks) -> None:
    """Count codes that do not exist.

    Raises:
        TooManyAttempts: too many unknown codes came from this network.
    """
    counted = attempts.by_network(OF_CODES, networks)
    await attempts.refuse_waiting(*counted)
    if None in await queries.ids_by_code(codes):
        await attempts.count(SYSTEM, *counted)

"""References of movements and reservations, which are shown only to callers who may fetch the object.

Orders and returns belong to higher layers; `wiring` sets the function that fetches them.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from uuid import UUID

from app.core.actor import Actor
from app.core.ids import from_global, to_global

# The GraphQL type of each kind of reference.
TYPES = {
    "order": "Order",
    "transfer": "StockTransfer",
    "receipt": "StockReceipt",
    "stock_count": "StockCount",
    "supplier_return": "SupplierReturn",
}

Reference = tuple[str, UUID | None]  # kind and id, as in movements
See = Callable[[Actor, str, Collection[UUID]], Awaitable[set[UUID]]]

_answers: list[See] = []


def set_row_lookup(answer: See) -> None:
    """Set the function that returns which rows of a type an actor may fetch."""
    _answers[:] = [answer]


async def named(actor: Actor, references: Sequence[Reference]) -> list[str | None]:
    """The global id of each object that an actor may fetch; None for the others and for missing ones.

    Uses one statement per type.
    """
    typed = [(TYPES.get(kind), id) for kind, id in references]
    seen = await _seen(actor, [(name, id) for name, id in typed if name and id])
    return [to_global(name, id) if name and id and (name, id) in seen else None for name, id in typed]


async def seen_among(actor: Actor, global_ids: Iterable[str]) -> set[UUID]:
    """The objects among some global ids that an actor may fetch and that can be references.

    Raises:
        ValueError: a malformed id.
    """
    types = set(TYPES.values())
    typed = [(name, id) for name, id in map(from_global, global_ids) if name in types]
    return {id for _, id in await _seen(actor, typed)}


async def _seen(actor: Actor, typed: Iterable[tuple[str, UUID]]) -> set[tuple[str, UUID]]:
    by_type: dict[str, set[UUID]] = {}
    for name, id in typed:
        by_type.setdefault(name, set()).add(id)
    return {
        (name, id)
        for name, ids in by_type.items()
        for answer in _answers
        for id in await answer(actor, name, ids)
    }

"""What a movement or a reservation was for, which is named to those alone who may fetch it by its id.

The orders and returns among it are known above this floor, and so is how a row of each type is fetched.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from uuid import UUID

from app.core.actor import Actor
from app.core.ids import from_global, to_global

# The type in the graph of each kind of thing that a movement can be for.
TYPES = {
    "order": "Order",
    "transfer": "StockTransfer",
    "receipt": "StockReceipt",
    "stock_count": "StockCount",
    "supplier_return": "SupplierReturn",
}

Reference = tuple[str, UUID | None]  # a kind and an id, as movements have them
See = Callable[[Actor, str, Collection[UUID]], Awaitable[set[UUID]]]

_answers: list[See] = []


def rows_are_seen_by(answer: See) -> None:
    """Have a function asked which rows of a type an actor may fetch, of some ids."""
    _answers[:] = [answer]


async def named(actor: Actor, references: Sequence[Reference]) -> list[str | None]:
    """The global id of each thing that an actor may fetch; None for the others, and where there is none.

    It takes one statement for each type, however many there are.
    """
    typed = [(TYPES.get(kind), id) for kind, id in references]
    seen = await _seen(actor, [(name, id) for name, id in typed if name and id])
    return [to_global(name, id) if name and id and (name, id) in seen else None for name, id in typed]


async def seen_among(actor: Actor, global_ids: Iterable[str]) -> set[UUID]:
    """Which things of some global ids an actor may fetch that movements can be for.

    Raises:
        ValueError: one of them is no id of this API.
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

"""Writes the new content of a draft: of its lines, only those that change."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from app.core.database import Change, delete_each, touched
from app.core.uow import UnitOfWork
from app.orders.models import Order, OrderLine

_KEYS = frozenset({"id", "order_id", "position"})
_FIXED = frozenset({"id", "channel_id", "created_at"})  # of an order
# Columns of lines whose value after writing is exactly that of the row; the database normalizes others.
_AMOUNTS = ("quantity", "unit_price_minor", "discount_minor", "tax_minor", "total_minor")
_NUMBERS = frozenset(_AMOUNTS)


async def save_content(
    uow: UnitOfWork,
    order: Order,
    before: Sequence[OrderLine],
    after: Sequence[OrderLine],
    *others: Sequence[Any],
) -> None:
    """Write a locked order's row and its lines, which were `before`, and `others`: new rows of other models;
    see `UnitOfWork.write_added`.

    A line that moves to another position is replaced, because positions are unique at any moment.
    """
    places = {_place(line): line for line in before}
    stays = {_place(line) for line in after} & places.keys()
    await delete_each([line for place, line in places.items() if place not in stays])
    new = [line for line in after if _place(line) not in stays]
    changes = {
        _place(line): _differences(places[_place(line)], line) for line in after if _place(line) in stays
    }
    changed = [line for line in after if changes.get(_place(line))]
    is_amounts = all(each.keys() <= _NUMBERS for each in changes.values())
    lines = Change(changed, _AMOUNTS if is_amounts else _columns(OrderLine, _KEYS))
    row = Change([order], touched(order, _columns(Order, _FIXED)))
    await uow.write_added(new, *others, changes=[lines, row], locked=order.id)
    if not new and is_amounts:
        order.written_lines = [_with(places[place], each) for place, each in changes.items()]


@cache
def _columns(model: Any, besides: frozenset[str]) -> list[str]:
    return [name for name in model._meta.fields_db_projection if name not in besides]


def _place(line: OrderLine) -> tuple[Any, int]:
    return line.id, line.position


def _differences(was: OrderLine, line: OrderLine) -> dict[str, Any]:
    """The columns of a line that change, with their new values."""
    names = _columns(OrderLine, _KEYS)
    return {name: value for name in names if (value := getattr(line, name)) != getattr(was, name)}


def _with(line: OrderLine, changes: dict[str, Any]) -> OrderLine:
    for name, value in changes.items():
        setattr(line, name, value)
    return line

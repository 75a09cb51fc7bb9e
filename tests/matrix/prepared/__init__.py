"""Objects in the states that single input fields need, requests that refer to them, and values to try.

They belong to the side INSIDE of the world, and only the test of input fields has them.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
from tortoise.connection import get_connection

from tests.ask import Api
from tests.matrix.prepared import (
    catalog,
    gift_cards,
    orders,
    people,
    purchases,
    stock,
    stored_value,
    transfers,
    work,
)
from tests.matrix.prepared.orders import BESIDE
from tests.matrix.prepared.people import BY_THE_BUYER
from tests.matrix.prepared.requests import Base, Field, Values
from tests.matrix.world import Side
from tests.preparing import Preparing

__all__ = ["BASES", "BESIDE", "BY_THE_BUYER", "VALUES", "prepared"]

_SUBJECTS = (catalog, stock, purchases, orders, work, stored_value, gift_cards, transfers)
BASES: dict[Field, Base] = {
    field: base for subject in (*_SUBJECTS, people) for field, base in subject.BASES.items()
}
VALUES: dict[Field, Values] = {
    field: values for subject in (*_SUBJECTS, people) for field, values in subject.VALUES.items()
}


@asynccontextmanager
async def prepared(side: Side, visitor: Api, staff: Api, buyer: Api) -> AsyncIterator[None]:
    """Make the objects and give the side their ids; afterwards the database and the side are as before."""
    before = side.named
    async with _restored():
        to = Preparing(visitor, staff, buyer)
        for subject in _SUBJECTS:
            await subject.prepare(to)
        side.named = before | to.named
        yield
    side.named = before


@asynccontextmanager
async def _restored() -> AsyncIterator[None]:
    """Copy the database of SQLite, and put the copy back."""
    connection: Any = get_connection("default")
    async with aiosqlite.connect(":memory:") as copy:
        await connection._connection.backup(copy)
        try:
            yield
        finally:
            await copy.backup(connection._connection)

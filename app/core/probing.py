"""Writes a row to check whether the database stores data."""

import secrets

from app.core import clock, transaction
from app.core.database import delete_where, insert, storing
from app.core.idempotency import IdempotencyKey
from app.core.ids import new_id
from app.core.refusals import ServiceBusy

SIZE = 65_536  # characters of incompressible text: more than fits on free pages


async def write_error() -> str | None:
    """The name of the error that prevents writes; None while writes succeed.

    Writes nothing until a write has failed with such an error. Afterwards each call writes and deletes a row
    until that succeeds. A row that cannot be deleted is removed with the old idempotency keys.
    """
    if storing.reason() is None:
        return None
    row = IdempotencyKey(
        id=new_id(),
        principal="system",
        operation="health",
        key=secrets.token_hex(16),
        request_hash="",
        answer={"data": secrets.token_hex(SIZE // 2)},
        created_at=clock.now(),
    )
    try:
        await transaction.run(lambda: insert([row]))
        await transaction.run(lambda: delete_where(IdempotencyKey, "id = $1", row.id))
    except ServiceBusy:
        return storing.reason()
    storing.works()
    return None

"""Writing a row to see whether the database stores what it is given."""

import secrets

from app.core import clock, transaction
from app.core.database import delete_where, insert, storing
from app.core.idempotency import IdempotencyKey
from app.core.ids import new_id
from app.core.refusals import ServiceBusy

SIZE = 65_536  # characters that cannot be compressed: more than fits on pages that are free by chance


async def why_nothing_is_stored() -> str | None:
    """The name of the error for which nothing can be stored; None where writes are stored.

    While no write has failed for such a reason, nothing is written. Afterwards each call writes a row and
    deletes it, until that succeeds. A row that cannot be deleted goes with the old idempotency keys.
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

"""The database: SQLite for one process, PostgreSQL for several. Connecting, and SQL that works on both."""

from app.core.database.connecting import connect, disconnect, ping, tortoise_config
from app.core.database.counting import count_up, lock_counter
from app.core.database.turns import one_at_a_time, together
from app.core.database.writing import (
    delete_each,
    delete_where,
    insert_or_update,
    insert_selected,
    update_returning,
    update_where,
)
from app.engine.database.inserting import insert, insert_if_new
from app.engine.database.rows import Row, read, read_locked, rows_by_id, values_of
from app.engine.database.sql import (
    among,
    execute,
    execute_each,
    fetch,
    is_postgres,
    moment_of,
    number_of,
    uuid_of,
)
from app.engine.database.updating import Change, touched, update_each, write_together

__all__ = [
    "Change",
    "Row",
    "among",
    "connect",
    "count_up",
    "delete_each",
    "delete_where",
    "disconnect",
    "execute",
    "execute_each",
    "fetch",
    "insert",
    "insert_if_new",
    "insert_or_update",
    "insert_selected",
    "is_postgres",
    "lock_counter",
    "moment_of",
    "number_of",
    "one_at_a_time",
    "ping",
    "read",
    "read_locked",
    "rows_by_id",
    "together",
    "tortoise_config",
    "touched",
    "update_each",
    "update_returning",
    "update_where",
    "uuid_of",
    "values_of",
    "write_together",
]

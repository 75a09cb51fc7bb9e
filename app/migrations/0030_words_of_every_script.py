"""Products are found by words of every script, and by a SKU without its hyphens only as a whole."""

from uuid import uuid4

import orjson
from app.core.database.migrating import Migration as Base
from app.migrations.frozen.searching import product_words
from tortoise.migrations import operations as ops

AT_ONCE = 1_000


async def fill(_apps, editor):
    client = editor.client
    is_postgres = client.capabilities.dialect == "postgres"
    await client.execute_query("DELETE FROM search_word")
    last = None
    while rows := await _page(client, is_postgres, last):
        last = rows[-1]["id"]
        skus = await _skus(client, is_postgres, [row["id"] for row in rows])
        await _insert(
            client,
            is_postgres,
            [
                [str(uuid4()), str(row["id"]), word]
                for row in rows
                for word in sorted(
                    product_words(row["name"], skus.get(str(row["id"]), []), _list(row["tags"]), row["category"])
                )
            ],
        )


async def _page(client, is_postgres, after):
    later = f" WHERE p.id > {'$1' if is_postgres else '?'}" if after is not None else ""
    return await client.execute_query_dict(
        "SELECT p.id AS id, p.name AS name, p.tags AS tags, COALESCE(c.name, '') AS category FROM product p "
        f"LEFT JOIN category c ON c.id = p.category_id{later} ORDER BY p.id LIMIT {AT_ONCE}",
        [after] if after is not None else [],
    )


async def _skus(client, is_postgres, products):
    among = "= ANY($1)" if is_postgres else f"IN ({', '.join('?' * len(products))})"
    rows = await client.execute_query_dict(
        f"SELECT product_id, sku FROM variant WHERE product_id {among}", [products] if is_postgres else products
    )
    found = {}
    for row in rows:
        found.setdefault(str(row["product_id"]), []).append(row["sku"])
    return found


def _list(value):
    return orjson.loads(value) if isinstance(value, (str, bytes)) else value or []


async def _insert(client, is_postgres, rows):
    if not rows:
        return
    columns = "INSERT INTO search_word (id, product_id, word)"
    if is_postgres:
        arrays = [list(column) for column in zip(*rows, strict=True)]
        await client.execute_query(f"{columns} SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[])", arrays)
    else:
        await client.execute_many(f"{columns} VALUES (?, ?, ?)", rows)


async def leave(_apps, editor):
    """The words serve the version before as well, but for a SKU typed without its hyphens."""


class Migration(Base):
    dependencies = [("app", "0029_credits")]

    initial = False

    operations = [ops.RunPython(fill, leave)]

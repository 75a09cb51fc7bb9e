"""Counting rows in the database, which stops where nobody wants to know any more."""

from typing import Any

from tortoise.queryset import QuerySet

from app.engine.database.sql import fetch_records


async def number_of_rows(rows: QuerySet[Any], most: int) -> int:
    """How many rows a query set has; the database looks at no more than `most` of them."""
    ids = rows.order_by().limit(most).values_list("id", flat=True)
    ids._choose_db_if_not_chosen()
    ids._make_query()
    sql, values = ids.query.get_parameterized_sql()
    [counted] = await fetch_records(f"SELECT COUNT(*) AS rows_there FROM ({sql}) AS rows_of_it", list(values))  # noqa: S608
    return int(counted["rows_there"])

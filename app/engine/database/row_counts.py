"""Counts rows up to a limit."""

from typing import Any

from tortoise.queryset import QuerySet

from app.engine.database.sql import fetch_records


async def number_of_rows(rows: QuerySet[Any], most: int) -> int:
    """The number of rows of a query set; the database reads at most `most` of them."""
    ids = rows.order_by().limit(most).values_list("id", flat=True)
    ids._choose_db_if_not_chosen()
    ids._make_query()
    sql, values = ids.query.get_parameterized_sql()
    [counted] = await fetch_records(f"SELECT COUNT(*) AS rows_there FROM ({sql}) AS rows_of_it", list(values))  # noqa: S608
    return int(counted["rows_there"])

"""The rules for database access find violations and accept the patterns that the architecture lists."""

import ast

import database_rules
import pytest


def _broken(where: str, text: str) -> list[str]:
    return [what for _, what in database_rules.broken(database_rules.APP / where, ast.parse(text))]


STATEMENTS = [
    "sql = 'SELECT id FROM sales_order WHERE id = $1'", "sql = f'SELECT {columns} FROM sales_order'",
    'sql = """\n    WITH x AS (SELECT 1)\n    SELECT *\n    FROM x\n"""', "sql = 'INSERT INTO session (id) VALUES (1)'",
    "sql = f'UPDATE {table} SET used = 1'", "sql = 'UPDATE session AS old SET used = 1'", "sql = 'DELETE FROM session'",
]  # fmt: skip


@pytest.mark.parametrize("text", STATEMENTS)
def test_a_statement_outside_queries_is_found(text: str):
    for where in ("orders/service/placing.py", "orders/schema/queries.py", "reports/stock.py", "main.py"):
        assert _broken(where, text) == ["an SQL statement outside queries"]


@pytest.mark.parametrize(
    "text",
    [
        "from app.core.database import fetch", "from app.core.database import among, read", "from app.core.database import number_of",
        "def f():\n    from app.engine.database.sql import fetch", "from app.engine.database.rows import read_locked",
    ],
)  # fmt: skip
def test_a_function_that_reads_by_sql_is_found_outside_queries(text: str):
    for where in ("orders/service/placing.py", "orders/schema/queries/orders.py"):
        (what,) = _broken(where, text)
        assert what.endswith("outside queries: SQL that reads stands there")
    assert _broken("orders/queries/orders.py", text) == _broken("orders/queries.py", text) == []


@pytest.mark.parametrize("module", ["app.core.database", "app.engine.database.sql"])
def test_a_function_that_runs_any_statement_is_found_everywhere(module: str):
    for where in ("orders/service/placing.py", "orders/queries.py", "web/health.py"):
        assert "execute: use update_where, delete_where or insert" in _broken(
            where, f"from {module} import execute"
        )


@pytest.mark.parametrize(
    "text",
    [
        "from app.core.database import insert", "from app.core.database import among, update_where", "from app.core.database import count_up",
        "async def f():\n    await Order.filter(id=id).delete()", "async def f():\n    await Order.filter(id=id).update(note='')",
        "async def f():\n    await rows.exclude(id=id).update(is_preferred=False, at=at)", "async def f(row):\n    await row.save()",
        "async def f():\n    await Order.create(id=id)", "async def f():\n    await Order.bulk_create(rows)",
        "sql = 'UPDATE session SET used = 1'", "sql = 'DELETE FROM session'", "from app.core.database import delete_each",
        "from app.core.versions import write_changes", "from app.core.database import among, delete_where",
    ],
)  # fmt: skip
def test_a_query_that_writes_is_found(text: str):
    for where in ("orders/queries/orders.py", "inventory/stock/queries/lots.py", "payments/queries.py"):
        assert _broken(where, text) == ["queries write: move it to service"]


def test_the_patterns_that_the_architecture_lists_are_accepted():
    reads = "from app.core.database import among, fetch, read\nrows = fetch('SELECT id FROM session')\nfound.update(rows)"
    assert _broken("access/queries.py", reads + "\nfound.update(other, name=name)") == []
    writes = "from app.core.database import insert, update_where\nupdate_where(Session, 'ended_at = $1', 'id = $2', at, id)"
    assert _broken("access/service.py", writes) == []
    words = '"""Select what comes from the update: set it."""\nlabel = "Delete from a list"\nhelp = "SELECT a channel."'
    assert _broken("orders/service/placing.py", words) == []
    assert _broken("core/database/writing.py", "sql = 'DELETE FROM session'") == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM stock_level", "SELECT 1 FROM sales_order o JOIN reservation r ON r.claimant_id = o.id",
        'SELECT id FROM "lot"', "SELECT id FROM transfer WHERE id IN (SELECT transfer_id FROM transfer_line)",
    ],
)  # fmt: skip
def test_sql_on_inventory_tables_outside_inventory_is_found(sql: str):
    for text in (f"sql = {sql!r}", f"sql = f{sql + ' WHERE {condition}'!r}"):
        (what,) = _broken("orders/queries/orders.py", text)
        assert what.endswith("outside inventory: ask app.inventory")
        assert _broken("inventory/stock/queries/levels.py", text) == []


@pytest.mark.parametrize(
    "text",
    [
        "rows.select_related('location')", "rows.prefetch_related('fulfillment_order__location')", "rows.filter(location__code=code)",
        "Q(fulfillment_order__location__code__in=codes)", "rows.order_by('-location__name')", "rows.values_list('id', 'location__name')",
    ],
)  # fmt: skip
def test_a_relation_that_joins_a_table_of_inventory_is_found_outside_it(text: str):
    assert _broken("fulfillment/queries/orders.py", text) == [
        "location joins a table of inventory: ask app.inventory"
    ]
    assert _broken("inventory/stock/queries/levels.py", text) == []


def test_the_columns_of_a_relation_are_read_without_a_join():
    text = "rows.filter(location_id=id, location__in=ids, location__isnull=True).order_by('location_id')\nQ(order__number=1)"
    assert _broken("fulfillment/queries/orders.py", text) == []


def test_the_tables_of_inventory_are_those_of_its_models():
    assert {"stock_level", "lot", "transfer", "receipt", "stock_count"} <= database_rules.inventory_tables()
    assert not {"sales_order", "variant", "channel"} & database_rules.inventory_tables()
    assert "location" in database_rules.relations_to_inventory()
    assert not {"order", "variant", "channel"} & database_rules.relations_to_inventory()


def test_every_exception_is_needed():
    for relative in database_rules.EXCEPTIONS:
        tree = ast.parse((database_rules.APP / relative).read_text())
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(database_rules, "EXCEPTIONS", {})
            assert list(database_rules.broken(database_rules.APP / relative, tree)), relative

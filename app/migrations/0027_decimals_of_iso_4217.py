from app.core.database.migrating import Migration as Base, setting
from orjson import dumps, loads
from tortoise.migrations import operations as ops

# Amounts of these were stored in whole units, as CLDR has them; ISO 4217 gives them minor units.
FACTORS = {
    100: "AFN ALL IRR KPW LAK LBP MGA MMK RSD SLL SOS SYP YER".split(),
    1000: ["IQD"],
}
# By table: which of its rows are in one of some currencies, `{}`.
ORDERS = "order_id IN (SELECT id FROM sales_order WHERE currency IN ({}))"
CHANNELS = "channel_id IN (SELECT id FROM channel WHERE currency IN ({}))"
TABLES = {
    "shipping_method": CHANNELS,
    "discount": CHANNELS,
    "price": "price_list_id IN (SELECT id FROM price_list WHERE currency IN ({}))",
    "sales_order": "currency IN ({})",
    "order_line": ORDERS,
    "order_cancellation": ORDERS,
    "payment_transaction": "currency IN ({})",
    "customer": "credit_currency IN ({})",
    "supplier_item": "supplier_id IN (SELECT id FROM supplier WHERE currency IN ({}))",
    "purchase_order_line": "purchase_order_id IN (SELECT id FROM purchase_order WHERE currency IN ({}))",
    "carrier_label": "cost_currency IN ({})",
    "shipment": "cost_currency IN ({})",
    "stock_movement": "cost_currency IN ({})",
}
# What is kept in the currency that stock is valued in.
VALUED = (
    "cost_layer", "value_entry", "commitment_move", "receipt_line", "stock_count", "stock_count_line", "location",
)  # fmt: skip


# Amounts within JSON: whatever has a name that ends so.
WITHIN = {
    "sales_order": ("discounts", "shipping_taxes", "shipping_terms", "set_aside"),
    "order_cancellation": ("lines", "taxes"),
    "order_edit": ("difference",),
    "order_rule_setting": ("limits",),
}
ROWS_WITHIN = {
    "sales_order": "currency IN ({})",
    "order_cancellation": ORDERS,
    "order_edit": ORDERS,
    "order_rule_setting": CHANNELS,
}


async def fill(_apps, editor):
    """Amounts that were in whole units become minor units."""
    for factor, codes in FACTORS.items():
        names = ", ".join(f"'{code}'" for code in codes)
        for table, rows in TABLES.items():
            await _multiply(editor, table, factor, rows.format(names))
        for table, columns in WITHIN.items():
            await _multiply_within(editor, table, columns, factor, ROWS_WITHIN[table].format(names))
        if setting("cost_currency") in codes:
            for table in VALUED:
                await _multiply(editor, table, factor, "1 = 1")


async def _multiply(editor, table, factor, rows):
    columns = await _amounts(editor, table)
    if not columns:
        raise RuntimeError(f"{table} has no amounts")
    changes = ", ".join(f"{name} = {name} * {factor}" for name in columns)
    await editor.client.execute_query(f"UPDATE {table} SET {changes} WHERE {rows}")


async def _multiply_within(editor, table, columns, factor, rows):
    run = editor.client.execute_query
    _, found = await run(f"SELECT id, {', '.join(columns)} FROM {table} WHERE {rows}")
    for row in found:
        read = {name: loads(row[name]) if isinstance(row[name], (str, bytes)) else row[name] for name in columns}
        changes = ", ".join(
            f"{name} = '{dumps(_larger(value, factor)).decode().replace(chr(39), chr(39) * 2)}'"
            for name, value in read.items()
            if value is not None
        )
        if changes:
            await run(f"UPDATE {table} SET {changes} WHERE id = '{row['id']}'")


def _larger(value, factor):
    if isinstance(value, list):
        return [_larger(each, factor) for each in value]
    if isinstance(value, dict):
        return {
            name: each * factor
            if name.endswith("_minor") and isinstance(each, int)
            else _larger(each, factor)
            for name, each in value.items()
        }
    return value


async def _amounts(editor, table):
    """The columns of a table that are amounts."""
    if editor.DIALECT == "sqlite":
        _, found = await editor.client.execute_query(f"SELECT name FROM pragma_table_info('{table}')")
    else:
        _, found = await editor.client.execute_query(
            "SELECT column_name AS name FROM information_schema.columns "
            f"WHERE table_name = '{table}' AND table_schema = current_schema()"
        )
    return [row["name"] for row in found if row["name"].endswith("_minor")]


async def leave(_apps, editor):
    """There is no way back: what is below a whole unit would be lost."""


class Migration(Base):
    dependencies = [('app', '0026_accounts')]

    initial = False

    operations = [ops.RunPython(fill, leave)]

from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

# What is there was sold on the terms of today, as far as anybody knows.
_LINES = """
UPDATE order_line SET
    tax_class = (SELECT p.tax_class FROM variant v JOIN product p ON p.id = v.product_id
                 WHERE v.id = order_line.variant_id),
    minimum_age = (SELECT p.minimum_age FROM variant v JOIN product p ON p.id = v.product_id
                   WHERE v.id = order_line.variant_id),
    barred_countries = (SELECT p.barred_countries FROM variant v JOIN product p ON p.id = v.product_id
                        WHERE v.id = order_line.variant_id);
"""
_METHODS = """
UPDATE sales_order SET shipping_terms = (
    SELECT {object}(
        'price_minor', m.price_minor, 'free_from_minor', m.free_from_minor,
        'free_from_basis', 'before_discount', 'tax_class', m.tax_class, 'tax_mode', 'class',
        'countries', {countries}, 'transit_days', m.transit_days)
    FROM shipping_method m
    WHERE m.channel_id = sales_order.channel_id AND m.code = sales_order.shipping_method)
WHERE shipping_method <> '';
"""
# Of several codes nobody noted what each took off: they are taken to have shared it equally.
_DISCOUNTS = """
UPDATE sales_order SET discounts = (
    SELECT {list}({object}(
        'id', CAST(d.id AS TEXT), 'code', d.code, 'percent', CAST(d.percent AS TEXT),
        'amount_minor', d.amount_minor, 'minimum_minor', d.minimum_minor,
        'off_minor', sales_order.discount_minor / {length}(sales_order.discount_codes),
        'cancelled_minor', COALESCE((
            SELECT CAST(SUM((2 * l.discount_minor * l.quantity_cancelled + l.quantity) / (2 * l.quantity)) AS BIGINT)
            FROM order_line l WHERE l.order_id = sales_order.id
        ), 0) / {length}(sales_order.discount_codes)))
    FROM discount d
    WHERE d.channel_id = sales_order.channel_id
      AND d.code IN (SELECT value FROM {each}(sales_order.discount_codes)))
WHERE {length}(discount_codes) > 0;
"""
_WORDS = {
    "sqlite": {
        "object": "json_object", "list": "json_group_array", "length": "json_array_length",
        "each": "json_each", "countries": "json(m.countries)",
    },
    "postgres": {
        "object": "jsonb_build_object", "list": "jsonb_agg", "length": "jsonb_array_length",
        "each": "jsonb_array_elements_text", "countries": "m.countries",
    },
}


async def fill(_apps, editor):
    """Record on orders what their rules and amounts were agreed on."""
    words = _WORDS["sqlite" if editor.client.capabilities.dialect == "sqlite" else "postgres"]
    await editor.client.execute_script(_LINES + _METHODS.format(**words) + _DISCOUNTS.format(**words))
    await _put_in_order(editor, words["length"])


async def _put_in_order(editor, length):
    """Put the discounts of orders with several codes in the order of these: they apply one after the other."""
    run = editor.client.execute_query
    _, rows = await run(
        f"SELECT id, discount_codes, discounts FROM sales_order WHERE {length}(discount_codes) > 1"
    )
    for row in rows:
        codes, found = (
            loads(value) if isinstance(value, (str, bytes)) else value
            for value in (row["discount_codes"], row["discounts"])
        )
        if found:
            ordered = JSON_DUMPS(sorted(found, key=lambda each: codes.index(each["code"]))).replace("'", "''")
            await run(f"UPDATE sales_order SET discounts = '{ordered}' WHERE id = '{row['id']}'")


async def leave(_apps, editor):
    """Going back takes the columns away; nothing else is to be undone."""


class Migration(Base):
    dependencies = [('app', '0023_tax_classes_and_calendars')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Channel',
            name='tax_rounding',
            field=fields.CharField(default='line', db_default='line', max_length=10),
        ),
        ops.AddField(
            model_name='Order',
            name='discounts',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='Order',
            name='set_aside',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='Order',
            name='shipping_taxes',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='Order',
            name='shipping_terms',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='Order',
            name='shown_total_minor',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='Order',
            name='tax_rounding',
            field=fields.CharField(default='line', db_default='line', max_length=10),
        ),
        ops.AddField(
            model_name='OrderCancellation',
            name='taxes',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='OrderLine',
            name='barred_countries',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='OrderLine',
            name='minimum_age',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='OrderLine',
            name='priced_discount_minor',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='OrderLine',
            name='priced_units',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='OrderLine',
            name='shown_price_minor',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='OrderLine',
            name='tax_class',
            field=fields.CharField(default='standard', db_default='standard', max_length=40),
        ),
        ops.AddField(
            model_name='OrderLine',
            name='tax_name',
            field=fields.CharField(default='', db_default='', max_length=60),
        ),
        ops.AddField(
            model_name='ShippingMethod',
            name='free_from_basis',
            field=fields.CharField(default='before_discount', db_default='before_discount', max_length=20),
        ),
        ops.AddField(
            model_name='ShippingMethod',
            name='tax_mode',
            field=fields.CharField(default='class', db_default='class', max_length=10),
        ),
        ops.RunPython(fill, leave),
    ]

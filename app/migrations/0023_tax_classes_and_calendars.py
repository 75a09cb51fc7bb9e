from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
import datetime
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from uuid import uuid4
from app.migrations.frozen.ids import new_id
from app.migrations.frozen.regions import region_code
from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

LONGEST_PREFIX = 10


async def fill(_apps, editor):
    """A prefix of its own for each channel, regions by their codes, and the tax classes that are in use."""
    run = editor.client.execute_query
    _, channels = await run("SELECT id, code, number_prefix FROM channel ORDER BY created_at, id")
    taken = []
    for channel in channels:
        prefix = channel["number_prefix"]
        if any(_clash(prefix, other) for other in taken):
            prefix = _derived_prefix(channel["code"], [*taken, *(each["number_prefix"] for each in channels)])
            await run(f"UPDATE channel SET number_prefix = '{prefix}' WHERE id = '{channel['id']}'")
        taken.append(prefix)
        await run(f"INSERT INTO number_prefix (prefix, channel_id) VALUES ('{prefix}', '{channel['id']}')")
    _, rates = await run("SELECT id, country, region, tax_class FROM tax_rate WHERE region <> ''")
    known = {(rate["country"], rate["region"], rate["tax_class"]) for rate in rates}
    for rate in rates:
        code = region_code(rate["country"], rate["region"])
        if (rate["country"], code, rate["tax_class"]) not in known:
            said = code.replace("'", "''")
            await run(f"UPDATE tax_rate SET region = '{said}' WHERE id = '{rate['id']}'")
            known.add((rate["country"], code, rate["tax_class"]))
    _, classes = await run(
        "SELECT tax_class FROM product UNION SELECT tax_class FROM shipping_method "
        "UNION SELECT tax_class FROM tax_rate"
    )
    for code in sorted({row["tax_class"] for row in classes} - {"standard", "reduced", "zero"}):
        said = code.replace("'", "''")
        await run(f"INSERT INTO tax_class (id, code, name) VALUES ('{new_id()}', '{said}', '{said}')")


def _clash(one, other):
    """Whether two prefixes could lead to the same number: `A` and `A1` could, `A-` and `A1-` could not."""
    shorter, longer = sorted((one, other), key=len)
    rest = longer.removeprefix(shorter)
    return longer.startswith(shorter) and (not rest or rest.isdigit())


def _derived_prefix(code, taken):
    """A prefix made of a channel's code that clashes with none of those that are taken."""
    return next(each for each in _candidates(code) if not any(_clash(each, other) for other in taken))


def _candidates(code):
    letters = "".join(each for each in code.upper() if each.isascii() and each.isalnum()) or "ORDER"
    for length in range(4, LONGEST_PREFIX):
        yield letters[:length] + "-"
    number = 2
    while True:
        end = f"{number}-"
        yield letters[: LONGEST_PREFIX - len(end)] + end
        number += 1


async def leave(_apps, editor):
    """Going back takes the tables away; nothing else is to be undone."""


class Migration(Base):
    dependencies = [('app', '0022_guest_order_days')]

    initial = False

    operations = [
        ops.CreateModel(
            name='NumberPrefix',
            fields=[
                ('prefix', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=10)),
                ('channel', fields.ForeignKeyField('app.Channel', source_field='channel_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'number_prefix', 'app': 'app', 'pk_attr': 'prefix', 'table_description': 'What the order numbers of a channel begin with, or began with once: no other channel may have it.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='TaxClass',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=40)),
                ('name', fields.CharField(max_length=120)),
            ],
            options={'table': 'tax_class', 'app': 'app', 'pk_attr': 'id', 'table_description': 'A class of goods or services that are taxed alike, besides those that are always there.'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='Channel',
            name='holidays',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='Channel',
            name='time_zone',
            field=fields.CharField(default='UTC', db_default='UTC', max_length=60),
        ),
        ops.AddField(
            model_name='Channel',
            name='working_days',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.RunPython(fill, leave),
        ops.RemoveConstraint(
            model_name='TaxRate',
            name=None,
            fields=['country', 'region', 'tax_class'],
        ),
        ops.AlterModelOptions(
            name='TaxRate',
            options={'table': 'tax_rate', 'app': 'app', 'unique_together': (('country', 'region', 'tax_class', 'valid_from'),), 'pk_attr': 'id', 'table_description': 'The rate of a tax class in a country, or in one region of it, from a day on.'},
        ),
        ops.AddField(
            model_name='TaxRate',
            name='valid_from',
            field=fields.DateField(default=datetime.date.fromisoformat('0001-01-01'), db_default=datetime.date.fromisoformat('0001-01-01')),
        ),
        ops.AddField(
            model_name='TaxRate',
            name='valid_until',
            field=fields.DateField(null=True),
        ),
        ops.AddConstraint(
            model_name='TaxRate',
            constraint=UniqueConstraint(fields=('country', 'region', 'tax_class', 'valid_from'), name=None),
        ),
    ]

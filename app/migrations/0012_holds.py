from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(Base):
    dependencies = [('app', '0011_purchasing')]

    initial = False

    operations = [
        ops.CreateModel(
            name='BlockedBuyer',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('email', fields.CharField(unique=True, max_length=254)),
                ('reason', fields.CharField(max_length=500)),
                ('blocked_by', fields.CharField(max_length=200)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'blocked_buyer', 'app': 'app', 'indexes': [Index(fields=['created_at', 'id'])], 'pk_attr': 'id', 'table_description': 'An e-mail address, or a whole domain written as `@example.com`, whose orders are held.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='Hold',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('order', fields.ForeignKeyField('app.Order', source_field='order_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=20)),
                ('rule', fields.CharField(default='', max_length=40)),
                ('reason', fields.CharField(max_length=500)),
                ('placed_by', fields.CharField(max_length=200)),
                ('placed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('release_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('released_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('released_by', fields.CharField(default='', max_length=200)),
                ('release_note', fields.CharField(default='', max_length=500)),
            ],
            options={'table': 'order_hold', 'app': 'app', 'indexes': [Index(fields=['released_at', 'placed_at', 'id']), Index(fields=['release_at', 'id'])], 'pk_attr': 'id', 'table_description': 'What keeps a placed order from the warehouse, until it is released.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='RuleSetting',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('channel', fields.ForeignKeyField('app.Channel', source_field='channel_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('rule', fields.CharField(max_length=40)),
                ('outcome', fields.CharField(max_length=10)),
                ('limits', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('release_after_minutes', fields.IntField(null=True)),
            ],
            options={'table': 'order_rule_setting', 'app': 'app', 'unique_together': (('channel', 'rule'),), 'pk_attr': 'id', 'table_description': 'What a channel wants of a validation rule. Without one a rule does what it does by itself.'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='Channel',
            name='confirms_at_once',
            field=fields.BooleanField(default=True, db_default=False),
        ),
        ops.AddField(
            model_name='Customer',
            name='born_on',
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name='Customer',
            name='credit_currency',
            field=fields.CharField(null=True, max_length=3),
        ),
        ops.AddField(
            model_name='Customer',
            name='credit_limit_minor',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='Order',
            name='content',
            field=fields.CharField(default='', db_default='', max_length=16),
        ),
        ops.AddField(
            model_name='Order',
            name='open_holds',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Order',
            name='warnings',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='Product',
            name='barred_countries',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='Product',
            name='minimum_age',
            field=fields.IntField(null=True),
        ),
    ]

from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from app.core.database.migrating import AddCheckedField, CreateCheckedModel
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

class Migration(Base):
    dependencies = [('app', '0065_holds_of_payments')]

    initial = False

    operations = [
        CreateCheckedModel(
            name='Dispute',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('payment', fields.ForeignKeyField('app.Payment', source_field='payment_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('order', fields.ForeignKeyField('app.Order', source_field='order_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('account', fields.ForeignKeyField('app.PaymentGateway', source_field='account_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('gateway', fields.CharField(max_length=40)),
                ('reference', fields.CharField(max_length=120)),
                ('payment_reference', fields.CharField(default='', max_length=120)),
                ('status', fields.CharField(max_length=20)),
                ('is_inquiry', fields.BooleanField(default=False)),
                ('reason', fields.CharField(default='', max_length=120)),
                ('amount_minor', fields.BigIntField()),
                ('currency', fields.CharField(max_length=3)),
                ('fee_minor', fields.BigIntField(null=True)),
                ('fee_currency', fields.CharField(default='', max_length=3)),
                ('evidence_due_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('opened_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('closed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('blocked_minor', fields.BigIntField(default=0)),
                ('chargeback', fields.ForeignKeyField('app.PaymentTransaction', source_field='chargeback_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('note', fields.CharField(default='', max_length=500)),
                ('recorded_by', fields.CharField(max_length=200)),
                ('version', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'dispute', 'app': 'app', 'unique_together': (('gateway', 'reference'),), 'constraints': [CheckConstraint(check='amount_minor > 0', name='dispute_of_something'), CheckConstraint(check='blocked_minor >= 0 AND blocked_minor <= amount_minor', name='dispute_blocked_within')], 'indexes': [Index(fields=['status', 'evidence_due_at', 'id']), Index(fields=['status', 'opened_at', 'id']), Index(fields=['opened_at', 'id']), Index(fields=['evidence_due_at', 'id']), Index(fields=['account_id', 'payment_reference'])], 'pk_attr': 'id'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='GatewayMessage',
            name='dispute_reference',
            field=fields.CharField(default='', db_default='', max_length=120),
        ),
        AddCheckedField(
            model_name='Payment',
            name='charged_back_minor',
            field=fields.BigIntField(default=0, db_default=0),
            constraint=CheckConstraint(check='charged_back_minor >= 0 AND refunded_minor + refunded_pending_minor + charged_back_minor <= captured_minor', name='payment_returned_within_captured'),
        ),
        AddCheckedField(
            model_name='Payment',
            name='disputed_minor',
            field=fields.BigIntField(default=0, db_default=0),
            constraint=CheckConstraint(check='disputed_minor >= 0', name='payment_disputed_not_negative'),
        ),
    ]

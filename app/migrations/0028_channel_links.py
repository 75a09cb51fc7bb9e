from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(Base):
    dependencies = [('app', '0027_decimals_of_iso_4217')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Channel',
            name='support_url',
            field=fields.CharField(null=True, max_length=500),
        ),
        ops.AddField(
            model_name='Channel',
            name='website_url',
            field=fields.CharField(null=True, max_length=500),
        ),
    ]

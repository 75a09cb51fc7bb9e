from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from uuid import uuid4
from tortoise import fields

class Migration(Base):
    dependencies = [('app', '0007_bundles')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Errand',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('kind', fields.CharField(max_length=40)),
                ('subject_id', fields.UUIDField(db_index=True)),
                ('created_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'errand', 'app': 'app', 'pk_attr': 'id', 'table_description': 'Something that is still to be done about a subject.'},
            bases=['Row'],
        ),
    ]

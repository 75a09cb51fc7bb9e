from typing import Any

from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from uuid import uuid4
from tortoise import fields

_COPY = "INSERT INTO {target} (id, kind, subject_id, created_at) SELECT id, {kind}, subject_id, created_at FROM {source}"
_KIND = "CASE kind WHEN '{old}' THEN '{new}' ELSE kind END"


async def copy(apps: Any, editor: Any) -> None:
    """Tasks that are not finished yet keep their ids; one kind has another name."""
    kind = _KIND.format(old="carrier_news", new="carrier.messages")
    await editor.client.execute_script(_COPY.format(target="deferred_task", source="errand", kind=kind))


async def copy_back(apps: Any, editor: Any) -> None:
    kind = _KIND.format(old="carrier.messages", new="carrier_news")
    await editor.client.execute_script(_COPY.format(target="errand", source="deferred_task", kind=kind))


class Migration(Base):
    dependencies = [('app', '0048_requests_without_password')]

    initial = False

    operations = [
        ops.CreateModel(
            name='DeferredTask',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('kind', fields.CharField(max_length=40)),
                ('subject_id', fields.UUIDField(db_index=True)),
                ('created_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'deferred_task', 'app': 'app', 'pk_attr': 'id', 'table_description': 'Work on a subject, to be done after the commit.'},
            bases=['Row'],
        ),
        ops.RunPython(copy, copy_back),
        ops.DeleteModel(name='Errand'),
    ]

from typing import Any

from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields


async def fill(apps: Any, editor: Any) -> None:
    """The journal says who made each token."""
    for column, table, kind in (("made_with_id", "api_token", "app"), ("made_by_id", "staff", "staff")):
        await editor.client.execute_script(f"""
            UPDATE api_token SET {column} = (
                SELECT maker.id FROM {table} maker JOIN journal_entry j ON j.actor_id = maker.id
                WHERE j.subject_kind = 'api_token' AND j.subject_id = api_token.id
                  AND j.name = 'api_token_created' AND j.actor_kind = '{kind}'
            )
        """)


async def leave(apps: Any, editor: Any) -> None:
    pass


class Migration(Base):
    dependencies = [('app', '0046_reservations_without_line')]

    initial = False

    operations = [
        ops.AddField(
            model_name='ApiToken',
            name='made_by',
            field=fields.ForeignKeyField('app.Staff', source_field='made_by_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='ApiToken',
            name='made_with',
            field=fields.ForeignKeyField('app.ApiToken', source_field='made_with_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.RunPython(fill, leave),
    ]

"""An index for "words that begin with", which PostgreSQL serves only in the C order of characters."""

from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops


async def create(_apps, editor):
    if editor.client.capabilities.dialect == "postgres":
        await editor.client.execute_script(
            "CREATE INDEX idx_search_word_prefix ON search_word (word text_pattern_ops, product_id)"
        )


async def drop(_apps, editor):
    if editor.client.capabilities.dialect == "postgres":
        await editor.client.execute_script("DROP INDEX idx_search_word_prefix")


class Migration(Base):
    dependencies = [("app", "0001_initial")]
    operations = [ops.RunPython(create, drop)]

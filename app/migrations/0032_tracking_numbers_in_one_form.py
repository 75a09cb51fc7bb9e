"""Tracking numbers that were kept as they were typed are kept in capitals, without blanks and hyphens."""

import re
import unicodedata

from app.core.database.migrating import Migration as Base
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

TABLES = ("package", "carrier_label", "carrier_message")
AT_ONCE = 5_000
LONGEST = 60
DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-")
LEFT_OUT = re.compile(r"[\s,;-]+")


async def fill(_apps, editor):
    for table in TABLES:
        await _spell(editor.client, table)


async def _spell(client, table):
    is_postgres = client.capabilities.dialect == "postgres"
    first, second = ("$1", "$2") if is_postgres else ("?", "?")
    after = None
    while rows := await client.execute_query_dict(
        f"SELECT id, tracking_number FROM {table} WHERE tracking_number <> ''"
        + (f" AND id > {first}" if after is not None else "")
        + f" ORDER BY id LIMIT {AT_ONCE}",
        [after] if after is not None else [],
    ):
        after = rows[-1]["id"]
        for row in rows:
            kept = _tracking_number(row["tracking_number"])[:LONGEST]
            if kept and kept != row["tracking_number"]:
                await client.execute_query(
                    f"UPDATE {table} SET tracking_number = {first} WHERE id = {second}", [kept, row["id"]]
                )


def _tracking_number(text):
    """Capitals, without blanks and hyphens: `1z 999-aa1 01 2345 6784` gives `1Z999AA10123456784`."""
    plain = unicodedata.normalize("NFKC", text).translate(DASHES)
    spelled = unicodedata.normalize("NFKC", "".join(_plain(each) for each in plain).strip())
    return unicodedata.normalize("NFKC", LEFT_OUT.sub("", spelled).upper())


def _plain(character):
    category = unicodedata.category(character)
    if category in ("Cf", "Cc", "Cs"):
        return " " if character.isspace() else ""
    return " " if category.startswith("Z") else character


async def leave(_apps, editor):
    """The version before reads these numbers as well."""


class Migration(Base):
    dependencies = [("app", "0031_goods_of_suppliers")]

    initial = False

    operations = [
        ops.RemoveIndex(model_name="Package", fields=["carrier", "tracking_number"]),
        ops.AddIndex(model_name="Package", index=Index(fields=["tracking_number", "carrier"])),
        ops.RunPython(fill, leave),
    ]

from app.core.database.migrating import Migration as Base
from tortoise.migrations import operations as ops
from app.core.database.migrating import CreateCheckedModel
from tortoise.fields.base import OnDelete
from datetime import UTC, datetime
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint


BALANCED = """
CREATE FUNCTION ledger_entry_is_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_entry uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.entry_id ELSE NEW.entry_id END;
BEGIN
    IF EXISTS (
        SELECT 1 FROM ledger_posting WHERE entry_id = of_entry GROUP BY currency
        HAVING SUM(CASE WHEN side = 'debit' THEN amount_minor ELSE -amount_minor END) <> 0
    ) THEN
        RAISE EXCEPTION 'ledger entry % is not balanced', of_entry USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_posting_balanced AFTER INSERT OR DELETE ON ledger_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_is_balanced();
CREATE FUNCTION ledger_is_not_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'entries of the ledger are not changed' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER ledger_entry_unchanged BEFORE UPDATE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_is_not_changed();
CREATE TRIGGER ledger_posting_unchanged BEFORE UPDATE ON ledger_posting
    FOR EACH ROW EXECUTE FUNCTION ledger_is_not_changed();
CREATE FUNCTION ledger_period_is_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The lock that `accountingPeriodClose` holds: see app/core/database/turns.py.
    PERFORM pg_advisory_xact_lock_shared(5073426, -822678739);
    -- A period that was closed meanwhile: the transaction is repeated, and posts on the first open day.
    IF EXISTS (SELECT 1 FROM accounting_period WHERE through >= NEW.posted_on) THEN
        RAISE EXCEPTION 'the accounting period of % is closed', NEW.posted_on
            USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_entry_in_open_period BEFORE INSERT ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_period_is_open();
"""
UNBALANCED = """
DROP TRIGGER ledger_entry_in_open_period ON ledger_entry;
DROP TRIGGER ledger_posting_unchanged ON ledger_posting;
DROP TRIGGER ledger_entry_unchanged ON ledger_entry;
DROP TRIGGER ledger_posting_balanced ON ledger_posting;
DROP FUNCTION ledger_period_is_open();
DROP FUNCTION ledger_is_not_changed();
DROP FUNCTION ledger_entry_is_balanced();
"""
UNCHANGED = """
CREATE TRIGGER {table}_unchanged BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, 'entries of the ledger are not changed'); END;
"""
TABLES = ("ledger_entry", "ledger_posting")
# There is something to post if one of these has rows.
FACTS = ("payment_transaction", "value_entry", "stored_value_entry")


async def guard(_apps, editor):
    """PostgreSQL checks at the commit that entries balance, and that no closed period is posted to."""
    if editor.client.capabilities.dialect == "postgres":
        await editor.client.execute_script(BALANCED)
    else:
        for table in TABLES:
            await editor.client.execute_script(UNCHANGED.format(table=table))


async def unguard(_apps, editor):
    if editor.client.capabilities.dialect == "postgres":
        await editor.client.execute_script(UNBALANCED)
    else:
        for table in TABLES:
            await editor.client.execute_script(f"DROP TRIGGER {table}_unchanged")


async def note_history(_apps, editor):
    """What happened before is posted by `ordergraph migrate` after the migrations."""
    now = datetime.now(UTC)
    stamp = now.isoformat(" ")
    any_fact = " OR ".join(f"EXISTS (SELECT 1 FROM {table})" for table in FACTS)
    shipped = "EXISTS (SELECT 1 FROM order_line WHERE quantity_shipped > 0)"
    await editor.client.execute_script(
        f"INSERT INTO ledger_history (id, created_at) SELECT '{uuid4()}', '{stamp}' WHERE {any_fact} OR {shipped}"
    )


async def leave(_apps, editor):
    """Going back takes the table away; nothing else is to be undone."""


class Migration(Base):
    dependencies = [('app', '0068_payouts')]

    initial = False

    operations = [
        ops.CreateModel(
            name='AccountingPeriod',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('through', fields.DateField(unique=True)),
                ('closed_by', fields.CharField(max_length=200)),
                ('closed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'accounting_period', 'app': 'app', 'pk_attr': 'id'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='LedgerEntry',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('kind', fields.CharField(max_length=20)),
                ('subject_kind', fields.CharField(max_length=40)),
                ('subject_id', fields.UUIDField(null=True)),
                ('order_id', fields.UUIDField(null=True)),
                ('channel_id', fields.UUIDField(null=True)),
                ('currency', fields.CharField(max_length=3)),
                ('posted_on', fields.DateField()),
                ('happened_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'ledger_entry', 'app': 'app', 'indexes': [Index(fields=['posted_on', 'id']), Index(fields=['order_id', 'id']), Index(fields=['subject_id', 'id'])], 'pk_attr': 'id'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='LedgerLabel',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('order_id', fields.UUIDField(db_index=True)),
                ('category', fields.CharField(max_length=120)),
                ('place', fields.CharField(max_length=60)),
            ],
            options={'table': 'ledger_label', 'app': 'app', 'pk_attr': 'id'},
            bases=['Row'],
        ),
        CreateCheckedModel(
            name='LedgerPosting',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('entry', fields.ForeignKeyField('app.LedgerEntry', source_field='entry_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('account', fields.CharField(max_length=20)),
                ('detail', fields.CharField(default='', max_length=160)),
                ('side', fields.CharField(max_length=6)),
                ('amount_minor', fields.BigIntField()),
                ('currency', fields.CharField(max_length=3)),
                ('order_id', fields.UUIDField(null=True, db_index=True)),
                ('posted_on', fields.DateField()),
            ],
            options={'table': 'ledger_posting', 'app': 'app', 'constraints': [CheckConstraint(check='amount_minor > 0', name='posting_of_something'), CheckConstraint(check="side IN ('debit', 'credit')", name='posting_side')], 'indexes': [Index(fields=['account', 'posted_on'])], 'pk_attr': 'id'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='LedgerHistory',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('posted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'ledger_history', 'app': 'app', 'pk_attr': 'id'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='AccountMapping',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('kind', fields.CharField(max_length=20)),
                ('detail', fields.CharField(default='', max_length=160)),
                ('number', fields.CharField(max_length=20)),
                ('name', fields.CharField(max_length=120)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'account_mapping', 'app': 'app', 'unique_together': (('kind', 'detail'),), 'pk_attr': 'id'},
            bases=['Row'],
        ),
        ops.RunPython(guard, unguard),
        ops.RunPython(note_history, leave),
    ]

"""Entries and postings of the ledger."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.accounting.lifecycle import AccountKind, LedgerEntryKind, LedgerSide
from app.engine.database.rows import Row


class LedgerEntry(Row):
    """A fact in the ledger: postings in one currency whose debits equal their credits. Never changed."""

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharEnumField(LedgerEntryKind, max_length=20)
    subject_kind = fields.CharField(max_length=40)  # what it is about, such as payment_transaction
    subject_id = fields.UUIDField(null=True)
    order_id = fields.UUIDField(null=True)  # of a sale
    channel_id = fields.UUIDField(null=True)
    currency = fields.CharField(max_length=3)
    posted_on = fields.DateField()  # the accounting day
    happened_at = fields.DatetimeField()  # of the fact, which may be in a closed period
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "ledger_entry"
        indexes = (("posted_on", "id"), ("order_id", "id"), ("subject_id", "id"))


class LedgerPosting(Row):
    """An amount on one side of an account. Never changed."""

    id = fields.UUIDField(primary_key=True)
    entry: Any = fields.ForeignKeyField(
        "app.LedgerEntry", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    entry_id: Any
    account = fields.CharEnumField(AccountKind, max_length=20)
    detail = fields.CharField(max_length=160, default="")  # such as the gateway; "" for kinds without one
    side = fields.CharEnumField(LedgerSide, max_length=6)
    amount_minor = fields.BigIntField()
    # As in the entry, for sums.
    currency = fields.CharField(max_length=3)
    order_id = fields.UUIDField(null=True, db_index=True)
    posted_on = fields.DateField()

    class Meta:
        app = "app"
        table = "ledger_posting"
        indexes = (("account", "posted_on"),)
        constraints = (
            CheckConstraint("amount_minor > 0", "posting_of_something"),
            CheckConstraint("side IN ('debit', 'credit')", "posting_side"),
        )


class LedgerLabel(Row):
    """The details of an order line's accounts, fixed when its revenue is first recognized, so that what is
    reversed later is reversed on the same accounts."""

    id = fields.UUIDField(primary_key=True)  # of the order line
    order_id = fields.UUIDField(db_index=True)
    category = fields.CharField(max_length=120)  # the slug of the product's category; "" without one
    place = fields.CharField(max_length=60)  # the country whose tax applied, with the region if it has rates

    class Meta:
        app = "app"
        table = "ledger_label"


class AccountingPeriod(Row):
    """The end of a closed period. Everything up to the latest one is closed."""

    id = fields.UUIDField(primary_key=True)
    through = fields.DateField(unique=True)  # the last closed day
    closed_by = fields.CharField(max_length=200)
    closed_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "accounting_period"


class LedgerHistory(Row):
    """Exists until all facts from before the ledger are posted: see `service.opening`."""

    id = fields.UUIDField(primary_key=True)
    created_at = fields.DatetimeField()  # when the ledger was introduced
    posted_at = fields.DatetimeField(null=True)  # when `ordergraph migrate` posted them

    class Meta:
        app = "app"
        table = "ledger_history"


class AccountMapping(Row):
    """The account of the company's chart of accounts for a kind of accounts, or for one detail of it."""

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharEnumField(AccountKind, max_length=20)
    detail = fields.CharField(max_length=160, default="")  # "" for all details that have no row of their own
    number = fields.CharField(max_length=20)
    name = fields.CharField(max_length=120)
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "account_mapping"
        unique_together = (("kind", "detail"),)

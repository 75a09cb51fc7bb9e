"""Models of bank statements, their entries, and the parts of entries that belong to orders."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.bank.lifecycle import BankEntryDirection, BankEntryProblem, BankEntryStatus, BankFileKind
from app.engine.database.rows import Row


class BankStatement(Row):
    """A statement, report or notification of a bank about one account."""

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharEnumField(BankFileKind, max_length=12)
    account = fields.CharField(max_length=34)  # the IBAN, or the bank's number of the account
    currency = fields.CharField(max_length=3)  # of the account
    reference = fields.CharField(max_length=80)  # the bank's identification of the statement
    # Booked balances; None: the file has none.
    opening_minor = fields.BigIntField(null=True)
    closing_minor = fields.BigIntField(null=True)
    # Closing less opening less the booked entries: what the entries do not explain. None without balances.
    difference_minor = fields.BigIntField(null=True)
    entry_count = fields.IntField()  # entries of the file, including those that an earlier file had
    skipped_count = fields.IntField()  # entries that were not stored, see `camt`
    imported_by = fields.CharField(max_length=200)
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "bank_statement"
        unique_together = (("account", "currency", "kind", "reference"),)
        indexes = (("created_at", "id"),)


class BankEntry(Row):
    """Money that moved on an account: an entry of a statement, or one payment of a collective entry."""

    id = fields.UUIDField(primary_key=True)
    statement: Any = fields.ForeignKeyField(
        "app.BankStatement", related_name=False, on_delete=fields.RESTRICT
    )
    statement_id: Any  # of the file that had it first
    account = fields.CharField(max_length=34)
    currency = fields.CharField(max_length=3)
    # The account servicer's reference, which is unique by account, and the payment's place in a collective
    # entry, from 1.
    servicer_reference = fields.CharField(max_length=80)
    part = fields.IntField()
    direction = fields.CharEnumField(BankEntryDirection, max_length=6)
    is_reversal = fields.BooleanField()
    amount_minor = fields.BigIntField()  # positive in both directions
    allocated_minor = fields.BigIntField(default=0)  # recorded as payments of orders
    status = fields.CharEnumField(BankEntryStatus, max_length=8)
    # None: matched, or not compared with orders yet.
    problem: Any = fields.CharEnumField(BankEntryProblem, max_length=16, null=True)
    booked_on = fields.DateField()
    valued_on = fields.DateField(null=True)
    end_to_end_id = fields.CharField(max_length=80, default="")
    structured_reference = fields.CharField(max_length=80, default="")
    remittance = fields.CharField(max_length=2_000, default="")
    counterparty_name = fields.CharField(max_length=200, default="")
    counterparty_account = fields.CharField(max_length=34, default="")
    return_reason = fields.CharField(max_length=200, default="", db_default="")  # of a payment that came back
    note = fields.CharField(max_length=500, default="")  # of the staff member who closed it
    closed_by = fields.CharField(max_length=200, null=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "bank_entry"
        unique_together = (("account", "currency", "servicer_reference", "part"),)
        indexes = (("status", "booked_on", "id"), ("booked_on", "id"), ("statement_id",))
        constraints = (
            CheckConstraint("amount_minor > 0", "bank_entry_of_something"),
            CheckConstraint(
                "allocated_minor >= 0 AND allocated_minor <= amount_minor", "bank_entry_allocated_within"
            ),
        )


class BankAllocation(Row):
    """A part of a bank entry that was recorded as a payment of an order."""

    id = fields.UUIDField(primary_key=True)
    entry: Any = fields.ForeignKeyField(
        "app.BankEntry", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    entry_id: Any
    transaction: Any = fields.ForeignKeyField(
        "app.PaymentTransaction", related_name=False, on_delete=fields.RESTRICT
    )
    transaction_id: Any
    amount_minor = fields.BigIntField()
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "bank_allocation"
        unique_together = (("transaction",),)
        constraints = (CheckConstraint("amount_minor > 0", "bank_allocation_of_something"),)


class BankPayout(Row):
    """A bank entry with which a payout of a payment gateway arrived."""

    id = fields.UUIDField(primary_key=True)
    entry: Any = fields.ForeignKeyField("app.BankEntry", related_name=False, on_delete=fields.RESTRICT)
    entry_id: Any
    payout: Any = fields.ForeignKeyField("app.Payout", related_name=False, on_delete=fields.RESTRICT)
    payout_id: Any
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "bank_payout"
        unique_together = (("entry",), ("payout",))

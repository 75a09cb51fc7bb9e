"""Models of the company's bank accounts, of refunds by bank transfer, and of the files with them."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.bank.lifecycle import BankTransferFileStatus, BankTransferStatus
from app.engine.database.rows import Row


class BankAccount(Row):
    """An account of the company from which refunds are paid."""

    id = fields.UUIDField(primary_key=True)
    iban = fields.CharField(max_length=34, unique=True)
    name = fields.CharField(max_length=70)  # of the holder
    bic = fields.CharField(max_length=11, default="")
    is_active = fields.BooleanField(default=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "bank_account"


class BankTransferFile(Row):
    """A file with transfers for the bank. Its bytes never change."""

    id = fields.UUIDField(primary_key=True)
    account: Any = fields.ForeignKeyField("app.BankAccount", related_name=False, on_delete=fields.RESTRICT)
    account_id: Any
    message_id = fields.CharField(max_length=35, unique=True)
    status = fields.CharEnumField(BankTransferFileStatus, max_length=10)
    currency = fields.CharField(max_length=3)
    executes_on = fields.DateField()
    transfer_count = fields.IntField()
    total_minor = fields.BigIntField()
    content = fields.TextField()  # encrypted: see access.sealing
    created_by = fields.CharField(max_length=200)
    created_at = fields.DatetimeField()
    sent_at = fields.DatetimeField(null=True)
    cancelled_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "bank_transfer_file"
        indexes = (("created_at", "id"),)
        constraints = (
            CheckConstraint("transfer_count > 0 AND total_minor > 0", "bank_transfer_file_of_something"),
        )


class BankTransfer(Row):
    """A refund that the bank pays to the account of the buyer."""

    id = fields.UUIDField(primary_key=True)
    transaction: Any = fields.ForeignKeyField(
        "app.PaymentTransaction", related_name=False, on_delete=fields.RESTRICT
    )
    transaction_id: Any  # the refund, which is PENDING until the bank has executed or rejected it
    status = fields.CharEnumField(BankTransferStatus, max_length=10)
    file: Any = fields.ForeignKeyField(
        "app.BankTransferFile", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=True
    )
    file_id: Any
    end_to_end_id = fields.CharField(max_length=35, unique=True)
    creditor = fields.TextField()  # the IBAN, encrypted: see access.sealing
    masked_iban = fields.CharField(max_length=34)
    account_holder = fields.CharField(max_length=70)
    amount_minor = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    reason = fields.CharField(max_length=200, default="")  # why it was rejected, returned or cancelled
    entry: Any = fields.ForeignKeyField(
        "app.BankEntry", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    entry_id: Any  # of its execution
    return_entry: Any = fields.ForeignKeyField(
        "app.BankEntry", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    return_entry_id: Any
    created_by = fields.CharField(max_length=200)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "bank_transfer"
        unique_together = (("transaction",), ("entry",), ("return_entry",))
        indexes = (("status", "created_at", "id"), ("created_at", "id"))
        constraints = (
            CheckConstraint("amount_minor > 0", "bank_transfer_of_something"),
            CheckConstraint(
                "(file_id IS NULL) = (status IN ('waiting', 'cancelled'))", "bank_transfer_filed_once"
            ),
        )

from typing import Any

from tortoise import fields

from app.customers.lifecycle import AccountPurpose, DeletionStatus
from app.engine.database.rows import Row


class Customer(Row):
    """A customer."""

    id = fields.UUIDField(primary_key=True)
    email = fields.CharField(max_length=254, null=True, unique=True)  # normalized
    name = fields.CharField(max_length=200, default="")
    phone = fields.CharField(max_length=32, default="")  # E.164
    password_hash = fields.CharField(max_length=200, null=True)
    # Entries of the address book; null: no default. An entry that is deleted is no default any more.
    default_shipping_id = fields.UUIDField(null=True)
    default_billing_id = fields.UUIDField(null=True)
    note = fields.TextField(default="")
    born_on = fields.DateField(null=True)
    credit_limit_minor = fields.BigIntField(null=True)  # credit limit; null: none
    credit_currency = fields.CharField(max_length=3, null=True)
    tags: Any = fields.JSONField(default=list)
    metadata: Any = fields.JSONField(default=dict)
    private_metadata: Any = fields.JSONField(default=dict)
    external_reference = fields.CharField(max_length=120, null=True, unique=True)
    is_active = fields.BooleanField(default=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "customer"
        indexes = (("created_at", "id"), ("name", "id"))


class CustomerIdentity(Row):
    """A person at an OpenID provider who signs in as a customer."""

    id = fields.UUIDField(primary_key=True)
    customer: Any = fields.ForeignKeyField(
        "app.Customer", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    customer_id: Any
    issuer = fields.CharField(max_length=255)
    subject = fields.CharField(max_length=255)
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "customer_identity"
        unique_together = (("issuer", "subject"),)


class CustomerSearch(Row):
    """One folded search text of a customer. Its key is all three columns; see the migration."""

    customer_id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=12)  # see EntryKind
    token = fields.CharField(max_length=60)

    class Meta:
        app = "app"
        table = "customer_search"
        indexes = (("token", "kind", "customer_id"),)


class AccountRequest(Row):
    """A request for an account or a password, to be confirmed by a mailed token.

    It belongs to a customer, to a staff member, or to an address with neither.

    The token is derived from the id and the deployment's key; only its hash is stored.
    """

    id = fields.UUIDField(primary_key=True)
    purpose = fields.CharEnumField(AccountPurpose, max_length=20)
    email = fields.CharField(max_length=254)
    customer: Any = fields.ForeignKeyField(
        "app.Customer", related_name=False, on_delete=fields.CASCADE, db_index=True, null=True
    )
    customer_id: Any
    staff: Any = fields.ForeignKeyField(
        "app.Staff", related_name=False, on_delete=fields.CASCADE, db_index=True, null=True
    )
    staff_id: Any
    name = fields.CharField(max_length=200, default="")
    token_hash = fields.CharField(max_length=64, unique=True)
    # The hour of the request, and its number among those of the mailbox in that hour, which are limited.
    # Mails to an existing account are counted by a hash of the whole address instead.
    mailbox = fields.CharField(max_length=254)
    hour = fields.DatetimeField()
    nth = fields.IntField()
    expires_at = fields.DatetimeField(db_index=True)
    used_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "account_request"
        unique_together = (("mailbox", "hour", "nth"),)
        indexes = (("email", "used_at"),)


class AccountDeletion(Row):
    """A confirmed request of a customer to delete the account."""

    id = fields.UUIDField(primary_key=True)
    customer: Any = fields.ForeignKeyField(
        "app.Customer", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    customer_id: Any
    status = fields.CharEnumField(DeletionStatus, max_length=12)
    requested_at = fields.DatetimeField()
    answered_at = fields.DatetimeField(null=True)
    answered_by = fields.CharField(max_length=200, default="")
    answer = fields.CharField(max_length=500, default="")  # why it was refused

    class Meta:
        app = "app"
        table = "account_deletion"
        indexes = (("status", "requested_at", "id"), ("requested_at", "id"))


class BlockedBuyer(Row):
    """An e-mail address, or a whole domain written as `@example.com`, whose orders are held."""

    id = fields.UUIDField(primary_key=True)
    email = fields.CharField(max_length=254, unique=True)
    reason = fields.CharField(max_length=500)
    blocked_by = fields.CharField(max_length=200)
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "blocked_buyer"
        indexes = (("created_at", "id"),)


class CustomerAddress(Row):
    """One entry of a customer's address book."""

    id = fields.UUIDField(primary_key=True)
    customer: Any = fields.ForeignKeyField(
        "app.Customer", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    customer_id: Any
    address: Any = fields.JSONField()
    label = fields.CharField(max_length=60, default="")  # such as "Home"; "": none
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "customer_address"

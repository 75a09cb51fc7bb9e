from typing import Any

from tortoise import fields

from app.engine.database.rows import Row


class Role(Row):
    """A named set of permissions that can be assigned to staff."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=40, unique=True)
    name = fields.CharField(max_length=80)
    permissions: Any = fields.JSONField()
    refund_limits: Any = fields.JSONField(null=True)  # see refund_limits.stored_limits; null: any amount
    version = fields.IntField(default=1, db_default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField(null=True)  # null: never changed

    class Meta:
        app = "app"
        table = "role"
        indexes = (("created_at", "id"),)


class Staff(Row):
    """A person who works for the company."""

    id = fields.UUIDField(primary_key=True)
    email = fields.CharField(max_length=254, unique=True)
    name = fields.CharField(max_length=200)
    password_hash = fields.CharField(max_length=200, null=True)  # null: has not accepted the invitation yet
    role: Any = fields.ForeignKeyField(
        "app.Role", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    role_id: Any
    channel_ids: Any = fields.JSONField(null=True)  # null: all channels
    location_ids: Any = fields.JSONField(null=True)  # null: all locations
    is_active = fields.BooleanField(default=True)
    version = fields.IntField(default=1, db_default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField(null=True)  # null: never changed

    class Meta:
        app = "app"
        table = "staff"
        indexes = (("created_at", "id"),)


class ApiToken(Row):
    """A secret with which a program calls the API. Only its hash is stored."""

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=120)
    token_hash = fields.CharField(max_length=64, unique=True)
    hint = fields.CharField(max_length=16)  # the last characters of the secret, to distinguish tokens
    permissions: Any = fields.JSONField()
    channel_ids: Any = fields.JSONField(null=True)  # null: all channels
    location_ids: Any = fields.JSONField(null=True)  # null: all locations
    expires_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)  # see `using`
    # Who created it; it ends with its creator. Both null if the operator created it.
    made_with: Any = fields.ForeignKeyField(
        "app.ApiToken", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=True
    )
    made_with_id: Any
    made_by: Any = fields.ForeignKeyField(
        "app.Staff", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=True
    )
    made_by_id: Any
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "api_token"
        indexes = (("created_at", "id"),)


class Session(Row):
    """The session of a signed-in person. The refresh token changes at each use; only its hash is stored."""

    id = fields.UUIDField(primary_key=True)
    principal_kind = fields.CharField(max_length=20)  # staff or customer
    principal_id = fields.UUIDField(db_index=True)
    refresh_hash = fields.CharField(max_length=64, unique=True)
    previous_hash = fields.CharField(max_length=64, null=True, db_index=True)
    refreshed_at = fields.DatetimeField(null=True)  # when the previous refresh token was replaced
    device = fields.CharField(max_length=60, default="", db_default="")  # see devices; "": unknown
    network = fields.CharField(max_length=64, default="", db_default="")  # where it was opened; "": unknown
    expires_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "session"


class AttemptCount(Row):
    """A count of recent attempts: see attempts. The id is a hash of what is counted."""

    id = fields.CharField(max_length=64, primary_key=True)
    tries = fields.IntField()
    next_at = fields.DatetimeField(null=True)  # the next attempt is refused before this time
    forget_at = fields.DatetimeField(db_index=True)

    class Meta:
        app = "app"
        table = "attempt_count"


class KnownNetwork(Row):
    """A network from which a person has signed in. The id is a hash of e-mail address and network."""

    id = fields.CharField(max_length=64, primary_key=True)
    forget_at = fields.DatetimeField(db_index=True)

    class Meta:
        app = "app"
        table = "known_network"

from typing import Any

from tortoise import fields

from app.core.database.rows import Row


class Role(Row):
    """A named set of permissions that staff hold."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=40, unique=True)
    name = fields.CharField(max_length=80)
    permissions: Any = fields.JSONField()
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "role"


class Staff(Row):
    """Somebody who works for the company."""

    id = fields.UUIDField(primary_key=True)
    email = fields.CharField(max_length=254, unique=True)
    name = fields.CharField(max_length=200)
    password_hash = fields.CharField(max_length=200, null=True)
    role: Any = fields.ForeignKeyField(
        "app.Role", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    role_id: Any
    channel_ids: Any = fields.JSONField(null=True)  # null: every channel
    is_active = fields.BooleanField(default=True)
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "staff"


class ApiToken(Row):
    """A secret with which a program calls the API. Only its fingerprint is stored."""

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=120)
    token_hash = fields.CharField(max_length=64, unique=True)
    hint = fields.CharField(max_length=16)  # the secret's last characters, to tell tokens apart
    permissions: Any = fields.JSONField()
    channel_ids: Any = fields.JSONField(null=True)  # null: every channel
    location_ids: Any = fields.JSONField(null=True)  # null: every location
    expires_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "api_token"
        indexes = (("created_at", "id"),)


class Session(Row):
    """A signed-in person. The refresh token changes at each use, and only its fingerprint is stored."""

    id = fields.UUIDField(primary_key=True)
    principal_kind = fields.CharField(max_length=20)  # staff or customer
    principal_id = fields.UUIDField(db_index=True)
    refresh_hash = fields.CharField(max_length=64, unique=True)
    previous_hash = fields.CharField(max_length=64, null=True, db_index=True)
    refreshed_at = fields.DatetimeField(null=True)  # when the token before gave this one
    expires_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "session"


class SignInFailure(Row):
    """One refused sign-in: enough of them lock an address of e-mail out for a while."""

    id = fields.UUIDField(primary_key=True)
    email_hash = fields.CharField(max_length=64)
    at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "sign_in_failure"
        indexes = (("email_hash", "at"),)

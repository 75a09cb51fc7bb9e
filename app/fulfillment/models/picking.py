"""Pick lists."""

from typing import Any

from tortoise import fields

from app.engine.database.rows import Row
from app.fulfillment.lifecycle import PickListKind, PickListStatus


class PickList(Row):
    """A pick list."""

    id = fields.UUIDField(primary_key=True)
    number = fields.BigIntField(unique=True)
    location: Any = fields.ForeignKeyField("app.Location", related_name=False, on_delete=fields.RESTRICT)
    location_id: Any
    kind = fields.CharEnumField(PickListKind, max_length=10)
    status = fields.CharEnumField(PickListStatus, max_length=10, default=PickListStatus.OPEN)
    zone = fields.CharField(max_length=40, default="")
    picker = fields.CharField(max_length=200, default="")
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "pick_list"
        indexes = (("location_id", "status", "created_at", "id"), ("created_at", "id"))


class PickTask(Row):
    """One fulfillment line on a pick list."""

    id = fields.UUIDField(primary_key=True)
    pick_list: Any = fields.ForeignKeyField(
        "app.PickList", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    pick_list_id: Any
    # A line is on at most one list.
    line: Any = fields.ForeignKeyField(
        "app.FulfillmentLine", related_name=False, on_delete=fields.CASCADE, unique=True
    )
    line_id: Any
    bin = fields.CharField(max_length=40, default="")
    position = fields.IntField()

    class Meta:
        app = "app"
        table = "pick_task"


class PickListNumber(Row):
    """The last pick list number."""

    id = fields.IntField(primary_key=True)
    value = fields.BigIntField()

    class Meta:
        app = "app"
        table = "pick_list_number"

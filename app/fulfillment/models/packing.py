"""Packages, and the boxes used for them."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.engine.database.rows import Row
from app.fulfillment.lifecycle import ShipmentStage


class Package(Row):
    """A parcel: of a fulfillment order before shipping, of a shipment afterwards."""

    id = fields.UUIDField(primary_key=True)
    fulfillment_order: Any = fields.ForeignKeyField(
        "app.FulfillmentOrder", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    fulfillment_order_id: Any
    shipment: Any = fields.ForeignKeyField(
        "app.Shipment", related_name=False, on_delete=fields.CASCADE, null=True, db_index=True
    )
    shipment_id: Any
    position = fields.IntField()
    box = fields.CharField(max_length=40, default="")
    weight_grams = fields.IntField(null=True)
    length_mm = fields.IntField(null=True)
    width_mm = fields.IntField(null=True)
    height_mm = fields.IntField(null=True)
    contents: Any = fields.JSONField()  # see `contents`
    carrier = fields.CharField(max_length=40, default="")
    tracking_number = fields.CharField(max_length=60, null=True)
    tracking_url = fields.CharField(max_length=500, default="")
    stage = fields.CharEnumField(ShipmentStage, max_length=20, null=True)
    signed_by = fields.CharField(max_length=120, default="")
    expected_on = fields.DateField(null=True)  # the carrier's estimated delivery date
    delivered_at = fields.DatetimeField(null=True)
    received_back_at = fields.DatetimeField(null=True)  # when its content was last put away

    class Meta:
        app = "app"
        table = "package"
        indexes = (("tracking_number", "carrier"),)


class Box(Row):
    """A packing box: inner dimensions and maximum weight."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=40, unique=True)
    name = fields.CharField(max_length=120)
    length_mm = fields.IntField()
    width_mm = fields.IntField()
    height_mm = fields.IntField()
    empty_grams = fields.IntField(default=0)
    most_grams = fields.IntField()  # maximum content
    is_active = fields.BooleanField(default=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "box"
        constraints = (
            CheckConstraint(
                "length_mm > 0 AND width_mm > 0 AND height_mm > 0 AND empty_grams >= 0 AND most_grams > 0",
                "box_holds_something",
            ),
        )

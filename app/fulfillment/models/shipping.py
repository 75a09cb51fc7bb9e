"""Shipments and tracking."""

from typing import Any

from tortoise import fields

from app.engine.database.rows import Row
from app.fulfillment.lifecycle import ShipmentStage


class Shipment(Row):
    """A shipment from a location for an order with one carrier."""

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=50, unique=True)
    order: Any = fields.ForeignKeyField(
        "app.Order", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    order_id: Any
    fulfillment_order: Any = fields.ForeignKeyField(
        "app.FulfillmentOrder", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    fulfillment_order_id: Any
    channel_id = fields.UUIDField()
    location: Any = fields.ForeignKeyField("app.Location", related_name=False, on_delete=fields.RESTRICT)
    location_id: Any
    carrier = fields.CharField(max_length=40)
    service = fields.CharField(max_length=60, default="")
    stage = fields.CharEnumField(ShipmentStage, max_length=20)
    manifest: Any = fields.ForeignKeyField(
        "app.Manifest", related_name=False, on_delete=fields.SET_NULL, null=True
    )
    manifest_id: Any
    cost_minor = fields.BigIntField(null=True)  # the carrier's price
    cost_currency = fields.CharField(max_length=3, null=True)
    shipped_at = fields.DatetimeField()
    expected_on = fields.DateField(null=True)
    delivered_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "shipment"
        indexes = (
            ("location_id", "carrier", "shipped_at", "id"),
            ("location_id", "carrier", "manifest_id", "shipped_at"),
            ("manifest_id", "shipped_at", "id"),
            ("shipped_at", "id"),
            ("stage", "shipped_at", "id"),
            ("stage", "updated_at", "id"),
        )


class TrackingRecord(Row):
    """A tracking event of a package, from a carrier or staff. Repeated events are stored once."""

    id = fields.UUIDField(primary_key=True)
    package: Any = fields.ForeignKeyField("app.Package", related_name=False, on_delete=fields.CASCADE)
    package_id: Any
    fingerprint = fields.CharField(max_length=64)
    stage = fields.CharEnumField(ShipmentStage, max_length=20)
    at = fields.DatetimeField()
    text = fields.CharField(max_length=300, default="")
    place = fields.CharField(max_length=120, default="")
    source = fields.CharField(max_length=40)
    is_correction = fields.BooleanField(
        default=False, db_default=False
    )  # by staff: earlier events no longer count
    received_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "tracking_record"
        unique_together = (("package", "fingerprint"),)


class Manifest(Row):
    """The shipments handed to a carrier at a location at one time, for the driver's signature."""

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=20, unique=True)
    location: Any = fields.ForeignKeyField("app.Location", related_name=False, on_delete=fields.RESTRICT)
    location_id: Any
    carrier = fields.CharField(max_length=40)
    day = fields.DateField()
    shipments = fields.IntField()
    packages = fields.IntField()
    weight_grams = fields.BigIntField(null=True)  # None if a package was not weighed
    created_by = fields.CharField(max_length=200)
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "manifest"
        indexes = (("location_id", "created_at", "id"), ("created_at", "id"))


class ManifestNumber(Row):
    """The last manifest number."""

    id = fields.IntField(primary_key=True)
    value = fields.BigIntField()

    class Meta:
        app = "app"
        table = "manifest_number"

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.core.database.rows import Row
from app.fulfillment.lifecycle import FulfillmentOrderStatus, PickListKind, PickListStatus, ShipmentStage


class FulfillmentOrder(Row):
    """The work of one location for one order."""

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=50, unique=True)  # its order's, and which of them it is
    order: Any = fields.ForeignKeyField(
        "app.Order", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    order_id: Any
    channel_id = fields.UUIDField()
    location: Any = fields.ForeignKeyField("app.Location", related_name=False, on_delete=fields.RESTRICT)
    location_id: Any
    status = fields.CharEnumField(FulfillmentOrderStatus, max_length=20)
    is_drop_ship = fields.BooleanField(default=False)
    is_held = fields.BooleanField(default=False)  # its order is on hold
    urgency = fields.IntField()  # the smallest is worked on first: see `queueing.urgency`
    priority = fields.IntField(default=0)
    units = fields.IntField(default=0)
    ships_on = fields.DateField()  # the day on which it is to leave
    promised_on = fields.DateField(null=True)
    shipping_method = fields.CharField(max_length=40, default="")
    carrier = fields.CharField(max_length=40, default="")
    picker = fields.CharField(max_length=200, default="")
    cancel_reason = fields.CharField(max_length=500, default="")
    released_at = fields.DatetimeField(null=True)
    picked_at = fields.DatetimeField(null=True)
    packed_at = fields.DatetimeField(null=True)
    shipped_at = fields.DatetimeField(null=True)
    delivered_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "fulfillment_order"
        indexes = (
            ("location_id", "status", "urgency", "id"),
            ("status", "urgency", "id"),
            ("urgency", "id"),
            ("created_at", "id"),
        )


class FulfillmentLine(Row):
    """Units of one variant of one order line, in a fulfillment order. A bundle has one for each component."""

    id = fields.UUIDField(primary_key=True)
    fulfillment_order: Any = fields.ForeignKeyField(
        "app.FulfillmentOrder", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    fulfillment_order_id: Any
    order_line: Any = fields.ForeignKeyField(
        "app.OrderLine", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    order_line_id: Any
    variant: Any = fields.ForeignKeyField("app.Variant", related_name=False, on_delete=fields.RESTRICT)
    variant_id: Any
    sku = fields.CharField(max_length=80)
    name = fields.CharField(max_length=500)
    tracks_stock = fields.BooleanField(default=True)
    quantity = fields.IntField()
    picked = fields.IntField(default=0)
    lots: Any = fields.JSONField(null=True)  # what was picked: [{"number": …, "quantity": …}]
    position = fields.IntField()

    class Meta:
        app = "app"
        table = "fulfillment_line"
        constraints = (
            CheckConstraint("quantity > 0", "work_on_something"),
            CheckConstraint("picked BETWEEN 0 AND quantity", "picked_within"),
        )


class PickList(Row):
    """A walk along the shelves."""

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
    # A line is on one list at a time.
    line: Any = fields.ForeignKeyField(
        "app.FulfillmentLine", related_name=False, on_delete=fields.CASCADE, unique=True
    )
    line_id: Any
    bin = fields.CharField(max_length=40, default="")
    position = fields.IntField()

    class Meta:
        app = "app"
        table = "pick_task"


class Shipment(Row):
    """What left a location for an order at one time, with one carrier."""

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
    cost_minor = fields.BigIntField(null=True)  # what the carrier takes
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
            ("shipped_at", "id"),
            ("stage", "shipped_at", "id"),
        )


class Package(Row):
    """A parcel: before its shipment of a fulfillment order, after it on its way."""

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
    contents: Any = fields.JSONField()  # [{"line_id": …, "sku": …, "name": …, "quantity": …}]
    carrier = fields.CharField(max_length=40, default="")
    tracking_number = fields.CharField(max_length=60, null=True)
    tracking_url = fields.CharField(max_length=500, default="")
    stage = fields.CharEnumField(ShipmentStage, max_length=20, null=True)
    signed_by = fields.CharField(max_length=120, default="")
    delivered_at = fields.DatetimeField(null=True)

    class Meta:
        app = "app"
        table = "package"
        indexes = (("carrier", "tracking_number"),)


class TrackingRecord(Row):
    """What a carrier, or somebody, said of a package. Stored once, however often it is said."""

    id = fields.UUIDField(primary_key=True)
    package: Any = fields.ForeignKeyField("app.Package", related_name=False, on_delete=fields.CASCADE)
    package_id: Any
    fingerprint = fields.CharField(max_length=64)
    stage = fields.CharEnumField(ShipmentStage, max_length=20)
    at = fields.DatetimeField()
    text = fields.CharField(max_length=300, default="")
    place = fields.CharField(max_length=120, default="")
    source = fields.CharField(max_length=40)
    received_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "tracking_record"
        unique_together = (("package", "fingerprint"),)


class PickListNumber(Row):
    """The last number that a pick list was given."""

    id = fields.IntField(primary_key=True)
    value = fields.BigIntField()

    class Meta:
        app = "app"
        table = "pick_list_number"

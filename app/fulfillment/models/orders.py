"""Fulfillment orders and their lines."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.engine.database.rows import Row
from app.fulfillment.lifecycle import FulfillmentOrderStatus


class FulfillmentOrder(Row):
    """The part of an order that one location ships."""

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=50, unique=True)  # the order's number with a suffix
    order: Any = fields.ForeignKeyField(
        "app.Order", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    order_id: Any
    channel_id = fields.UUIDField()
    location: Any = fields.ForeignKeyField("app.Location", related_name=False, on_delete=fields.RESTRICT)
    location_id: Any
    status = fields.CharEnumField(FulfillmentOrderStatus, max_length=20)
    is_drop_ship = fields.BooleanField(default=False)
    # The buyer picks it up at the location: since when it is ready, and the last day on which it is kept,
    # which ends at `pickup_ends_at`.
    is_pickup = fields.BooleanField(default=False, db_default=False)
    ready_at = fields.DatetimeField(null=True)
    keep_until = fields.DateField(null=True)
    pickup_ends_at = fields.DatetimeField(null=True)
    # The supplier request, and the hash of the link that answers it.
    purchase_order: Any = fields.ForeignKeyField(
        "app.PurchaseOrder", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    purchase_order_id: Any
    supplier_link_hash = fields.CharField(max_length=64, null=True, unique=True)
    is_held = fields.BooleanField(default=False)  # its order is on hold
    urgency = fields.IntField()  # the smallest is processed first: see `queueing.urgency`
    priority = fields.IntField(default=0)
    units = fields.IntField(default=0)
    ships_on = fields.DateField()  # planned ship date
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
    cursor: Any = None  # the cursor of the event that it is sent for; not a column

    class Meta:
        app = "app"
        table = "fulfillment_order"
        indexes = (
            ("location_id", "status", "urgency", "id"),
            ("status", "urgency", "id"),
            ("urgency", "id"),
            ("created_at", "id"),
            ("purchase_order_id",),
        )


class FulfillmentLine(Row):
    """Units of one variant of one order line, in a fulfillment order.

    A bundle has one line for each component.
    """

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
    delivered = fields.IntField(default=0, db_default=0)  # shipped units in delivered parcels
    returned = fields.IntField(default=0, db_default=0)  # shipped units that were returned and put away
    lots: Any = fields.JSONField(null=True)  # picked, later shipped lots: see `contents`
    position = fields.IntField()

    class Meta:
        app = "app"
        table = "fulfillment_line"
        constraints = (
            CheckConstraint("quantity > 0", "work_on_something"),
            CheckConstraint("picked BETWEEN 0 AND quantity", "picked_within"),
        )

    @property
    def away(self) -> int:
        """Shipped units that were not returned."""
        return int(self.quantity - self.returned)

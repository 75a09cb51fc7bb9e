"""Carriers, labels and carrier messages."""

from typing import Any

from tortoise import fields

from app.engine.database.rows import Row
from app.fulfillment.carrier_adapters.kinds import CarrierKind
from app.fulfillment.lifecycle import LabelStatus


class CarrierAccount(Row):
    """A carrier account. Shipments refer to it by its code."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=40, unique=True)
    name = fields.CharField(max_length=120)
    kind = fields.CharEnumField(CarrierKind, max_length=20)
    tracking_url = fields.CharField(max_length=400, default="")  # {number} is replaced by the tracking number
    api_url = fields.CharField(max_length=400, default="")  # "" for the carrier's default
    secrets = fields.TextField(default="")  # encrypted: see access.sealing
    is_active = fields.BooleanField(default=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "carrier_account"


class Label(Row):
    """A label for one package. The row is inserted before the carrier is called, and records the result."""

    id = fields.UUIDField(primary_key=True)
    package_id = fields.UUIDField(db_index=True)  # not a foreign key: the package may be unpacked and deleted
    fulfillment_order: Any = fields.ForeignKeyField(
        "app.FulfillmentOrder", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    fulfillment_order_id: Any
    account: Any = fields.ForeignKeyField(
        "app.CarrierAccount", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    account_id: Any
    status = fields.CharEnumField(LabelStatus, max_length=10, default=LabelStatus.PENDING)
    service = fields.CharField(max_length=60, default="")
    carrier_reference = fields.CharField(max_length=120, default="")  # the carrier's id of the parcel
    tracking_number = fields.CharField(max_length=60, null=True)
    tracking_url = fields.CharField(max_length=500, default="")
    label_url = fields.CharField(max_length=500, default="")  # "" if the system prints it
    cost_minor = fields.BigIntField(null=True)
    cost_currency = fields.CharField(max_length=3, null=True)
    problem = fields.CharField(max_length=500, default="")
    attempts = fields.IntField(default=0)
    asked_at = fields.DatetimeField()  # when buying or voiding was requested
    next_at = fields.DatetimeField()  # when the carrier may be called again
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "carrier_label"
        indexes = (("status", "next_at", "id"),)


class CarrierMessage(Row):
    """A webhook message of a carrier, stored as received before it is processed."""

    id = fields.UUIDField(primary_key=True)
    account: Any = fields.ForeignKeyField("app.CarrierAccount", related_name=False, on_delete=fields.RESTRICT)
    account_id: Any
    external_id = fields.CharField(max_length=120)
    tracking_number = fields.CharField(max_length=60, default="")
    body: Any = fields.JSONField()  # see carrier_adapters.protocol.TrackingNews
    expected_on = fields.DateField(null=True)  # estimated delivery date
    received_at = fields.DatetimeField()
    done_at = fields.DatetimeField(null=True)  # None until a package with its number was shipped
    outcome = fields.CharField(max_length=200, default="")

    class Meta:
        app = "app"
        table = "carrier_message"
        unique_together = (("account", "external_id"),)
        indexes = (("tracking_number", "done_at"), ("done_at", "received_at", "id"))

"""Carriers: how they are reached, the labels that were bought of them, and what they called to say."""

from typing import Any

from tortoise import fields

from app.engine.database.rows import Row
from app.fulfillment.carrier_adapters.kinds import CarrierKind
from app.fulfillment.lifecycle import LabelStatus


class CarrierAccount(Row):
    """A carrier as the company uses it. Its code is what shipments call it."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=40, unique=True)
    name = fields.CharField(max_length=120)
    kind = fields.CharEnumField(CarrierKind, max_length=20)
    tracking_url = fields.CharField(max_length=400, default="")  # {number} stands for the tracking number
    api_url = fields.CharField(max_length=400, default="")  # "" for the carrier's own
    secrets = fields.TextField(default="")  # sealed: see access.sealing
    is_active = fields.BooleanField(default=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "carrier_account"


class Label(Row):
    """A label for one package. A row is there before the carrier is asked, and says what came of it."""

    id = fields.UUIDField(primary_key=True)
    package_id = fields.UUIDField(db_index=True)  # the package may be opened again, and be gone
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
    label_url = fields.CharField(max_length=500, default="")  # "" for one that we print ourselves
    cost_minor = fields.BigIntField(null=True)
    cost_currency = fields.CharField(max_length=3, null=True)
    problem = fields.CharField(max_length=500, default="")
    attempts = fields.IntField(default=0)
    asked_at = fields.DatetimeField()  # when we wanted it bought, or given back
    next_at = fields.DatetimeField()  # when the carrier may be asked again
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "carrier_label"
        indexes = (("status", "next_at", "id"),)


class CarrierMessage(Row):
    """What a carrier called to say, stored once as it came, before anything is made of it."""

    id = fields.UUIDField(primary_key=True)
    account: Any = fields.ForeignKeyField("app.CarrierAccount", related_name=False, on_delete=fields.RESTRICT)
    account_id: Any
    external_id = fields.CharField(max_length=120)
    tracking_number = fields.CharField(max_length=60, default="")
    body: Any = fields.JSONField()  # see carriers.protocol.News
    expected_on = fields.DateField(null=True)  # when it thinks that the package arrives
    received_at = fields.DatetimeField()
    done_at = fields.DatetimeField(null=True)  # None while no package with its number has left
    outcome = fields.CharField(max_length=200, default="")

    class Meta:
        app = "app"
        table = "carrier_message"
        unique_together = (("account", "external_id"),)
        indexes = (("tracking_number", "done_at"), ("done_at", "received_at", "id"))

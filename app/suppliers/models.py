"""Models of suppliers, their items, and purchase orders."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.engine.database.rows import Row
from app.suppliers.lifecycle import PurchaseOrderStatus


class Supplier(Row):
    """A supplier from which goods are purchased."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=40, unique=True)
    name = fields.CharField(max_length=120)
    email = fields.CharField(max_length=254, null=True)
    currency = fields.CharField(max_length=3)  # the currency in which they are paid
    # The location of kind DROP_SHIP for what they ship to buyers directly. Not a foreign key: SQLite cannot
    # add a unique one to an existing table, and locations are never deleted.
    location_id = fields.UUIDField(null=True, unique=True)
    lead_days = fields.IntField(default=14)  # from order to receipt
    lead_deviation_days = fields.IntField(default=0)  # standard deviation of the lead time
    # Over-receipt tolerance in percent; None: the company's default.
    over_receipt_percent = fields.IntField(null=True)
    is_active = fields.BooleanField(default=True)
    external_reference = fields.CharField(max_length=120, null=True, unique=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "supplier"
        indexes = (("created_at", "id"),)
        constraints = (
            CheckConstraint("lead_days >= 0 AND lead_deviation_days >= 0", "lead_time_not_negative"),
        )


class SupplierItem(Row):
    """Price and ordering conditions of a supplier for a variant."""

    id = fields.UUIDField(primary_key=True)
    supplier: Any = fields.ForeignKeyField("app.Supplier", related_name=False, on_delete=fields.CASCADE)
    supplier_id: Any
    variant: Any = fields.ForeignKeyField(
        "app.Variant", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    variant_id: Any
    supplier_sku = fields.CharField(max_length=80, default="")
    cost_minor = fields.BigIntField()  # per piece, in the supplier's currency
    pack_quantity = fields.IntField(default=1)  # order multiple in pieces
    min_quantity = fields.IntField(default=1)  # minimum order in pieces
    lead_days = fields.IntField(null=True)  # None: the supplier's lead time
    is_preferred = fields.BooleanField(default=False)

    class Meta:
        app = "app"
        table = "supplier_item"
        unique_together = (("supplier", "variant"),)
        constraints = (
            CheckConstraint(
                "cost_minor >= 0 AND pack_quantity >= 1 AND min_quantity >= 1", "item_can_be_had"
            ),
        )


class PurchaseOrder(Row):
    """A purchase order to a supplier for one location."""

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=20, unique=True)
    status = fields.CharEnumField(PurchaseOrderStatus, max_length=20, default=PurchaseOrderStatus.DRAFT)
    supplier: Any = fields.ForeignKeyField(
        "app.Supplier", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    supplier_id: Any
    location: Any = fields.ForeignKeyField(
        "app.Location", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    location_id: Any
    currency = fields.CharField(max_length=3)
    is_drop_ship = fields.BooleanField(default=False, db_default=False)  # the supplier ships to a buyer
    expected_on = fields.DateField(null=True)
    note = fields.CharField(max_length=500, default="")
    external_reference = fields.CharField(max_length=120, null=True, unique=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    sent_at = fields.DatetimeField(null=True)
    confirmed_at = fields.DatetimeField(null=True)  # when the supplier last confirmed the date
    received_at = fields.DatetimeField(null=True)  # when the last goods were received

    class Meta:
        app = "app"
        table = "purchase_order"
        indexes = (("created_at", "id"), ("status", "created_at", "id"), ("updated_at", "id"))


class PurchaseOrderLine(Row):
    """A line of a purchase order."""

    id = fields.UUIDField(primary_key=True)
    purchase_order: Any = fields.ForeignKeyField(
        "app.PurchaseOrder", related_name=False, on_delete=fields.RESTRICT
    )
    purchase_order_id: Any
    position = fields.IntField()
    variant: Any = fields.ForeignKeyField(
        "app.Variant", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    variant_id: Any
    quantity = fields.IntField()  # pieces
    received = fields.IntField(default=0)  # pieces
    unit = fields.CharField(max_length=20, null=True)  # the code of its unit of measure; None: pieces
    unit_quantity = fields.IntField(default=1, db_default=1)  # pieces per unit when it was ordered
    cost_minor = fields.BigIntField()  # per unit, in the order's currency
    expected_on = fields.DateField(null=True)  # None: the order's date

    class Meta:
        app = "app"
        table = "purchase_order_line"
        unique_together = (("purchase_order", "position"), ("purchase_order", "variant"))
        constraints = (
            CheckConstraint("quantity > 0 AND received >= 0 AND cost_minor >= 0", "purchase_of_something"),
        )

    def cost_of(self, pieces: int) -> int:
        """The cost of the first `pieces` pieces, in minor units of the order's currency."""
        size: int = self.unit_quantity
        cost: int = self.cost_minor
        return (2 * cost * pieces + size) // (2 * size)


class PurchaseOrderNumber(Row):
    """The last purchase order number, in one row."""

    id = fields.IntField(primary_key=True)
    value = fields.BigIntField()

    class Meta:
        app = "app"
        table = "purchase_order_number"


class SupplierReturn(Row):
    """Goods returned to a supplier, and the expected credit."""

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=20, unique=True)
    supplier: Any = fields.ForeignKeyField(
        "app.Supplier", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    supplier_id: Any
    location: Any = fields.ForeignKeyField(
        "app.Location", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    location_id: Any
    purchase_order: Any = fields.ForeignKeyField(
        "app.PurchaseOrder", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=True
    )
    purchase_order_id: Any
    currency = fields.CharField(max_length=3)  # of the credit
    reference = fields.CharField(max_length=120, default="")  # the supplier's reference
    note = fields.CharField(max_length=500, default="")
    external_reference = fields.CharField(max_length=120, null=True, unique=True)
    credited_minor = fields.BigIntField(null=True)  # amount of the credit note; None: not received yet
    credit_reference = fields.CharField(max_length=120, default="")  # number of the credit note
    credited_at = fields.DatetimeField(null=True)
    cancelled_at = fields.DatetimeField(null=True)  # when the return was cancelled
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "supplier_return"
        indexes = (("created_at", "id"), ("updated_at", "id"))


class SupplierReturnLine(Row):
    """Pieces of a SKU returned to a supplier."""

    id = fields.UUIDField(primary_key=True)
    supplier_return: Any = fields.ForeignKeyField(
        "app.SupplierReturn", related_name=False, on_delete=fields.RESTRICT
    )
    supplier_return_id: Any
    position = fields.IntField()
    variant: Any = fields.ForeignKeyField(
        "app.Variant", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    variant_id: Any
    quantity = fields.IntField()
    credit_minor = fields.BigIntField()  # expected for all pieces, in the return's currency
    value_minor = fields.BigIntField()  # value of the pieces, in the currency of stock valuation

    class Meta:
        app = "app"
        table = "supplier_return_line"
        unique_together = (("supplier_return", "position"),)
        constraints = (
            CheckConstraint("quantity > 0 AND credit_minor >= 0 AND value_minor >= 0", "return_of_something"),
        )


class SupplierReturnNumber(Row):
    """The last supplier return number, in one row."""

    id = fields.IntField(primary_key=True)
    value = fields.BigIntField()

    class Meta:
        app = "app"
        table = "supplier_return_number"

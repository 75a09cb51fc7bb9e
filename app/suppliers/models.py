"""Suppliers, what they sell, and what is ordered of them."""

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
    currency = fields.CharField(max_length=3)  # in which they are paid
    # The location, of the kind DROP_SHIP, of what they send to buyers themselves. No foreign key: one that is
    # added to a table that is there cannot be unique on SQLite, and a location is never deleted.
    location_id = fields.UUIDField(null=True, unique=True)
    lead_days = fields.IntField(default=14)  # from an order to its goods
    lead_deviation_days = fields.IntField(default=0)  # by how much that differs: one standard deviation
    # By how many percent more than was ordered may be received without a word; None: as the company says.
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
    cost_minor = fields.BigIntField()  # of a piece, in the supplier's currency
    pack_quantity = fields.IntField(default=1)  # ordered in multiples of so many pieces
    min_quantity = fields.IntField(default=1)  # and at least so many pieces
    lead_days = fields.IntField(null=True)  # None: as for everything of this supplier
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
    is_drop_ship = fields.BooleanField(default=False, db_default=False)  # they send it to a buyer
    expected_on = fields.DateField(null=True)
    note = fields.CharField(max_length=500, default="")
    external_reference = fields.CharField(max_length=120, null=True, unique=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    sent_at = fields.DatetimeField(null=True)
    confirmed_at = fields.DatetimeField(null=True)  # when the supplier last said when it comes
    received_at = fields.DatetimeField(null=True)  # when the last of it came

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
    unit = fields.CharField(
        max_length=20, null=True
    )  # the code of the unit that it is ordered in; None: pieces
    unit_quantity = fields.IntField(default=1, db_default=1)  # how many pieces were in it when it was ordered
    cost_minor = fields.BigIntField()  # of a unit, in the order's currency
    expected_on = fields.DateField(null=True)  # None: on the order's day

    class Meta:
        app = "app"
        table = "purchase_order_line"
        unique_together = (("purchase_order", "position"), ("purchase_order", "variant"))
        constraints = (
            CheckConstraint("quantity > 0 AND received >= 0 AND cost_minor >= 0", "purchase_of_something"),
        )

    def cost_of(self, pieces: int) -> int:
        """What the first so many pieces of it cost, in minor units of the order's currency."""
        size: int = self.unit_quantity
        cost: int = self.cost_minor
        return (2 * cost * pieces + size) // (2 * size)


class PurchaseOrderNumber(Row):
    """The last number that a purchase order was given: one row."""

    id = fields.IntField(primary_key=True)
    value = fields.BigIntField()

    class Meta:
        app = "app"
        table = "purchase_order_number"


class SupplierReturn(Row):
    """Goods that went back to a supplier, and the credit that is expected for them."""

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
    reference = fields.CharField(max_length=120, default="")  # the supplier's number for it
    note = fields.CharField(max_length=500, default="")
    external_reference = fields.CharField(max_length=120, null=True, unique=True)
    credited_minor = fields.BigIntField(null=True)  # what the credit note is for; None: it has not come
    credit_reference = fields.CharField(max_length=120, default="")  # the credit note's number
    credited_at = fields.DatetimeField(null=True)
    cancelled_at = fields.DatetimeField(null=True)  # when it was noted that the goods had not gone
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
    credit_minor = fields.BigIntField()  # expected for all of them, in the return's currency
    value_minor = fields.BigIntField()  # what they were worth, in the currency that stock is valued in

    class Meta:
        app = "app"
        table = "supplier_return_line"
        unique_together = (("supplier_return", "position"),)
        constraints = (
            CheckConstraint("quantity > 0 AND credit_minor >= 0 AND value_minor >= 0", "return_of_something"),
        )


class SupplierReturnNumber(Row):
    """The last number that a return to a supplier was given: one row."""

    id = fields.IntField(primary_key=True)
    value = fields.BigIntField()

    class Meta:
        app = "app"
        table = "supplier_return_number"

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.channels.lifecycle import CaptureRule, TaxRounding
from app.engine.database.rows import Row
from app.orders.lifecycle import (
    CancelReason,
    CancelRequestStatus,
    FulfillmentStatus,
    HoldKind,
    OrderStatus,
    PaymentStatus,
    ReturnStatus,
    TrackingStage,
    WarehouseStage,
)
from app.orders.rule_settings import Outcome

# Columns that are entered when an order is placed or drafted: fields of `OrderFields` in schema/inputs.
ENTERED = ("purchase_order_number", "gift_note", "language")


class Order(Row):
    """An order, beginning with the cart. It stores copies of the data that it was placed with."""

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=40, null=True, unique=True)  # null for drafts
    channel: Any = fields.ForeignKeyField("app.Channel", related_name=False, on_delete=fields.RESTRICT)
    channel_id: Any
    customer: Any = fields.ForeignKeyField(
        "app.Customer", related_name=False, on_delete=fields.RESTRICT, null=True
    )
    customer_id: Any
    status = fields.CharEnumField(OrderStatus, max_length=20)
    payment_status = fields.CharEnumField(PaymentStatus, max_length=20, default=PaymentStatus.UNPAID)
    fulfillment_status = fields.CharEnumField(
        FulfillmentStatus, max_length=20, default=FulfillmentStatus.UNALLOCATED
    )
    return_status = fields.CharEnumField(ReturnStatus, max_length=20, default=ReturnStatus.NONE)
    tracking_stage = fields.CharEnumField(TrackingStage, max_length=20, default=TrackingStage.RECEIVED)
    is_delayed = fields.BooleanField(default=False)
    # Set by other modules: stage of the work at locations, whether stock is awaited, whether a parcel is out
    # for delivery.
    warehouse_stage = fields.CharEnumField(
        WarehouseStage, max_length=20, default=WarehouseStage.NONE, db_default=WarehouseStage.NONE.value
    )
    is_waiting = fields.BooleanField(default=False, db_default=False)
    is_out_for_delivery = fields.BooleanField(default=False, db_default=False)
    priority = fields.IntField(default=0, db_default=0)  # 0 to 9; the highest is processed first
    open_holds = fields.IntField(default=0, db_default=0)  # number of open holds
    warnings: Any = fields.JSONField(null=True)  # warnings of validation rules: see rule_warnings
    content = fields.CharField(max_length=16, default="", db_default="")  # see validation.content_of

    email = fields.CharField(max_length=254, default="")
    phone = fields.CharField(max_length=32, default="")
    shipping_address: Any = fields.JSONField(null=True)
    destination: Any = fields.JSONField(null=True)  # for a draft without address: see destination.Destination
    pickup: Any = fields.JSONField(null=True)  # see pickup.Pickup; null: it is shipped
    # for a draft: whether nothing is to be shipped, because all of its lines are gift cards
    ships_nothing = fields.BooleanField(default=False, db_default=False)
    billing_address: Any = fields.JSONField(null=True)
    shipping_method = fields.CharField(max_length=40, default="")
    shipping_method_name = fields.CharField(max_length=120, default="")
    payment_gateway = fields.CharField(max_length=40, default="")
    # when its payments are captured, as its channel had it when the order was placed; null for a draft
    capture_rule = fields.CharEnumField(CaptureRule, max_length=20, null=True)
    purchase_order_number = fields.CharField(max_length=80, default="")
    gift_note = fields.CharField(max_length=500, default="", db_default="")  # for the recipient
    language = fields.CharField(max_length=35, default="", db_default="")  # BCP 47; fixed at placing
    discount_codes: Any = fields.JSONField(default=list)
    note = fields.TextField(default="")
    tags: Any = fields.JSONField(default=list)
    metadata: Any = fields.JSONField(default=dict)
    private_metadata: Any = fields.JSONField(default=dict)
    external_reference = fields.CharField(max_length=120, null=True)

    currency = fields.CharField(max_length=3)
    prices_include_tax = fields.BooleanField()
    subtotal_minor = fields.BigIntField(default=0)  # lines before discounts
    discount_minor = fields.BigIntField(default=0)
    shipping_minor = fields.BigIntField(default=0)  # after discount
    shipping_discount_minor = fields.BigIntField(default=0, db_default=0)  # the discount on shipping
    shipping_tax_minor = fields.BigIntField(default=0)
    # Recorded when the order was placed; later changes of methods, rates and codes do not affect it.
    tax_rounding = fields.CharEnumField(
        TaxRounding, max_length=10, default=TaxRounding.LINE, db_default=TaxRounding.LINE.value
    )
    shipping_terms: Any = fields.JSONField(null=True)  # see recorded.ShippingTerms; null without a method
    shipping_taxes: Any = fields.JSONField(null=True)  # see recorded.shares_of
    discounts: Any = fields.JSONField(null=True)  # see pinned.PinnedDiscount
    # the total that its cart showed, if nothing was changed since
    shown_total_minor = fields.BigIntField(null=True)
    set_aside: Any = fields.JSONField(null=True)  # for a draft: see cart.SetAside
    tax_minor = fields.BigIntField(default=0)  # on lines and shipping
    total_minor = fields.BigIntField(default=0)
    cancelled_minor = fields.BigIntField(
        default=0, db_default=0
    )  # the part of the total that is no longer due
    # authorized by payments, neither captured nor voided
    authorized_minor = fields.BigIntField(default=0, db_default=0)
    paid_minor = fields.BigIntField(default=0, db_default=0)  # received less refunds
    refunded_minor = fields.BigIntField(default=0, db_default=0)  # refunded
    # the part of refunds that does not become due again
    credited_minor = fields.BigIntField(default=0, db_default=0)
    # the part of refunds that gave back what was received beyond the amount that the buyer must pay
    surplus_refunded_minor = fields.BigIntField(default=0, db_default=0)

    tracking_hash = fields.CharField(max_length=64, unique=True)
    tracking_generation = fields.IntField(default=1)
    promised_on = fields.DateField(null=True)
    first_promised_on = fields.DateField(null=True)  # the first promised day
    is_promised_by_hand = fields.BooleanField(default=False, db_default=False)  # set by staff
    sourcing: Any = fields.JSONField(null=True)  # see inventory.sourcing.SourcingDecision
    reserved_until = fields.DatetimeField(null=True)
    draft_expires_at = fields.DatetimeField(null=True, db_index=True)
    placed_at = fields.DatetimeField(null=True)
    confirmed_at = fields.DatetimeField(null=True)
    cancelled_at = fields.DatetimeField(null=True)
    cancel_reason = fields.CharEnumField(CancelReason, max_length=20, null=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    written_lines: Any = None  # its lines, if a command has just written them; not a column

    class Meta:
        app = "app"
        table = "sales_order"  # "order" is a reserved word of SQL
        unique_together = (("channel", "external_reference"),)
        indexes = (
            ("created_at", "id"),
            ("placed_at", "id"),
            ("updated_at", "id"),
            ("total_minor", "id"),
            ("channel_id", "created_at", "id"),
            ("status", "created_at", "id"),
            ("customer_id", "created_at", "id"),
            ("email", "created_at", "id"),
        )


def entered_or_null() -> list[str]:
    """The columns of `ENTERED` that are null if nothing is entered."""
    return [name for name in ENTERED if Order._meta.fields_map[name].null]


class OrderSearch(Row):
    """One folded search text of an order. Its key is all three columns; see the migration."""

    order_id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=12)  # see EntryKind
    token = fields.CharField(max_length=60)

    class Meta:
        app = "app"
        table = "order_search"
        indexes = (("token", "kind", "order_id"),)


class OrderLine(Row):
    """An order line: a SKU with its quantity and price."""

    id = fields.UUIDField(primary_key=True)
    order: Any = fields.ForeignKeyField("app.Order", related_name=False, on_delete=fields.CASCADE)
    order_id: Any
    position = fields.IntField()
    variant: Any = fields.ForeignKeyField(
        "app.Variant", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    variant_id: Any
    sku = fields.CharField(max_length=80, db_index=True)
    product_name = fields.CharField(max_length=250)
    variant_name = fields.CharField(max_length=250, default="")
    quantity = fields.IntField()
    quantity_cancelled = fields.IntField(default=0)
    quantity_shipped = fields.IntField(default=0)
    quantity_delivered = fields.IntField(default=0, db_default=0)
    quantity_returned = fields.IntField(default=0)
    unit_price_minor = fields.BigIntField()
    list_price_minor = fields.BigIntField(null=True)  # the price of the price lists, if staff set another one
    adjusted: Any = fields.JSONField(null=True)  # set by staff: see adjusting.Adjustments
    discount_minor = fields.BigIntField(default=0)
    tax_rate = fields.DecimalField(max_digits=7, decimal_places=5)
    tax_name = fields.CharField(max_length=60, default="", db_default="")  # as on the invoice
    tax_class = fields.CharField(max_length=40, default="standard", db_default="standard")
    is_gift_card = fields.BooleanField(default=False, db_default=False)  # as recorded when it was ordered
    gift_recipient: Any = fields.JSONField(null=True)  # see gift_cards.GiftRecipient; null: the buyer
    minimum_age = fields.IntField(null=True)  # in years, as recorded from the product when it was ordered
    barred_countries: Any = fields.JSONField(null=True)  # ISO codes, likewise; null: none
    # The units over which the line's discount was last distributed, and that discount; null: as ordered.
    priced_units = fields.IntField(null=True)
    priced_discount_minor = fields.BigIntField(null=True)
    shown_price_minor = fields.BigIntField(null=True)  # the unit price that its cart showed last
    tax_minor = fields.BigIntField(default=0)
    total_minor = fields.BigIntField()
    metadata: Any = fields.JSONField(default=dict)
    stock_units = fields.IntField(default=1, db_default=1)  # units of stock in one; more than 1 for a bundle
    components: Any = fields.JSONField(null=True)  # for a bundle: see components
    # Shipped units of components beyond whole bundles: see components
    parts_shipped: Any = fields.JSONField(null=True)

    currency: Any = None  # the currency of its order, if loaded; not a column
    owner: Any = None  # its order, if loaded; not a column

    class Meta:
        app = "app"
        table = "order_line"
        unique_together = (("order", "position"),)
        constraints = (
            CheckConstraint("quantity > 0", "line_of_something"),
            CheckConstraint("quantity_cancelled BETWEEN 0 AND quantity", "line_cancelled_within"),
        )


class OrderCancellation(Row):
    """A cancellation of an order or of lines, with its amount."""

    id = fields.UUIDField(primary_key=True)
    order: Any = fields.ForeignKeyField(
        "app.Order", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    order_id: Any
    reason = fields.CharEnumField(CancelReason, max_length=20)
    note = fields.CharField(max_length=500, default="")
    lines: Any = fields.JSONField()  # see recorded.CancelledLine
    amount_minor = fields.BigIntField()  # including tax
    taxes: Any = fields.JSONField(null=True)  # included tax by rate: see recorded.taxes_as_json
    external_reference = fields.CharField(max_length=120, null=True)
    at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "order_cancellation"
        unique_together = (("order", "external_reference"),)


class CancelRequest(Row):
    """A request to cancel an order or units of it, to be answered by staff."""

    id = fields.UUIDField(primary_key=True)
    order: Any = fields.ForeignKeyField(
        "app.Order", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    order_id: Any
    status = fields.CharEnumField(CancelRequestStatus, max_length=10, default=CancelRequestStatus.OPEN)
    reason = fields.CharEnumField(CancelReason, max_length=20)
    note = fields.CharField(max_length=500, default="")
    lines: Any = fields.JSONField(null=True)  # see core.units; None: everything that was not shipped
    hold_id = fields.UUIDField(null=True)  # the hold on the order until the answer
    requested_by = fields.CharField(max_length=200)
    is_from_buyer = fields.BooleanField(default=False, db_default=False)  # False: made by staff for the buyer
    requested_at = fields.DatetimeField()
    answered_by = fields.CharField(max_length=200, default="")
    answered_at = fields.DatetimeField(null=True)
    answer = fields.CharField(max_length=500, default="")
    channel_id: Any = None  # the channel of its order, if loaded; not a column

    class Meta:
        app = "app"
        table = "order_cancel_request"
        indexes = (("status", "requested_at", "id"), ("requested_at", "id"))


class OrderEdit(Row):
    """An edit of a placed order."""

    id = fields.UUIDField(primary_key=True)
    order: Any = fields.ForeignKeyField(
        "app.Order", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    order_id: Any
    reason = fields.CharField(max_length=500, default="")
    edited_by = fields.CharField(max_length=200)
    difference: Any = fields.JSONField()  # see editing.Difference
    at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "order_edit"


class Hold(Row):
    """A hold that keeps a placed order from the warehouse until it is released."""

    id = fields.UUIDField(primary_key=True)
    order: Any = fields.ForeignKeyField(
        "app.Order", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    order_id: Any
    kind = fields.CharEnumField(HoldKind, max_length=20)
    rule = fields.CharField(max_length=40, default="")  # the rule that caused it; "" if staff put it
    reason = fields.CharField(max_length=500)
    # The payment that it is about, if its rule is about one. Not a foreign key: payments are a higher layer.
    payment_id = fields.UUIDField(null=True)
    placed_by = fields.CharField(max_length=200)
    placed_at = fields.DatetimeField()
    release_at = fields.DatetimeField(null=True)  # when it is released automatically
    released_at = fields.DatetimeField(null=True)
    released_by = fields.CharField(max_length=200, default="")
    release_note = fields.CharField(max_length=500, default="")

    class Meta:
        app = "app"
        table = "order_hold"
        indexes = (("released_at", "placed_at", "id"), ("release_at", "id"))


class RuleSetting(Row):
    """A channel's setting of a validation rule. Without one the rule's defaults apply."""

    id = fields.UUIDField(primary_key=True)
    channel: Any = fields.ForeignKeyField("app.Channel", related_name=False, on_delete=fields.CASCADE)
    channel_id: Any
    rule = fields.CharField(max_length=40)
    outcome = fields.CharEnumField(Outcome, max_length=10)
    limits: Any = fields.JSONField(default=dict)
    release_after_minutes = fields.IntField(null=True)

    class Meta:
        app = "app"
        table = "order_rule_setting"
        unique_together = (("channel", "rule"),)


class OrderNumber(Row):
    """The last order number of a channel."""

    channel_id = fields.UUIDField(primary_key=True)
    value = fields.BigIntField()

    class Meta:
        app = "app"
        table = "order_number"

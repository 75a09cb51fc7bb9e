from datetime import date
from typing import Any

from tortoise import fields

from app.channels.lifecycle import (
    CaptureRule,
    CartMerge,
    ChannelKind,
    FreeFromBasis,
    RefundOrder,
    ShippingTax,
    TaxRounding,
)
from app.engine.database.rows import Row


class Channel(Row):
    """A sales channel with its own currency and terms."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=40, unique=True)
    name = fields.CharField(max_length=120)
    kind = fields.CharEnumField(ChannelKind, max_length=20)
    currency = fields.CharField(max_length=3)
    number_prefix = fields.CharField(max_length=10)
    prices_include_tax = fields.BooleanField(default=False)
    tax_rounding = fields.CharEnumField(
        TaxRounding, max_length=10, default=TaxRounding.LINE, db_default=TaxRounding.LINE.value
    )
    default_country = fields.CharField(max_length=2)  # whose tax applies while the address is unknown
    is_active = fields.BooleanField(default=True)
    # Whether visitors without credentials may browse the channel and order there.
    is_public = fields.BooleanField(default=False)
    # how long a draft keeps its stock; null: the default of the settings
    reservation_minutes = fields.IntField(null=True)
    handling_days = fields.IntField(default=1)
    # Whether an order without holds is confirmed when it is placed; otherwise staff confirm it. How long a
    # customer may cancel an order without a request; null: until fulfillment begins.
    cancel_minutes = fields.IntField(null=True)
    # For how many days a guest can read an order with its access token; 0: not at all.
    guest_order_days = fields.IntField(default=30, db_default=30)
    # what happens to a visitor's cart when the customer who signs in has another one
    cart_merge = fields.CharEnumField(
        CartMerge, max_length=20, default=CartMerge.MERGE_LINES, db_default=CartMerge.MERGE_LINES.value
    )
    # For how long an order may stay unpaid before it is cancelled; null: without a limit.
    payment_minutes = fields.IntField(null=True)
    # which payments of an order a refund is taken from
    refund_order = fields.CharEnumField(
        RefundOrder, max_length=20, default=RefundOrder.LAST_FIRST, db_default=RefundOrder.LAST_FIRST.value
    )
    # when the payments of its orders are captured
    capture = fields.CharEnumField(
        CaptureRule, max_length=20, default=CaptureRule.BY_HAND, db_default=CaptureRule.BY_HAND.value
    )
    confirms_at_once = fields.BooleanField(default=True, db_default=False)
    time_zone = fields.CharField(max_length=60, default="UTC", db_default="UTC")  # IANA name
    working_days: Any = fields.JSONField(null=True)  # 0 for Monday; null: Monday to Friday
    holidays: Any = fields.JSONField(null=True)  # dates without order processing
    website_url = fields.CharField(max_length=500, null=True)  # the storefront that pages for buyers link to
    support_url = fields.CharField(max_length=500, null=True)  # where buyers find help
    default_language = fields.CharField(max_length=35, default="en", db_default="en")  # BCP 47
    languages: Any = fields.JSONField(null=True)  # of messages to buyers; null: all with templates
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "channel"
        indexes = (("created_at", "id"),)


class NumberPrefix(Row):
    """A current or former prefix of order numbers; no other channel may use it."""

    prefix = fields.CharField(max_length=10, primary_key=True)
    channel: Any = fields.ForeignKeyField(
        "app.Channel", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    channel_id: Any

    class Meta:
        app = "app"
        table = "number_prefix"


class ShippingMethod(Row):
    """A shipping method of one channel, with its price and transit time."""

    id = fields.UUIDField(primary_key=True)
    channel: Any = fields.ForeignKeyField("app.Channel", related_name=False, on_delete=fields.RESTRICT)
    channel_id: Any
    code = fields.CharField(max_length=40)
    name = fields.CharField(max_length=120)
    price_minor = fields.BigIntField()
    free_from_minor = fields.BigIntField(null=True)  # value of the lines from which shipping is free
    free_from_basis = fields.CharEnumField(
        FreeFromBasis,
        max_length=20,
        default=FreeFromBasis.BEFORE_DISCOUNT,
        db_default=FreeFromBasis.BEFORE_DISCOUNT.value,
    )
    tax_class = fields.CharField(max_length=40, default="standard")
    tax_mode = fields.CharEnumField(
        ShippingTax, max_length=10, default=ShippingTax.CLASS, db_default=ShippingTax.CLASS.value
    )
    countries: Any = fields.JSONField(null=True)  # ISO codes; null: everywhere
    transit_days = fields.IntField(default=2)
    is_active = fields.BooleanField(default=True)

    class Meta:
        app = "app"
        table = "shipping_method"
        unique_together = (("channel", "code"),)


class TaxClass(Row):
    """A custom tax class, in addition to the built-in ones."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=40, unique=True)
    name = fields.CharField(max_length=120)

    class Meta:
        app = "app"
        table = "tax_class"


class TaxRate(Row):
    """The rate of a tax class in a country or region, from a date on."""

    id = fields.UUIDField(primary_key=True)
    country = fields.CharField(max_length=2)
    region = fields.CharField(max_length=40, default="")  # "" for the whole country
    tax_class = fields.CharField(max_length=40)
    name = fields.CharField(max_length=60)  # as on the invoice: VAT, USt, Sales tax
    rate = fields.DecimalField(max_digits=7, decimal_places=5)  # 0.2 is 20 %
    valid_from = fields.DateField(default=date.min, db_default=date.min)  # date.min: no start
    valid_until = fields.DateField(null=True)  # last day; null: until a later rate starts

    class Meta:
        app = "app"
        table = "tax_rate"
        unique_together = (("country", "region", "tax_class", "valid_from"),)

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from app.catalog.lifecycle import Composition, ProductStatus, Tracking
from app.engine.database.rows import Row


class Category(Row):
    """A category of the catalog. Categories form a tree."""

    id = fields.UUIDField(primary_key=True)
    slug = fields.CharField(max_length=120, unique=True)
    name = fields.CharField(max_length=200)
    parent: Any = fields.ForeignKeyField(
        "app.Category", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=True
    )
    parent_id: Any

    class Meta:
        app = "app"
        table = "category"


class Product(Row):
    """A product of the catalog, with one or more variants."""

    id = fields.UUIDField(primary_key=True)
    slug = fields.CharField(max_length=160, unique=True)
    name = fields.CharField(max_length=250)
    description = fields.TextField(default="")
    status = fields.CharEnumField(ProductStatus, max_length=20, default=ProductStatus.DRAFT)
    category: Any = fields.ForeignKeyField(
        "app.Category", related_name=False, on_delete=fields.RESTRICT, null=True, db_index=True
    )
    category_id: Any
    tax_class = fields.CharField(max_length=40, default="standard")
    image_url = fields.CharField(max_length=500, default="")
    tags: Any = fields.JSONField(default=list)
    barred_countries: Any = fields.JSONField(null=True)  # ISO codes of countries to which it must not be sent
    minimum_age = fields.IntField(null=True)  # minimum age of the buyer in years
    metadata: Any = fields.JSONField(default=dict)
    private_metadata: Any = fields.JSONField(default=dict)
    external_reference = fields.CharField(max_length=120, null=True, unique=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    in_channel: Any = None  # the channel whose terms apply to this row; not a column

    class Meta:
        app = "app"
        table = "product"
        indexes = (("status", "created_at", "id"), ("status", "name", "id"), ("created_at", "id"))


class Variant(Row):
    """A variant of a product: the unit that is sold and stocked, identified by its SKU."""

    id = fields.UUIDField(primary_key=True)
    product: Any = fields.ForeignKeyField(
        "app.Product", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    product_id: Any
    sku = fields.CharField(max_length=80, unique=True)
    name = fields.CharField(max_length=250, default="")
    barcode = fields.CharField(max_length=14, null=True, db_index=True)
    options: Any = fields.JSONField(default=dict)  # {"size": "L", "color": "red"}
    weight_grams = fields.IntField(null=True)
    length_mm = fields.IntField(null=True)
    width_mm = fields.IntField(null=True)
    height_mm = fields.IntField(null=True)
    tracks_stock = fields.BooleanField(default=True)  # False: a service or a fee, which is never out of stock
    # A gift card: a card of its price is issued for each unit that is paid. It tracks no stock.
    is_gift_card = fields.BooleanField(default=False, db_default=False)
    composition = fields.CharEnumField(
        Composition, max_length=10, default=Composition.SINGLE, db_default=Composition.SINGLE.value
    )
    tracking = fields.CharEnumField(
        Tracking, max_length=10, default=Tracking.NONE, db_default=Tracking.NONE.value
    )
    tracks_expiry = fields.BooleanField(default=False, db_default=False)  # its lots have expiry dates
    sort = fields.IntField(default=0)
    metadata: Any = fields.JSONField(default=dict)
    private_metadata: Any = fields.JSONField(default=dict)
    external_reference = fields.CharField(max_length=120, null=True, unique=True)
    is_active = fields.BooleanField(default=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    in_channel: Any = None

    class Meta:
        app = "app"
        table = "variant"


class Component(Row):
    """A component of a bundle or kit: a variant and its quantity."""

    id = fields.UUIDField(primary_key=True)
    whole: Any = fields.ForeignKeyField("app.Variant", related_name=False, on_delete=fields.CASCADE)
    whole_id: Any
    part: Any = fields.ForeignKeyField(
        "app.Variant", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    part_id: Any
    quantity = fields.IntField()
    shown: Any = None  # the component, if the caller may see it; not a column

    class Meta:
        app = "app"
        table = "component"
        unique_together = (("whole", "part"),)
        constraints = (CheckConstraint("quantity > 0", "component_of_something"),)


class Substitute(Row):
    """A variant that may be sent instead of another, at no higher price for the buyer."""

    id = fields.UUIDField(primary_key=True)
    variant: Any = fields.ForeignKeyField("app.Variant", related_name=False, on_delete=fields.CASCADE)
    variant_id: Any
    instead: Any = fields.ForeignKeyField(
        "app.Variant", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    instead_id: Any
    rank = fields.IntField()  # the lowest is preferred

    class Meta:
        app = "app"
        table = "variant_substitute"
        unique_together = (("variant", "instead"),)


class VariantUnit(Row):
    """A unit of measure in which a variant is purchased, such as a carton of twelve.

    Stock is counted in pieces.
    """

    id = fields.UUIDField(primary_key=True)
    variant: Any = fields.ForeignKeyField("app.Variant", related_name=False, on_delete=fields.CASCADE)
    variant_id: Any
    code = fields.CharField(max_length=20)
    quantity = fields.IntField()  # pieces
    barcode = fields.CharField(max_length=14, null=True, db_index=True)

    class Meta:
        app = "app"
        table = "variant_unit"
        unique_together = (("variant", "code"),)
        constraints = (CheckConstraint("quantity > 0", "unit_of_something"),)


class SearchWord(Row):
    """A word by which a product is found: from its name, categories, SKUs and tags, in lower case."""

    id = fields.UUIDField(primary_key=True)
    product: Any = fields.ForeignKeyField(
        "app.Product", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    product_id: Any
    word = fields.CharField(max_length=60)

    class Meta:
        app = "app"
        table = "search_word"
        unique_together = (("word", "product"),)


class PriceList(Row):
    """A set of prices of one channel. If several apply, the list with the higher priority is used."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=60, unique=True)
    name = fields.CharField(max_length=120)
    channel: Any = fields.ForeignKeyField(
        "app.Channel", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    channel_id: Any
    currency = fields.CharField(max_length=3)
    priority = fields.IntField(default=0)
    is_active = fields.BooleanField(default=True)
    created_at = fields.DatetimeField()

    class Meta:
        app = "app"
        table = "price_list"
        indexes = (("created_at", "id"),)


class Price(Row):
    """The unit price from a quantity on, optionally for a limited time."""

    id = fields.UUIDField(primary_key=True)
    price_list: Any = fields.ForeignKeyField("app.PriceList", related_name=False, on_delete=fields.CASCADE)
    price_list_id: Any
    variant: Any = fields.ForeignKeyField(
        "app.Variant", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    variant_id: Any
    min_quantity = fields.IntField(default=1)
    amount_minor = fields.BigIntField()
    starts_at = fields.DatetimeField(null=True)
    ends_at = fields.DatetimeField(null=True)
    # The time of validity, see `pricing.period_of`: unique columns cannot be null.
    period = fields.CharField(max_length=60, default="", db_default="")

    class Meta:
        app = "app"
        table = "price"
        unique_together = (("price_list", "variant", "min_quantity", "period"),)
        constraints = (
            CheckConstraint("amount_minor >= 0", "price_not_negative"),
            CheckConstraint("min_quantity >= 1", "price_from_one"),
        )

"""Shared definitions of the catalog mutations."""

from typing import Annotated

from app.access.permissions import Permission
from app.core import refusals
from app.core.bulk import ErrorPolicy
from app.core.graphql.policy import needs
from app.core.graphql.scalars import arg

MANAGE = needs(Permission.CATALOG_MANAGE)
MANAGE_ALL = needs(Permission.CATALOG_MANAGE, everywhere=True)  # for what all channels share
SEES_ALL = needs(Permission.CATALOG_VIEW_ALL)
Policy = Annotated[ErrorPolicy, arg("Whether the valid rows are saved when other rows are rejected.")]
PRODUCT_NULLABLE = ("category", "barred_countries", "minimum_age", "external_reference")
VARIANT_NULLABLE = (
    "barcode", "weight_grams", "length_mm", "width_mm", "height_mm", "external_reference",
)  # fmt: skip
IS_GIFT_CARD = (
    "Whether it is a gift card: for each unit that is paid, a card worth its unit price is issued and sent "
    "by email. A gift card has no stock, is not shipped and is sold without tax."
)
CREATES = (refusals.AlreadyExists,)
CHANGES = (refusals.AlreadyExists, refusals.IllegalTransition)

"""Types of the error for insufficient stock."""

from typing import Any

import strawberry

from app.core.graphql.errors import UserError
from app.core.graphql.policy import field
from app.core.graphql.scalars import doc
from app.inventory.stock import refusals


@strawberry.type(description="A SKU with less stock than requested.")
class Shortage:
    sku: str = doc("The SKU.")
    name: str | None = doc(
        "Name shown to buyers; null if no buyer is involved, as in a transfer.", default=None
    )
    requested: int = doc("Number of units requested, over all lines.")
    available: int | None = doc("Number of units available now; null without the permission STOCK_VIEW.")

    @field()
    def path(self, root: strawberry.Parent[Any]) -> list[str] | None:
        """Path of the quantity in the input, at the first line with the SKU; null if the input has
        no lines."""
        path = getattr(root, "path", ())
        return ["input", *path] if path else None


@strawberry.type(
    description="The available quantity is less than the requested quantity; no stock was taken."
)
class InsufficientStock(UserError):
    shortages: list[Shortage] = doc("All SKUs with insufficient stock.")


# The errors of a mutation that takes stock, for its `refuses`.
TAKES_STOCK = (refusals.InsufficientStock,)

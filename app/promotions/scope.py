"""Who may use a code, and what it applies to: pure functions."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.catalog.queries import Shelf
from app.core.contact import without_tag


@dataclass(frozen=True, slots=True)
class Buyer:
    """The buyer of an order: a customer, or a guest identified by e-mail address."""

    customer_id: UUID | None = None
    email: str = ""  # normalized

    @property
    def mailbox(self) -> str:
        return without_tag(self.email) if self.email else ""

    @property
    def is_unknown(self) -> bool:
        return self.customer_id is None and not self.email


def is_limited(discount: Any) -> bool:
    """Whether a code, or the copy in an order, applies to some products or categories only."""
    return discount.products is not None or discount.categories is not None


def is_for(discount: Any, shelf: Shelf | None) -> bool:
    """Whether a code applies to a product; a limited code applies to nothing without a product."""
    if not is_limited(discount):
        return True
    if shelf is None:
        return False
    return str(shelf.product_id) in (discount.products or ()) or any(
        str(id) in (discount.categories or ()) for id in shelf.categories
    )


def scope_of(discount: Any, shelves: Mapping[UUID, Shelf], variants: Collection[UUID]) -> list[bool]:
    """Whether a code applies to each of some variants."""
    return [is_for(discount, shelves.get(id)) for id in variants]

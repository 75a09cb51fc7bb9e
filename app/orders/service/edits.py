"""What an edit of an order asks for, and what it results in."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.channels.models import ShippingMethod
from app.channels.tax import Tax
from app.customers.contact import AddressData
from app.orders.editing import EditPrices
from app.orders.gift_cards import GiftRecipient
from app.orders.models import OrderLine
from app.orders.pinned import PinnedDiscount
from app.orders.service.adjusting import AdjustmentData
from app.orders.service.byhand import ManualPrices


@dataclass(slots=True)
class LineEdit:
    """A change of a line, or a new line.

    With `line_id` alone its quantity changes; with another `sku` too, what was not shipped is replaced; with
    `sku` alone a line is added, at no more than `price_at_most` minor units each. `adjust` sets a price or a
    discount.
    """

    line_id: UUID | None = None
    sku: str | None = None
    quantity: int | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    price_at_most: int | None = None
    adjust: AdjustmentData | None = None
    recipient: GiftRecipient | None = None  # of gift cards on a new line


@dataclass(slots=True)
class EditData:
    """The changes of a placed order. None: unchanged.

    With `no_dearer`, added lines are made cheaper until the order costs no more than before: tax that is
    rounded on each line may add a cent when one line becomes two.
    """

    lines: list[LineEdit] = field(default_factory=list)
    shipping_address: AddressData | None = None
    billing_address: AddressData | None = None
    shipping_method: str | None = None
    discount_codes: list[str] | None = None
    prices: EditPrices = EditPrices.KEEP
    reason: str = ""
    no_dearer: bool = False


@dataclass(slots=True)
class Staged:
    """A validated edit: the new quantity of each line, and what is new.

    None keeps what the order recorded.
    """

    wanted: dict[UUID, int]
    added: list[OrderLine]
    prices: dict[UUID, int]  # changed unit prices of lines in minor units
    taxes: dict[UUID, Tax]  # changed taxes of lines
    shipping_address: dict[str, Any] | None
    billing_address: dict[str, Any] | None
    method: ShippingMethod | None  # another method, or the same at its current price
    shipping_tax: Tax | None
    discounts: list[PinnedDiscount] | None
    by_hand: ManualPrices  # what staff set on lines
    reached: dict[str, list[int]]  # by code: the positions of new lines that a limited discount applies to


@dataclass(frozen=True, slots=True)
class New:
    """A line to be added; `index` is its index in the input."""

    index: int
    sku: str
    quantity: int
    metadata: dict[str, Any]
    price_at_most: int | None = None
    adjust: AdjustmentData | None = None
    recipient: GiftRecipient | None = None

    @classmethod
    def of(
        cls,
        index: int,
        edit: LineEdit,
        sku: str,
        units: int,
        metadata: dict[str, Any] | None = None,
    ) -> "New":
        """The line that an edit adds, with its own metadata or those of the line that it replaces."""
        price = edit.price_at_most if metadata is None else None
        return cls(index, sku, units, edit.metadata or metadata or {}, price, edit.adjust, edit.recipient)

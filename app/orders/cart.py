"""The parts of a cart that are currently not available and are set aside: pure functions.

A change of a cart is not refused because of another part of it. A line that is no longer sold, a code that no
longer applies, a method that does not ship to the address and a payment gateway that is no longer available
are set aside with a warning each, and become part of the cart again when they are available.

The only module that reads and writes the orders' column `set_aside`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from app.core.described import Described
from app.orders.adjusting import NONE, Adjustments
from app.orders.gift_cards import GiftRecipient


class CartWarningCode(Described):
    NOT_SOLD = "not_sold", "The SKU `given` is not sold in this channel at the moment; its line is ignored."
    NO_PRICE = "no_price", "The SKU `given` has no price in this channel at the moment; its line is ignored."
    DISCOUNT_NOT_VALID = (
        "discount_not_valid",
        "The discount code `given` is not valid at the moment; no discount is applied.",
    )
    DISCOUNT_MINIMUM = (
        "discount_minimum",
        (
            "The eligible lines for the discount code `given` are below its `minimumAmount`; no discount "
            "is applied."
        ),
    )
    DISCOUNT_CUSTOMER_LIMIT = (
        "discount_customer_limit",
        (
            "The buyer has used the discount code `given` in `maximum` orders, which is the limit; no "
            "discount is applied."
        ),
    )
    DISCOUNT_NO_LINES = (
        "discount_no_lines",
        "The discount code `given` does not apply to any line; no discount is applied.",
    )
    DISCOUNT_NOT_TO_COUNTRY = (
        "discount_not_to_country",
        "The discount code `given` is not valid for shipments to `country`; no discount is applied.",
    )
    SHIPPING_METHOD_UNKNOWN = (
        "shipping_method_unknown",
        "The shipping method `given` is no longer available; choose another one.",
    )
    SHIPPING_NOT_TO_COUNTRY = (
        "shipping_not_to_country",
        "The shipping method `given` does not ship to `country`; choose another one.",
    )
    PICKUP_NOT_OFFERED = (
        "pickup_not_offered",
        "Orders can no longer be picked up at the location `given`; choose another one or a shipping method.",
    )
    PAYMENT_GATEWAY_UNKNOWN = (
        "payment_gateway_unknown",
        "The payment gateway `given` is no longer available; choose another one.",
    )
    QUANTITY_REDUCED = (
        "quantity_reduced",
        "Two carts were merged, and there is not enough stock of the SKU `given` for both quantities; the "
        "quantity is `maximum`.",
    )
    NO_STOCK = (
        "no_stock",
        "There is not enough stock of the SKU `given` of an earlier order.",
    )
    NOT_RESERVED = (
        "not_reserved",
        "There is not enough stock for the lines, or the limit for stock reserved by carts is reached: no "
        "stock is reserved for the cart.",
    )


@dataclass(frozen=True, slots=True)
class CartWarning:
    """A warning about a part that is set aside, with the reason."""

    code: CartWarningCode
    message: str
    path: tuple[str, ...]
    given: str | None = None
    minimum_minor: int | None = None
    maximum: int | None = None
    country: str | None = None
    line_id: str | None = None


@dataclass(frozen=True, slots=True)
class AsideLine:
    """A line that is set aside, with what staff set on it."""

    sku: str
    quantity: int
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    adjusted: Adjustments = NONE
    id: UUID | None = None  # None: set aside before ids were stored
    recipient: GiftRecipient | None = None  # of gift cards

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "AsideLine":
        adjusted = Adjustments.from_json(stored.get("adjusted"))
        id = UUID(stored["id"]) if stored.get("id") else None
        recipient = GiftRecipient.from_json(stored.get("gift_recipient"))
        return cls(stored["sku"], stored["quantity"], stored["metadata"], adjusted, id, recipient)

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"sku": self.sku, "quantity": self.quantity, "metadata": self.metadata}
        if self.adjusted != NONE:
            found["adjusted"] = self.adjusted.as_json()
        if self.recipient is not None:
            found["gift_recipient"] = self.recipient.to_json()
        return found if self.id is None else found | {"id": str(self.id)}


@dataclass(slots=True)
class SetAside:
    """The parts of a cart that are set aside."""

    lines: list[AsideLine] = field(default_factory=list[AsideLine])
    discount_codes: list[str] = field(default_factory=list)
    shipping_method: str | None = None
    pickup_location: str | None = None
    payment_gateway: str | None = None
    warnings: list[CartWarning] = field(default_factory=list)

    @classmethod
    def of(cls, order: Any) -> "SetAside":
        stored = order.set_aside or {}
        return cls(
            [AsideLine.from_json(each) for each in stored.get("lines", ())],
            list(stored.get("discount_codes", ())),
            stored.get("shipping_method"),
            stored.get("pickup_location"),
            stored.get("payment_gateway"),
            [
                CartWarning(**{**each, "code": CartWarningCode(each["code"]), "path": tuple(each["path"])})
                for each in stored.get("warnings", ())
            ],
        )

    def as_json(self) -> dict[str, Any] | None:
        """As stored in the order's column; None if nothing is set aside and there is no warning."""
        if not self.warnings:
            return None
        return {
            "lines": [each.to_json() for each in self.lines],
            "discount_codes": self.discount_codes,
            "shipping_method": self.shipping_method,
            "pickup_location": self.pickup_location,
            "payment_gateway": self.payment_gateway,
            "warnings": [asdict(each) for each in self.warnings],
        }

    @property
    def is_without_stock(self) -> bool:
        """Whether its stock is not reserved only because there is not enough."""
        return any(each.code is CartWarningCode.NOT_RESERVED for each in self.warnings)

    def warn(self, code: CartWarningCode, message: str, *path: str, **values: Any) -> None:
        self.warnings.append(CartWarning(code, message, path, **values))


@dataclass(frozen=True, slots=True)
class CartContents:
    """The parts that a cart had: if one is no longer available, that is a warning, not a refusal."""

    skus: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    method: str | None = None
    pickup: str | None = None  # code of the location
    gateway: str | None = None  # code of the payment gateway

    @classmethod
    def in_cart(cls, order: Any, skus: Iterable[str]) -> "CartContents":
        """The parts of a draft, including those set aside."""
        aside = SetAside.of(order)
        return cls(
            frozenset(skus) | {line.sku for line in aside.lines},
            frozenset(order.discount_codes) | frozenset(aside.discount_codes),
            order.shipping_method or aside.shipping_method,
            (order.pickup or {}).get("code") or aside.pickup_location,
            order.payment_gateway or aside.payment_gateway,
        )

    @classmethod
    def aside(cls, order: Any) -> "CartContents":
        """The parts that a draft's buyer was told are set aside."""
        aside = SetAside.of(order)
        return cls(
            frozenset(line.sku for line in aside.lines),
            frozenset(aside.discount_codes),
            aside.shipping_method,
            aside.pickup_location,
            aside.payment_gateway,
        )


NOTHING = CartContents()

"""Decides which problems of a cart are refused and which are set aside: see `cart`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.channels.models import ShippingMethod
from app.core.ids import new_id
from app.core.problems import ProblemCode
from app.core.refusals import Problems
from app.orders.adjusting import NONE, Adjustments
from app.orders.cart import AsideLine, CartContents, CartWarningCode, SetAside
from app.orders.gift_cards import GiftRecipient
from app.orders.service.adjusting import AdjustmentData
from app.orders.shipping import ships_to


@dataclass(slots=True)
class LineData:
    sku: str
    quantity: int
    metadata: dict[str, Any] = field(default_factory=dict)
    adjust: AdjustmentData | None = None  # a price or discount that staff set now
    kept: Adjustments = NONE  # what staff set before
    id: UUID | None = None  # of a line that the cart has
    place: int | None = None  # index among the lines of the input; None: not part of the input
    recipient: GiftRecipient | None = None  # of gift cards; None: the buyer

    @classmethod
    def set_aside(cls, line: AsideLine) -> "LineData":
        """A line that a cart has set aside."""
        return cls(
            line.sku,
            line.quantity,
            line.metadata,
            kept=line.adjusted,
            id=line.id,
            recipient=line.recipient,
        )

    @property
    def path(self) -> tuple[str, ...]:
        return ("lines",) if self.place is None else ("lines", str(self.place))


@dataclass(frozen=True, slots=True)
class CartProblems:
    """Collects problems: as refusals or, if the cart had the part already, as set aside."""

    problems: Problems
    aside: SetAside
    had: CartContents

    def line(self, line: LineData, *, is_sold: bool, adjusted: Adjustments = NONE) -> None:
        """A line that is not sold here, or has no price."""
        name = line.sku[:80]
        text = (
            "This item has no price in this channel at the moment."
            if is_sold
            else "This item is not sold in this channel."
        )
        if line.sku in self.had.skus:
            code = CartWarningCode.NO_PRICE if is_sold else CartWarningCode.NOT_SOLD
            id = line.id or new_id()
            self.aside.lines.append(
                AsideLine(line.sku, line.quantity, line.metadata, adjusted, id, line.recipient)
            )
            self.aside.warn(code, text, "lines", given=line.sku, line_id=str(id))
            return
        code_of = ProblemCode.NO_PRICE if is_sold else ProblemCode.NOT_SOLD
        self.problems.add(text, *line.path, "sku", code=code_of, given=name)


def requested_method(
    offered: Sequence[ShippingMethod],
    code: str | None,
    country: str | None,
    faults: CartProblems,
    complete: bool,
) -> ShippingMethod | None:
    """The shipping method that a cart or an order requests."""
    if code is None:
        if complete and offered:
            choices = [method.code for method in offered]
            faults.problems.add(
                "Choose a shipping method.",
                "shipping_method",
                code=ProblemCode.REQUIRED,
                choices=choices,
            )
        return None
    if code != faults.had.method:
        return choose_method(offered, code, country, faults.problems)
    method = next((each for each in offered if each.code == code), None)
    if method is not None and ships_to(method, country):
        return method
    faults.aside.shipping_method = code
    if method is None:
        text = "This shipping method is no longer available."
        faults.aside.warn(CartWarningCode.SHIPPING_METHOD_UNKNOWN, text, "shipping_method", given=code)
    else:
        text = f"This shipping method does not ship to {country}."
        faults.aside.warn(
            CartWarningCode.SHIPPING_NOT_TO_COUNTRY, text, "shipping_method", given=code, country=country
        )
    return requested_method(offered, None, country, faults, complete)


def choose_method(
    offered: Sequence[ShippingMethod], code: str, country: str | None, problems: Problems
) -> ShippingMethod | None:
    """The method with a code; a problem is noted if it is not offered or does not ship to the country."""
    method = next((method for method in offered if method.code == code), None)
    if method is None:
        choices = [method.code for method in offered]
        problems.add(
            "This shipping method is not available in this channel. Choose another one.",
            "shipping_method",
            code=ProblemCode.SHIPPING_METHOD_UNKNOWN,
            given=code[:80],
            choices=choices,
        )
    elif not ships_to(method, country):
        problems.add(
            f"This shipping method does not ship to {country}.",
            "shipping_method",
            code=ProblemCode.SHIPPING_NOT_TO_COUNTRY,
            given=code,
            country=country or "",
        )
    return method
